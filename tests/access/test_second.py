"""The second factor: codes as every app makes them, each taken once, and recovery codes that are used up."""

from __future__ import annotations

from base64 import b32decode
from datetime import UTC, datetime, timedelta

import pytest

from procflow.access.second import (
    FIGURES,
    HALF_FOR,
    RECOVERY_CODES,
    SECONDS,
    SETTING_UP_FOR,
    SecondFactors,
    address_for_apps,
    code_at,
)
from procflow.builtin.world import FrozenWorld
from procflow.errors import NotAllowed, UsageError
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)


class Stage:
    """One house in the morning, and Anna's phone."""

    def __init__(self) -> None:
        self.world, self.store = FrozenWorld(MORNING), MemoryStore()
        self.seconds = SecondFactors(self.store, self.world, MemoryKeys(self.world))
        self.secret = self.seconds.begin("anna")

    def code(self, later: int = 0) -> str:
        key = b32decode(self.secret + "=" * (-len(self.secret) % 8))
        return code_at(key, int(self.world.now().timestamp()) // SECONDS + later)

    def on(self) -> list[str]:
        codes = self.seconds.confirm("anna", self.code())
        self.world.advance(timedelta(seconds=SECONDS))
        return codes

    def refused(self, code: str) -> str:
        with pytest.raises(NotAllowed) as why:
            self.seconds.check("anna", code, "203.0.113.7")
        return str(why.value.facts["reason"])


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_codes_are_those_of_the_standard() -> None:
    secret = b"12345678901234567890"  # RFC 6238, appendix B, the last six figures
    for at, code in (
        (59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037"), (20000000000, "353130"),
    ):  # fmt: skip
        assert code_at(secret, at // 30) == code


def test_a_code_is_asked_for_only_once_the_app_has_shown_one(stage: Stage) -> None:
    assert stage.seconds.of("anna") is None and stage.seconds.being_set_up("anna") == stage.secret
    with pytest.raises(UsageError, match="not the code"):
        stage.seconds.confirm("anna", "000000" if stage.code() != "000000" else "000001")
    assert stage.seconds.of("anna") is None
    assert len(set(stage.on())) == RECOVERY_CODES == stage.seconds.codes_left("anna")
    assert stage.seconds.of("anna") is not None and stage.seconds.being_set_up("anna") == ""
    late = Stage()
    late.world.advance(SETTING_UP_FOR)
    with pytest.raises(UsageError, match="too long"):
        late.seconds.confirm("anna", late.code())


def test_a_code_is_taken_once_and_beside_its_half_minute_only(stage: Stage) -> None:
    first = stage.code()
    stage.on()
    assert stage.refused(first) == "login", "it was used when it was set up"
    stage.seconds.check("anna", f"{stage.code()[:3]} {stage.code()[3:]}", "203.0.113.7")
    assert stage.refused(stage.code()) == "login"
    stage.seconds.check("anna", stage.code(1), "203.0.113.7")
    assert stage.refused(stage.code(-1)) == "login", "an older one than the last that was used"
    for wrong in ("", "12345", "1234567", "١٢٣٤٥٦", "abcdef"):
        stage.world.advance(timedelta(minutes=16))
        assert stage.refused(wrong) == "login", wrong
    assert stage.refused(stage.code(2)) == "login" and stage.refused(stage.code(-2)) == "login"


def test_a_recovery_code_lets_in_once_however_it_is_typed(stage: Stage) -> None:
    codes = stage.on()
    stage.seconds.check("anna", codes[3].upper().replace("-", " "), "203.0.113.7")
    assert stage.refused(codes[3]) == "login" and stage.seconds.codes_left("anna") == RECOVERY_CODES - 1
    new = stage.seconds.renew_codes("anna", codes[0], "203.0.113.7")
    assert stage.refused(codes[1]) == "login", "the old ones are worth nothing"
    stage.seconds.turn_off("anna", new[0], "203.0.113.7")
    assert stage.seconds.of("anna") is None and stage.seconds.codes_left("anna") == 0
    assert stage.refused(new[1]) == "login"
    assert not stage.seconds.remove("anna", "lis")


def test_who_guesses_is_stopped_and_the_right_password_does_not_let_them_go_on(stage: Stage) -> None:
    stage.on()
    assert [stage.refused("000000") for _ in range(6)] == ["login"] * 5 + ["too_many"]
    assert stage.refused(stage.code()) == "too_many"
    stage.world.advance(timedelta(minutes=15))
    stage.seconds.check("anna", stage.code(), "203.0.113.7")


def test_half_a_login_ends_soon_and_is_worth_one_login(stage: Stage) -> None:
    stage.on()
    half = stage.seconds.half_in("anna", "/board")
    assert stage.seconds.come_in(half, stage.code(), "203.0.113.7").wanted == "/board"
    with pytest.raises(NotAllowed) as again:
        stage.seconds.come_in(half, stage.code(1), "203.0.113.7")
    assert again.value.facts["reason"] == "half"
    late = stage.seconds.half_in("anna", "/")
    stage.world.advance(HALF_FOR)
    assert stage.seconds.half(late) is None and stage.seconds.half("x" * 100_000) is None


def test_the_secret_is_nowhere_in_the_store_and_is_another_with_another_key(stage: Stage) -> None:
    codes = stage.on()
    kept = repr([stage.store.all_kept(kind, stage.world.now()) for kind in ("second", "second-new", "second-used", "second-recovery")])  # fmt: skip
    key = b32decode(stage.secret + "=" * (-len(stage.secret) % 8))
    assert len(key) == 16 and stage.secret not in kept and key.hex() not in kept and codes[0] not in kept
    other = SecondFactors(stage.store, stage.world, MemoryKeys(stage.world))
    with pytest.raises(NotAllowed):
        other.check("anna", stage.code(), "203.0.113.7")
    address = address_for_apps(stage.secret, "Small & Sons", "anna")
    assert (
        address
        == f"otpauth://totp/Small%20%26%20Sons%3Aanna?secret={stage.secret}&issuer=Small%20%26%20Sons&digits={FIGURES}&period={SECONDS}"
    )

"""What stops those who guess, how passwords and tokens are written, and what a login keeps."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher

from procflow.access import passwords
from procflow.access.sessions import IDLE, LONGEST, Sessions
from procflow.access.tokens import LONGEST_LASTS, Tokens, is_token, written
from procflow.access.tries import COUNTED_FOR, FROM_ADDRESS, KNOWN_FOR, OF_ACCOUNT, OF_BOTH, Tries
from procflow.access.users import User, Users
from procflow.builtin.world import FrozenWorld
from procflow.core.calendar import Calendar
from procflow.core.organisation import Organisation
from procflow.errors import NotAllowed, UsageError
from procflow.stores.memory import MemoryStore

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
PASSWORD = "korrekt hest batteri klamme"
PEOPLE = {
    "anna": {"name": "Anna Test", "mail": "a@small.example", "roles": []}, "bo": {"name": "Bo Test", "mail": "both@small.example", "roles": []},
    "carl": {"name": "Carl Test", "mail": "both@small.example", "roles": []},
}  # fmt: skip
ORGANISATION = Organisation("small", Calendar("UTC", ((),) * 7), people=PEOPLE)


@pytest.fixture
def world() -> FrozenWorld:
    return FrozenWorld(MORNING)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def users(store: MemoryStore, world: FrozenWorld) -> Users:
    users = Users(store, world, ORGANISATION)
    users.add("anna", PASSWORD, "")
    return users


def test_an_account_that_is_tried_from_everywhere_stays_open_where_its_owner_was_before(
    store: MemoryStore, world: FrozenWorld
) -> None:
    tries = Tries(store, world)
    tries.worked("anna", "192.0.2.1")
    for n in range(OF_ACCOUNT):
        tries.failed("anna", f"198.51.{n // 200}.{n % 200 + 1}")
    assert tries.stopped_until("anna", "203.0.113.1") == MORNING + COUNTED_FOR
    assert tries.stopped_until("ANNA ", "203.0.113.1") is not None
    assert tries.stopped_until("anna", "192.0.2.1") is None
    assert tries.stopped_until("bo", "203.0.113.1") is None
    world.advance(COUNTED_FOR)
    assert tries.stopped_until("anna", "203.0.113.1") is None


def test_an_address_that_tries_many_accounts_is_stopped_for_all_of_them(
    store: MemoryStore, world: FrozenWorld
) -> None:
    tries = Tries(store, world)
    for n in range(FROM_ADDRESS - 1):
        tries.failed(f"person-{n}", "192.0.2.9")
    assert tries.stopped_until("anna", "192.0.2.9") is None
    tries.failed("one more", "::ffff:192.0.2.9")
    assert tries.stopped_until("anna", "192.0.2.9") == MORNING + COUNTED_FOR
    assert tries.stopped_until("anna", "192.0.2.10") is None


def test_what_was_mistyped_is_forgotten_with_the_right_password(
    users: Users, store: MemoryStore, world: FrozenWorld
) -> None:
    for _ in range(OF_BOTH - 1):
        with pytest.raises(NotAllowed):
            users.check("anna", "wrong", "192.0.2.1")
    assert users.check("anna", PASSWORD, "192.0.2.1") == "anna"
    for _ in range(OF_BOTH - 1):
        with pytest.raises(NotAllowed, match="not right"):
            users.check("anna", "wrong", "192.0.2.1")
    assert users.check("anna", PASSWORD, "192.0.2.1") == "anna"
    assert store.count_kept("login-failed", world.now()) == 0
    assert timedelta(days=29) < KNOWN_FOR


def test_a_mail_address_of_several_people_is_nobodys(users: Users) -> None:
    users.add("bo", PASSWORD, "")
    assert users.check(" A@SMALL.example ", PASSWORD, "192.0.2.1") == "anna"
    with pytest.raises(NotAllowed):
        users.check("both@small.example", PASSWORD, "192.0.2.1")
    for nobody in ("", "dora", "a@small.exampl"):
        with pytest.raises(NotAllowed):
            users.check(nobody, PASSWORD, "192.0.2.2")


def test_a_hash_of_which_less_was_asked_is_made_anew_at_the_next_login(
    users: Users, store: MemoryStore, world: FrozenWorld
) -> None:
    from msgspec.json import encode

    old = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    store.keep("user", "anna", encode(User("anna", old, MORNING, MORNING)))
    with pytest.raises(NotAllowed):
        users.check("anna", "wrong", "192.0.2.1")
    assert users.of("anna").hash == old  # type: ignore[union-attr]
    users.check("anna", PASSWORD, "192.0.2.1")
    kept = users.of("anna").hash  # type: ignore[union-attr]
    asked = re.fullmatch(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=1\$[^$]{22}\$[^$]{43}", kept)
    assert asked is not None and int(asked[1]) >= 19_456 and int(asked[2]) >= 2
    assert users.check("anna", PASSWORD, "192.0.2.1") == "anna"


def test_the_same_letters_are_the_same_password_however_they_are_composed() -> None:
    kept = passwords.hashed("påskeæg på ø-træer", b"0" * 16)
    assert passwords.matches(kept, "pa\u030askeæg pa\u030a ø-træer")
    assert not passwords.matches(kept, "paskeæg pa ø-træer")
    assert not passwords.matches("no hash", "x") and not passwords.matches("", "")


@pytest.mark.parametrize(
    "weak", ["", "14 characters.", "x" * 201, "ababababababababab", "Anna Test small", "annatestsmall1234", "correct\thorse battery", "Procflow password 1"],
)  # fmt: skip
def test_a_password_that_others_could_think_of_is_not_taken(users: Users, weak: str) -> None:
    with pytest.raises(UsageError) as refused:
        users.add("bo", weak.replace("Anna", "Bo").replace("anna", "bo"), "")
    assert weak == "" or weak not in str(refused.value)
    assert set(refused.value.facts["reasons"]) == {"en", "da"}
    assert users.of("bo") is None


def test_passwords_of_the_longest_and_shortest_kind_are_taken(users: Users) -> None:
    users.add("bo", "15 chars, right", "")
    longest = ("grædende knallert " * 12)[:200]
    users.set_password("bo", longest, "")
    assert users.check("bo", longest, "192.0.2.1") == "bo"
    with pytest.raises(NotAllowed):
        users.check("bo", longest + "x", "192.0.2.1")


@pytest.mark.parametrize(
    "common",
    ["passwordpassword", "qwertyuiop123456", "1qaz2wsx3edc4rfv", "123456789012345", "P@ssw0rd-P@ssw0rd", "iloveyou-iloveyou", "Sommer2025Sommer!",
     "football12345678", "adgangskode2026!!", "aaaaaaaaaabcdefg", "liverpool liverpool", "Velkommen-Velkommen-1", "superman batman 99", "abcdefghijklmnop"],
)  # fmt: skip
def test_a_password_that_everybody_takes_is_not_taken(users: Users, common: str) -> None:
    with pytest.raises(UsageError, match="of what everybody takes"):
        users.add("bo", common, "")


@pytest.mark.parametrize(
    "good",
    [
        "four words of your own",
        "correct horse battery staple",
        "blå ko spiser 7 æbler",
        "k4dn3-w8xqm-2bzrt-hhyce",
    ],
)
def test_a_password_of_words_that_do_not_belong_together_is_taken(users: Users, good: str) -> None:
    assert users.add("bo", good, "").until is None


def test_a_password_that_was_made_for_somebody_ends_unless_they_choose_their_own(
    users: Users, world: FrozenWorld
) -> None:
    made, own = "k4dn3-w8xqm-2bzrt-hhyce", "blå ko spiser 7 æbler"
    users.add("bo", made, "", made=True)
    assert users.check("bo", made, "192.0.2.1") == "bo"
    world.advance(timedelta(days=7))
    with pytest.raises(NotAllowed, match="was made for you, and has ended"):
        users.check("bo", made, "192.0.2.1")
    with pytest.raises(NotAllowed, match="is not right"):
        users.check("bo", "another that is wrong", "192.0.2.1")
    users.set_password("bo", made, "", made=True)
    users.change_password("bo", made, own, "192.0.2.1")
    world.advance(timedelta(days=400))
    assert users.check("bo", own, "192.0.2.1") == "bo"


def test_a_token_is_written_so_that_a_slip_or_a_search_finds_it(
    store: MemoryStore, world: FrozenWorld
) -> None:
    for random in (b"\0" * 32, b"\xff" * 32, bytes(range(32))):
        token = written(random)
        assert re.fullmatch(r"pf_[0-9A-Za-z]{49}", token) and is_token(token)
        for at in range(3, len(token)):
            other = token[:at] + ("a" if token[at] != "a" else "b") + token[at + 1 :]
            assert not is_token(other), at
    for no in (
        "",
        "pf_",
        "pf_" + "a" * 49,
        written(b"\0" * 32) + "0",
        " " + written(b"\0" * 32),
        "PF_" + "0" * 49,
        "pf_" + "é" * 49,
    ):
        assert not is_token(no)
    tokens = Tokens(store, world)
    secrets = {tokens.add("anna", "", None)[0] for _ in range(20)}
    assert len(secrets) == 20
    for lasts in (timedelta(), timedelta(days=-1), LONGEST_LASTS + timedelta(days=1)):
        with pytest.raises(UsageError):
            tokens.add("anna", "", None, None, lasts)


def test_a_login_that_was_ended_is_not_brought_back_by_a_look_that_was_under_way(
    store: MemoryStore, world: FrozenWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(store, world)
    secret = sessions.begin("anna", "password", "192.0.2.1", "Browser")
    real: Any = store.keep

    def ended_first(*given: Any, **more: Any) -> bool:
        store.drop_kept(given[0], given[1])
        return bool(real(*given, **more))

    world.advance(timedelta(minutes=5))
    monkeypatch.setattr(store, "keep", ended_first)
    assert sessions.find(secret) is None
    monkeypatch.setattr(store, "keep", real)
    assert sessions.find(secret) is None and sessions.all() == []
    assert timedelta(minutes=30) == IDLE and timedelta(hours=10) == LONGEST


def test_a_secret_that_is_none_is_not_looked_up(store: MemoryStore, world: FrozenWorld) -> None:
    sessions = Sessions(store, world)
    for nothing in ("", "x" * 39, "x" * 51, "x" * 100_000):
        assert sessions.find(nothing) is None
    assert not sessions.end_one("") and not sessions.end_one("%")

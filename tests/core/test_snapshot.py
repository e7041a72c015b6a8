"""The snapshot: a case goes in and comes out, whatever it holds, and equal cases give equal bytes."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.case import Case, Clock, HandOver, Item, Monitor, OpenTask, Timer, Waiting
from procflow.core.journal import Personal, Sealed
from procflow.core.record import decode, encode
from procflow.core.snapshot import from_bytes, is_earlier_form, opened, plain_items, to_bytes
from procflow.core.spans import Span
from procflow.errors import StorageError

AT = datetime(2026, 3, 3, 9, 12, 0, 123456, tzinfo=UTC)
DUE = {"at": AT.isoformat(), "derivation": (("closed", {"days": (("2026-03-07", "x"),)}),), "act_by": None}
FULL = Case(
    id="case", number=7, procedure="p", definition="d", opened=AT, received=AT, sequence=3, now=AT,
    active=("a", "b"), visits={"a": 2}, entered={"a": AT}, data={"x": 1},
    clocks={"c": Clock("running", AT, DUE, AT, True)}, timers={"t": Timer("a", DUE)}, fired=frozenset({"a@1", "a@2"}),
    tasks={"a": OpenTask(("agent",), (), AT, "ann")}, counts={"x": 1}, day=AT.date(), today={"x": 1}, who={"x": "ann"},
    did=frozenset({"mail.send"}), missed=frozenset({"c"}), promises={"p": Monitor("pending", 1, AT)},
    waiting={"case/1/1": Waiting("mail.send", "a#1", "a#2")},
    items={"i": Item("read", ("agent",), ("ann",), AT, Sealed("0.about", 3, b"\x00sealed"))}, outcome="done", closed=AT,
    owes="other/1/1", kept={"i": AT}, retake=frozenset({"i"}), around=("o",), last={"o": ("a", "b")},
    hand_overs={"a": HandOver("bob", "ann", DUE)},
)  # fmt: skip

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.binary() | st.dates()
    | st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 1))
    | st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.integers(1, 99).map(lambda n: Span(n, "days")),
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)  # fmt: skip


def test_a_case_with_something_in_every_field_comes_back_as_it_was() -> None:
    assert all(
        getattr(FULL, name) != getattr(Case(), name)
        for name in set(Case.__struct_fields__) - {"zone", "opened_by", "origin"}
    )
    assert from_bytes(to_bytes(FULL)) == FULL


@given(st.dictionaries(st.text(), VALUES))
def test_a_case_folded_live_and_one_folded_from_the_record_give_the_same_bytes(data: dict[str, Any]) -> None:
    assert to_bytes(Case(data=data)) == to_bytes(Case(data=decode(encode(data))))


@given(st.dictionaries(st.text(), VALUES))
def test_data_of_every_kind_come_back_as_they_were(data: dict[str, Any]) -> None:
    assert from_bytes(to_bytes(Case(data=data))).data == data


def test_equal_cases_give_equal_bytes_in_whatever_order_they_grew() -> None:
    one = Case(data={"a": 1, "b": Decimal("2.0")}, did=frozenset({"x", "y"}))
    other = Case(data={"b": 2, "a": 1}, did=frozenset({"y", "x"}))
    assert to_bytes(one) != to_bytes(Case())
    assert to_bytes(one) == to_bytes(other) == to_bytes(from_bytes(to_bytes(one)))


@pytest.mark.parametrize(
    "value", ["half \ud800", 2**64, -(2**70), AT.astimezone(timezone(timedelta(hours=2))), date(1, 1, 1), ()]
)
def test_what_messagepack_has_no_form_for_comes_back_too(value: Any) -> None:
    assert from_bytes(to_bytes(Case(data={"x": value}))).data["x"] == value


def test_a_personal_value_that_was_not_sealed_never_reaches_a_snapshot() -> None:
    with pytest.raises(TypeError, match="sealed"):
        to_bytes(Case(data={"x": Personal("secret")}))
    with pytest.raises(TypeError, match="sealed"):
        to_bytes(Case(items={"i": Item("read", (), (), AT, Personal("secret"))}))


@pytest.mark.parametrize(
    "damage",
    [b"", b"\x00", b"\xc1", b"\x81\xa2id", to_bytes(FULL)[:-1], to_bytes(FULL) + b"x", b"\x81\xa3foo\x01"],
)
def test_damaged_bytes_are_a_storage_error(damage: bytes) -> None:
    with pytest.raises(StorageError, match="damaged"):
        from_bytes(damage)


def test_what_messagepack_has_a_form_for_stands_there_as_it_is() -> None:
    plain = {"a": True, "b": None, "c": b"x", "d": 2**63 - 1, "e": -(2**63), "f": "Æble", "g": AT, "h": "abc"}
    told = msgspec.msgpack.decode(
        to_bytes(Case(data={**plain, "i": 2**63, "j": Decimal("1.5"), "k": ("x",)}))
    )
    data = told[Case.__struct_fields__.index("data")]
    assert {key: data[key] for key in plain} == plain
    assert {type(data[key]) for key in "ijk"} == {msgspec.msgpack.Ext}


def test_a_value_of_a_code_that_nobody_knows_is_told() -> None:
    whole = to_bytes(Case(data={"x": ("y",)}))
    damaged = whole.replace(bytes([1]) + encode(("y",)), bytes([7]) + encode(("y",)))
    assert damaged != whole
    with pytest.raises(StorageError, match="a value of the unknown code 7"):
        from_bytes(damaged)


def test_a_case_is_opened_where_its_data_are_sealed_and_its_items_when_somebody_looks() -> None:
    sealed = Sealed("1.x", 3, b"\x00")
    case = Case(data={"x": sealed, "y": 3}, items={"i": Item("read", (), (), AT, sealed)})
    back = from_bytes(to_bytes(case))
    assert back.data == {"x": sealed, "y": 3} and type(back.data["x"]) is Sealed
    told = opened(back, lambda found: f"plain {found.name}" if found == sealed else None)
    assert told.data == {"x": "plain 1.x", "y": 3} and told.items == back.items
    clear = Case(data={"y": 3})
    assert opened(clear, lambda found: None) is clear
    assert plain_items(back, lambda found: Personal({"text": "hello"})) == {"i": {"text": "hello"}}
    assert plain_items(back, lambda found: "hello") == {"i": "hello"}
    assert plain_items(Case(items={"i": Item("read", (), (), AT, {"n": 1})}), lambda found: None) == {
        "i": {"n": 1}
    }


def test_what_was_written_before_a_field_was_added_is_known_and_every_other_difference_is_told() -> None:
    case = msgspec.structs.replace(
        FULL, **{name: getattr(Case(), name) for name in Case.__struct_fields__[-3:]}
    )
    folded = to_bytes(case)
    fields = msgspec.msgpack.decode(folded)
    earlier = msgspec.msgpack.encode(fields[:-3])
    assert from_bytes(earlier) == case and earlier != folded
    assert is_earlier_form(earlier, folded)
    assert not is_earlier_form(to_bytes(FULL), folded)
    for place in range(len(earlier)):
        for bit in range(8):
            flipped = bytearray(earlier)
            flipped[place] ^= 1 << bit
            assert not is_earlier_form(bytes(flipped), folded), (place, bit)

"""The canonical bytes: what goes in comes out, equal values give equal bytes, and the format does not move."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core import record
from procflow.core.due import Due, ToldAgain
from procflow.core.record import (
    START,
    chain_hash,
    decode,
    decode_entries,
    decode_some,
    encode,
    encode_entries,
    from_microseconds,
    link_hash,
    microseconds,
    open_entries,
    seal_entries,
)
from procflow.core.spans import Span
from procflow.errors import StorageError

AT = datetime(2026, 5, 11, 8, 5, 0, 123456, tzinfo=UTC)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.decimals(allow_nan=False, allow_infinity=False, places=6)
    | st.text(max_size=20)
    | st.binary(max_size=20)
    | st.dates()
    | st.datetimes(timezones=st.just(UTC))
    | st.builds(Span, st.integers(1, 999), st.sampled_from(["seconds", "hours", "days", "working_days"]))
    | st.builds(j.Sealed, st.text(max_size=9), st.integers(0, 99), st.binary(max_size=20))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4).map(tuple) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=12,
)


NAMES = st.text(max_size=70)
INSTANTS = st.datetimes(timezones=st.just(UTC))
TABLES = st.dictionaries(st.text(max_size=6), VALUES, max_size=3)


@given(
    st.builds(j.CommandTaken, NAMES, NAMES, NAMES, NAMES, TABLES, INSTANTS, NAMES)
    | st.builds(j.DataSet, TABLES)
    | st.builds(j.EffectRequested, NAMES, NAMES, VALUES, NAMES, NAMES)
    | st.builds(j.DeadlineStarted, NAMES, INSTANTS, TABLES, st.none() | INSTANTS, st.booleans())
)
def test_what_is_written_in_one_go_is_to_the_byte_what_the_fields_of_the_entry_give(entry: Any) -> None:
    parts: list[bytes] = []
    record._write_entry(entry, record._PLANS[type(entry)], parts)
    assert type(entry) in record._DIRECT
    assert encode_entries([entry]).endswith(b"".join(parts))
    assert decode_entries(encode_entries([entry])) == (entry,)


def test_the_entries_that_are_written_in_one_go_are_those_that_are_tried() -> None:
    assert set(record._DIRECT) == {j.CommandTaken, j.DataSet, j.EffectRequested, j.DeadlineStarted}


@given(VALUES)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    assert decode(encode(value)) == value
    assert encode(decode(encode(value))) == encode(value)


@pytest.mark.parametrize("size", [63, 64, 65, 511, 512, 513, 40_000])
def test_what_is_long_comes_back_as_it_was(size: int) -> None:
    texts = tuple(f"{n:05}" for n in range(size))
    for value in (
        "a" * size,
        b"b" * size,
        texts,
        tuple(range(size)),
        dict.fromkeys(texts, 1),
        {x: x for x in texts},
    ):
        assert decode(encode(value)) == value
        assert decode(encode((value, "end"))) == (value, "end")
        assert decode(encode({"in": value})) == {"in": value}
    assert decode(encode(("a" * size, "b"))) == ("a" * size, "b")


def test_a_due_instant_whose_notes_many_cases_share_is_written_as_any_map() -> None:
    shared = ToldAgain((("open", {"hours": 6}), ("closed", {"days": ("Thursday", "Friday")})))
    for first in ("09:00", "16:45", "09:00"):
        for at, act_by in ((AT, AT), (AT + timedelta(days=1), None), (AT, None)):
            due = Due(at, (("starts", {"at": first}), *shared), act_by, act_by is None, shared).to_json()
            assert encode(due) == encode(dict(due)) and decode(encode(due)) == due


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=6), st.randoms())
def test_the_order_of_a_map_does_not_matter(value: dict[str, Any], random: Any) -> None:
    items = list(value.items())
    random.shuffle(items)
    assert encode(dict(items)) == encode(value) == encode(MappingProxyType(dict(items)))


@given(st.binary(max_size=60))
def test_bytes_of_any_kind_are_read_or_refused_as_damaged(data: bytes) -> None:
    for read in (decode, decode_entries):
        for given_bytes in (data, b"\x01" + data):
            try:
                read(given_bytes)
            except StorageError as why:
                assert why.hint


def test_equal_numbers_give_equal_bytes() -> None:
    assert encode(Decimal("5.00")) == encode(5) == encode(Decimal(5))
    assert encode(Decimal("1E+3")) == encode(1000)
    assert encode(Decimal("2.50")) == encode(Decimal("2.5"))
    assert encode(Decimal("-0.0")) == encode(0)
    assert type(decode(encode(Decimal("5.0")))) is int
    assert decode(encode(Decimal("0.1"))) == Decimal("0.1")
    assert decode(encode(Decimal("1E-6000"))) == Decimal("1E-6000")


def test_a_yes_and_the_number_one_are_two_values() -> None:
    assert encode(True) != encode(1)
    assert decode(encode(True)) is True


def test_an_instant_is_the_same_in_every_zone() -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=-5)))
    assert encode(elsewhere) == encode(AT)
    assert decode(encode(elsewhere)) == AT
    assert decode(encode(elsewhere)).tzinfo is UTC
    assert from_microseconds(microseconds(AT)) == AT


def test_the_hour_that_comes_twice_is_counted_twice() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Copenhagen"))
    second = first.replace(fold=1)
    assert first == second, "to Python they are one wall clock"
    assert microseconds(second) - microseconds(first) == 3_600_000_000
    assert microseconds(second.astimezone(UTC)) - microseconds(first.astimezone(UTC)) == 3_600_000_000


def test_a_text_with_a_lone_surrogate_is_kept() -> None:
    assert decode(encode("a\udcff")) == "a\udcff"
    entries = (j.StateLeft("a\udcff"),)
    assert decode_entries(encode_entries(entries)) == entries


@pytest.mark.parametrize(
    "value",
    [1.5, {1: "x"}, object(), j.Personal("Mette"), {"a": (j.Personal(1),)}],
    ids=["a float", "a key that is no text", "an object", "a personal value", "a personal value inside"],
)
def test_what_the_record_has_no_form_for_is_refused(value: Any) -> None:
    with pytest.raises((TypeError, AttributeError)):
        encode(value)


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), datetime(2026, 5, 11)])
def test_numbers_without_end_and_instants_without_zone_are_refused(value: Any) -> None:
    with pytest.raises(ValueError, match=r"finite|zone"):
        encode(value)


def test_the_format_is_the_one_that_was_stored() -> None:
    """These bytes stand in stores. When this fails, the format moved: it needs a new version and a migration."""
    value = {
        "b": (None, True, False, 42, -7, Decimal("2.50"), 600),
        "a": "Ændring",
        "bytes": b"\x00\xff",
        "day": date(2026, 5, 11),
        "at": AT,
        "span": Span(4, "working_days"),
        "sealed": j.Sealed("data.kn", 3, b"xyz"),
    }
    assert encode(value).hex() == GOLDEN_VALUE
    entries = (
        j.TaskOpened("wish", ("agent", "lead"), ()),
        j.DataSet({"kn": "104233", "change": j.Sealed("data.change", 2, b"abc")}),
        j.PromiseMoved("answered", "pending", 0, AT),
    )
    assert encode_entries(entries).hex() == GOLDEN_ENTRIES
    assert decode_entries(bytes.fromhex(GOLDEN_ENTRIES)) == entries
    hash_ = chain_hash(START, "c1", 1, "cmd", AT, AT + timedelta(hours=1), "d1", 7, b"entries")
    assert hash_.hex() == GOLDEN_HASH


GOLDEN_VALUE = (
    "016d000000077300000001617300000008c3866e6472696e6773000000026174690006518633ffa5407300000001626c"
    "000000073074666e0000000234326e000000022d376e00000003322e356e000000033630307300000005627974657362"
    "0000000200ff730000000364617964323032362d30352d313173000000067365616c6564787300000007646174612e6b"
    "6e6e0000000133620000000378797a73000000047370616e706e0000000134730000000c776f726b696e675f64617973"
)
GOLDEN_ENTRIES = (
    "016a0000000365730000000a5461736b4f70656e6564000000037300000004776973686c000000027300000005616765"
    "6e7473000000046c6561646c0000000065730000000744617461536574000000016d0000000273000000066368616e67"
    "6578730000000b646174612e6368616e67656e0000000132620000000361626373000000026b6e730000000631303432"
    "333365730000000c50726f6d6973654d6f766564000000047300000008616e737765726564730000000770656e64696e"
    "676e0000000130690006518633ffa540"
)
GOLDEN_HASH = "c8aa41ab4469d6a19545857399b14d91b9b9ee356a18dce277e4990ab5e2550c"


def example(cls: type[Any]) -> Any:
    """An entry of a kind with something in every field."""
    samples = {
        "str": "text",
        "int": 3,
        "bool": True,
        "datetime": AT,
        "datetime | None": AT,
        "tuple[int, ...]": (7, 8),
        "tuple[str, ...]": ("one", "two"),
        "DueFacts": {"at": "x", "derivation": (("a", {"b": ("c",)}),)},
        "Mapping[str, Any]": {"at": AT, "list": ({"deep": Decimal("1.5")},)},
        "date | None": AT.date(),
        "date": AT.date(),
        "Mapping[str, int]": {"a": 1},
        "Mapping[str, str]": {"a": "b"},
        "Mapping[str, tuple[str, ...]]": {"a": ("b", "c")},
        "Any": {"status": "done"},
    }
    return cls(**{name: samples[cls.__annotations__[name]] for name in cls.__struct_fields__})


@pytest.mark.parametrize("kind", j.KINDS)
def test_every_kind_of_entry_comes_back_as_it_was(kind: str) -> None:
    entry = example(j.KINDS[kind])
    assert decode_entries(encode_entries((entry,))) == (entry,)


def test_an_entry_written_before_a_field_was_added_gets_its_default() -> None:
    data = encode_entries((j.EventDropped("x"),))
    name = b"e" + b"s" + (15).to_bytes(4, "big") + b"EffectRequested" + (3).to_bytes(4, "big")
    old = (
        data[:1]
        + b"j"
        + (1).to_bytes(4, "big")
        + name
        + b"".join(encode(v)[1:] for v in ("k", "mail.send", None))
    )
    assert decode_entries(old) == (j.EffectRequested("k", "mail.send", None, "", ""),)


def test_an_entry_of_a_newer_version_is_refused_by_name() -> None:
    data = encode_entries((j.EventDropped("x"),)).replace(b"EventDropped", b"EventDropxed")
    with pytest.raises(StorageError, match="EventDropxed"):
        decode_entries(data)


def test_bytes_that_go_on_or_end_early_are_damaged() -> None:
    data = encode({"a": (1, "text")})
    for wrong in (data + b"0", data[:-1], b"", b"\x02" + data[1:]):
        with pytest.raises(StorageError):
            decode(wrong)


def sealed_by(names: list[str]) -> Any:
    def seal(name: str, plain: bytes) -> j.Sealed:
        names.append(name)
        return j.Sealed(name, 9, plain[::-1])

    return seal


def test_personal_values_are_sealed_wherever_they_are_and_opened_again() -> None:
    entries = (
        j.CommandTaken("choice", "register", "qaa", "", {"kn": j.Personal("104233"), "carrier": "KAB"}, AT),
        j.DataSet({"change": j.Personal("glass"), "proof": {"files": (1, {"name": j.Personal("x.png")})}}),
        j.StateEntered("route", 1),
        j.NoteWritten(j.Personal({"text": "hello"}), "qaa"),
    )
    names: list[str] = []
    closed = seal_entries(entries, sealed_by(names))
    assert names == ["0.given.kn", "data.change", "data.proof.files.1.name", "3.text"]
    assert b"104233" not in encode_entries(closed)
    assert closed[1].values["change"] == j.Sealed("data.change", 9, encode("glass")[::-1])  # type: ignore[union-attr]
    stored = decode_entries(encode_entries(closed))
    assert open_entries(stored, lambda sealed: sealed.data[::-1]) == entries


def test_a_personal_value_inside_a_personal_value_is_sealed_with_it() -> None:
    entry = j.NoteWritten(j.Personal({"text": j.Personal("hello")}), "qaa")
    names: list[str] = []
    closed = seal_entries((entry,), sealed_by(names))
    assert names == ["0.text"]
    (opened,) = open_entries(closed, lambda sealed: sealed.data[::-1])
    assert opened == j.NoteWritten(j.Personal({"text": "hello"}), "qaa")


def test_entries_without_personal_values_stay_the_same_objects() -> None:
    entries = (j.StateEntered("route", 1), j.DataSet({"a": ({"b": 1},)}))
    again = seal_entries(entries, sealed_by([]))
    assert all(a is b for a, b in zip(entries, again, strict=True))


def test_the_hash_of_a_row_covers_every_column() -> None:
    columns: dict[str, Any] = {
        "previous": START,
        "case_id": "c1",
        "sequence": 1,
        "command_id": "cmd",
        "at": AT,
        "ran_at": AT,
        "definition": "d1",
        "surroundings": 7,
        "entries": b"entries",
    }
    changes: dict[str, Any] = {
        "previous": bytes(31) + b"\x01",
        "case_id": "c2",
        "sequence": 2,
        "command_id": "cmx",
        "at": AT + timedelta(microseconds=1),
        "ran_at": AT + timedelta(microseconds=1),
        "definition": "d2",
        "surroundings": 8,
        "entries": b"entriez",
    }
    hashes = {chain_hash(**columns)} | {chain_hash(**{**columns, name: new}) for name, new in changes.items()}
    assert len(hashes) == len(columns) + 1


def test_the_hash_of_a_row_is_that_of_its_columns_as_any_link_is_hashed() -> None:
    began, ran = microseconds(AT), microseconds(AT + timedelta(hours=1))
    given = chain_hash(START, "c1", 3, "cmd\udc80", AT, AT + timedelta(hours=1), "d1", 7, b"entries")
    assert given == link_hash(
        b"procflow journal 1\n", START, "c1", 3, "cmd\udc80", began, ran, "d1", 7, b"entries"
    )


def test_columns_cannot_be_moved_into_each_other() -> None:
    assert link_hash(b"x", "ab", "c") != link_hash(b"x", "a", "bc")


def test_a_replaced_entry_gives_other_bytes() -> None:
    entry = j.TransitionTaken("t", "choice", "c", ("a",), ("b",))
    assert encode_entries((entry,)) != encode_entries((replace(entry, entered=()),))


SOME = (
    st.builds(j.DataSet, st.dictionaries(st.text(max_size=6), VALUES, max_size=4))
    | st.builds(j.EventDropped, st.text(max_size=9))
    | st.builds(j.CaseClosed, st.text(max_size=9), st.datetimes(timezones=st.just(UTC)))
)
KINDS = frozenset({"DataSet", "EventDropped", "CaseClosed"})


@given(st.lists(SOME, max_size=6), st.frozensets(st.sampled_from(sorted(KINDS))))
def test_some_entries_are_read_as_they_are_among_all(entries: list[Any], kinds: frozenset[str]) -> None:
    data = encode_entries(entries)
    assert decode_some(data, kinds) == tuple(e for e in decode_entries(data) if type(e).__name__ in kinds)


@given(st.lists(SOME, min_size=1, max_size=3), st.integers(0, 400), st.integers(0, 255))
def test_damage_in_what_is_passed_over_is_an_error_or_nothing(entries: list[Any], at: int, byte: int) -> None:
    data = bytearray(encode_entries(entries))
    data[at % len(data)] = byte
    try:
        decode_some(bytes(data), frozenset())
    except StorageError as why:
        assert "audit" in why.hint


def test_a_whole_number_is_recorded_as_one_however_it_was_reckoned() -> None:
    for number in (0, 5, -5, 10, 123):
        for form in (Decimal(number), Decimal(f"{number}.0"), Decimal(f"{number}.00")):
            assert encode(form) == encode(number)
    assert encode(Decimal("0.5")) != encode(0) and encode(Decimal("5.5")) != encode(5)


def test_what_the_record_has_no_form_for_is_named() -> None:
    with pytest.raises(TypeError, match="the record has no form for a set"):
        encode({1})


def test_an_entry_is_its_kind_and_its_values_in_the_order_of_its_fields() -> None:
    warned = j.DeadlineWarned("answer")
    moved = j.PromiseMoved("live", "broken")
    assert j.entry_to_record(warned) == ("DeadlineWarned", ("answer",))
    assert j.entry_to_record(moved) == ("PromiseMoved", ("live", "broken", 0, None))
    for entry in (warned, moved, j.CommandTaken("choice", "go", "ann", "", {}, None, "mail")):  # type: ignore[arg-type]
        assert j.entry_from_record(*j.entry_to_record(entry)) == entry
    with pytest.raises(ValueError, match="'Unheard' that this version of procflow does not know"):
        j.entry_from_record("Unheard", ())

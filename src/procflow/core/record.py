"""The canonical bytes of the record: values and entries in and out, personal values sealed, rows chained.

The format outlives every version: the first byte is its version; then, for each value, a tag, its length or
count (four bytes, big-endian) and its bytes. Fields stand in fixed order, maps sorted by key, numbers as
decimal text (a whole Decimal is the int), instants as microseconds of UTC, durations as amount and unit. So
equal values give equal bytes, but for durations in two units (60 minutes, 1 hour), which stay as written.

It must not know ciphers, stores or what an entry means.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from procflow.core.digest import sha256
from procflow.core.due import DueFacts
from procflow.core.journal import (
    KINDS,
    DeadlineEnded,
    DeadlineMet,
    Entry,
    Personal,
    PromiseMoved,
    Sealed,
    StateEntered,
    StateLeft,
    TaskOpened,
    TransitionTaken,
)
from procflow.core.record_personal import bare, exchange
from procflow.core.record_reading import MAGIC as _MAGIC
from procflow.core.record_reading import instant_of, read_all, read_entries, read_value
from procflow.core.spans import Span
from procflow.core.values import Value

#: What stands in front of the hashed bytes of each chain.
JOURNAL_CHAIN = b"procflow journal 1\n"
ACCESS_CHAIN = b"procflow access 1\n"
SEAL_CHAIN = b"procflow seals 1\n"
#: The hash that the first link of a chain follows.
START = bytes(32)

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDE = Context(prec=5000, Emin=-999999, Emax=999999)
_WHOLE_DIGITS = 4000  # int() of longer text is refused by Python itself

_length = struct.Struct(">I").pack
_number64 = struct.Struct(">q").pack
_two_numbers = struct.Struct(">qq").pack
_instant = struct.Struct(">cq").pack


class _TextHeads(dict[int, bytes]):
    """What stands before a text of so many bytes."""

    def __missing__(self, size: int) -> bytes:
        return b"s" + _length(size)


_TEXT_HEADS = _TextHeads([(size, b"s" + _length(size)) for size in range(512)])
_SMALL = tuple([b"n" + _length(len(text)) + text for text in (b"%d" % n for n in range(100))])
_MAP_HEADS = tuple([b"m" + length for length in map(_length, range(64))])
_LIST_HEADS = tuple([b"l" + length for length in map(_length, range(64))])
_NOTHING, _YES, _NO = b"0", b"t", b"f"

Put = Callable[[bytes], None]


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`: None, bool, int, Decimal, str, bytes, date, aware datetime, Span,
    tuple or list, Mapping with text keys, Sealed. Raises TypeError for anything else, ValueError for an
    instant without a zone and for a number that is not finite."""
    if type(value) is str:
        data = value.encode("utf-8", "surrogatepass")
        return _MAGIC + _TEXT_HEADS[len(data)] + data
    if type(value) is Sealed:
        return _MAGIC + (_SEALED.get(value) or _sealed(value))
    parts = [_MAGIC]
    _WRITERS.get(type(value), _write_other)(value, parts.append)
    return b"".join(parts)


def decode(data: bytes) -> Value:
    """The value again: lists as tuples, mappings as dicts, instants in UTC. Raises StorageError."""
    return read_all(data, read_value)


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """The canonical bytes of a step's entries, in their order. A `Personal` left inside is a TypeError."""
    entries = tuple(entries)
    parts = [_MAGIC, b"j" + _length(len(entries))]
    for entry in entries:
        kind = type(entry)
        if kind in _SAID_AGAIN:
            parts.append(_REPEATED[entry])
        else:
            _write_entry(entry, _PLANS[kind], parts)
    return b"".join(parts)


def _write_entry(entry: Any, plan: Plan, parts: list[bytes]) -> None:
    head, fields = plan
    put = parts.append
    put(head)
    for are_names, get in fields:
        value = get(entry)
        if are_names:
            parts.extend(map(_name_of, value))
        else:
            _WRITERS.get(type(value), _write_other)(value, put)


def decode_entries(data: bytes) -> tuple[Entry, ...]:
    """The entries again; fields that were added since get their defaults. Raises StorageError."""
    return cast(tuple[Entry, ...], read_all(data, read_entries))


def decode_some(data: bytes, kinds: frozenset[str]) -> tuple[Entry, ...]:
    """Only the entries of these kinds; all others are passed over unread. Raises StorageError."""
    return cast(tuple[Entry, ...], read_all(data, lambda data, at: read_entries(data, at, kinds)))


def seal_entries(entries: Iterable[Entry], seal: Callable[[str, bytes], Sealed]) -> tuple[Entry, ...]:
    """The entries with each `Personal` replaced by what `seal(name, encoded value)` makes of it.

    The name says the place: `data.<field>` for what `DataSet` sets, else `<entry index>.<field>`, with the
    keys and indexes further in behind it.
    """

    def close(name: str, personal: Any) -> Any:
        value = personal.value
        if type(value) is str:
            return seal(name, encode(value))
        parts = [_MAGIC]
        try:
            _WRITERS.get(type(value), _write_other)(value, parts.append)
        except _Unsealed:  # there are more of them further in, and all of it is sealed here anyway
            return seal(name, encode(bare(value)))
        return seal(name, b"".join(parts))

    return exchange(entries, Personal, close)


def open_entries(entries: Iterable[Entry], unseal: Callable[[Sealed], bytes]) -> tuple[Entry, ...]:
    """The way back: each `Sealed` becomes the `Personal` that it was, by the bytes that `unseal` gives."""
    return exchange(entries, Sealed, lambda _, value: Personal(decode(unseal(value))))


def microseconds(instant: datetime) -> int:
    """Microseconds of UTC since 1970; ValueError for an instant without a zone."""
    if instant.tzinfo is UTC:
        return _counted(instant)
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant.isoformat()} has no zone")
    return _count_of(instant)


def _count_of(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


#: A step writes the same few instants in several places. (Only of UTC are equal instants the same one.)
_counted = lru_cache(1000)(_count_of)


def from_microseconds(count: int) -> datetime:
    """The instant again, in UTC. Raises StorageError for a number that is none."""
    return instant_of(count)


def chain_hash(
    previous: bytes,
    case_id: str,
    sequence: int,
    command_id: str,
    at: datetime,
    ran_at: datetime,
    definition: str,
    surroundings: int,
    entries: bytes,
) -> bytes:
    """The hash of a journal row: SHA-256 over every other column of it, the hash of the row before included."""
    began = microseconds(at)
    ran = began if ran_at is at else microseconds(ran_at)
    case, command = case_id.encode("utf-8", "surrogatepass"), command_id.encode("utf-8", "surrogatepass")
    of = definition.encode("utf-8", "surrogatepass")
    return sha256(
        b"".join(
            (
                JOURNAL_CHAIN, _length(len(previous)), previous, _length(len(case)), case, _number64(sequence),
                _length(len(command)), command, _two_numbers(began, ran), _length(len(of)), of,
                _number64(surroundings), _length(len(entries)), entries,
            )
        )
    ).digest()  # fmt: skip


def link_hash(chain: bytes, *columns: bytes | str | int) -> bytes:
    """SHA-256 over the chain's name and its columns: integers as eight bytes, the rest as length and bytes.

    `chain_hash` is the same of a journal row, with its columns in their places.
    """
    parts = [chain]
    for column in columns:
        if isinstance(column, int):
            parts.append(_number64(column))
        else:
            data = column.encode("utf-8", "surrogatepass") if isinstance(column, str) else column
            parts += (_length(len(data)), data)
    return sha256(b"".join(parts)).digest()


# --- writing


def _write(value: Any, put: Put) -> None:
    _WRITERS.get(type(value), _write_other)(value, put)


def _write_none(value: None, put: Put) -> None:
    put(_NOTHING)


def _write_bool(value: bool, put: Put) -> None:
    put(_YES if value else _NO)


def _write_int(value: int, put: Put) -> None:
    if 0 <= value < 100:
        put(_SMALL[value])
        return
    data = str(value).encode()
    put(b"n" + _length(len(data)) + data)


def _write_decimal(value: Decimal, put: Put) -> None:
    if not value.is_finite():
        raise ValueError(f"the record holds no number {value}: it must be finite")
    if value == 0 or (0 <= value.adjusted() < _WHOLE_DIGITS and value == value.to_integral_value()):
        _write_int(int(value), put)
        return
    data = str(value.normalize(_WIDE)).encode()
    put(b"n" + _length(len(data)) + data)


def _write_text(value: str, put: Put) -> None:
    data = value.encode("utf-8", "surrogatepass")
    put(_TEXT_HEADS[len(data)] + data)


def _write_bytes(value: bytes, put: Put) -> None:
    put(b"b" + _length(len(value)))
    put(value)


def _write_instant(value: datetime, put: Put) -> None:
    put(_instant(b"i", _counted(value) if value.tzinfo is UTC else microseconds(value)))


def _write_date(value: date, put: Put) -> None:
    put(b"d" + value.isoformat().encode())


def _write_span(value: Span, put: Put) -> None:
    put(b"p")
    _WRITERS[type(value.amount)](value.amount, put)
    _write_text(value.unit, put)


def _write_list(value: tuple[Any, ...] | list[Any], put: Put) -> None:
    size = len(value)
    put(_LIST_HEADS[size] if size < 64 else b"l" + _length(size))
    for item in value:
        if type(item) is str:
            data = item.encode("utf-8", "surrogatepass")
            put(_TEXT_HEADS[len(data)] + data)
        else:
            _WRITERS.get(type(item), _write_other)(item, put)


def _write_due(value: DueFacts, put: Put) -> None:
    """A map like any other. Where many cases share all of it but the first note, all but that is written once."""
    again = value.again
    if again is None:
        _write_map(value, put)
        return
    first, told = value["derivation"][0], (value["at"], value["act_by"], value["closed_hours"])
    if again.written is None or again.written[0] != told:
        whole, note, after = _written(_write_map, value), _written(_write_list, first), b""
        for shared in again:
            after += _written(_write_list, shared)
        before = whole[
            : len(whole) - len(note) - len(after)
        ]  # the notes are the last of a due instant's facts
        again.written = told, before, after
    _, before, after = again.written
    put(before)
    _write_list(first, put)
    put(after)


def _written(write: Callable[[Any, Put], None], value: Any) -> bytes:
    parts: list[bytes] = []
    write(value, parts.append)
    return b"".join(parts)


def _write_map(value: Mapping[str, Any], put: Put) -> None:
    size = len(value)
    put(_MAP_HEADS[size] if size < 64 else b"m" + _length(size))
    for key in sorted(value) if size > 1 else value:
        put(_KEYS[key])
        item = value[key]
        kind = type(item)
        if kind is str:
            data = item.encode("utf-8", "surrogatepass")
            put(_TEXT_HEADS[len(data)] + data)
        else:
            _WRITERS.get(kind, _write_other)(item, put)


_MOST_NAMES = 4000
_MOST_LETTERS = 60


class _Names(dict[str, bytes]):
    """The texts that stand in entries themselves: the same ones again and again."""

    def __missing__(self, name: str) -> bytes:
        parts: list[bytes] = []
        _write(name, parts.append)
        written = b"".join(parts)
        if type(name) is str and len(name) <= _MOST_LETTERS:
            if len(self) >= _MOST_NAMES:
                self.clear()
            self[name] = written
        return written


class _Keys(_Names):
    """The keys of maps, which are texts."""

    def __missing__(self, name: str) -> bytes:
        if not isinstance(name, str):
            raise TypeError(f"a key of a map is a text, not a {type(name).__name__}")
        return super().__missing__(name)


_KEYS = _Keys()
_NAMES = _Names()
_name_of = _NAMES.__getitem__


def _write_sealed(value: Sealed, put: Put) -> None:
    put(_SEALED.get(value) or _sealed(value))


#: What was sealed last: a step writes it into its journal, its snapshot and its outbox.
_SEALED: dict[Sealed, bytes] = {}
_MOST_SEALED = 64


def _sealed(value: Sealed) -> bytes:
    sequence, data = value.sequence, value.data
    number = _SMALL[sequence] if 0 <= sequence < 100 else _written(_write_int, sequence)
    if len(_SEALED) >= _MOST_SEALED:
        _SEALED.clear()
    parts = b"x", _NAMES[value.name], number, b"b", _length(len(data)), data
    written = _SEALED[value] = b"".join(parts)
    return written


class _Unsealed(TypeError):
    """A personal value stands where only what is sealed may stand."""


def _write_personal(value: Personal, put: Put) -> None:
    raise _Unsealed("a personal value must be sealed before it is written")


_WRITERS: dict[type[Any], Callable[[Any, Put], None]] = {
    type(None): _write_none,
    bool: _write_bool,
    int: _write_int,
    Decimal: _write_decimal,
    str: _write_text,
    bytes: _write_bytes,
    datetime: _write_instant,
    date: _write_date,
    Span: _write_span,
    tuple: _write_list,
    list: _write_list,
    DueFacts: _write_due,
    dict: _write_map,
    Sealed: _write_sealed,
    Personal: _write_personal,
}


def _write_other(value: Any, put: Put) -> None:
    """Kinds that are one of ours by descent only: a frozen mapping, a text of a class of its own."""
    if isinstance(value, Mapping):
        _write_map(value, put)
        return
    if isinstance(value, int):
        _write_int(int(value), put)
        return
    for kind in (Decimal, str, bytes, datetime, date, tuple, list):
        if isinstance(value, kind):
            _WRITERS[kind](value, put)
            return
    raise TypeError(f"the record has no form for a {type(value).__name__}")


#: The head of an entry, and then how to get its values in their order: names in a row, or one value of any kind.
Plan = tuple[bytes, tuple[tuple[bool, Callable[[Any], Any]], ...]]


class _Plans(dict[type[Any], Plan]):
    """One for each kind of entry that was written so far."""

    def __missing__(self, cls: type[Any]) -> Plan:
        made = self[cls] = _plan(cls)
        return made


_PLANS = _Plans()


def _plan(cls: type[Any]) -> Plan:
    if KINDS.get(cls.__name__) is not cls:
        raise TypeError(f"the record has no entry {cls.__name__}")
    names = cls.__struct_fields__
    data = cls.__name__.encode()
    head = b"e" + _TEXT_HEADS[len(data)] + data + _length(len(names))
    fields: list[tuple[bool, Callable[[Any], Any]]] = []
    for are_names, row in groupby(names, lambda field: cls.__annotations__[field] == "str"):
        together = tuple(row)
        if are_names and len(together) > 1:
            fields.append((True, attrgetter(*together)))
        else:
            fields += [(False, attrgetter(field)) for field in together]
    return head, tuple(fields)


#: Entries that hold names only, and at most a day or a small number: each is encoded once.
_SAID_AGAIN = frozenset(
    {TransitionTaken, StateLeft, StateEntered, TaskOpened, PromiseMoved, DeadlineMet, DeadlineEnded}
)


class _Repeated(dict[Any, bytes]):
    def __missing__(self, entry: Any) -> bytes:
        parts: list[bytes] = []
        _write_entry(entry, _PLANS[type(entry)], parts)
        if len(self) >= _MOST_NAMES:
            self.clear()
        made = self[entry] = b"".join(parts)
        return made


_REPEATED = _Repeated()

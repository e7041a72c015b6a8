"""The canonical bytes of the record: values and entries in and out, personal values sealed, rows chained.

The format outlives every version: the first byte is its version; then, for each value, a tag, its length or
count (four bytes, big-endian) and its bytes. Fields stand in fixed order, maps sorted by key, numbers as
decimal text (a whole Decimal is the int), instants as microseconds of UTC, durations as amount and unit. So
equal values give equal bytes, but for durations in two units (60 minutes, 1 hour), which stay as written.

It must not know ciphers, stores or what an entry means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from procflow.core.digest import sha256
from procflow.core.journal import (
    KINDS,
    CommandTaken,
    DataSet,
    DeadlineEnded,
    DeadlineMet,
    DeadlineStarted,
    EffectRequested,
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
from procflow.core.record_writing import (
    MOST_NAMES,
    NAMES,
    NO,
    SEALED,
    TEXT_HEADS,
    WRITERS,
    YES,
    Unsealed,
    instant_bytes,
    length,
    microseconds,
    name_of,
    number64,
    sealed_bytes,
    two_numbers,
)  # fmt: skip
from procflow.core.values import Value

__all__ = [
    "ACCESS_CHAIN", "JOURNAL_CHAIN", "SEAL_CHAIN", "START", "chain_hash", "decode", "decode_entries", "decode_some",
    "encode", "encode_entries", "from_microseconds", "link_hash", "microseconds", "open_entries", "seal_entries",
]  # fmt: skip

#: What stands in front of the hashed bytes of each chain.
JOURNAL_CHAIN = b"procflow journal 1\n"
ACCESS_CHAIN = b"procflow access 1\n"
SEAL_CHAIN = b"procflow seals 1\n"
#: The hash that the first link of a chain follows.
START = bytes(32)


def encode(value: Value) -> bytes:
    """The canonical bytes of `value`: None, bool, int, Decimal, str, bytes, date, aware datetime, Span,
    tuple or list, Mapping with text keys, Sealed. Raises TypeError for anything else, ValueError for an
    instant without a zone and for a number that is not finite."""
    if type(value) is str:
        data = value.encode("utf-8", "surrogatepass")
        return _MAGIC + TEXT_HEADS[len(data)] + data
    if type(value) is Sealed:
        return _MAGIC + (SEALED.get(value) or sealed_bytes(value))
    parts = [_MAGIC]
    WRITERS[type(value)](value, parts)
    return b"".join(parts)


def decode(data: bytes) -> Value:
    """The value again: lists as tuples, mappings as dicts, instants in UTC. Raises StorageError."""
    return read_all(data, read_value)


def encode_entries(entries: Iterable[Entry]) -> bytes:
    """The canonical bytes of a step's entries, in their order. A `Personal` left inside is a TypeError."""
    entries = tuple(entries)
    parts = [_MAGIC, b"j" + length(len(entries))]
    for entry in entries:
        kind = type(entry)
        if kind in _SAID_AGAIN:
            parts.append(_REPEATED[entry])
        elif kind in _DIRECT:
            _DIRECT[kind](entry, parts)
        else:
            _write_entry(entry, _PLANS[kind], parts)
    return b"".join(parts)


def _write_entry(entry: Any, plan: Plan, parts: list[bytes]) -> None:
    head, fields = plan
    parts.append(head)
    for are_names, get in fields:
        value = get(entry)
        if are_names:
            parts.extend(map(name_of, value))
        else:
            WRITERS[type(value)](value, parts)


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
            data = value.encode("utf-8", "surrogatepass")
            return seal(name, _MAGIC + TEXT_HEADS[len(data)] + data)
        parts = [_MAGIC]
        try:
            WRITERS[type(value)](value, parts)
        except Unsealed:  # there are more of them further in, and all of it is sealed here anyway
            return seal(name, encode(bare(value)))
        return seal(name, b"".join(parts))

    return exchange(entries, Personal, close)


def open_entries(entries: Iterable[Entry], unseal: Callable[[Sealed], bytes]) -> tuple[Entry, ...]:
    """The way back: each `Sealed` becomes the `Personal` that it was, by the bytes that `unseal` gives."""
    return exchange(entries, Sealed, lambda _, value: Personal(decode(unseal(value))))


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
                JOURNAL_CHAIN, length(len(previous)), previous, length(len(case)), case, number64(sequence),
                length(len(command)), command, two_numbers(began, ran), length(len(of)), of,
                number64(surroundings), length(len(entries)), entries,
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
            parts.append(number64(column))
        else:
            data = column.encode("utf-8", "surrogatepass") if isinstance(column, str) else column
            parts += (length(len(data)), data)
    return sha256(b"".join(parts)).digest()


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
    return _head(cls), _fields(cls)


def _head(cls: type[Any]) -> bytes:
    """What stands before an entry's values: its kind, and how many they are."""
    data = cls.__name__.encode()
    return b"e" + TEXT_HEADS[len(data)] + data + length(len(cls.__struct_fields__))


def _fields(cls: type[Any]) -> tuple[tuple[bool, Callable[[Any], Any]], ...]:
    names = cls.__struct_fields__
    fields: list[tuple[bool, Callable[[Any], Any]]] = []
    for are_names, row in groupby(names, lambda field: cls.__annotations__[field] == "str"):
        together = tuple(row)
        if are_names and len(together) > 1:
            fields.append((True, attrgetter(*together)))
        else:
            fields += [(False, attrgetter(field)) for field in together]
    return tuple(fields)


#: Entries that hold names only, and at most a day or a small number: each is encoded once.
_SAID_AGAIN = frozenset(
    {TransitionTaken, StateLeft, StateEntered, TaskOpened, PromiseMoved, DeadlineMet, DeadlineEnded}
)


class _Repeated(dict[Any, bytes]):
    def __missing__(self, entry: Any) -> bytes:
        parts: list[bytes] = []
        _write_entry(entry, _PLANS[type(entry)], parts)
        if len(self) >= MOST_NAMES:
            self.clear()
        made = self[entry] = b"".join(parts)
        return made


_REPEATED = _Repeated()


#: The entries of most steps, each written in one go; to the byte what a plan of its fields writes.
_COMMAND, _DATA, _EFFECT, _STARTED = map(_head, (CommandTaken, DataSet, EffectRequested, DeadlineStarted))


def _command(entry: CommandTaken, parts: list[bytes]) -> None:
    names = NAMES
    parts += (_COMMAND, names[entry.kind], names[entry.name], names[entry.by], names[entry.on_behalf])
    value = entry.given
    WRITERS[type(value)](value, parts)
    parts += (instant_bytes(b"i", microseconds(entry.at)), names[entry.source])


def _data(entry: DataSet, parts: list[bytes]) -> None:
    parts.append(_DATA)
    value = entry.values
    WRITERS[type(value)](value, parts)


def _effect(entry: EffectRequested, parts: list[bytes]) -> None:
    names = NAMES
    key = entry.key.encode("utf-8", "surrogatepass")  # no two effects have the same one
    parts += (_EFFECT, TEXT_HEADS[len(key)], key, names[entry.operation])
    value = entry.parameters
    WRITERS[type(value)](value, parts)
    parts += (names[entry.unless_left], names[entry.answers])


def _started(entry: DeadlineStarted, parts: list[bytes]) -> None:
    parts += (_STARTED, NAMES[entry.name], instant_bytes(b"i", microseconds(entry.started)))
    due, warn = entry.due, entry.warn
    WRITERS[type(due)](due, parts)
    WRITERS[type(warn)](warn, parts)
    parts.append(YES if entry.moved else NO)


_DIRECT: dict[type[Any], Callable[[Any, list[bytes]], None]] = {
    CommandTaken: _command,
    DataSet: _data,
    EffectRequested: _effect,
    DeadlineStarted: _started,
}

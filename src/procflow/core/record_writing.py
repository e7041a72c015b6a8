"""The canonical bytes of one value in the record, appended piece by piece; `record` says their form.

It must not know entries, ciphers or stores.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Context, Decimal
from functools import lru_cache
from typing import Any

from procflow.core.due import DueFacts
from procflow.core.journal import Personal, Sealed
from procflow.core.spans import Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDE = Context(prec=5000, Emin=-999999, Emax=999999)
_WHOLE_DIGITS = 4000  # int() of longer text is refused by Python itself

length = struct.Struct(">I").pack
number64 = struct.Struct(">q").pack
two_numbers = struct.Struct(">qq").pack
instant_bytes = struct.Struct(">cq").pack


class _TextHeads(dict[int, bytes]):
    """What stands before a text of so many bytes."""

    def __missing__(self, size: int) -> bytes:
        return b"s" + length(size)


TEXT_HEADS = _TextHeads([(size, b"s" + length(size)) for size in range(512)])
_SMALL = tuple([b"n" + length(len(text)) + text for text in (b"%d" % n for n in range(100))])
_MAP_HEADS = tuple([b"m" + length for length in map(length, range(64))])
_LIST_HEADS = tuple([b"l" + length for length in map(length, range(64))])
_NOTHING, YES, NO = b"0", b"t", b"f"

Parts = list[bytes]


def microseconds(instant: datetime) -> int:
    """Microseconds of UTC since 1970; ValueError for an instant without a zone."""
    if instant.tzinfo is UTC:
        return counted(instant)
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant.isoformat()} has no zone")
    return _count_of(instant)


def _count_of(instant: datetime) -> int:
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


#: A step writes the same few instants in several places. (Only of UTC are equal instants the same one.)
counted = lru_cache(1000)(_count_of)


def write(value: Any, parts: Parts) -> None:
    WRITERS[type(value)](value, parts)


def _write_none(value: None, parts: Parts) -> None:
    parts.append(_NOTHING)


def _write_bool(value: bool, parts: Parts) -> None:
    parts.append(YES if value else NO)


def _write_int(value: int, parts: Parts) -> None:
    if 0 <= value < 100:
        parts.append(_SMALL[value])
        return
    data = str(value).encode()
    parts.append(b"n" + length(len(data)) + data)


def _write_decimal(value: Decimal, parts: Parts) -> None:
    if not value.is_finite():
        raise ValueError(f"the record holds no number {value}: it must be finite")
    if value == 0 or (0 <= value.adjusted() < _WHOLE_DIGITS and value == value.to_integral_value()):
        _write_int(int(value), parts)
        return
    data = str(value.normalize(_WIDE)).encode()
    parts.append(b"n" + length(len(data)) + data)


def _write_text(value: str, parts: Parts) -> None:
    data = value.encode("utf-8", "surrogatepass")
    parts += (TEXT_HEADS[len(data)], data)


def _write_bytes(value: bytes, parts: Parts) -> None:
    parts += (b"b", length(len(value)), value)


def _write_instant(value: datetime, parts: Parts) -> None:
    parts.append(instant_bytes(b"i", counted(value) if value.tzinfo is UTC else microseconds(value)))


def _write_date(value: date, parts: Parts) -> None:
    parts.append(b"d" + value.isoformat().encode())


def _write_span(value: Span, parts: Parts) -> None:
    parts.append(b"p")
    WRITERS[type(value.amount)](value.amount, parts)
    _write_text(value.unit, parts)


def _write_list(value: tuple[Any, ...] | list[Any], parts: Parts) -> None:
    size = len(value)
    parts.append(_LIST_HEADS[size] if size < 64 else b"l" + length(size))
    for item in value:
        if type(item) is str:
            data = item.encode("utf-8", "surrogatepass")
            parts += (TEXT_HEADS[len(data)], data)
        else:
            WRITERS[type(item)](item, parts)


def _write_due(value: DueFacts, parts: Parts) -> None:
    """A map like any other. Where many cases share all of it but the first note, all but that is written once."""
    again = value.again
    if again is None:
        _write_map(value, parts)
        return
    first, told = value["derivation"][0], (value["at"], value["act_by"], value["closed_hours"])
    if again.written is None or again.written[0] != told:
        whole, note, after = _written(_write_map, value), _written(_write_list, first), b""
        for shared in again:
            after += _written(_write_list, shared)
        # the notes are the last of a due instant's facts
        before = whole[: len(whole) - len(note) - len(after)]
        again.written = told, before, after
    _, before, after = again.written
    parts.append(before)
    _write_list(first, parts)
    parts.append(after)


def _written(write: Callable[[Any, Parts], None], value: Any) -> bytes:
    parts: list[bytes] = []
    write(value, parts)
    return b"".join(parts)


def _write_map(value: Mapping[str, Any], parts: Parts) -> None:
    size = len(value)
    parts.append(_MAP_HEADS[size] if size < 64 else b"m" + length(size))
    for key in sorted(value) if size > 1 else value:
        item = value[key]
        kind = type(item)
        if kind is str:
            data = item.encode("utf-8", "surrogatepass")
            parts += (_KEYS[key], TEXT_HEADS[len(data)], data)
        elif kind is Sealed:
            parts += (_KEYS[key], SEALED.get(item) or sealed_bytes(item))
        else:
            parts.append(_KEYS[key])
            WRITERS[kind](item, parts)


MOST_NAMES = 4000
_MOST_LETTERS = 35  # what is longer is a key with a case's id in it: another one each time


class _Names(dict[str, bytes]):
    """The texts that stand in entries themselves: the same ones again and again."""

    def __missing__(self, name: str) -> bytes:
        parts: list[bytes] = []
        write(name, parts)
        written = b"".join(parts)
        if type(name) is str and len(name) <= _MOST_LETTERS:
            if len(self) >= MOST_NAMES:
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
NAMES = _Names()
name_of = NAMES.__getitem__


def _write_sealed(value: Sealed, parts: Parts) -> None:
    parts.append(SEALED.get(value) or sealed_bytes(value))


#: What was sealed last: a step writes it into its journal, its snapshot and its outbox.
SEALED: dict[Sealed, bytes] = {}
_MOST_SEALED = 64


def sealed_bytes(value: Sealed) -> bytes:
    sequence, data = value.sequence, value.data
    number = _SMALL[sequence] if 0 <= sequence < 100 else _written(_write_int, sequence)
    if len(SEALED) >= _MOST_SEALED:
        SEALED.clear()
    parts = b"x", NAMES[value.name], number, b"b", length(len(data)), data
    written = SEALED[value] = b"".join(parts)
    return written


class Unsealed(TypeError):
    """A personal value stands where only what is sealed may stand."""


def _write_personal(value: Personal, parts: Parts) -> None:
    raise Unsealed("a personal value must be sealed before it is written")


class _Writers(dict[type[Any], Callable[[Any, Parts], None]]):
    """How a value of a kind is written."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any, Parts], None]:
        return write_other


WRITERS = _Writers(
    {
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
)


def write_other(value: Any, parts: Parts) -> None:
    """Kinds that are one of ours by descent only: a frozen mapping, a text of a class of its own."""
    if isinstance(value, Mapping):
        _write_map(value, parts)
        return
    if isinstance(value, int):
        _write_int(int(value), parts)
        return
    for kind in (Decimal, str, bytes, datetime, date, tuple, list):
        if isinstance(value, kind):
            WRITERS[kind](value, parts)
            return
    raise TypeError(f"the record has no form for a {type(value).__name__}")

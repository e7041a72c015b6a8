"""The record's canonical bytes, read: values and entries again, and entries passed over unread.

The format is told in `record`, which is the door; what is damaged is a StorageError that says where.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from procflow.core.journal import Sealed, entry_from_record
from procflow.core.spans import Span
from procflow.errors import StorageError

#: The version of the format, the first byte of everything that is written.
VERSION = 1
MAGIC = bytes([VERSION])

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_read_length = struct.Struct(">I").unpack_from
_read_instant = struct.Struct(">q").unpack_from


def instant_of(count: int) -> datetime:
    """The instant of so many microseconds since 1970, in UTC. Raises StorageError for a number that is none."""
    try:
        return _EPOCH + timedelta(microseconds=count)
    except OverflowError as why:
        raise StorageError(f"{count} is no instant", hint="run: procflow audit") from why


def read_all(data: bytes, read: Callable[[bytes, int], tuple[Any, int]]) -> Any:
    if data[:1] != MAGIC:
        raise StorageError(
            f"these bytes are not of the record's format {VERSION}"
            + (f": they say {data[0]}" if data else ": they are empty"),
            hint="a newer version of procflow may have written them; else run: procflow audit",
        )
    try:
        value, end = read(data, 1)
    except (
        IndexError,
        struct.error,
        ValueError,
        ArithmeticError,
        TypeError,
        OverflowError,
        RecursionError,
    ) as why:
        raise StorageError(f"the record's bytes are damaged: {why}", hint="run: procflow audit") from why
    if end != len(data):
        raise StorageError(f"the record's bytes go on after their end, at {end}", hint="run: procflow audit")
    return value


def _take(data: bytes, at: int) -> tuple[bytes, int]:
    (size,) = _read_length(data, at)
    start, end = at + 4, at + 4 + size
    if end > len(data):
        raise ValueError(f"{size} bytes are announced at {at}, {len(data) - start} are there")
    return data[start:end], end


def _count(data: bytes, at: int) -> tuple[int, int]:
    (count,) = _read_length(data, at)
    if count > len(data) - at:
        raise ValueError(f"{count} values are announced at {at}, {len(data) - at} bytes are there")
    return count, at + 4


def read_value(data: bytes, at: int) -> tuple[Any, int]:
    tag = data[at : at + 1]
    at += 1
    if tag == b"s":
        taken, at = _take(data, at)
        return taken.decode("utf-8", "surrogatepass"), at
    if tag == b"0":
        return None, at
    if tag == b"t":
        return True, at
    if tag == b"f":
        return False, at
    if tag == b"n":
        taken, at = _take(data, at)
        return _number(taken.decode("ascii")), at
    if tag == b"i":
        (count,) = _read_instant(data, at)
        return instant_of(count), at + 8
    if tag == b"d":
        return date.fromisoformat(data[at : at + 10].decode("ascii")), at + 10
    if tag == b"b":
        return _take(data, at)
    if tag == b"p":
        amount, at = read_value(data, at)
        unit, at = read_value(data, at)
        return Span(amount, unit), at
    if tag == b"l":
        count, at = _count(data, at)
        items = []
        for _ in range(count):
            item, at = read_value(data, at)
            items.append(item)
        return tuple(items), at
    if tag == b"m":
        return _read_map(data, at)
    if tag == b"x":
        name, at = read_value(data, at)
        sequence, at = read_value(data, at)
        taken, at = read_value(data, at)
        if type(name) is not str or type(sequence) is not int or type(taken) is not bytes:
            raise ValueError(f"a sealed value before {at} has parts of the wrong kind")
        return Sealed(name, sequence, taken), at
    raise ValueError(f"unknown tag {tag!r} at {at - 1}")


def _read_map(data: bytes, at: int) -> tuple[dict[str, Any], int]:
    count, at = _count(data, at)
    found: dict[str, Any] = {}
    last: str | None = None
    for _ in range(count):
        key, at = read_value(data, at)
        if type(key) is not str or (last is not None and key <= last):
            raise ValueError(f"a key of a map before {at} is not a text, or not in order")
        found[key], at = read_value(data, at)
        last = key
    return found, at


def _number(text: str) -> int | Decimal:
    if text.lstrip("-").isdigit():
        return int(text)
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(f"{text!r} is not a finite number")
    return number


def _skip(data: bytes, at: int, count: int) -> int:
    """Where so many values end; they are not read, so what is inside them is not checked."""
    while count:
        count -= 1
        tag = data[at]
        at += 1
        if tag in _MEASURED:  # s, n, b: a length, then so many bytes
            at += 4 + _read_length(data, at)[0]
        elif tag == 109:  # m
            count += 2 * _read_length(data, at)[0]
            at += 4
        elif tag == 108:  # l
            count += _read_length(data, at)[0]
            at += 4
        elif tag == 120:  # x
            count += 3
        elif tag == 112:  # p
            count += 2
        elif tag in _FIXED:
            at += _FIXED[tag]
        else:
            raise ValueError(f"unknown tag {tag} at {at - 1}")
    if at > len(data):
        raise ValueError(f"a value goes on after the end, at {at}")
    return at


_MEASURED = frozenset(b"snb")
_FIXED = {ord("0"): 0, ord("t"): 0, ord("f"): 0, ord("i"): 8, ord("d"): 10}


def read_entries(data: bytes, at: int, kinds: frozenset[str] | None = None) -> tuple[tuple[Any, ...], int]:
    if data[at : at + 1] != b"j":
        raise ValueError("they hold a value, not entries")
    count, at = _count(data, at + 1)
    entries = []
    for _ in range(count):
        if data[at : at + 1] != b"e":
            raise ValueError(f"no entry begins at {at}")
        name, at = read_value(data, at + 1)
        width, at = _count(data, at)
        if kinds is not None and name not in kinds:
            at = _skip(data, at, width)
            continue
        values = []
        for _ in range(width):
            value, at = read_value(data, at)
            values.append(value)
        entries.append(entry_from_record(name, tuple(values)))
    return tuple(entries), at

"""Messages between the host and a plugin's process: length-prefixed JSON, bytes beside it unescaped.

A frame is a mark, the length of its JSON, the number and lengths of its blobs, the JSON, the blobs. Bytes in
a value stand in the JSON as `{"$bytes": n}`. It must not know pipes or what is said.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

MARK = b"PCF1"
_HEAD = struct.Struct("!4sIQ")  # mark, number of parts, length of all that follows
_PART = struct.Struct("!Q")
HEAD_SIZE = _HEAD.size


class BadFrame(Exception):
    """What came is no frame, or a larger one than allowed."""


def to_json(value: Any) -> Any:
    """Values of the engine as JSON has them; bytes stay. Raises TypeError for anything else."""
    if value is None or isinstance(value, str | bool | int | float | bytes):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_json(item) for item in (sorted(value) if isinstance(value, set | frozenset) else value)]
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")


def pack(value: Any) -> bytes:
    """One frame. Raises TypeError and ValueError for what JSON does not have."""
    try:
        return _packed(value)
    except TypeError:
        return _packed(to_json(value))  # names that are no texts


def _packed(value: Any) -> bytes:
    blobs: list[bytes] = []

    def other(item: Any) -> Any:
        if isinstance(item, bytes):
            blobs.append(item)
            return {"$bytes": len(blobs) - 1}
        return to_json(item)

    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=other)
    parts = [text.encode("utf-8", "surrogatepass"), *blobs]
    lengths = b"".join([_PART.pack(len(part)) for part in parts])
    return _HEAD.pack(MARK, len(parts), len(lengths) + sum(map(len, parts))) + lengths + b"".join(parts)


def length(head: bytes, limit: int) -> int:
    """How many bytes follow this head. Raises BadFrame."""
    mark, _, size = _HEAD.unpack(head)
    if mark != MARK:
        raise BadFrame("what came is not a message")
    if size > limit:
        raise BadFrame(f"the answer has {size} bytes; at most {limit} are taken")
    return int(size)


def unpack(head: bytes, body: bytes) -> Any:
    """The value of a frame. Raises BadFrame."""
    try:
        _, count, _ = _HEAD.unpack(head)
        if count < 1 or count * _PART.size > len(body):
            raise BadFrame("the parts of a message do not fit")
        at = count * _PART.size
        parts: list[bytes] = []
        for number in range(count):
            (size,) = _PART.unpack_from(body, number * _PART.size)
            parts.append(body[at : at + size])
            at += size
        if at != len(body):
            raise BadFrame("the parts of a message do not fit")
        text, blobs = parts[0].decode("utf-8", "surrogatepass"), parts[1:]
        if not blobs:
            return json.loads(text)
        return json.loads(text, object_hook=lambda item: _blob(item, blobs))
    except (struct.error, ValueError, TypeError, IndexError, RecursionError) as why:
        raise BadFrame(f"a message cannot be read: {why}") from why


def _blob(item: dict[str, Any], blobs: list[bytes]) -> Any:
    return blobs[int(item["$bytes"])] if len(item) == 1 and "$bytes" in item else item


class Frames:
    """The values of frames that come in as parts of any length, of at most `limit` bytes each."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._there = bytearray()
        self._needed = HEAD_SIZE

    def of(self, part: bytes) -> list[Any]:
        """The values that are whole with this part. Raises BadFrame."""
        there = self._there
        there += part
        if len(there) < self._needed:
            return []
        found, at = [], 0
        while len(there) - at >= HEAD_SIZE:
            head = bytes(there[at : at + HEAD_SIZE])
            end = at + HEAD_SIZE + length(head, self._limit)
            if len(there) < end:
                break
            found.append(unpack(head, bytes(there[at + HEAD_SIZE : end])))
            at = end
        del there[:at]
        self._needed = HEAD_SIZE
        if len(there) >= HEAD_SIZE:
            self._needed += length(bytes(there[:HEAD_SIZE]), self._limit)
        return found

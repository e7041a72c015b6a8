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
    """One frame. Raises TypeError for what JSON does not have."""
    blobs: list[bytes] = []

    def lift(item: Any) -> Any:
        if isinstance(item, bytes):
            blobs.append(item)
            return {"$bytes": len(blobs) - 1}
        if isinstance(item, dict):
            return {key: lift(each) for key, each in item.items()}
        if isinstance(item, list):
            return [lift(each) for each in item]
        return item

    text = json.dumps(lift(to_json(value)), ensure_ascii=False, allow_nan=False).encode(
        "utf-8", "surrogatepass"
    )
    parts = [text, *blobs]
    lengths = b"".join(_PART.pack(len(part)) for part in parts)
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
        return _lower(json.loads(parts[0].decode("utf-8", "surrogatepass")), parts[1:])
    except (struct.error, ValueError, IndexError, RecursionError) as why:
        raise BadFrame(f"a message cannot be read: {why}") from why


def _lower(value: Any, blobs: list[bytes]) -> Any:
    if isinstance(value, dict):
        if len(value) == 1 and "$bytes" in value:
            return blobs[int(value["$bytes"])]
        return {key: _lower(item, blobs) for key, item in value.items()}
    if isinstance(value, list):
        return [_lower(item, blobs) for item in value]
    return value

"""A case's latest state as bytes, so that a step never reads its whole past.

The snapshot is a projection: folding the journal gives the same, byte for byte. So its form may be a fast
one (MessagePack), while the record's own stands in it for every value that MessagePack has no form for.
Personal values stay sealed in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.msgpack import Decoder, Encoder, Ext
from msgspec.structs import astuple, replace

from procflow.core.case import Case, Clock, Item, Monitor, OpenTask, Timer, Waiting
from procflow.core.journal import Personal, Sealed
from procflow.core.record import decode, encode
from procflow.errors import StorageError

_PARTS: dict[str, type[Any]] = {
    "clocks": Clock,
    "timers": Timer,
    "tasks": OpenTask,
    "promises": Monitor,
    "waiting": Waiting,
    "items": Item,
}
_SETS = frozenset({"fired", "did", "missed"})
#: What is empty is left out.
_FIELDS = tuple(zip(Case.__struct_fields__, astuple(Case()), strict=True))
#: The code of a value in the record's own form.
_RECORD = 1
_AS_IT_IS = frozenset({bool, type(None), bytes})
_RECORDED = frozenset({Sealed, tuple, dict, str, int})


def to_bytes(case: Case) -> bytes:
    """The bytes of a case; equal cases give equal bytes."""
    document: dict[str, Any] = {}
    for (name, empty), value in zip(_FIELDS, astuple(case), strict=True):
        if value is empty or value == empty:
            continue
        if name in _PARTS:
            parts = {key: astuple(part) for key, part in value.items()}
            if name == "items":  # what they are about may be anything
                parts = {key: tuple(map(_own_form, part)) for key, part in parts.items()}
            document[name] = parts
        elif name == "data":
            document[name] = {key: _own_form(item) for key, item in value.items()}
        elif name in _SETS:
            document[name] = sorted(value)
        elif name == "day":
            document[name] = _own_form(value)
        else:
            document[name] = value
    return _encoder.encode(document)


def _own_form(value: Any) -> Any:
    """A value of the language as MessagePack takes it: as it is where nothing is lost, else as the record has it."""
    kind = type(value)
    if kind in _AS_IT_IS or (kind is int and -(2**63) <= value < 2**63):
        return value
    if kind is str and (value.isascii() or _is_sound(value)):
        return value
    if kind is datetime and value.tzinfo is not None:
        return value
    data = encode(value)
    if kind not in _RECORDED:  # a whole Decimal is the int in the record, and so it must be here
        kept = decode(data)
        if type(kept) is not kind:
            return _own_form(kept)
    return Ext(_RECORD, data)


def _is_sound(text: str) -> bool:
    """Whether a text is UTF-8 all through: the record keeps half a surrogate pair too."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _from_ext(code: int, data: memoryview) -> Any:
    if code != _RECORD:
        raise ValueError(f"a value of the unknown code {code}")
    return decode(bytes(data))


_encoder = Encoder(order="sorted")
_decoder = Decoder(ext_hook=_from_ext)


def from_bytes(data: bytes) -> Case:
    """The case again. Raises StorageError for bytes that are damaged."""
    try:
        document = _decoder.decode(data)
        for name, value in document.items():
            cls = _PARTS.get(name)
            if cls is not None:
                document[name] = {key: cls(*_tuples(parts)) for key, parts in value.items()}
            elif name in _SETS:
                document[name] = frozenset(value)
            elif type(value) is list:
                document[name] = tuple(value)
        return Case(**document)
    except (msgspec.MsgspecError, ValueError, TypeError, AttributeError) as why:
        raise StorageError(f"a snapshot is damaged: {why}", "run: procflow audit") from why


def _tuples(value: list[Any]) -> tuple[Any, ...]:
    """Lists are tuples everywhere in a case."""
    return tuple([_frozen(item) if type(item) in _HOLDS else item for item in value])


def _frozen(value: Any) -> Any:
    if type(value) is list:
        return _tuples(value)
    for key, item in value.items():
        if type(item) in _HOLDS:
            value[key] = _frozen(item)
    return value


_HOLDS = frozenset({list, dict})


def opened(case: Case, unseal: Callable[[Sealed], Any]) -> Case:
    """The case with its sealed data in plain; items keep their sealed facts until somebody looks."""
    data: Mapping[str, Any] = case.data
    if any(isinstance(value, Sealed) for value in data.values()):
        data = {k: unseal(v) if isinstance(v, Sealed) else v for k, v in data.items()}
    return replace(case, data=data)


def plain_items(case: Case, unseal: Callable[[Sealed], Any]) -> dict[str, Any]:
    """item id -> what it is about, in plain."""
    found: dict[str, Any] = {}
    for key, item in case.items.items():
        about = item.about
        if isinstance(about, Sealed):
            about = unseal(about)
        found[key] = about.value if isinstance(about, Personal) else about
    return found

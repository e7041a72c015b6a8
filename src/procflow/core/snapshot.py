"""A case's latest state as bytes, so that a step never reads its whole past.

The snapshot is a projection: folding the journal gives the same, byte for byte. So its form may be a fast
one (MessagePack), while the record's own stands in it for every value that MessagePack has no form for.
Personal values stay sealed in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any, cast

import msgspec
from msgspec.msgpack import Decoder, Encoder, Ext
from msgspec.structs import replace

from procflow.core.case import Case, Clock, HandOver, Timer
from procflow.core.journal import Personal, Sealed
from procflow.core.record import decode, encode
from procflow.errors import StorageError

#: The code of a value in the record's own form.
_RECORD = 1
_AS_IT_IS = frozenset({bool, type(None), bytes})
_RECORDED = frozenset({Sealed, tuple, dict, str, int})


def to_bytes(case: Case) -> bytes:
    """The bytes of a case, its fields in their order; equal cases give equal bytes."""
    data: dict[str, Any] = {}
    for key, value in case.data.items():
        data[key] = Ext(_RECORD, encode(value)) if type(value) is Sealed else _own_form(value)
    items = case.items and {
        key: replace(item, about=_own_form(item.about), again=_own_form(item.again))
        for key, item in case.items.items()
    }
    return _encoder.encode(replace(case, data=data, items=items))


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


@cache
def _decoder() -> Decoder[Case]:
    return Decoder(Case, ext_hook=_from_ext)


def from_bytes(data: bytes) -> Case:
    """The case again; fields that were added since get their defaults. Raises StorageError for damaged bytes."""
    try:
        case = _decoder().decode(data)
    except (msgspec.MsgspecError, ValueError, TypeError) as why:
        raise StorageError(f"a snapshot is damaged: {why}", "run: procflow audit") from why
    if case.clocks or case.timers or case.hand_overs:
        all_timed: list[Clock | Timer | HandOver] = [
            *case.clocks.values(), *case.timers.values(), *case.hand_overs.values()
        ]  # fmt: skip
        for timed in all_timed:
            if timed.due:
                due = cast(dict[str, Any], timed.due)
                due["derivation"] = _tuples(due["derivation"])
    return case


def is_earlier_form(stored: bytes, folded: bytes) -> bool:
    """Whether `stored` says what `folded` says and was written before fields were added to a case: no byte of it is
    another than the version before would have written, and what it lacks has its default."""
    try:
        plain = _plain_decoder.decode(stored)
        same = _encoder.encode(plain) == stored and _is_part(plain, _plain_decoder.decode(folded))
        return same and to_bytes(from_bytes(stored)) == folded
    except (msgspec.MsgspecError, StorageError, ValueError, TypeError):
        return False


_plain_decoder = Decoder()  # what has a form of its own stays as it is


def _is_part(less: Any, more: Any) -> bool:
    """Whether `more` has everything that `less` has, at every depth: the fields of a struct stand in their order, and
    what was added comes last."""
    if isinstance(less, dict) and isinstance(more, dict):
        return all(key in more and _is_part(value, more[key]) for key, value in less.items())
    if isinstance(less, list) and isinstance(more, list):
        return len(less) <= len(more) and all(_is_part(a, b) for a, b in zip(less, more, strict=False))
    return type(less) is type(more)


def _tuples(value: Any) -> Any:
    """Lists are tuples everywhere in a case."""
    if type(value) is list:
        return tuple([_tuples(item) if type(item) in _HOLDS else item for item in value])
    for key, item in value.items():
        if type(item) in _HOLDS:
            value[key] = _tuples(item)
    return value


_HOLDS = frozenset({list, dict})


def opened(case: Case, unseal: Callable[[Sealed], Any]) -> Case:
    """The case with its sealed data in plain; items keep their sealed facts until somebody looks."""
    for value in case.data.values():
        if type(value) is Sealed:
            break
    else:
        return case
    return replace(case, data={k: unseal(v) if type(v) is Sealed else v for k, v in case.data.items()})


def plain_items(case: Case, unseal: Callable[[Sealed], Any]) -> dict[str, Any]:
    """item id -> what it is about, in plain."""
    found: dict[str, Any] = {}
    for key, item in case.items.items():
        about = item.about
        if isinstance(about, Sealed):
            about = unseal(about)
        found[key] = about.value if isinstance(about, Personal) else about
    return found

"""A case's latest state as bytes, so that a step never reads its whole past.

The snapshot is a projection: folding the journal gives the same. Personal values stay sealed in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from procflow.core.case import Case, Clock, Item, Monitor, OpenTask, Timer, Waiting
from procflow.core.journal import Personal, Sealed
from procflow.core.record import decode, encode

_PARTS: dict[str, type[Any]] = {
    "clocks": Clock,
    "timers": Timer,
    "tasks": OpenTask,
    "promises": Monitor,
    "waiting": Waiting,
    "items": Item,
}
_PART_FIELDS = {name: cls.__struct_fields__ for name, cls in _PARTS.items()}
_PLAIN = tuple(name for name in Case.__struct_fields__ if name not in _PARTS)
_SETS = frozenset({"fired", "did", "missed"})
#: Known from the row that holds the snapshot, or not part of the fold.
_EMPTY = Case()


def to_bytes(case: Case) -> bytes:
    """Canonical bytes; what is empty is left out."""
    document: dict[str, Any] = {}
    for name in _PLAIN:
        value = getattr(case, name)
        if value == getattr(_EMPTY, name):
            continue
        document[name] = tuple(sorted(value)) if name in _SETS else value
    for name, names in _PART_FIELDS.items():
        table = getattr(case, name)
        if table:
            document[name] = {
                key: tuple([getattr(part, item) for item in names]) for key, part in table.items()
            }
    return encode(document)


def from_bytes(data: bytes) -> Case:
    document = decode(data)
    given: dict[str, Any] = {}
    for name, value in document.items():
        cls = _PARTS.get(name)
        if cls is not None:
            given[name] = {key: cls(*parts) for key, parts in value.items()}
        elif name in _SETS:
            given[name] = frozenset(value)
        else:
            given[name] = value
    return Case(**given)


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

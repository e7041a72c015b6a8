"""Personal values inside entries: found however deep they stand, and exchanged for what they are sealed as.

It must not know how they are sealed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from procflow.core.journal import DataSet, Entry, Personal
from procflow.core.spans import Span


class _Holders(dict[type[Any], tuple[str, ...]]):
    """For each kind of entry that was met so far, where a personal value may be in it: the fields that may hold
    anything, and tables of anything."""

    def __missing__(self, kind: type[Any]) -> tuple[str, ...]:
        fields = kind.__annotations__
        self[kind] = found = tuple(
            [f for f, holds in fields.items() if holds in ("Any", "Mapping[str, Any]")]
        )
        return found


_holders = _Holders()


def exchange(entries: Iterable[Entry], wanted: type[Any], by: Callable[[str, Any], Any]) -> tuple[Entry, ...]:
    """The entries with each value of the kind `wanted`, however deep, replaced by `by(its place, it)`."""
    done: list[Any] = list(entries)
    for index, entry in enumerate(done):
        if holders := _holders[type(entry)]:
            changed: dict[str, Any] = {}
            for name in holders:
                value = getattr(entry, name)
                if not value or type(value) in _FLAT:
                    continue
                place = "data" if type(entry) is DataSet else f"{index}.{name}"
                new = by(place, value) if type(value) is wanted else _swap(value, place, wanted, by)
                if new is not value:
                    changed[name] = new
            if changed:
                done[index] = replace(entry, **changed)
    return tuple(done)


def _swap(value: Any, place: str, wanted: type[Any], by: Callable[[str, Any], Any]) -> Any:
    kind = type(value)
    if kind in _FLAT:
        return value
    if kind is wanted:
        return by(place, value)
    if kind is dict or isinstance(value, Mapping):
        swapped: dict[str, Any] | None = None
        for key, item in value.items():
            inner = type(item)
            if inner in _FLAT:
                continue
            place_of = f"{place}.{key}"
            new = by(place_of, item) if inner is wanted else _swap(item, place_of, wanted, by)
            if new is not item:
                swapped = dict(value) if swapped is None else swapped
                swapped[key] = new
        return value if swapped is None else swapped
    if isinstance(value, tuple | list):
        items = [_swap(item, f"{place}.{n}", wanted, by) for n, item in enumerate(value)]
        return tuple(items) if any(a is not b for a, b in zip(items, value, strict=True)) else value
    return value


def bare(value: Any) -> Any:
    """The value without any `Personal` further in."""
    return _swap(value, "", Personal, lambda _, inner: bare(inner.value))


_FLAT = frozenset({str, int, bool, type(None), Decimal, bytes, datetime, date, Span})

"""Rows of a decision table that give the same and could be one row, without any answer changing.

Two rows are one where they give the same, their cells differ in one input at most (or the one holds wherever
the other does), and no row between them that gives something else holds where the one would move past it. Of
`hit: first` rows that stand apart are left as they are where only one of them could move: there the order
tells the reader something. Null counts here, for a row without a cell takes it. It must not know cases or diagnostics.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.decision_boxes import Box, contains, meets
from procflow.core.decision_columns import Column
from procflow.core.decision_domains import yaml_text


class Join(Struct, frozen=True):
    """Rows (by number) that could be one: `text` is that row as YAML, and it stands where row `place` does."""

    rows: tuple[int, ...]
    place: int
    text: str


class _Group(Struct, frozen=True):
    rows: tuple[int, ...]
    place: int
    box: Box
    gives: str


def joins(
    hit: str, columns: Sequence[Column], boxes: Sequence[Box], gives: Sequence[Any], skip: frozenset[int]
) -> list[Join]:
    """Every set of rows that could be one, each row in one of them; rows in `skip` are left alone, and stand in the
    way all the same.

    `boxes` hold null too where a row takes it. Each join changes no answer by itself, whether the others are made or not:
    so in the way stand the others as they are joined, and all rows as they were.
    """
    groups: list[_Group] = []
    rows = [_Group((n,), n, box, _same(gives[n])) for n, box in enumerate(boxes)]
    for n in range(len(rows)):
        if n in skip:
            continue
        group: _Group | None = rows[n]
        while group is not None:
            joined = next(
                filter(
                    None,
                    (_join(hit, columns, one, group, [*groups, *rows]) for one in groups if one != group),
                ),
                None,
            )
            if joined is not None:
                groups = [one for one in groups if not set(one.rows) & set(joined.rows)]
            else:
                groups.append(group)
            group = joined
        groups.sort(key=lambda one: one.place)
    return [
        Join(group.rows, group.place, _text(columns, group.box, gives[group.rows[0]]))
        for group in sorted(groups, key=lambda one: one.place)
        if len(group.rows) > 1
    ]


def _join(
    hit: str, columns: Sequence[Column], one: _Group, other: _Group, groups: Sequence[_Group]
) -> _Group | None:
    if one.gives != other.gives:
        return None
    first, second = sorted((one, other), key=lambda group: group.place)
    box = _union(first.box, second.box)
    if box is None or any(c.text(inside) is None for c, inside in zip(columns, box, strict=True)):
        return None
    rows = tuple(sorted((*first.rows, *second.rows)))
    if hit == "unique":
        return None if meets(first.box, second.box) else _Group(rows, first.place, box, first.gives)
    if hit == "collect" and meets(first.box, second.box):
        return None  # both give their answer there
    between = [
        group for group in groups if first.place < group.place < second.place and group.gives != first.gives
    ]
    up = not any(meets(group.box, second.box) for group in between)
    down = not any(meets(group.box, first.box) for group in between)
    if down and contains(second.box, first.box):
        return _Group(rows, second.place, box, first.gives)
    if up and (down or hit == "collect"):
        return _Group(rows, first.place, box, first.gives)
    if down and hit == "collect":
        return _Group(rows, second.place, box, first.gives)
    return None


def _union(one: Box, other: Box) -> Box | None:
    if contains(other, one):
        return other
    if contains(one, other):
        return one
    differ = [n for n, (a, b) in enumerate(zip(one, other, strict=True)) if a != b]
    if len(differ) != 1:
        return None
    return tuple([a | b for a, b in zip(one, other, strict=True)])


def _text(columns: Sequence[Column], box: Box, gives: Any) -> str:
    cells = [
        f"{column.field.name}: {text}"
        for column, inside in zip(columns, box, strict=True)
        if (text := column.text(inside))
    ]
    return f"{{{', '.join([*cells, f'gives: {_yaml(gives)}'])}}}"


def _yaml(value: Any) -> str:
    """What a row gives, as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{yaml_text(key)}: {_yaml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_yaml(item) for item in value)}]"
    return yaml_text(value)


def _same(value: Any) -> str:
    """The same for what is given in the same words, whatever the order of its keys."""
    if isinstance(value, Mapping):
        return json.dumps({str(key): _same(item) for key, item in value.items()}, sort_keys=True)
    if isinstance(value, list | tuple):
        return json.dumps([_same(item) for item in value])
    return f"{type(value).__name__} {value!r}"

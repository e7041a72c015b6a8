"""Decision tables: inputs, and rows of cells.

What a cell means is `core.decisions`' matter; here it is read, once, by the input's field.
"""

from __future__ import annotations

from typing import Any

from procflow.core.decisions import Cell, CellError, parse_cell
from procflow.core.procedure import At, Decision, Field, Row
from procflow.definitions.build_fields import build_fields
from procflow.definitions.building import Builder, key_place, place, written
from procflow.definitions.nodes import YList, YMap, plain_value


def build_decisions(b: Builder, node: YMap) -> tuple[Decision, ...]:
    return tuple([_decision(b, str(name), item, key_place(node, name)) for name, item in node.items()])


def _decision(b: Builder, name: str, node: YMap, at: At) -> Decision:
    inputs = build_fields(b, node.get("inputs") or YMap())
    by_name = {field.name: field for field in inputs}
    rows = [_row(b, item, by_name) for item in node.get("rows") or ()]
    return Decision(
        name=name,
        hit=str(node.get("hit", "first")),
        inputs=inputs,
        rows=tuple(rows),
        title=b.words(node.get("title")),
        at=at,
    )


def _row(b: Builder, node: YMap, inputs: dict[str, Field]) -> Row:
    cells: list[tuple[str, Cell]] = []
    for name, item in node.items():
        if name == "gives":
            continue
        field = inputs.get(name)
        if field is None:
            b.unknown(key_place(node, name), "PF219", "input", str(name), [*inputs, "gives"])
            continue
        try:
            cells.append((str(name), parse_cell(field, _raw(field, item), b.context)))
        except CellError as wrong:
            b.problem(place(item), "PF220", wrong.message, wrong.hint)
    return Row(tuple(cells), _frozen(plain_value(node["gives"])), place(node))


def _raw(field: Field, node: Any) -> Any:
    """A cell as written: a list of cells, or one; figures stay text where the input is text."""
    if isinstance(node, YList):
        return [_raw(field, item) for item in node]
    return written(field, node)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_frozen(item) for item in value])
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return value

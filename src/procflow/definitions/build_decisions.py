"""Decision tables: inputs, and rows of cells.

What a cell means is `core.decisions`' matter; here it is read, once, by the input's field.
"""

from __future__ import annotations

from typing import Any

from procflow.core.decisions import Cell, CellError, parse_cell
from procflow.core.procedure import At, Decision, Field, Row
from procflow.core.regex import regex
from procflow.definitions.build_fields import build_fields
from procflow.definitions.building import NUMBERS, Builder, frozen, key_place, place, written
from procflow.definitions.meant import as_cell
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
        if field.type in NUMBERS:
            _doubt(b, item)
        try:
            cells.append((str(name), parse_cell(field, _raw(field, item), b.context)))
        except CellError as wrong:
            other = _reads(item, field, inputs)
            if other:
                message = (
                    f"a cell of {field.name} compares with what is written in it, and `{other}` is worked out"
                )
                hint = (
                    f"give the table a yes/no that says it, such as `{field.name}_enough: "
                    f'"${{{field.name} >= {_bare(other)}}}"`, and write `true` in the cell'
                )
                b.problem(place(item), "PF220", message, hint)
            else:
                b.problem(place(item), "PF220", wrong.message, as_cell(str(item)) or wrong.hint)
    b.doubt_in(node["gives"])
    return Row(tuple(cells), frozen(plain_value(node["gives"])), place(node))


def _doubt(b: Builder, node: Any) -> None:
    """Warn of a number in a cell, also behind a comparison or in a range, whose point may mark off thousands."""
    if isinstance(node, YList):
        for item in node:
            _doubt(b, item)
    elif isinstance(node, str):
        for part in node.split(".."):
            b.doubt(part.strip(" <>=!"), place(node))


_WORKED_OUT = regex(r"\$\{[^}]*\}?|[a-z_]+\([^)]*\)?")
_WORD = regex(r"[a-z_][a-z0-9_]*")


def _reads(node: Any, field: Field, inputs: dict[str, Field]) -> str:
    """Something else than a value that a cell names: an expression, or another input; "" where there is none."""
    for item in node if isinstance(node, YList) else (node,):
        text = str(item) if isinstance(item, str) else ""
        found = _WORKED_OUT.search(text)
        if found:
            return found[0]
        other = next((word for word in _WORD.findall(text) if word in inputs and word != field.name), "")
        if other:
            return other
    return ""


def _bare(text: str) -> str:
    return text.removeprefix("${").removesuffix("}")


def _raw(field: Field, node: Any) -> Any:
    """A cell as written: a list of cells, or one; figures stay text where the input is text."""
    if isinstance(node, YList):
        return [_raw(field, item) for item in node]
    return written(field, node)

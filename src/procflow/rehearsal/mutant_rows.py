"""Changed rows of decision tables and of reference data: a cell that holds for something else, another answer.

It must not know scenarios.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from procflow.core.expressions import Call, Expression, Literal, Node, Select, walk
from procflow.core.procedure import At, Decision, Field, Procedure, Row
from procflow.core.spans import Span
from procflow.core.tables import Table
from procflow.core.values import plain
from procflow.definitions.publish import parts_of
from procflow.rehearsal.mutant_times import moved


@dataclass(frozen=True)
class Change:
    """One changed row, of the version and with the number given, from 0; `make` gives the whole table with it."""

    key: str
    version: int
    number: int
    at: At
    words: str
    make: Callable[[], Any]
    finding: str
    column: str = ""  # of a table, where one cell of it is changed


def answers_read(procedure: Procedure, name: str) -> frozenset[str] | None:
    """The answers of a decision table that the procedure reads; None where it may read all of them."""
    found: set[str] = set()
    asked = read = 0
    for expression in parts_of(procedure):
        if isinstance(expression, Expression) and "decide" in expression.source:
            for node in walk(expression.node):
                asked += _asks(node, name)
                if isinstance(node, Select) and _asks(node.of, name):
                    read += 1
                    found.add(node.field)
    return frozenset(found) if asked == read else None


def _asks(node: Node, name: str) -> bool:
    first = node.args[0] if isinstance(node, Call) and node.function == "decide" and node.args else None
    return isinstance(first, Literal) and first.value == name


def decision_rows(decision: Decision, read: Collection[str] | None = None) -> Iterator[Change]:
    """Each cell made to hold for something else, and each answer changed; of answers those that are `read`."""
    fields = {item.name: item for item in decision.inputs}
    for n, row in enumerate(decision.rows, 1):
        inputs = ", ".join(f"{name} {_cell(cell)}" for name, cell in row.cells)
        finding = f"a step that decides {decision.name} by row {n} ({inputs or 'nothing before holds'})"
        for place, (name, cell) in enumerate(row.cells):
            other = _another_cell(fields[name], cell)
            if other is None:
                continue
            cells = (*row.cells[:place], (name, other), *row.cells[place + 1 :])
            words = f"row {n} of {decision.name}: {name} is {_cell(other)} instead of {_cell(cell)}"
            yield Change(
                f"row {n} {name}", 0, n - 1, row.at, words, _with_row(decision, n, replace(row, cells=cells)),
                finding,
            )  # fmt: skip
        for name, value in row.gives.items():
            if read is not None and name not in read:
                continue  # nobody can notice it
            other = _another(value, [r.gives.get(name) for r in decision.rows if r is not row])
            words = f"row {n} of {decision.name} gives {name} {_word(other)} instead of {_word(value)}"
            yield Change(
                f"row {n} gives {name}", 0, n - 1, row.at, words,
                _with_row(decision, n, replace(row, gives={**row.gives, name: other})), finding,
            )  # fmt: skip


def _with_row(decision: Decision, n: int, row: Row) -> Callable[[], Decision]:
    return lambda: replace(decision, rows=(*decision.rows[: n - 1], row, *decision.rows[n:]))


def _another_cell(field: Field, cell: tuple[Any, ...]) -> tuple[Any, ...] | None:
    kind = cell[0]
    if kind == "in":
        values = cell[1]
        if len(values) > 1:
            return ("in", values[1:])  # one word less
        words = [word for word in field.schema.get("enum", ()) if word != values[0]]
        return ("in", (_another(values[0], words),))
    if kind == "cmp":
        return ("cmp", _OPPOSITE[cell[1]], cell[2])
    if kind == "range":
        return ("range", _another(cell[2], ()), _another(_another(cell[2], ()), ()))
    if kind == "or":
        return cell[1][0] if cell[1] else None
    return None


_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "!=": "==", "==": "!="}


def table_rows(table: Table) -> Iterator[Change]:
    """Each row found under another key, and each of its other cells changed."""
    key = table.key_column
    for v, version in enumerate(table.versions):
        since = f" from {version.since}" if len(table.versions) > 1 and version.since else ""
        for n, row in enumerate(version.rows):
            name = plain(row.get(key))
            finding = f"a step that looks up {name} in {table.name}, and an `expect` of what follows"
            at = version.at
            yield Change(
                f"row {name}{since}", v, n, at, f"the row {name} of {table.name}{since} is gone",
                _with_cell(table, v, n, None, None), finding,
            )  # fmt: skip
            for column in table.columns:
                value = row.get(column.name)
                if column.name == key or value is None:
                    continue
                others = [r.get(column.name) for r in version.rows if r is not row]
                other = _another(value, [*others, *column.schema.get("enum", ())])
                words = f"the row {name} of {table.name}{since} has {column.name} {_word(other)} instead of {_word(value)}"
                yield Change(
                    f"row {name}{since} {column.name}", v, n, at, words,
                    _with_cell(table, v, n, column.name, other), finding, column.name,
                )  # fmt: skip


def _with_cell(table: Table, v: int, n: int, column: str | None, value: Any) -> Callable[[], Table]:
    def make() -> Table:
        version = table.versions[v]
        row = version.rows[n]
        middle: tuple[Mapping[str, Any], ...] = () if column is None else ({**row, column: value},)
        rows = (*version.rows[:n], *middle, *version.rows[n + 1 :])
        return replace(
            table, versions=(*table.versions[:v], replace(version, rows=rows), *table.versions[v + 1 :])
        )

    return make


def _another(value: Any, words: Sequence[Any]) -> Any:
    """Another value of the same kind: of `words`, where one is, else the next one."""
    found = next(
        (word for word in words if word is not None and word != value and type(word) is type(value)), None
    )
    if isinstance(value, bool):
        return not value
    if found is not None:
        return found
    if isinstance(value, int | Decimal):
        return value + 1
    if isinstance(value, datetime | date):
        return value + timedelta(days=1)
    if isinstance(value, Span):
        return moved(value)
    if isinstance(value, str):
        return f"{value}~"
    if isinstance(value, Mapping):
        return {k: _another(v, ()) for k, v in value.items()}
    return None if value is not None else "~"


def _cell(cell: tuple[Any, ...]) -> str:
    if cell[0] == "in":
        return " or ".join(map(_word, cell[1]))
    if cell[0] == "or":
        return " or ".join(map(_cell, cell[1]))
    return (".." if cell[0] == "range" else " ").join(map(_word, cell[1:]))


def _word(value: Any) -> str:
    return plain(value) if not isinstance(value, Mapping | tuple | list) else str(value)

"""Decision tables and reference tables: gaps, overlaps, rows never reached, inputs that are left out.

What a table leaves open is `core.decision_analysis`' matter; here it is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from procflow.core.decisions import TableProblem, analyse
from procflow.core.expressions import Literal, Pairs
from procflow.core.nearest import nearest
from procflow.core.procedure import Decision, Row
from procflow.core.tables import Table
from procflow.definitions.building import has_template, is_null, key_place, place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.known import Known
from procflow.definitions.checks.outline import listed
from procflow.definitions.checks.walk import Seen, calls_of
from procflow.definitions.nodes import YMap, YText, submap
from procflow.errors import Diagnostic

_CODES = {
    "gap": "PF281", "overlap": "PF282", "unreachable": "PF283", "too_large": "PF284", "joinable": "PF288",
}  # fmt: skip


def check(examined: Examined, seen: Sequence[Seen], broken: frozenset[int]) -> list[Diagnostic]:
    """Problems of the decision tables of a procedure; `broken` are lines with cells that cannot be read."""
    out = Findings(examined.path)
    nodes = submap(examined.tree, "decisions")
    for decision in examined.procedure.decisions:
        node = nodes.get(decision.name)
        rows = listed(node.get("rows")) if isinstance(node, YMap) else []
        for row in rows:
            if isinstance(row, YMap) and has_template(row.get("gives", "")):
                message = "what a row gives stands as it is: `${…}` is not worked out in it"
                out.add(
                    place(row["gives"]), "PF286", message, "give a word, and use it where the table is asked"
                )
        _misspelt_answers(decision, rows, out)
        ends = [row.at[0] for row in decision.rows]
        if ends and any(min(ends) <= line <= max(ends) + 1 for line in broken):
            continue  # without its cell a row holds for more than it says
        for problem in _together(decision, analyse(decision)):
            out.add(problem.at, _CODES[problem.kind], problem.message, problem.hint, (decision.name,))
    _left_out(examined, seen, out)
    return out.found


def check_rows(path: str, tree: YMap, table: Table, known: Known) -> list[Diagnostic]:
    """People and roles that stand in the rows of a table, and are not of the organisation."""
    out = Findings(path)
    named = {"person": ("PF243", known.people), "role": ("PF242", known.roles)}
    columns = {column.name: column.type for column in table.columns if column.type in named}
    for version in listed(tree.get("versions")) or [tree]:
        for row in listed(version.get("rows")) if columns and isinstance(version, YMap) else ():
            for name, kind in columns.items():
                word = row.get(name) if isinstance(row, YMap) else None
                code, there = named[kind]
                if isinstance(word, YText) and not is_null(word) and there is not None and word not in there:
                    out.unknown(place(word), code, kind, str(word), there)
    return out.found


def _together(decision: Decision, found: Sequence[TableProblem]) -> Iterator[TableProblem]:
    """What one row explains that holds for everything is told once, of that row.

    At the end it shows that the order was to decide; before others, it is why they are never reached.
    """
    for row in decision.rows:
        explained = [problem for problem in found if _is_of(problem, row, decision)]
        if row.cells or len(explained) < 2:
            continue
        found = [problem for problem in found if problem not in explained]
        lines = ", ".join(str(problem.at[0]) for problem in explained)
        message = f"this row of the table {decision.name} holds for everything"
        if explained[0].kind == "overlap":
            hint = "write hit: first if it is for what no row before it takes, else narrow it"
            yield TableProblem("overlap", row.at, f"{message}, and so where others do", hint)
        else:
            message = f"{message}: those in lines {lines} are never reached"
            yield TableProblem("unreachable", row.at, message, "move it to the end, or narrow it")
    yield from found


def _is_of(problem: TableProblem, row: Row, decision: Decision) -> bool:
    """Whether a row that holds for everything explains a problem."""
    if problem.kind == "overlap":
        return row is decision.rows[-1]
    return problem.kind == "unreachable" and problem.rows[1:] == (row.at,)


def _misspelt_answers(decision: Decision, rows: Sequence[Any], out: Findings) -> None:
    """A name that one row alone gives, instead of one that all others give and that is nearly the same."""
    if len(decision.rows) < 2:
        return
    told: set[str] = set()  # of two rows that differ one is enough
    for row, node in zip(decision.rows, rows, strict=False):
        others = [set(other.gives) for other in decision.rows if other is not row]
        missing = set.intersection(*others) - set(row.gives)
        for name in row.gives:
            near = nearest(name, missing) if not any(name in other for other in others) else None
            given = node.get("gives") if isinstance(node, YMap) else None
            if near and near not in told and name not in told and isinstance(given, YMap):
                told |= {name, near}
                message = f"this row gives `{name}`, and the others `{near}`"
                out.add(key_place(given, name), "PF218", message, f"did you mean `{near}`?")
        for name in sorted(missing - told) if len(others) > 1 and isinstance(node, YMap) else ():
            message = f"this row does not give `{name}`, and all others do"
            out.add(key_place(node, "gives"), "PF218", message, f"add it; {name}: null where there is none")


def _left_out(examined: Examined, seen: Sequence[Seen], out: Findings) -> None:
    """`decide` wants every input of its table named, null where there is no value."""
    for _, call in calls_of(seen):
        if call.function != "decide" or len(call.args) != 2:
            continue
        name, given = call.args
        table = examined.procedure.decision.get(str(name.value)) if isinstance(name, Literal) else None
        if table is None or not isinstance(given, Pairs):
            continue
        keys = [key.value if isinstance(key, Literal) else None for key, _ in given.pairs]
        if None in keys:
            continue
        inputs = [item.name for item in table.inputs]
        others = [str(key) for key in keys if key not in inputs]
        missing = [name for name in inputs if name not in keys and not nearest(name, others)]  # that is PF326
        if missing:
            names = ", ".join(f"`{item}`" for item in missing)
            hint = f"add {', '.join(f'{item}: …' for item in missing)} (null where there is no value)"
            out.add(given.at, "PF285", f"the table `{table.name}` is not given {names}", hint)

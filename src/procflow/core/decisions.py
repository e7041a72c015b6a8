"""Decision tables: what one decides for given inputs.

`parse_cell` reads a cell when a document is published, `decide_table` walks the rows in a step, `analyse`
finds what a table leaves open. It must not know cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procflow.core.decision_analysis import TableProblem, analyse
from procflow.core.decision_cells import ANY, Cell, CellError, holds, parse_cell
from procflow.core.nearest import nearest
from procflow.core.procedure import At, Decision, Row
from procflow.core.values import Value
from procflow.errors import EvaluationError

__all__ = [
    "ANY", "Cell", "CellError", "Hit", "Miss", "TableProblem", "analyse", "decide_table", "holds",
    "parse_cell",
]  # fmt: skip

_WORDS: Mapping[str, Mapping[str, str]] = {
    "no_row": {
        "en": "no row of the table {decision} holds for {inputs}. Tell the owner of the procedure.",
        "da": "ingen række i tabellen {decision} passer på {inputs}. Sig det til procedurens ejer.",
    },
    "several_rows": {
        "en": "several rows of the table {decision} hold (lines {lines}), and only one may. "
        "Tell the owner of the procedure.",
        "da": "flere rækker i tabellen {decision} passer (linje {lines}), og kun én må. "
        "Sig det til procedurens ejer.",
    },
    "unknown_input": {
        "en": "the table {decision} has no input {inputs}. It has: {known}.",
        "da": "tabellen {decision} har ikke inddata {inputs}. Den har: {known}.",
    },
    "missing_input": {
        "en": "the table {decision} was not given {inputs}.",
        "da": "tabellen {decision} fik ikke {inputs}.",
    },
    "wrong_input": {
        "en": "the table {decision} cannot compare what was given for {inputs}.",
        "da": "tabellen {decision} kan ikke sammenligne det, der blev givet for {inputs}.",
    },
}


class Hit(Struct, frozen=True):
    """What a table gives: the row's `gives`, with `collect` a tuple of them; `rows` are those that held."""

    gives: Any
    rows: tuple[Row, ...]


class Miss(Struct, frozen=True):
    """Why a table gives nothing. `inputs` are names, never values; `lines` the rows that held, from 1."""

    decision: str
    code: str
    inputs: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    lines: tuple[At, ...] = ()
    nearest: str = ""

    def words(self, language: str) -> str:
        """What is wrong and what to do, in Danish (`da`) or English (anything else)."""
        lang = "da" if language == "da" else "en"
        text = _WORDS[self.code][lang].format(
            decision=self.decision,
            inputs=", ".join(self.inputs) or "-",
            known=", ".join(self.known),
            lines=", ".join(str(line) for line, _ in self.lines),
        )
        if self.nearest:
            text += f" Mente du “{self.nearest}”?" if lang == "da" else f" Did you mean “{self.nearest}”?"
        return text


def decide_table(decision: Decision, given: Mapping[str, Value]) -> Hit | Miss:
    """What the table gives for the inputs, each of which must be named; null is a value that may be given.

    `first`: the first row that holds; `unique`: the only one; `collect`: all, in row order, perhaps none.
    """
    names = tuple(item.name for item in decision.inputs)
    unknown = tuple(sorted(set(given) - set(names)))
    if unknown:
        return Miss(decision.name, "unknown_input", unknown, names, nearest=nearest(unknown[0], names) or "")
    missing = tuple(name for name in names if name not in given)
    if missing:
        return Miss(decision.name, "missing_input", missing, names)
    hits: list[Row] = []
    for row in decision.rows:
        wrong = ""
        try:
            for name, cell in row.cells:
                wrong = name
                if not holds(cell, given[name]):
                    break
            else:
                hits.append(row)
                if decision.hit == "first":
                    break
        except EvaluationError:
            return Miss(decision.name, "wrong_input", (wrong,), names)
    if decision.hit == "collect":
        return Hit(tuple(row.gives for row in hits), tuple(hits))
    if not hits:
        return Miss(decision.name, "no_row", names, names)
    if len(hits) > 1:
        return Miss(decision.name, "several_rows", names, names, tuple(row.at for row in hits))
    return Hit(hits[0].gives, tuple(hits))

"""What a decision table leaves open: gaps, overlaps, rows never reached, and rows that could be one.

Exact for everything that cells can tell apart: each input is cut into pieces (see `decision_domains`), a row
is a box of pieces, and what the rows leave is found by taking boxes out of boxes (see `decision_boxes`), so
that the number of combinations does not matter. It must not know cases, nor the words around a diagnostic.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from msgspec import Struct

from procflow.core.decision_boxes import (
    Box,
    Entangled,
    Patience,
    common,
    contains,
    covering,
    meets,
    outside,
    volume,
    widened,
)
from procflow.core.decision_cells import ANY
from procflow.core.decision_columns import Column
from procflow.core.decision_domains import yaml_text
from procflow.core.decision_joins import joins
from procflow.core.procedure import NOWHERE, At, Decision, Row
from procflow.core.values import Value

#: So often a row is compared with a part of a table; what is not found by then is not claimed.
PATIENCE = 300_000
_MOST_GAPS = 10
_MOST_OVERLAPS = 20
#: So many parts of what is missing are looked at, and the largest few widened, for the widest row.
_PARTS, _WIDENED = 60, 4


class TableProblem(Struct, frozen=True):
    """A problem of a table: `kind` is gap, overlap, unreachable, joinable or too_large.

    `at` is the place to show and `rows` all rows concerned; `missing` (a gap) or the inputs that two rows
    share (an overlap) is one concrete example; `hint` says what to write, for a gap a row as YAML.
    """

    kind: str
    at: At
    message: str
    hint: str = ""
    rows: tuple[At, ...] = ()
    missing: tuple[tuple[str, Value], ...] = ()


def analyse(decision: Decision) -> list[TableProblem]:
    """Gaps (`first`, `unique`), overlaps (`unique`), rows never reached, and rows that could be one.

    Null inputs are looked at only where a cell of that input writes null; rows are joined only where null
    too is answered as before.
    """
    table = _Table(decision)
    found: list[TableProblem] = []
    unsure: list[str] = []
    if decision.hit in ("first", "unique"):
        try:
            table.gaps(found)
        except Entangled:
            unsure.append("gaps")
    if decision.hit == "unique":
        found += table.overlaps()
    try:
        table.unreachable(found)
    except Entangled:
        unsure.append("rows that are never reached")
    found += table.joinable(frozenset(at for problem in found for at in problem.rows))
    if unsure:
        found.append(
            TableProblem(
                "too_large",
                decision.at,
                f"the rows of the table {decision.name} meet in too many ways, so there may be more "
                f"{' and '.join(unsure)} than are told here",
                "split the table, or let fewer inputs play together in one row",
            )
        )
    return found


class UnsetMiss(Struct, frozen=True):
    """No row holds where `name` is not set and the other inputs are as in `with_`; `hint` is the row to add."""

    name: str
    with_: str
    hint: str


def unset_misses(decision: Decision, unset: Mapping[str, str]) -> list[UnsetMiss]:
    """The inputs of `unset` without which no row holds for some others, though one does for others again.

    `unset` has, for each input that may be null, the words by which it is given: two with the same words are
    null together. A null that a cell writes is `analyse`'s matter. Where none is missed alone, one that is
    missed together with others is told.
    """
    if decision.hit == "collect":
        return []
    alone = [(name, frozenset(other for other in unset if unset[other] == unset[name])) for name in unset]
    found = [_unset_miss(decision, name, together, together) for name, together in alone]
    if not any(found):
        several = (_unset_miss(decision, name, together, frozenset(unset)) for name, together in alone)
        found = [next((miss for miss in several if miss is not None), None)]
    return [miss for miss in found if miss is not None]


def _unset_miss(
    decision: Decision, name: str, together: frozenset[str], unset: frozenset[str]
) -> UnsetMiss | None:
    """Where no row holds while those that are null `together` are, and the others of `unset` perhaps."""
    table = _Table(decision, unset)
    column = next(column for column in table.columns if column.field.name == name)
    if column.writes_null:
        return None
    box = tuple([c.null if c.field.name in together else c.asked for c in table.columns])
    try:
        parts = list(islice(outside(box, table.boxes, Patience(PATIENCE)), _PARTS))
    except Entangled:
        return None
    return table.unset_miss(column, parts) if parts else None


class _Table:
    def __init__(self, decision: Decision, unset: frozenset[str] = frozenset()) -> None:
        self.decision = decision
        rows = [dict(row.cells) for row in decision.rows]
        self.columns = [
            Column(field, [row[field.name] for row in rows if field.name in row], field.name in unset)
            for field in decision.inputs
        ]
        self.asked: Box = tuple([column.asked for column in self.columns])
        #: Where each row holds, null included, and what of it is asked for.
        self.held: list[Box] = [
            tuple([column.mask(row.get(column.field.name, ANY)) for column in self.columns]) for row in rows
        ]
        self.boxes: list[Box] = [common(box, self.asked) for box in self.held]

    def example(self, box: Box) -> tuple[tuple[str, Value], ...]:
        return tuple((c.field.name, c.sample(inside)) for c, inside in zip(self.columns, box, strict=True))

    def gaps(self, found: list[TableProblem]) -> None:
        """The inputs that no row holds for, in boxes as wide as they go, the widest first."""
        patience, rows = Patience(PATIENCE), list(self.boxes)
        for _ in range(_MOST_GAPS):
            parts: list[Box] = []
            try:
                for part in islice(outside(self.asked, rows, patience), _PARTS):
                    parts.append(part)
            except Entangled:
                if not parts:
                    raise
            if not parts:
                return
            wide = self._widest(parts, rows)
            example = self.example(wide)
            found.append(
                TableProblem(
                    "gap",
                    self.decision.at,
                    f"no row of the table {self.decision.name} holds for {{{_shown(example) or 'anything'}}}",
                    self._hint(wide),
                    missing=example,
                )
            )
            rows.append(wide)  # as if it were written, so that the next round finds another one

    def _widest(self, parts: list[Box], rows: list[Box]) -> Box:
        """The largest box round one of the parts that still no row meets."""
        columns = range(len(self.columns))
        orders = [[*columns[n:], *columns[:n]] for n in columns] or [[]]
        orders += [order[::-1] for order in orders]
        best: Box = ()
        for part in sorted(parts, key=volume, reverse=True)[:_WIDENED]:
            for order in orders:
                start = tuple([c.grown(inside, inside) for c, inside in zip(self.columns, part, strict=True)])
                wide = widened(start, rows, self.asked, order, self._grown)
                if not best or volume(wide) > volume(best):
                    best = wide
        return best

    def _grown(self, column: int, inside: int, allowed: int) -> int:
        return self.columns[column].grown(inside, allowed)

    def _hint(self, wide: Box) -> str:
        """The row to add. Where no cell says exactly what is missing, it stands last and order decides."""
        cells, exact = [], True
        for column, inside in zip(self.columns, wide, strict=True):
            text: str | None = ""
            if inside != column.asked:
                text = column.text(inside)
                exact = exact and text is not None
                text = column.hull(inside) if text is None else text
            if text:
                cells.append(f"{column.field.name}: {text}")
        names = self.decision.rows[0].gives if self.decision.rows else {"answer": None}
        gives = ", ".join(f'{name}: "..."' for name in names)
        row = f"{{{', '.join([*cells, f'gives: {{{gives}}}'])}}}"
        last = self.decision.rows[-1].at if self.decision.rows else NOWHERE
        where = "" if last == NOWHERE else f", after line {last[0]}"
        if exact or self.decision.hit == "first":
            return f"add the row {row}{where}"
        return f"write `hit: first` and add as the last row {row}{where}"

    def unset_miss(self, column: Column, parts: list[Box]) -> UnsetMiss:
        wide = self._widest(parts, self.boxes)
        others = [
            (c.field.name, c.sample(inside))
            for c, inside in zip(self.columns, wide, strict=True)
            if c is not column and inside != c.asked
        ]
        return UnsetMiss(column.field.name, _shown(tuple(others)), self._hint(wide))

    def overlaps(self) -> list[TableProblem]:
        """Each two rows that hold together, with one combination for which they do."""
        found: list[TableProblem] = []
        for first, one in enumerate(self.boxes):
            for second in range(first + 1, len(self.boxes)):
                if not meets(one, self.boxes[second]):
                    continue
                rows = self.decision.rows[first], self.decision.rows[second]
                example = self.example(common(one, self.boxes[second]))
                found.append(
                    TableProblem(
                        "overlap",
                        rows[1].at,
                        f"this row and {_where(rows[0], first)} of the table {self.decision.name} both hold "
                        f"for {{{_shown(example)}}}",
                        "narrow one of them, or write hit: first if the order shall decide",
                        tuple(row.at for row in rows),
                        example,
                    )
                )
                if len(found) == _MOST_OVERLAPS:
                    return found
        return found

    def unreachable(self, found: list[TableProblem]) -> None:
        """Rows that never give anything: earlier rows hold wherever they do, or they hold nowhere."""
        patience = Patience(PATIENCE)
        for n, (row, box) in enumerate(zip(self.decision.rows, self.boxes, strict=True)):
            before: list[int] | None
            if not all(box):
                before = []
            elif self.decision.hit == "first":
                before = covering(box, self.boxes[:n], patience)
            else:
                continue
            if before is None:
                continue
            earlier = [(self.decision.rows[m], m) for m in before]
            names = " or ".join(_where(other, m) for other, m in earlier[:5])
            hint = "move it up, narrow the earlier ones, or take it away"
            unset = self._only_unset(n, patience) if earlier else []
            if unset:
                why = f"reached only where {' or '.join(unset)} is not set: else {names} comes first"
                hint = f"write {unset[0]}: null if that is meant, else {hint}"
            elif earlier:
                why = f"never reached: wherever it holds, {names} comes first"
            else:
                why = "never reached: no input that is possible fits all its cells"
                hint = "correct its cells, or take it away"
            found.append(
                TableProblem(
                    "unreachable",
                    row.at,
                    f"this row of the table {self.decision.name} is {why}",
                    hint,
                    (row.at, *(other.at for other, _ in earlier)),
                )
            )

    def _only_unset(self, n: int, patience: Patience) -> list[str]:
        """The inputs that are not set where a row is reached that is reached nowhere else."""
        found: dict[str, None] = {}
        for part in islice(outside(self.held[n], self.held[:n], patience), _PARTS):
            for column, inside in zip(self.columns, part, strict=True):
                if not inside & column.asked:
                    found[column.field.name] = None
        return list(found)

    def joinable(self, told: frozenset[At]) -> list[TableProblem]:
        """Rows that agree and could be one; rows that something was `told` about are left alone."""
        rows, found = self.decision.rows, []
        skip = frozenset(n for n, row in enumerate(rows) if row.at in told and row.at != NOWHERE)
        gives = [row.gives for row in rows]
        for join in joins(self.decision.hit, self.columns, self.held, gives, skip):
            stays = next((n for n in join.rows if self._is_all(n, join.rows)), None)
            gone = [n for n in join.rows if n != (join.rows[0] if stays is None else stays)]
            others = " and ".join(_where(rows[n], n) for n in join.rows if n != gone[0])
            name = self.decision.name
            if stays is not None and len(join.rows) == 2:
                message = f"this row of the table {name} changes nothing: {others} gives the same"
                hint = "take it away"
            else:
                message = f"this row and {others} of the table {name} give the same and could be one"
                hint = f"write instead, in the place of {_where(rows[join.place], join.place)}: {join.text}"
            found.append(
                TableProblem(
                    "joinable", rows[gone[0]].at, message, hint, tuple(rows[n].at for n in join.rows)
                )
            )
        return found

    def _is_all(self, one: int, rows: tuple[int, ...]) -> bool:
        return all(contains(self.held[one], self.held[n]) for n in rows)


def _shown(example: tuple[tuple[str, Value], ...]) -> str:
    return ", ".join(f"{name}: {yaml_text(value)}" for name, value in example)


def _where(row: Row, n: int) -> str:
    return f"the row on line {row.at[0]}" if row.at != NOWHERE else f"row {n + 1}"

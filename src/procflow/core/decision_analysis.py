"""What a decision table leaves open: gaps, overlaps, and rows that are never reached.

Exact for everything that cells can tell apart (see `decision_domains`): each input is cut into pieces, a
piece is the set of rows whose cell holds for it, and a combination of inputs hits what all its pieces have in
common. Combinations with the same rows are walked once. It must not know cases, nor the words around a
diagnostic.
"""

from __future__ import annotations

from msgspec import Struct

from procflow.core.decision_cells import ANY, Cell, holds
from procflow.core.decision_domains import Piece, joined, pieces, yaml_text
from procflow.core.procedure import NOWHERE, At, Decision, Row
from procflow.core.values import Value
from procflow.errors import EvaluationError

#: So many combinations are looked at; of a larger table nothing is claimed.
MOST_COMBINATIONS = 200_000
_MOST_GAPS = 10
_MOST_OVERLAPS = 20


class TableProblem(Struct, frozen=True):
    """A problem of a table: `kind` is gap, overlap, unreachable or too_large.

    `at` is the place to show and `rows` all rows concerned; `missing` (a gap) or the inputs that two rows
    share (an overlap) is one concrete example; `hint` says what to write, for a gap a row as YAML.
    """

    kind: str
    at: At
    message: str
    hint: str = ""
    rows: tuple[At, ...] = ()
    missing: tuple[tuple[str, Value], ...] = ()


class _TooLarge(Exception):
    pass


def analyse(decision: Decision) -> list[TableProblem]:
    """Gaps (`first`, `unique`), overlaps (`unique`) and rows never reached, each with a concrete example.

    Null inputs are looked at only where a cell of that input writes null.
    """
    table = _Table(decision)
    try:
        hits = table.reach(table.choices)
    except _TooLarge:
        return [
            TableProblem(
                "too_large",
                decision.at,
                f"the table {decision.name} has more than {MOST_COMBINATIONS} combinations, so gaps, "
                "overlaps and rows never reached were not looked for",
                "split the table, or compare fewer different values",
            )
        ]
    found = []
    if decision.hit in ("first", "unique"):
        found += table.gaps()
    if decision.hit == "unique":
        found += table.overlaps(hits)
    return found + table.unreachable(hits)


_Choices = list[dict[int, int]]  # for each input: rows that hold (a bit each) -> the piece that shows it


class _Table:
    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.rows = [dict(row.cells) for row in decision.rows]
        self.pieces: list[list[Piece]] = []
        self.masks: list[list[int]] = []
        self.choices: _Choices = []
        self.budget = MOST_COMBINATIONS
        for field in decision.inputs:
            cells: list[Cell] = [row.get(field.name, ANY) for row in self.rows]
            found = pieces(field, cells)
            masks = [_mask(cells, piece) for piece in found]
            self.pieces.append(found)
            self.masks.append(masks)
            first: dict[int, int] = {}
            for n, mask in enumerate(masks):
                first.setdefault(mask, n)
            self.choices.append(first)

    def reach(self, choices: _Choices) -> dict[int, tuple[int, ...]]:
        """Every set of rows that some combination hits -> the pieces of one such combination.

        Raises _TooLarge when the budget of combinations is used up.
        """
        reached: dict[int, tuple[int, ...]] = {(1 << len(self.rows)) - 1: ()}
        for options in choices:
            following: dict[int, tuple[int, ...]] = {}
            self.budget -= len(reached) * len(options)
            if self.budget < 0:
                raise _TooLarge
            for mask, chosen in reached.items():
                for option, piece in options.items():
                    following.setdefault(mask & option, (*chosen, piece))
            reached = following
        return reached

    def example(self, chosen: tuple[int, ...]) -> tuple[tuple[str, Value], ...]:
        inputs = self.decision.inputs
        return tuple(
            (f.name, self.pieces[n][piece].sample)
            for n, (f, piece) in enumerate(zip(inputs, chosen, strict=True))
        )

    def gaps(self) -> list[TableProblem]:
        """The combinations that no row holds for, each widened as far as nothing holds."""
        found: list[TableProblem] = []
        masks = [list(column) for column in self.masks]
        while len(found) < _MOST_GAPS:
            self.budget = MOST_COMBINATIONS
            options = [_first(column) for column in self.masks]
            try:
                chosen = self.reach(options).get(0)
                if chosen is None:
                    break
                wide = self.widened(chosen)
            except _TooLarge:
                break
            example = self.example(chosen)
            shown = ", ".join(f"{name}: {yaml_text(value)}" for name, value in example) or "anything"
            found.append(
                TableProblem(
                    "gap",
                    self.decision.at,
                    f"no row of the table {self.decision.name} holds for {{{shown}}}",
                    f"add the row {self.hint_row(wide, chosen)}",
                    missing=example,
                )
            )
            # the hole is closed by a row of its own, so that the next round finds another one
            self.rows.append({})
            bit = 1 << (len(self.rows) - 1)
            for column, inside in zip(self.masks, wide, strict=True):
                for n in inside:
                    column[n] |= bit
        self.masks = masks
        del self.rows[len(self.decision.rows) :]
        return found

    def widened(self, chosen: tuple[int, ...]) -> list[set[int]]:
        """For each input the pieces that can stand in the place of the chosen one and still nothing holds."""
        wide = [{piece} for piece in chosen]
        for n in range(len(chosen)):
            everything = set(range(len(self.pieces[n])))
            if self.misses(wide, n, everything):
                wide[n] = everything
                continue
            for direction in (1, -1):
                piece = chosen[n] + direction
                while 0 <= piece < len(self.pieces[n]):
                    # a line is widened to its neighbours only, single values to any other one
                    line = self.pieces[n][chosen[n]].line
                    if line and not self.pieces[n][piece].line:
                        break
                    if self.misses(wide, n, {piece}):
                        wide[n].add(piece)
                    elif line:
                        break
                    piece += direction
        return wide

    def misses(self, wide: list[set[int]], n: int, instead: set[int]) -> bool:
        sets = [instead if place == n else inside for place, inside in enumerate(wide)]
        options = [{self.masks[place][piece]: piece for piece in inside} for place, inside in enumerate(sets)]
        return set(self.reach(options)) == {0}

    def hint_row(self, wide: list[set[int]], chosen: tuple[int, ...]) -> str:
        parts = []
        for n, field in enumerate(self.decision.inputs):
            inside = sorted(wide[n])
            if len(inside) == len(self.pieces[n]):
                continue
            run = [self.pieces[n][piece] for piece in inside]
            sample = self.pieces[n][chosen[n]]
            if sample.line:
                parts.append(f"{field.name}: {joined(field, run) or yaml_text(sample.sample)}")
                continue
            if any(piece.text == "any other" for piece in run):
                outside = [p.sample for p in self.pieces[n] if p not in run and p.sample is not None]
                if self.decision.hit == "first" and len(outside) != 1:
                    continue  # as the last row it takes whatever the others leave
                text = f'"!= {outside[0]}"' if len(outside) == 1 else yaml_text(sample.sample)
            else:
                text = ", ".join(piece.text for piece in run)
                text = f"[{text}]" if len(run) > 1 else text
            parts.append(f"{field.name}: {text}")
        names = self.decision.rows[0].gives if self.decision.rows else {"answer": None}
        gives = ", ".join(f'{name}: "..."' for name in names)
        return f"{{{', '.join([*parts, f'gives: {{{gives}}}'])}}}"

    def overlaps(self, hits: dict[int, tuple[int, ...]]) -> list[TableProblem]:
        """Each two rows that hold together, with one combination for which they do."""
        seen: dict[tuple[int, int], tuple[int, ...]] = {}
        for mask, chosen in hits.items():
            both = _bits(mask)
            for i, first in enumerate(both):
                for second in both[i + 1 :]:
                    seen.setdefault((first, second), chosen)
        found = []
        for (first, second), chosen in sorted(seen.items())[:_MOST_OVERLAPS]:
            rows = self.decision.rows[first], self.decision.rows[second]
            example = self.example(chosen)
            shown = ", ".join(f"{name}: {yaml_text(value)}" for name, value in example)
            found.append(
                TableProblem(
                    "overlap",
                    rows[1].at,
                    f"this row and {_where(rows[0], first)} of the table {self.decision.name} both hold "
                    f"for {{{shown}}}",
                    "narrow one of them, or write hit: first if the order shall decide",
                    tuple(row.at for row in rows),
                    example,
                )
            )
        return found

    def unreachable(self, hits: dict[int, tuple[int, ...]]) -> list[TableProblem]:
        """Rows that never give anything: earlier rows hold wherever they do, or they hold nowhere."""
        first_only = self.decision.hit == "first"
        reached: set[int] = set()
        before: dict[int, set[int]] = {}
        for mask in hits:
            held = _bits(mask)
            reached.update(held[:1] if first_only else held)
            for later in held[1:]:
                before.setdefault(later, set()).add(held[0])
        found = []
        for n, row in enumerate(self.decision.rows):
            if n in reached:
                continue
            earlier = [(self.decision.rows[m], m) for m in sorted(before.get(n, ()))]
            if earlier:
                names = " or ".join(_where(other, m) for other, m in earlier[:5])
                why = f"wherever it holds, {names} comes first"
                hint = "move it up, narrow the earlier ones, or take it away"
            else:
                why, hint = (
                    "no input that is possible fits all its cells",
                    "correct its cells, or take it away",
                )
            found.append(
                TableProblem(
                    "unreachable",
                    row.at,
                    f"this row of the table {self.decision.name} is never reached: {why}",
                    hint,
                    (row.at, *(other.at for other, _ in earlier)),
                )
            )
        return found


def _first(masks: list[int]) -> dict[int, int]:
    found: dict[int, int] = {}
    for n, mask in enumerate(masks):
        found.setdefault(mask, n)
    return found


def _mask(cells: list[Cell], piece: Piece) -> int:
    mask = 0
    for n, cell in enumerate(cells):
        try:
            held = holds(cell, piece.sample)
        except EvaluationError:  # a duration by the calendar is neither more nor less
            held = False
        mask |= held << n
    return mask


def _bits(mask: int) -> list[int]:
    return [n for n in range(mask.bit_length()) if mask >> n & 1]


def _where(row: Row, n: int) -> str:
    return f"the row on line {row.at[0]}" if row.at != NOWHERE else f"row {n + 1}"

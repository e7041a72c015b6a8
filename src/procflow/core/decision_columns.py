"""One input of a decision table as a column of pieces: which of them a cell holds for, and how a set of them
is written as a cell.

Sets of pieces are numbers, a bit each. It must not know rows.
"""

from __future__ import annotations

import json
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from functools import cmp_to_key

from procflow.core.decision_boxes import bits, lowest
from procflow.core.decision_cells import Cell, holds
from procflow.core.decision_domains import Piece, pieces, yaml_text
from procflow.core.procedure import Field
from procflow.core.values import Value, equal, order, plain
from procflow.errors import EvaluationError

#: A set of at least so many words of an enum that leaves out one is written as `!=`.
_MANY_WORDS = 4

_ANY_VALUE = '"!= null"'

_key = cmp_to_key(order)


class Column:
    """The pieces of one input: those of a line first and in their order, null last.

    `whole` are all pieces. `asked` are those that a gap is looked for in: null only where a cell writes it, or
    where it is said that the input may be `unset`.
    """

    def __init__(self, field: Field, cells: Iterable[Cell], unset: bool = False) -> None:
        found = pieces(field, cells)
        self.field = field
        #: Whether a cell writes null.
        self.writes_null = any(piece.sample is None for piece in found)
        self.asked = (1 << (len(found) + (unset and not self.writes_null))) - 1
        if not self.writes_null:
            found.append(Piece(None, "null"))
        self.pieces = found
        self.null = 1 << (len(found) - 1)
        self.whole = (1 << len(found)) - 1
        self.line = (1 << sum(piece.line for piece in found)) - 1
        self._keys = [_key(piece.sample) for piece in found if piece.line]
        self._places = {piece.sample: n for n, piece in enumerate(found) if isinstance(piece.sample, str)}

    def mask(self, cell: Cell) -> int:
        """The pieces that the cell holds for."""
        match cell:
            case ("any",):
                return self.whole
            case ("or", cells):
                found = 0
                for part in cells:
                    found |= self.mask(part)
                return found
            case ("in", values):
                found = 0
                for value in values:
                    found |= self._of(value)
                return found
            case ("cmp", "!=", constant):
                return self.whole & ~self._of(constant) & ~self.null
        return self._ordered(cell)

    def sample(self, inside: int) -> Value:
        """A value of the first piece in the set."""
        return self.pieces[lowest(inside)].sample

    def grown(self, inside: int, allowed: int) -> int:
        """The set made as wide as a cell says it simply: everything, a line to its neighbours only, else all
        that is allowed."""
        if allowed & self.asked == self.asked:
            return self.asked
        if not inside & self.line:
            return allowed & self.asked
        first = last = lowest(inside)
        while first and allowed & self.line & 1 << (first - 1):
            first -= 1
        while allowed & self.line & 1 << (last + 1):
            last += 1
        return (1 << (last + 1)) - (1 << first)

    def text(self, inside: int) -> str | None:
        """The set as a cell in YAML, "" for any; None where no cell says exactly this."""
        if inside == self.whole:
            return ""
        others = [self.pieces[n] for n in bits(inside & ~self.line)]
        left_out = [piece for n, piece in enumerate(self.pieces[:-1]) if not inside >> n & 1]
        parts: list[str] = []
        for run in self._runs(inside & self.line):
            part = _line_text(run)
            if part is None or (left_out and part == _ANY_VALUE):
                return None
            parts.append(part)
        words = [piece for piece in others if piece.sample is not None]
        if any(piece.text == "any other" for piece in words) or (
            len(words) >= _MANY_WORDS and len(left_out) <= 1
        ):
            if len(left_out) > 1:
                return None
            but = plain(left_out[0].sample) if left_out else "null"
            parts = [json.dumps(f"!= {but}", ensure_ascii=False)]
            others = [piece for piece in others if piece.sample is None]
        parts += [piece.text for piece in others]
        return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"

    def hull(self, inside: int) -> str:
        """A cell in YAML that holds for the set and for as little else as a cell can say; "" for any."""
        exact = self.text(inside)
        if exact is not None:
            return exact
        if inside & ~self.line:
            return ""
        runs = list(self._runs(inside))
        first, last = runs[0][0], runs[-1][-1]
        return f'"{plain(first.low)}..{plain(last.high)}"'

    def _of(self, value: Value) -> int:
        if isinstance(value, str):
            place = self._places.get(value)
            return 0 if place is None else 1 << place
        if value is None:
            return self.null
        if self._keys and not isinstance(value, bool):
            try:
                key = _key(value)
                low, high = bisect_left(self._keys, key), bisect_right(self._keys, key)
            except EvaluationError:  # a duration by the calendar stands beside the line
                pass
            else:
                return (1 << high) - (1 << low)
        found = 0
        for n, piece in enumerate(self.pieces):
            if piece.sample is not None and not piece.line and equal(piece.sample, value):
                found |= 1 << n
        return found

    def _ordered(self, cell: Cell) -> int:
        low, high = 0, len(self._keys)
        match cell:
            case ("cmp", "<", constant):
                high = bisect_left(self._keys, _key(constant))
            case ("cmp", "<=", constant):
                high = bisect_right(self._keys, _key(constant))
            case ("cmp", ">", constant):
                low = bisect_right(self._keys, _key(constant))
            case ("cmp", ">=", constant):
                low = bisect_left(self._keys, _key(constant))
            case ("range", first, last):
                low, high = bisect_left(self._keys, _key(first)), bisect_right(self._keys, _key(last))
        inside = (1 << high) - (1 << low) if low < high else 0
        for n, piece in enumerate(self.pieces):
            if not piece.line and _holds(cell, piece.sample):
                inside |= 1 << n
        return inside

    def _runs(self, inside: int) -> Iterable[list[Piece]]:
        run: list[Piece] = []
        for n in bits(inside):
            if run and not inside >> (n - 1) & 1:
                yield run
                run = []
            run.append(self.pieces[n])
        if run:
            yield run


def _holds(cell: Cell, value: Value) -> bool:
    try:
        return holds(cell, value)
    except EvaluationError:  # a duration by the calendar is neither more nor less
        return False


def _line_text(run: list[Piece]) -> str | None:
    """One cell, as YAML, for neighbouring pieces of a line; None where no cell can say it."""
    first, last = run[0], run[-1]
    if first.low is None and last.high is None:
        return _ANY_VALUE
    if first.low is None:
        return f'"{"<=" if last.high_in else "<"} {plain(last.high)}"'
    if last.high is None:
        return f'"{">=" if first.low_in else ">"} {plain(first.low)}"'
    if not first.low_in or not last.high_in:
        return None
    if equal(first.low, last.high):
        return yaml_text(first.low)
    return f'"{plain(first.low)}..{plain(last.high)}"'

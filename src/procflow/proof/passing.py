"""How long it takes up to a step, and after it: the zone of what is due."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

from procflow.core.chart import Chart
from procflow.core.procedure import Procedure
from procflow.proof import orders, zones
from procflow.proof.clocks import ASIDE
from procflow.proof.lens import Lens
from procflow.proof.moves import BY_TIME, Move, Moves
from procflow.proof.oracle import Impossible
from procflow.proof.plan import Plan
from procflow.proof.reading import FRESH
from procflow.proof.world import World


class StepPassing:
    """The part of a step that minds how much time passes."""

    w: World
    lens: Lens
    plan: Plan
    procedure: Procedure
    moves: Moves
    chart: Chart
    queue: deque[tuple[str, str]]
    opening: int
    began: int
    blurred: bool
    truth: Callable[[Any, World], bool]

    def _not_due_yet(self, move: Move) -> None:
        """What is due on a day that is known has not come yet, so that day is not over; or comes, so that it has begun.

        Of several that were over already as they began, one comes after the other.
        """
        pending, moved = self.w.pending, f"{move.kind}:{move.name}"
        for item, (clock, due, strict) in self.lens.dues.items():
            if pending.get(item, ASIDE) == ASIDE:
                continue  # what was refused lies with a person, whatever day it is
            if item == moved:
                mask = orders.GREATER | orders.EQUAL
            elif strict is None:
                continue
            else:
                mask = orders.LESS if strict else orders.LESS | orders.EQUAL
            self.lens.depends[clock] = frozenset({FRESH})
            self.lens.depends.setdefault(due, frozenset({due}))
            try:
                self.w.assert_fact(clock, due, mask)
            except Impossible:
                if item == moved or move.kind not in BY_TIME:
                    raise

    # how long it takes

    def _time_before(self, move: Move) -> None:
        """Time passes up to the step: to the instant that is due, or to any before it."""
        w = self.w
        items = tuple(w.pending)
        if not items:
            return
        item = f"{move.kind}:{move.name}"
        if item not in w.pending:
            w.ahead = zones.passing(w.ahead, items)
            return
        found = zones.firing(
            w.ahead, item, items, lambda other: self.moves.times.before(other, item, self.lens.timed)
        )
        if found is None:
            raise Impossible
        w.ahead = found

    def _time_after(self) -> None:
        w = self.w
        new = {item for item in w.pending if item in w.armed}
        w.ahead = zones.without(
            w.ahead,
            {item for pair in w.ahead for item in pair if item and (item not in w.pending or item in new)},
        )
        lengths = {}
        for item in new:
            least, most = self.moves.times.bounds(item, self.lens.timed)
            early = w.pending[item] < 0 or (self.opening and item.startswith("missed:"))
            lengths[item] = (0.0 if early else least, most)
        w.ahead = zones.started(w.ahead, lengths, tuple(w.pending))

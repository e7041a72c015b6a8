"""Whether a way that was found with little kept can be gone with all kept that it asks for: the same moves again.

The way is tried depth first, with only those things kept that it asked for in vain before. Where it cannot be gone, what
was kept then is why, and is worth keeping from the start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count

from msgspec import Struct

from procflow.proof.lens import Lens
from procflow.proof.live import liveness_of
from procflow.proof.moves import Move, Moves
from procflow.proof.outcomes import Outcome, blank, outcomes
from procflow.proof.space import Budget, Step
from procflow.proof.state import State

#: Ways of single moves that are tried for one run; one of so many transitions counts once more.
_MOST, _LONG = 3_000, 10

Goal = Callable[[Outcome], bool]


class Run(Struct, frozen=True):
    """`steps` None: it cannot be gone (`surely`), or it was not found. `keys` are what was kept at last."""

    steps: tuple[Step, ...] | None
    keys: frozenset[str]
    surely: bool = True


def replayed(
    make: Callable[[frozenset[str]], Lens],
    way: Sequence[Step],
    goal: Goal,
    keys: frozenset[str],
    budget: Budget,
) -> Run:
    """Go a way whose last move is to come to `goal`, with `make(keys)` as the lens, and more kept as it is asked for."""
    while True:
        lens = make(keys)
        search = _Search(lens, way, goal, budget)
        steps = search.run()
        if steps is None:
            return Run(None, keys, search.tried < _MOST)
        new = lens.plan.grown(search.dropped) - keys
        if not new:
            return Run(steps, keys)
        keys |= new


class _Gone:
    """What was gone of a lens: many ways begin alike, and each move of them is taken once."""

    def __init__(self, lens: Lens) -> None:
        self.moves, self.live = Moves(lens), liveness_of(lens.plan, lens.promises, lens.ends_with)
        self._possible: dict[State, frozenset[Move]] = {}
        self._outcomes: dict[tuple[State, Move], tuple[list[Outcome], Iterator[Outcome]]] = {}

    def is_possible(self, state: State, move: Move) -> bool:
        found = self._possible.get(state)
        if found is None:
            found = self._possible[state] = frozenset(self.moves.possible(state))
        return move in found

    def outcomes(self, state: State, move: Move) -> Iterator[Outcome]:
        """Every way in which a move can go, as far as somebody asks."""
        known = self._outcomes.get((state, move))
        if known is None:
            known = self._outcomes[state, move] = ([], outcomes(self.moves, self.live, state, move))
        seen, more = known
        for n in count():  # one way may go a move twice, so others may have asked for more meanwhile
            if n == len(seen):
                outcome = next(more, None)
                if outcome is None:
                    return
                seen.append(outcome)
            yield seen[n]


class _Search:
    def __init__(self, lens: Lens, way: Sequence[Step], goal: Goal, budget: Budget) -> None:
        self.lens, self.way, self.goal, self.budget = lens, way, goal, budget
        if lens.gone is None:
            lens.gone = _Gone(lens)
        self.gone: _Gone = lens.gone
        self.tried = 0
        self.dropped: frozenset[str] = frozenset()
        self.failed: set[tuple[int, State]] = set()

    def run(self) -> tuple[Step, ...] | None:
        return self._from(0, blank(self.lens), frozenset())

    def _from(self, n: int, state: State, dropped: frozenset[str]) -> tuple[Step, ...] | None:
        if (n, state) in self.failed:
            return None
        wanted, last = self.way[n], n == len(self.way) - 1
        if n and not self.gone.is_possible(state, wanted.move):
            return None
        for outcome in self.gone.outcomes(state, wanted.move):
            self.tried += 1 + len(outcome.world.taken) // _LONG
            self.budget.steps += 1
            if self.tried >= _MOST or outcome.cut:
                return None
            now = dropped | outcome.world.dropped
            if last:
                if self.goal(outcome):
                    self.dropped = now
                    return (outcome.step,)
            elif outcome.state is not None and outcome.step.taken == wanted.taken:
                rest = self._from(n + 1, outcome.state, now)
                if rest is not None:
                    return (outcome.step, *rest)
        self.failed.add((n, state))
        return None

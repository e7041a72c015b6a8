"""Whether a way that was found with little kept can be gone with everything kept: the same moves, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from procflow.core.procedure import Promise
from procflow.proof.explore import Budget, Step, outcomes
from procflow.proof.lens import Lens, Plan
from procflow.proof.live import Liveness
from procflow.proof.moves import Moves
from procflow.proof.world import State

#: States that are followed side by side, and ways of one move that are tried.
_BREADTH, _WAYS = 60, 400


def replayed(
    plan: Plan, promise: Promise | None, way: Sequence[Step], budget: Budget
) -> tuple[Step, ...] | None:
    """The same way with everything kept, up to the step that the promise refuses; None where none was found."""
    promises = [promise] if promise is not None else []
    lens = Lens(plan, plan.everything | plan.promised(promises), promises)
    moves, live = Moves(lens), Liveness(plan, promises)
    blank = State(
        data=(None,) * len(lens.fields), counts=(0,) * len(lens.counted), today=(0,) * len(lens.today)
    )
    front: list[tuple[State, tuple[Step, ...]]] = [(blank, ())]
    for n, step in enumerate(way):
        last = n == len(way) - 1
        following: dict[State, tuple[Step, ...]] = {}
        for state, gone in front:
            for tried, outcome in enumerate(outcomes(moves, live, state, step.move), 1):
                budget.steps += 1
                if last and promise is not None and outcome.broken == promise.name:
                    return (*gone, outcome.step)
                if (
                    outcome.state is not None
                    and outcome.step.taken == step.taken
                    and not (last and promise is not None)
                ):
                    if last:
                        return (*gone, outcome.step)
                    following.setdefault(outcome.state, (*gone, outcome.step))
                if tried >= _WAYS or len(following) >= _BREADTH:
                    break
        front = list(following.items())
        if not front:
            return None
    return None

"""The explorations in which what no owner can want is looked for, each made once; and whether something can be at all.

It must not know what is wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from msgspec import Struct

from procflow.core.procedure import At
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.plan import Plan
from procflow.proof.replay import Goal, replayed
from procflow.proof.space import Budget, Space, Step

#: How often an exploration is begun anew with more kept, to see whether something can be.
_MOST_TIMES = 8


class Finding(Struct, frozen=True):
    """Something that is wrong. `what` names it, `way` leads there; `detail` says more, by kind.

    What is not `sure` hangs on conditions that a proof only guesses: it is wrong where the engine shows it.
    """

    kind: str
    what: str
    at: At
    way: tuple[Step, ...] = ()
    detail: str = ""
    sure: bool = True

    @property
    def is_error(self) -> bool:
        """Two alternatives that can both hold are legal, because their order decides: a warning. No owner wants the others."""
        return self.kind != "overlap"


class Look:
    """What findings of one procedure are looked for with; `complete` says whether everything could be looked at."""

    def __init__(self, plan: Plan, budget: Budget, most: int) -> None:
        self.plan, self.procedure, self.budget, self.most = plan, plan.procedure, budget, most
        self.complete = True
        self.fails = False
        self._spaces: dict[Any, Space] = {}  # what was looked at, whole or up to what was looked for
        self._lenses: dict[Any, Lens] = {}
        self.invokes = any(
            state.invoke is not None and state.invoke.procedure for state in self.procedure.states
        )

    def lens(
        self, keys: frozenset[str], clocks: Iterable[str] = (), probe: tuple[str, str] = ("", "")
    ) -> Lens:
        key = (keys, tuple(clocks), probe, self.fails)
        found = self._lenses.get(key)
        if found is None:
            outside = not key[1] and probe == ("", "")
            lens = Lens(
                self.plan, keys, (), key[1], outside=outside, probe=probe, fails=self.fails,
                coarse=self.plan.is_coarse,
            )  # fmt: skip
            same = (
                keys,
                frozenset(lens.clocks),
                probe,
                self.fails,
                outside,
            )  # deadlines may be minded anyway
            found = self._lenses[key] = self._lenses.setdefault(same, lens)
        return found

    def samples(self, keys: frozenset[str]) -> Lens:
        return Lens(self.plan, keys, samples=True)

    def explore(
        self,
        keys: frozenset[str],
        clocks: Iterable[str] = (),
        probe: tuple[str, str] = ("", ""),
        until: Callable[[Space], bool] = lambda space: False,
    ) -> Space:
        lens = self.lens(keys | self.plan.overtaking, clocks, probe)
        space = self._spaces.get(lens)
        if space is not None and (space.whole or until(space)):
            return space
        share = Budget(min(self.most, self.budget.left), progress=self.budget.progress)
        space = explore(lens, share, until)
        self.budget.left -= share.states
        self.budget.states += share.states
        self.budget.steps += share.steps
        self.complete = self.complete and space.complete
        if space.complete:
            self._spaces[lens] = space
        return space

    def telling(self) -> tuple[str, ...]:
        """Deadlines that tell somebody when they are missed."""
        return tuple(
            d.name
            for d in self.procedure.deadlines
            if any(e.operation == "notify" for e in (*d.missed, *d.warn))
        )

    def can(
        self,
        seen: Callable[[Space], Any],
        goal: Goal,
        clocks: Iterable[str] = (),
        probe: tuple[str, str] = ("", ""),
        keys: frozenset[str] = frozenset(),
    ) -> tuple[Step, ...] | None:
        """The way on which something can be; None where it never is. What cannot be said counts as being."""
        for _ in range(_MOST_TIMES):
            space = self.explore(keys, clocks, probe, lambda space: seen(space) is not None)
            found = seen(space)
            if not space.complete and found is None:
                return ()
            if found is None:
                return None
            number, step = found[0], found[1]
            way = (*space.way_to(number), step)
            run = replayed(lambda kept: self.lens(kept, clocks, probe), way, goal, keys, self.budget)
            if run.steps is not None:
                return run.steps
            if not run.surely or not run.keys - keys:
                return ()
            keys |= run.keys
        return ()


def comes_to(name: str) -> Goal:
    return lambda outcome: outcome.state is not None and name in outcome.state.active

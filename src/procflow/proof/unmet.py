"""Deadlines that nothing can meet while they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec.structs import replace

from procflow.core.expressions import Template, path
from procflow.core.procedure import Deadline, Moment
from procflow.proof.clocks import length_of
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.looking import Finding, Look
from procflow.proof.outcomes import Outcome
from procflow.proof.plan import Plan
from procflow.proof.replay import replayed
from procflow.proof.space import Budget, Space


def unmet(look: Look) -> Iterator[Finding]:
    """The deadlines that no case meets."""
    minded = {d.name: d for d in look.procedure.deadlines if d.met and d.since is None}

    def all_met(space: Space) -> bool:
        return all((name, "met") in space.met and not space.met[name, "met"][2] for name in minded)

    space = look.explore(frozenset(), minded, until=all_met) if minded else None
    for deadline in look.procedure.deadlines:
        name = deadline.name
        if deadline.met and deadline.since is not None and _over_before(look, deadline):
            yield Finding("deadline", name, deadline.at)
        if name not in minded or space is None or not any(clock == name for clock, _ in space.met):
            continue
        first = space.met.get((name, "met"))
        if first is not None and not first[2] and not space.dropped_on(first[0]):
            continue

        def met(outcome: Outcome, name: str = name) -> bool:
            return name in outcome.world.met or outcome.world.clocks.get(name) in ("met", "unset")

        first = _first_met(name)(space)
        keys: frozenset[str] = frozenset()
        if first is not None:  # found beside the others; where that way cannot be gone, it tells what to keep
            way = (*space.way_to(first[0]), first[1])
            run = replayed(lambda kept: look.lens(kept, minded), way, met, keys, look.budget)
            if run.steps is not None:
                continue
            keys = run.keys if run.surely else keys
        if look.can(_first_met(name), met, (name,), keys=keys) is None:
            yield Finding("deadline", name, deadline.at)


def _over_before(look: Look, deadline: Deadline) -> bool:
    """Whether a time that counts from the opening is surely over before the deadline can be met."""
    single = deadline.since.single if isinstance(deadline.since, Template) else None
    if single is None or path(single.node) != "case.opened" or deadline.within is None:
        return False
    own = replace(deadline, since=None, starts=(Moment("opening"),))
    others = tuple(own if other.name == own.name else other for other in look.procedure.deadlines)
    plan = Plan(replace(look.procedure, deadlines=others), look.plan.around)
    length = length_of(deadline.within, plan.around.constants)
    timed = "elapsed" if length is not None and length[0] == "elapsed" else "wall"
    space = explore(Lens(plan, frozenset(), (), (own.name,), timed=timed), Budget(look.most))
    return space.complete and (own.name, "met") not in space.met


def _first_met(deadline: str) -> Callable[[Space], Any]:
    return lambda space: space.met.get((deadline, "met")) or space.met.get((deadline, "unset"))

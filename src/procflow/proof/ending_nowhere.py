"""Cases that go on without an end: states from which none can be reached, and steps that go in circles."""

from __future__ import annotations

from collections.abc import Iterator

from procflow.proof.ending import may_end, surely_ending
from procflow.proof.looking import Finding, Look, comes_to
from procflow.proof.replay import replayed
from procflow.proof.space import Space


def loops(look: Look, space: Space) -> Iterator[Finding]:
    """A step that never comes to rest: each transition that it goes round in."""
    for number, step, _ in space.circles[:3]:
        way = (*space.way_to(number), step)
        run = replayed(look.lens, way, lambda outcome: outcome.circle, frozenset(), look.budget)
        if run.steps is None:
            run = replayed(
                look.samples, way, lambda outcome: outcome.circle, look.plan.everything, look.budget
            )
        if run.steps is None or not run.steps[-1].taken:
            continue
        taken = run.steps[-1].taken
        ring = set(taken[len(taken) // 2 :])
        for transition in look.procedure.transitions():
            if transition.id in ring and transition.kind in ("always", "event"):
                yield Finding("loop", transition.source, transition.at, run.steps)
        return


def cannot_end(look: Look, space: Space) -> list[Finding]:
    """The states from which no end can be reached any more."""
    keys: frozenset[str] = frozenset()
    while space.complete:
        sure = surely_ending(space)
        open_ones = [n for n in range(len(space.states)) if n not in sure]
        if not open_ones:
            return []
        may = may_end(space)
        dropped = frozenset().union(*(edge.dropped for n in open_ones for edge in space.edges[n]))
        dropped |= frozenset().union(*(space.dropped_on(n) for n in open_ones if n not in may))
        new = look.plan.grown(dropped) - keys
        if not new:
            return list(_ending_nowhere(look, space, open_ones))
        keys |= new
        space = look.explore(keys)
    return []


def _ending_nowhere(look: Look, space: Space, open_ones: list[int]) -> Iterator[Finding]:
    may = may_end(space)
    told: set[str] = set()
    for number in open_ones:
        if number in may:
            continue
        state = space.states[number]
        for name in state.active:
            if name in told or look.procedure.state[name].final:
                continue
            told.add(name)
            way = tuple(space.way_to(number))
            if space.dropped_on(number):
                run = replayed(look.lens, way, comes_to(name), frozenset(), look.budget)
                if run.steps is None:
                    continue
                way = run.steps
            yield Finding("cannot_end", name, look.procedure.state[name].at, way)

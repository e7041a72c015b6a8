"""What no case ever sees: states, choices, events, times and alternatives."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from procflow.core.expressions import Expression, calls
from procflow.core.procedure import At, State, Transition
from procflow.proof.looking import Finding, Look
from procflow.proof.replay import Goal, replayed
from procflow.proof.space import Space


def never(look: Look, space: Space) -> Iterator[Finding]:
    """With nothing kept more can happen than does, so what does not happen here never does."""
    if not space.complete:
        return
    taken = _surely_taken(look, space)
    if taken is None:
        return
    entered = {look.procedure.initial, *look.plan.chart.opening(look.procedure.initial)}
    for transition in look.procedure.transitions():
        if transition.id in taken and transition.to is not None:
            target = transition.source if transition.to == "self" else transition.to
            entered |= {s.name for s in look.procedure.states if _is_with(look, s.name, target)}
    entered &= space.entered
    for state in look.procedure.states:
        if state.name not in entered and (not state.parent or state.parent in entered):
            yield Finding("dead", state.name, state.at, detail="state")
    for state in look.procedure.states:
        if state.name in entered:
            yield from _never_in(look, state, taken)


def _is_with(look: Look, name: str, target: str) -> bool:
    chart = look.plan.chart
    beside = any(
        chart.state[o].parallel and (name == o or chart.is_inside(name, o)) for o in chart.around[target]
    )
    return name == target or chart.is_inside(name, target) or name in chart.around[target] or beside


def _never_in(look: Look, state: State, taken: set[str]) -> Iterator[Finding]:
    for choice in state.choices:
        yield from _never_of(look, choice.alternatives, taken, choice.at)
    for _, alternatives in state.events:
        yield from _never_of(look, alternatives, taken, alternatives[0].at)
    for after in state.after:
        yield from _never_of(look, after.alternatives, taken, after.at)
    yield from _never_of(look, state.always, taken, state.at)


def _never_of(look: Look, alternatives: tuple[Transition, ...], taken: set[str], at: At) -> Iterator[Finding]:
    """Of alternatives of which none is ever taken, one finding; else one for each that never is."""
    real = [t for t in alternatives if t.refuse is None]
    settings = any(t.when is not None and _is_setting(t.when) for t in alternatives)
    dead = [t for t in real if t.id not in taken and not settings]
    whole = len(dead) == len(real)
    for transition in dead[:1] if whole else dead:
        where = at if whole and transition.kind != "always" else transition.at
        detail = transition.kind if whole or transition.kind == "always" else "alternative"
        yield Finding("dead", transition.name or transition.source, where, detail=detail)


def _surely_taken(look: Look, space: Space) -> set[str] | None:
    """The transitions that some case takes. None where that cannot be said for all."""
    taken: set[str] = set()
    unsure: list[str] = []
    wider: set[str] = set()
    for id, (number, step, dropped) in sorted(space.taken.items(), key=lambda item: -item[1][0]):
        if id in taken:
            continue
        if not dropped and not space.dropped_on(number):
            for other in space.way_to(number):
                taken.update(other.taken)
            taken.update(step.taken)
            continue
        run = replayed(look.lens, (*space.way_to(number), step), _takes(id), frozenset(), look.budget)
        if run.steps is None:
            unsure.append(id)
            wider |= run.keys
        for other in run.steps or ():
            taken.update(other.taken)
    for id in _left_unsure(look, unsure, frozenset(wider), taken):
        if id not in taken:
            way = look.can(_first_taken(id), _takes(id))
            if way is not None:
                taken.add(id)
            for other in way or ():
                taken.update(other.taken)
    return taken


def _left_unsure(look: Look, ids: list[str], keys: frozenset[str], taken: set[str]) -> list[str]:
    """Look at all of them at once, with everything kept that any asked for; -> those of which that says nothing.

    What is taken is added to `taken`; what cannot be is left out.
    """
    complete = look.complete
    space = look.explore(keys) if len(ids) > 1 and keys else None
    if space is None or not space.whole:
        look.complete = complete  # one by one they take less
        return ids
    left: list[str] = []
    for id in ids:
        found = space.taken.get(id)
        if found is None or id in taken:
            continue
        run = replayed(look.lens, (*space.way_to(found[0]), found[1]), _takes(id), keys, look.budget)
        if run.steps is None:
            left.append(id)
        for step in run.steps or ():
            taken.update(step.taken)
    return left


def _is_setting(guard: Expression) -> bool:
    """Whether a guard reads a parameter of the organisation, which somebody may set otherwise."""
    return any(function in ("param", "mailbox") for function, _, _ in calls(guard.node))


def _takes(id: str) -> Goal:
    return lambda outcome: outcome.state is not None and id in outcome.world.taken


def _first_taken(id: str) -> Callable[[Space], Any]:
    return lambda space: space.taken.get(id)

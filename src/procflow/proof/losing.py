"""Messages and events that can be lost: they come before the case waits for them, and then it waits in vain.

A case waits for an event in an innermost state that nobody works in and that the event leads out of. An event that the
case raises itself is lost where nothing takes it and the case comes to wait for it later. So is one that another procedure sends before. A message is lost where the
customer has been written to, or has written, and the case comes to a state that takes no message before one that waits for
it, unless the one that waits keeps what came for as long (`keep`). What is lost is not forgotten, a person reads it; but
the case waits all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from procflow.core.procedure import At, Transition
from procflow.proof.clocks import length_of
from procflow.proof.plan import Plan
from procflow.proof.space import Space, Step


def lost(plan: Plan, space: Space) -> Iterator[tuple[str, At, tuple[Step, ...], str]]:
    """(event, where it is waited for, the way there, the state that waits) of what can be lost."""
    waits = _waits(plan)
    for name in sorted(waits):
        for state, alternatives in waits[name]:
            if name == "message":
                starts = _deaf(plan, space, alternatives)
            elif name in plan.around.signalled:
                starts = [
                    n for n, s in enumerate(space.states) if not s.closed and not _hears(plan, s.active, name)
                ]
            else:
                starts = space.lost.get(name, [])
            way = _way(space, starts, state)
            if way is not None:
                yield name, alternatives[0].at, way, state


def _waits(plan: Plan) -> dict[str, list[tuple[str, tuple[Transition, ...]]]]:
    """event -> the innermost states that wait for it, each with its alternatives."""
    found: dict[str, list[tuple[str, tuple[Transition, ...]]]] = {}
    for state in plan.procedure.states:
        if (
            state.task is not None
            or state.choices
            or state.always
            or state.invoke is not None
            or state.has_inside
        ):
            continue
        for name, alternatives in state.events:
            if (name == "message" or name in plan.raised | plan.around.signalled) and any(
                t.to is not None for t in alternatives
            ):
                found.setdefault(name, []).append((state.name, alternatives))
    return found


def _deaf(plan: Plan, space: Space, alternatives: tuple[Transition, ...]) -> list[int]:
    """States that take no message although one may come, and from which what comes is not kept for long enough."""
    heard = {n for n, state in enumerate(space.states) if _hears(plan, state.active)}
    prompted = set(space.prompted) | heard
    todo = list(prompted)
    for edges in space.edges:
        for edge in edges:
            if edge.outside and edge.there not in prompted:
                prompted.add(edge.there)
                todo.append(edge.there)
    while todo:
        for edge in space.edges[todo.pop()]:
            if edge.there not in prompted:
                prompted.add(edge.there)
                todo.append(edge.there)
    keep = next((t.keep for t in alternatives if t.keep is not None), None)
    return [
        n for n in sorted(prompted - heard) if not space.states[n].closed and not _kept(plan, space, n, keep)
    ]


def _hears(plan: Plan, active: tuple[str, ...], name: str = "message") -> bool:
    return any(name in plan.procedure.state[s].events_by_name for s in (*active, *plan.outer(active)))


def _kept(plan: Plan, space: Space, number: int, keep: object) -> bool:
    """Whether what comes in a state is kept at least as long as the state can last, as far as that is known."""
    if keep is None:
        return False
    kept = length_of(keep, plan.around.constants)
    if kept is None:
        return True
    lasts = [
        space.moves.times.lengths.get(item)
        for item, _ in space.states[number].pending
        if item.startswith("after:")
    ]
    return not any(length is not None and length[0] == kept[0] and length[1] > kept[1] for length in lasts)


def _way(space: Space, starts: list[int], state: str) -> tuple[Step, ...] | None:
    """The shortest way from the opening through one of the states to one that waits."""
    back: dict[int, tuple[int, Step]] = {}
    todo = list(dict.fromkeys(starts))
    begun = set(todo)
    for here in todo:
        for edge in space.edges[here]:
            there = edge.there
            if there in back or there in begun:
                continue
            back[there] = (here, edge.step)
            if state in space.states[there].active:
                steps: list[Step] = []
                at = there
                while at in back:
                    at, step = back[at]
                    steps.append(step)
                return (*space.way_to(at), *reversed(steps))
            todo.append(there)
    return None

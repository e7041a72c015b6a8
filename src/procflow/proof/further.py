"""Further ways that seem to break a promise, for where the shortest cannot be gone in the engine: it may be none, and
another one be one.

It must not know how a way is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from msgspec import structs

from procflow.core.procedure import Promise
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.liveness import for_ever
from procflow.proof.plan import Plan
from procflow.proof.points import pointed
from procflow.proof.replay import replayed
from procflow.proof.space import NOTHING, Budget, Edge, Space, Step
from procflow.proof.verdicts import Suspicion, Verdict, breaks, going_on, is_opened_by_another, steps_of

#: Breaches looked at, most of which are of one kind; and ways of different kinds that are tried in vain.
_MOST, _IN_VAIN = 300, 12


def further(plan: Plan, verdict: Verdict, budget: Budget) -> Iterator[Suspicion]:
    """Ways other than that of a verdict, as the same look at the procedure shows them: first the shortest of each kind.

    A kind is how a way ends: by which moves and over which transitions it comes to where it breaks the promise.
    """
    promise = next((p for p in plan.procedure.promises if p.name == verdict.promise), None)
    if promise is None or verdict.suspicion is None or plan.is_coarse:
        return
    promise = pointed(promise)
    if is_opened_by_another(verdict.suspicion):
        plan.sharpen(plan)

    def lens(keys: frozenset[str]) -> Lens:
        return Lens(plan, keys, [promise], timed=verdict.timed)

    space = explore(lens(verdict.kept), budget, breaches=_MOST)
    seen = {_gone(verdict.suspicion)}
    vain = 0
    for suspicion, dropped in _in_turn(space, promise):
        gone = _gone(suspicion)
        if gone in seen:
            continue
        seen.add(gone)
        new = plan.grown(dropped) - verdict.kept
        if new and not suspicion.forever:
            run = replayed(lens, steps_of(suspicion), breaks(promise), verdict.kept | new, budget)
            if run.steps is None:
                vain += 1
                if vain == _IN_VAIN:
                    return
                continue
            refused = suspicion.last is not None
            suspicion = Suspicion(
                promise.name, run.steps[:-1] if refused else run.steps, run.steps[-1] if refused else None
            )
        yield suspicion


def _in_turn(space: Space, promise: Promise) -> Iterator[tuple[Suspicion, frozenset[str]]]:
    """The shortest way of each kind; then those that come to the same end from elsewhere, the shortest first."""
    kinds: set[tuple[object, ...]] = set()
    firsts: list[tuple[int, Suspicion, frozenset[str]]] = []
    for number, suspicion, dropped in _suspicions(space, promise):
        kind = (suspicion.forever, *_gone(suspicion)[-2:])
        if kind not in kinds:
            kinds.add(kind)
            firsts.append((number, suspicion, dropped))
            yield suspicion, dropped
    around: list[tuple[Suspicion, frozenset[str]]] = []
    incoming = _incoming(space)
    for number, suspicion, dropped in firsts:
        for steps, more in _ways_around(space, number, incoming):
            around.append((structs.replace(suspicion, way=steps), dropped | more))
    yield from sorted(around, key=lambda each: len(each[0].way))


def _suspicions(space: Space, promise: Promise) -> Iterator[tuple[int, Suspicion, frozenset[str]]]:
    """Every state from which a promise seems broken: the shortest way there, and what was asked for on it in vain."""
    for breach in (*space.breaches.values(), *space.also):
        way = tuple(space.way_to(breach.source))
        dropped = space.dropped_on(breach.source) | breach.dropped
        yield breach.source, Suspicion(promise.name, way, breach.step), dropped
    if promise.kind != "after":
        return
    alarmed = (n for n, state in enumerate(space.states) if promise.name in state.alarmed)
    for number in islice(alarmed, _MOST):
        yield number, Suspicion(promise.name, tuple(space.way_to(number))), space.dropped_on(number)
    if space.complete:
        for stuck in islice(for_ever(space, promise), _MOST):
            yield stuck.number, *going_on(space, promise, stuck)


def _ways_around(
    space: Space, number: int, incoming: Mapping[int, Sequence[tuple[int, Edge]]]
) -> Iterator[tuple[tuple[Step, ...], frozenset[str]]]:
    """Ways to a state that join the shortest one somewhere, each with what was asked for on it in vain."""
    rest: list[Step] = []
    dropped = NOTHING
    while number >= 0:
        before, step, asked = space.ways[number]
        for source, edge in incoming.get(number, ()):
            if number not in _states_on(space, source) and edge.step != step:
                way = (*space.way_to(source), edge.step, *reversed(rest))
                yield way, space.dropped_on(source) | edge.dropped | dropped
        rest.append(step)
        dropped |= asked
        number = before


def _states_on(space: Space, number: int) -> list[int]:
    """The states on the shortest way to one, with itself."""
    found = []
    while number >= 0:
        found.append(number)
        number = space.ways[number][0]
    return found


def _incoming(space: Space) -> dict[int, list[tuple[int, Edge]]]:
    """Of each state the edges that lead to it, and from where."""
    found: dict[int, list[tuple[int, Edge]]] = {}
    for number, edges in enumerate(space.edges):
        for edge in edges:
            found.setdefault(edge.there, []).append((number, edge))
    return found


def _gone(suspicion: Suspicion) -> tuple[object, ...]:
    """By which moves, and over which transitions, a way goes."""
    return tuple((step.move.kind, step.move.name, step.taken) for step in steps_of(suspicion))

"""Of each promise whether it holds, by looking at as little as it takes.

A promise is first looked at with nothing kept but what it reads itself. Where that shows a way to break it which asked
for something that is not kept, that is kept too, and all is looked at anew. What is left is a suspicion: it is called
broken only by whoever has run it in the real engine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from msgspec import Struct

from procflow.core.procedure import At, Promise
from procflow.proof.clocks import Times, length_of
from procflow.proof.explore import explore
from procflow.proof.lens import Lens
from procflow.proof.liveness import Stuck, due, for_ever, settles
from procflow.proof.moves import BY_TIME
from procflow.proof.outcomes import Outcome
from procflow.proof.plan import Plan
from procflow.proof.points import pointed, pointed_at_one
from procflow.proof.replay import replayed
from procflow.proof.space import Budget, Edge, Space, Step

PROVED, BROKEN, UNDECIDED = "proved", "broken", "not decided"


class Suspicion(Struct, frozen=True):
    """A way on which a promise seems broken. `last` is the refused step of a safety promise; None: the way ends there.

    `forever`: nothing happens any more, or a case goes round in `round` (moves) for ever.
    """

    promise: str
    way: tuple[Step, ...]
    last: Step | None = None
    forever: bool = False
    round: tuple[Step, ...] = ()


class Verdict(Struct, frozen=True):
    """What is known of one promise. `reason` is a word: budget, suspicion or unproved; `free` are the conditions on the
    way whose answer the prover chose, and one of which would decide."""

    promise: str
    verdict: str
    at: At
    reason: str = ""
    suspicion: Suspicion | None = None
    free: tuple[str, ...] = ()
    kept: frozenset[str] = frozenset()
    states: int = 0
    timed: str = ""


def verdict_of(plan: Plan, promise: Promise, budget: Budget, most: int) -> Verdict:
    """Look at one promise; `most` states at once at the most.

    What a first look leaves open is looked at once more, with lists that grow known by no more than whether they are
    empty where there were too many of them, and with one thing that is asked for in a list as the one that stands for each.
    """
    found = last = _looked_at(plan, pointed(promise), budget, most)
    if found.verdict == PROVED:
        return found
    one = pointed_at_one(promise, plan.procedure)
    if found.reason == "suspicion" and one is not None:
        last = _looked_at(plan, one, budget, most)
    if last.reason == "budget" and plan.coarse != plan.matter.domains:
        plan.is_coarse = True
        last = _looked_at(plan, one or pointed(promise), budget, most, coarse=True)
    return last if last.verdict == PROVED or found.reason == "budget" else found


def _looked_at(plan: Plan, promise: Promise, budget: Budget, most: int, *, coarse: bool = False) -> Verdict:
    looking = _Looking(plan, promise, budget, most, coarse)
    while True:
        verdict = looking.once()
        if verdict is not None:
            return verdict


class _Looking:
    """At one promise, each time with more of a case kept (`keys`), or with time told by another clock (`timed`)."""

    def __init__(self, plan: Plan, promise: Promise, budget: Budget, most: int, coarse: bool) -> None:
        self.plan, self.promise, self.budget, self.most = plan, promise, budget, most
        self.coarse = coarse
        self.keys = plan.promised([promise])
        self.clocks = _clocks_of(plan, promise)
        self.timed = ""
        self.seen = 0

    def _lens(self, keys: frozenset[str]) -> Lens:
        return Lens(self.plan, keys, [self.promise], timed=self.timed, coarse=self.coarse)

    def once(self) -> Verdict | None:
        """Look at everything that can happen; None: it is to be looked at anew, for what was found may be no way."""
        share = Budget(min(self.most, self.budget.left), progress=self.budget.progress)
        space = explore(self._lens(self.keys), share)
        self.budget.left -= share.states
        self.budget.states += share.states
        self.budget.steps += share.steps
        self.seen += share.states
        found = _suspected(space, self.promise)
        if found is None:
            return self._verdict(PROVED) if space.complete else self._verdict(UNDECIDED, "budget")
        suspicion, dropped = found
        if is_opened_by_another(suspicion) and self.plan.sharpen(self.plan):
            return None
        if self.promise.within is not None and not self.timed:
            self.timed = next(self.clocks)
            return None
        return self._judged(suspicion, self.plan.grown(dropped) - self.keys)

    def _judged(self, suspicion: Suspicion, new: frozenset[str]) -> Verdict | None:
        """What to think of a way on which `new` was asked for in vain."""
        if new and not suspicion.forever:
            run = replayed(
                self._lens, steps_of(suspicion), breaks(self.promise), self.keys | new, self.budget
            )
            if run.steps is not None:
                self.keys = run.keys
                if self._by_another_clock(suspicion):
                    return None
                way, last = run.steps, None
                if suspicion.last is not None:
                    way, last = run.steps[:-1], run.steps[-1]
                return self._verdict(UNDECIDED, "suspicion", Suspicion(self.promise.name, way, last))
            new = run.keys - self.keys
        if new:
            self.keys |= new
            return None
        if self._by_another_clock(suspicion):
            return None
        return self._verdict(UNDECIDED, "suspicion", suspicion)

    def _by_another_clock(self, suspicion: Suspicion) -> bool:
        """Whether time is told by another clock from now on, because the way hangs on how it is told."""
        other = next(self.clocks, "") if _hangs_on_times(self.plan, suspicion) else ""
        self.timed = other or self.timed
        return bool(other)

    def _verdict(self, word: str, reason: str = "", suspicion: Suspicion | None = None) -> Verdict:
        free = free_on(suspicion) if suspicion is not None else ()
        return Verdict(
            self.promise.name,
            word,
            self.promise.at,
            reason,
            suspicion,
            free,
            self.keys,
            self.seen,
            self.timed,
        )


def steps_of(suspicion: Suspicion) -> tuple[Step, ...]:
    return suspicion.way if suspicion.last is None else (*suspicion.way, suspicion.last)


def is_opened_by_another(suspicion: Suspicion) -> bool:
    steps = steps_of(suspicion)
    return bool(steps) and steps[0].move.name.startswith("by:")


def _hangs_on_times(plan: Plan, suspicion: Suspicion) -> bool:
    """Whether a way may be none, because of what time brings on it something else comes first."""
    return plan.clocks > 1 and any(step.move.kind in BY_TIME for step in steps_of(suspicion))


def _clocks_of(plan: Plan, promise: Promise) -> Iterator[str]:
    """By which clocks time is told, one after the other: elapsed where the promise has so many hours, else the one on the
    wall; then by the working days that come, where several things are so many of them."""
    length = length_of(promise.within, plan.around.constants)
    yield "elapsed" if length is not None and length[0] == "elapsed" else "wall"
    if len(Times(plan.procedure, plan.around.constants).in_working_days) > 1:
        yield "working"


def breaks(promise: Promise) -> Callable[[Outcome], bool]:
    """Whether a step is refused by the promise, or leaves it broken."""

    def is_breach(outcome: Outcome) -> bool:
        if outcome.state is None:
            return outcome.broken == promise.name
        return promise.name in outcome.state.alarmed

    return is_breach


def _suspected(space: Space, promise: Promise) -> tuple[Suspicion, frozenset[str]] | None:
    """The shortest way that seems to break it, with what was asked for on it in vain."""
    breach = space.breaches.get(promise.name)
    if breach is not None:
        way = tuple(space.way_to(breach.source))
        return Suspicion(promise.name, way, breach.step), space.dropped_on(breach.source) | breach.dropped
    if promise.kind != "after":
        return None
    number = next((n for n, s in enumerate(space.states) if promise.name in s.alarmed), None)
    if number is not None:
        return Suspicion(promise.name, tuple(space.way_to(number))), space.dropped_on(number)
    if not space.complete:
        return None
    stuck = next(for_ever(space, promise), None)
    return going_on(space, promise, stuck) if stuck is not None else None


def going_on(space: Space, promise: Promise, stuck: Stuck) -> tuple[Suspicion, frozenset[str]]:
    """That a case may go on for ever from where it is stuck."""
    inside = set(stuck.round)
    dropped = set(space.dropped_on(stuck.number)) | space.dropped_where_refused({stuck.number, *inside})
    for n in stuck.round:
        for edge in space.edges[n]:
            if edge.there in inside:
                dropped |= edge.dropped
    steps = _fair_round(space, stuck.number, inside)
    return Suspicion(promise.name, tuple(space.way_to(stuck.number)), None, True, steps), frozenset(dropped)


def _fair_round(space: Space, number: int, inside: set[int]) -> tuple[Step, ...]:
    """A way round from a state back to it on which everything that is due comes, begins anew, or is not due any more."""
    if not inside:
        return ()
    steps: list[Step] = []
    here = number
    for item in sorted(due(space, number)):
        if not _settled(space, number, steps, item):
            part = _to(space, here, inside, partial(settles, space, item))
            if part is None:
                return _round(space, number, inside)
            here, more = part
            steps += more
    if here == number:
        return tuple(steps) or _round(space, number, inside)
    part = _to(space, here, inside, lambda edge: edge.there == number)
    return (*steps, *part[1]) if part is not None else _round(space, number, inside)


def _settled(space: Space, number: int, steps: Sequence[Step], item: str) -> bool:
    """Whether a way settles something already."""
    for step in steps:
        edge = next((e for e in space.edges[number] if Step(e.move) == step), None)
        if edge is None:
            return False
        if settles(space, item, edge):
            return True
        number = edge.there
    return False


def _to(
    space: Space, number: int, inside: set[int], wanted: Callable[[Edge], bool]
) -> tuple[int, list[Step]] | None:
    """The shortest way from a state over an edge that is wanted, and where it leads."""
    back: dict[int, tuple[int, Step]] = {}
    todo, begun = [number], {number}
    for here in todo:
        for edge in space.edges[here]:
            if edge.there not in inside:
                continue
            if wanted(edge):
                steps = [Step(edge.move)]
                while here != number:
                    here, step = back[here]
                    steps.append(step)
                return edge.there, steps[::-1]
            if edge.there not in begun:
                begun.add(edge.there)
                back[edge.there] = (here, Step(edge.move))
                todo.append(edge.there)
    return None


def _round(space: Space, number: int, inside: set[int]) -> tuple[Step, ...]:
    """The moves of one way round from a state back to it."""
    back: dict[int, tuple[int, Step]] = {}
    todo = [number]
    for here in todo:
        for edge in space.edges[here]:
            if edge.there == number and inside:
                steps = [Step(edge.move)]
                while here != number:
                    here, step = back[here]
                    steps.append(step)
                return tuple(reversed(steps))
            if edge.there in inside and edge.there not in back:
                back[edge.there] = (here, Step(edge.move))
                todo.append(edge.there)
    return ()


def free_on(suspicion: Suspicion) -> tuple[str, ...]:
    """The conditions on a way whose answer was chosen."""
    return tuple(
        dict.fromkeys(
            name for step in steps_of(suspicion) for kind, name, _ in step.chosen if kind == "condition"
        )
    )

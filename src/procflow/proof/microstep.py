"""One microstep of an abstract step: exits, what each transition does, entries, in the order of the engine's own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.chart import Chart
from procflow.core.procedure import After, Procedure, Transition
from procflow.core.step import MOST_MOVES
from procflow.proof.asked_outside import ONCE_MORE
from procflow.proof.lens import Lens
from procflow.proof.moves import Moves
from procflow.proof.oracle import Circle, Impossible, Wrong
from procflow.proof.plan import Plan
from procflow.proof.watching import StepWatching
from procflow.proof.world import World


class Passage(Struct, frozen=True, gc=False):
    """What one transition does to the states that are active."""

    left: frozenset[str]
    between: tuple[str, ...]  # active once everything was left
    entered: frozenset[str]
    arrived: tuple[str, ...]  # the same, in order
    after: tuple[str, ...]  # active in the end
    moments: frozenset[tuple[str, str]]
    closes: str  # the state that ends the case
    stopped: tuple[str, ...]  # times that no longer run
    started: tuple[After, ...]
    done: bool  # whether something is invoked, or an outer state may be done


_NOWHERE: frozenset[str] = frozenset()


class StepMoving(StepWatching):
    """The part of a step that takes transitions."""

    w: World
    lens: Lens
    plan: Plan
    procedure: Procedure
    moves: Moves
    chart: Chart
    passages: dict[tuple[str, tuple[str, ...]], Any]
    queue: deque[tuple[str, str]]
    opening: int
    began: int
    blurred: bool
    truth: Callable[[Any, World], bool]
    seen: set[Any]
    count: int
    several: int
    _set: Callable[[Sequence[tuple[str, Any]]], None]
    _counted: Callable[[str], None]
    _did: Callable[[str], None]
    _outside: Any
    _work_out: Any
    _opens: Any

    # which transitions

    def _event(self, name: str) -> bool:
        chosen = self._chosen("event", name)
        if chosen:
            self._microstep(chosen)
        return bool(chosen)

    def _event_of(self, state: str, name: str) -> bool:
        if self.w.within(state):
            for alternative in self.procedure.state[state].events_by_name.get(name, ()):
                if alternative.when is None or self.truth(alternative.when, self.w):
                    self._microstep([alternative])
                    return True
        return False

    def _chosen(self, kind: str, name: str) -> list[Transition]:
        found: list[Transition] = []
        active = self.w.active
        if len(active) == 1:
            for alternative in self.plan.taking(active[0], kind, name):
                if alternative.when is None or self.truth(alternative.when, self.w):
                    return [alternative]
            return found
        for leaf in active:
            for alternative in self.plan.taking(leaf, kind, name):
                if any(alternative is other for other in found):
                    break
                if alternative.when is None or self.truth(alternative.when, self.w):
                    found.append(alternative)
                    break
        if len(found) < 2:
            return found
        return self.chart.compatible(found, (*active, *self.plan.outer(active)), self.w.last)

    def _always(self) -> None:
        w, restless = self.w, self.plan.restless
        been: dict[Any, int] = {}  # and how much was chosen up to there
        while not w.closing and not restless.isdisjoint(w.active) and (chosen := self._chosen("always", "")):
            self._count(*self.queue)
            if self.count > 3:  # what waits to be raised hears of it only once it is over
                here, choices = self._here(), len(w.oracle.picked)
                if been.get(here) == choices:
                    raise Circle(self.lens.samples or not self.blurred)
                been[here] = choices
            self._microstep(chosen)

    def _raise_all(self) -> None:
        w = self.w
        while self.queue:
            name, state = self.queue.popleft()
            if w.closing:
                continue
            if state == ONCE_MORE:
                state = ""
                self._several(name)
            else:
                self._count((name, state), *self.queue)
            if self._event_of(state, name) if state else self._event(name):
                self._always()
            elif not state:
                w.lost.append(name)

    def _several(self, name: str) -> None:
        """An event that is raised for each thing of a list, of which it is not known how long it is: once more, or now for the
        last time. What comes round to where it was before is no other way."""
        w = self.w
        self.several += 1
        here = (name, self._here(), *self.queue)
        if here in self.seen or self.several > MOST_MOVES:
            raise Impossible
        self.seen.add(here)
        if w.oracle.pick(2):
            self.queue.appendleft((name, ONCE_MORE))

    def _here(self) -> tuple[Any, ...]:
        """Where the step stands."""
        w = self.w
        return (
            w.active,
            tuple([value if value.__hash__ else repr(value) for value in w.data.values()]),
            w.facts,
            tuple(w.atoms.items()),
            tuple(w.counts.values()),
            tuple(w.fresh.items()),
            frozenset(w.did),
            *(tuple(each.items()) for each in (w.today, w.monitors, w.gaps, w.clocks, w.pending, w.last)),
        )

    def _count(self, *waiting: tuple[str, str]) -> None:
        """Notice a step that goes in circles: it was where it stands before, with the same waiting to be raised."""
        self.count += 1
        if self.count > 3:
            here = (self._here(), *waiting)
            if here in self.seen or self.count > MOST_MOVES:
                raise Circle(self.lens.samples or (here in self.seen and not self.blurred))
            self.seen.add(here)

    # one microstep

    def _begin(self) -> None:
        entered = self.chart.opening(self.procedure.initial)
        self._arrive(entered, {("opening", "")}, whole=True)
        self._enter(entered)
        self._judge(("opening", ""))

    def _microstep(self, taken: list[Transition]) -> None:
        if len(taken) == 1 and (passage := self._passage(taken[0])) is not None:
            self._pass(taken[0], passage)
            return
        w, chart = self.w, self.chart
        if any(transition.refuse is not None for transition in taken):
            raise Wrong if self.w.by_itself else Impossible
        moves = [self._moved(transition) for transition in taken]
        self._leave([state for left, _ in reversed(moves) for state in left])
        entered = self._entered(taken, [domain for _, domain in moves])
        w.not_yet = frozenset(entered)
        for n, (transition, (left, domain)) in enumerate(zip(taken, moves, strict=True), 1):
            own = entered
            if len(taken) > 1:
                own = [s for s in entered if transition.to and chart.is_inside(s, domain)]
            w.taken.append(transition.id)
            if transition.kind == "choice" and n == 1:
                self._counted(transition.name)
            self._set(transition.sets)
            moments: set[tuple[str, str]] = {(transition.kind, transition.name)}
            moments |= {("leaving", state) for state in left}
            self._arrive(own, moments, whole=n == len(taken))
            self._effects(transition.effects)
        self._enter(entered)
        self._judge((taken[0].kind, taken[0].name))

    def _pass(self, transition: Transition, passage: Passage) -> None:
        """The same for one transition on which no effect is noticed as states are left and entered."""
        w, lens = self.w, self.lens
        for id in passage.stopped:
            w.pending.pop(f"after:{id}", None)
            w.clocks.pop(f"fired:{id}", None)
        w.waiting.difference_update(passage.left)
        w.active = passage.between
        w.not_yet = passage.entered
        w.taken.append(transition.id)
        if transition.kind == "choice":
            self._counted(transition.name)
        if transition.sets:
            self._set(transition.sets)
        w.active = passage.after
        w.entered += passage.arrived
        if passage.closes:
            w.closing, w.closed = True, passage.closes
        w.not_yet = _NOWHERE
        if lens.clocks or w.changed:
            self._clocks(passage.moments, whole=True)
        for after in passage.started:
            if self._has_value(after.time):
                w.pending[f"after:{after.id}"] = self.began + self.opening
                w.armed.add(f"after:{after.id}")
        if transition.effects:
            w.not_yet = passage.entered
            self._effects(transition.effects)
            w.not_yet = _NOWHERE
        if passage.done:
            self._enter(passage.arrived)
        if lens.promises:
            self._judge((transition.kind, transition.name))

    def _passage(self, transition: Transition) -> Passage | None:
        """What it does to the states, worked out once; None where that hangs on more."""
        key = (transition.id, self.w.active)
        found: Passage | bool | None = self.passages.get(key)
        if found is None:
            found = self.passages[key] = self._made(transition) or False
        return found if isinstance(found, Passage) else None

    def _made(self, transition: Transition) -> Passage | None:
        chart, active = self.chart, self.w.active
        if transition.refuse is not None or transition.back:
            return None
        left, domain = self._moved(transition)
        entered = self._entered([transition], [domain])
        states = [self.procedure.state[name] for name in left]
        arrived = [self.procedure.state[name] for name in entered]
        effects = any(s.exit for s in states) or any(s.entry for s in arrived)
        if (effects and self.lens.looks_at_effects) or any(name in chart.remembered for name in left):
            return None
        between = tuple([leaf for leaf in active if leaf not in left])
        leaves = [name for name in entered if not chart.inside[name]]
        moments = {(transition.kind, transition.name)}
        moments |= {("leaving", name) for name in left} | {("entering", name) for name in entered}
        return Passage(
            frozenset(left),
            between,
            frozenset(entered),
            tuple(entered),
            tuple(sorted({*between, *leaves}, key=chart.order.__getitem__)),
            frozenset(moments),
            next((s.name for s in reversed(arrived) if s.ends_the_case), ""),
            tuple([after.id for s in states for after in s.after]),
            tuple([after for s in arrived for after in s.after]),
            any(s.invoke is not None or (s.final and s.parent) for s in arrived),
        )

    def _moved(self, transition: Transition) -> tuple[list[str], str]:
        """What it leaves, and the state in which it empties everything."""
        key = (transition.id, self.w.active)
        found = self.plan.left.get(key)
        if found is None or transition.back:
            active = (*self.w.active, *self.plan.outer(self.w.active))
            left = self.chart.left(transition, active, self.w.last)
            found = self.plan.left[key] = (left, self.chart.domain(transition, self.w.last))
        return found

    def _entered(self, taken: list[Transition], domains: list[str]) -> list[str]:
        key = tuple([item.id for item in taken])
        found = self.plan.entered.get(key)
        if found is None or any(item.back for item in taken):
            found = self.plan.entered[key] = self.chart.entered(taken, self.w.last, domains)
        return found

    def _leave(self, states: Sequence[str]) -> None:
        w, chart, before = self.w, self.chart, self.w.active
        for name in states:
            state = self.procedure.state[name]
            self._effects(state.exit)
            if name in chart.remembered:
                w.last[name] = tuple([leaf for leaf in before if chart.is_inside(leaf, name)])
            w.waiting.discard(name)
            for after in state.after:
                w.pending.pop(f"after:{after.id}", None)
                w.clocks.pop(f"fired:{after.id}", None)
            w.active = tuple([leaf for leaf in w.active if leaf != name])

    def _arrive(self, states: Sequence[str], moments: set[tuple[str, str]], *, whole: bool) -> None:
        w, chart = self.w, self.chart
        leaves = [name for name in states if not chart.inside[name]]
        if leaves:
            w.active = tuple(sorted({*w.active, *leaves}, key=chart.order.__getitem__))
        for name in states:
            w.entered.append(name)
            moments.add(("entering", name))
            if self.procedure.state[name].ends_the_case:
                w.closing, w.closed = True, name
        not_yet, w.not_yet = w.not_yet, frozenset()
        self._clocks(moments, whole=whole)
        w.not_yet = not_yet
        for name in states:
            for after in self.procedure.state[name].after:
                if self._has_value(after.time):
                    w.pending[f"after:{after.id}"] = self.began + self.opening
                    w.armed.add(f"after:{after.id}")

    def _enter(self, states: Sequence[str]) -> None:
        w = self.w
        for name in states:
            w.not_yet = w.not_yet - {name}
            state = self.procedure.state[name]
            self._effects(state.entry)
            if state.invoke is not None:
                if w.by_itself and id(state.invoke) in self.plan.risks:
                    self._work_out(state.invoke)
                w.waiting.add(name)
                w.armed.add(f"answer:{name}")
                self._did(state.invoke.operation)
                if self.lens.opens and state.invoke.procedure:
                    self._opens(state.invoke, state.invoke.procedure, state.invoke.parameters)
                if self.lens.outside:
                    self._outside(state.invoke, state.invoke.operation, state.invoke.parameters)
            if state.final and state.parent:
                for outer in self.chart.done(name, w.within):
                    if "done" in self.procedure.state[outer].events_by_name:
                        self.queue.append(("done", outer))

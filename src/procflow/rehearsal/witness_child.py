"""What other cases do to the one that a witness is about: they open it, and they end where it waits for them.

Best first: of everything that can be tried in the other case, what lies nearest to what is wanted of it. It must not
know why that is wanted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from procflow.core.clocks import due_items
from procflow.core.expressions import Template
from procflow.core.procedure import Effect, Procedure, State
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_moves import Attempt, Moves
from procflow.rehearsal.witness_scene import Scene, Step

_MOST_SCENES = 250
_MOST_OF_ONE = 10
_MOST_BEGUN = 6  # others that stand beside the case, each opened with something else
_FAR = 99


@dataclass(frozen=True)
class Children:
    """The cases that a case invokes. `moves_of` gives the moves of a procedure by its name."""

    moves_of: Callable[[str], Moves]

    def ends(
        self, scene: Scene, state: str, kind: str, step: Any, spend: Callable[[], None]
    ) -> Iterator[Attempt]:
        """Attempts that bring the case invoked by a state to the end that the way's step chose, or to any."""
        invoke = scene.procedure.state[state].invoke
        if invoke is None or not invoke.procedure or kind != "done":
            return
        wanted = next((str(v) for what, name, v in step.chosen if what == "outcome"), "")
        visit = scene.case.visit(state)
        waiting = next((w for w in scene.case.waiting.values() if w.answers == visit), None)
        if waiting is None or waiting.case not in scene.stage.cases:
            return
        for steps in self._to_the_end(scene, waiting.case, wanted, spend):
            yield Attempt(steps)

    def _to_the_end(
        self, scene: Scene, child: str, outcome: str, spend: Callable[[], None]
    ) -> Iterator[tuple[Step, ...]]:
        procedure = scene.stage.procedure_of(child)
        ends = {state.name for state in procedure.states if state.ends_the_case and _may_be(state, outcome)}
        begin = replace(scene.fork(), case_id=child)
        begin.new_rows()
        for after, steps in self._beyond(begin, (), distances(procedure, ends), spend):
            if after.case.is_closed and outcome in ("", after.case.outcome):
                yield steps

    def opens(
        self, scene: Scene, caller: str, target: str, event: str, spend: Callable[[], None], depth: int = 2
    ) -> Iterator[Attempt]:
        """Attempts in which a case of `caller` opens one of `target`: it starts or invokes it, or sends the event."""
        if caller not in scene.stage.cast.procedures:
            return
        definition = scene.stage.cast.procedures[caller]
        places = opening_states(definition, target, event)
        if not places:
            return
        far = distances(definition, places)
        moves = self.moves_of(caller)
        for steps in self._openings(scene, caller, moves, spend, depth):
            begin = scene.fork()
            if not begin.goes(*steps):
                continue
            if begin.case_id or begin.refused_start():
                yield Attempt(steps)
                continue
            mine = next((c for c in begin.stage.cases if begin.stage.load(c).row.procedure == caller), "")
            if not mine:
                continue
            there = replace(begin, case_id=mine)
            there.new_rows()
            for after, more in self._beyond(there, steps, far, spend):
                if after.opened(target) or after.refused_start():
                    yield Attempt(more)

    def cases_of(self, scene: Scene, name: str, spend: Callable[[], None]) -> Iterator[Scene]:
        """Scenes in which a case of a procedure was opened and stands somewhere, the nearest to its opening first."""
        if name == scene.performance.procedure:
            begun = list(self._opened(scene, name, spend, _MOST_BEGUN))
        else:
            begun = list(islice(self._opened_beside(scene, name, spend), _MOST_BEGUN))
        yield from begun
        for begin in begun:
            for after, _ in self._beyond(begin, (), {}, spend):
                yield after

    def _opened_beside(self, scene: Scene, name: str, spend: Callable[[], None]) -> Iterator[Scene]:
        """The same of a procedure that is another one than the scene is about."""
        for steps in self._openings(scene, name, self.moves_of(name), spend, 1):
            begin = scene.fork()
            if not begin.goes(*steps):
                continue
            mine = next((c for c in begin.stage.cases if begin.stage.load(c).row.procedure == name), "")
            if mine:
                there = replace(begin, case_id=mine)
                there.new_rows()
                yield there

    def _opened(self, scene: Scene, name: str, spend: Callable[[], None], most: int = 3) -> Iterator[Scene]:
        moves = self.moves_of(name)
        starts = [str(n) for n, start in enumerate(moves.procedure.starts) if start.kind != "event"]
        for start in starts or [""]:
            for attempt in islice(moves.of(scene, "open", start, "", {}), most):
                spend()
                begin = scene.fork()
                if begin.goes(*attempt.steps) and begin.case_id:
                    begin.new_rows()
                    yield begin

    def wander(
        self,
        scene: Scene,
        name: str,
        breaks: Callable[[Scene, Any], Scene | None],
        wanted: Collection[str],
        spend: Callable[[], None],
    ) -> Scene | None:
        """Try everything in a case and in those that it opens, until something breaks; transitions `wanted` first."""
        todo: list[tuple[int, int, int, Scene, frozenset[str]]] = []
        seen: set[str] = set()
        for begin in self._opened(scene, name, spend):
            heapq.heappush(todo, (0, 0, len(todo), begin, frozenset()))
        count = len(todo)
        while todo and count < _MOST_SCENES:
            _, long, _, here, gone = heapq.heappop(todo)
            for case_id in here.stage.cases:
                other = here if case_id == here.case_id else replace(here, case_id=case_id)
                if other.case.is_closed:
                    continue
                for attempt in everything(self.moves_of(other.procedure.name), other):
                    spend()
                    after = here.fork()
                    refusal: Any = None
                    try:
                        for step in attempt.steps:
                            refusal = refusal or after.act(step)
                    except Endless:
                        continue
                    rows = after.new_rows()
                    mark = repr([_stands(after, each) for each in after.stage.cases])
                    if refusal is None and mark in seen:
                        continue
                    found = breaks(after, refusal)
                    if found is not None:
                        return found
                    if refusal is not None:
                        continue
                    seen.add(mark)
                    count += 1
                    on = gone | {taken for row in rows for taken in row.taken if taken in wanted}
                    heapq.heappush(todo, (long + 1 - 3 * len(on), long + 1, count, after, on))
        return None

    def _openings(
        self, scene: Scene, caller: str, moves: Moves, spend: Callable[[], None], depth: int
    ) -> Iterator[tuple[Step, ...]]:
        for n, start in enumerate(moves.procedure.starts):
            if start.kind != "event":
                for attempt in islice(moves.of(scene, "open", str(n), "", {}), _MOST_OF_ONE):
                    spend()
                    yield tuple(_of_procedure(step, caller) for step in attempt.steps)
        if depth and not any(start.kind != "event" for start in moves.procedure.starts):
            for name in scene.stage.cast.procedures:
                for attempt in islice(self.opens(scene, name, caller, "", spend, depth - 1), 3):
                    yield attempt.steps

    def _beyond(
        self, begin: Scene, first: tuple[Step, ...], far: Mapping[str, int], spend: Callable[[], None]
    ) -> Iterator[tuple[Scene, tuple[Step, ...]]]:
        """Every scene that the case of `begin` can be brought to, the nearest first, with the steps to it."""
        moves = self.moves_of(begin.procedure.name)
        todo: list[tuple[int, int, int, Scene, tuple[Step, ...]]] = [(0, 0, 0, begin, first)]
        seen: set[str] = set()
        count = 0
        while todo and count < _MOST_SCENES:
            _, _, _, here, steps = heapq.heappop(todo)
            if here.case.is_closed:
                continue
            for attempt in everything(moves, here):
                spend()
                after = here.fork()
                if not after.goes(*attempt.steps):
                    continue
                case = after.case
                mark = repr((case.active, sorted(case.data.items(), key=lambda each: each[0]), case.who, case.counts,
                             len(after.stage.cases)))  # fmt: skip
                if mark in seen:
                    continue
                seen.add(mark)
                count += 1
                more = (*steps, *attempt.steps)
                yield after, more
                away = min((far.get(name, _FAR) for name in case.active), default=_FAR)
                heapq.heappush(todo, (away, len(more), count, after, more))


def _stands(scene: Scene, case_id: str) -> tuple[Any, ...]:
    case = scene.stage.load(case_id).plain
    data = sorted(case.data.items(), key=lambda each: each[0])
    clocks = sorted((name, clock.state) for name, clock in case.clocks.items())
    promises = sorted((name, monitor.state) for name, monitor in case.promises.items())
    return (case.active, data, case.who, case.counts, clocks, promises, sorted(case.missed), case.is_closed)


def _of_procedure(step: Step, procedure: str) -> Step:
    """An opening that says of which procedure."""
    if "open" not in step:
        return step
    return {**step, "open": {"procedure": procedure, **step["open"]}}


def opening_states(definition: Procedure, target: str, event: str) -> frozenset[str]:
    """The states in which, or on the way out of which, a procedure opens a case of another one."""

    def opens(effects: Collection[Effect]) -> bool:
        for effect in effects:
            given = effect.parameters if isinstance(effect.parameters, Mapping) else {}
            if effect.operation == "start" and str(given.get("procedure")) == target and not event:
                return True
            to = given.get("to")
            named = str(to.get("procedure")) if isinstance(to, Mapping) else ""
            if effect.operation == "signal" and event and (named, str(given.get("name"))) == (target, event):
                return True
        return False

    found = set()
    for state in definition.states:
        invoked = state.invoke is not None and state.invoke.procedure == target and not event
        if (
            invoked
            or opens(state.entry)
            or opens(state.exit)
            or any(opens(t.effects) for t in state.transitions())
        ):
            found.add(state.name)
    for deadline in definition.deadlines:
        if opens(deadline.warn) or opens(deadline.missed):
            found.update(state.name for state in definition.states)
    return frozenset(found)


def everything(moves: Moves, scene: Scene, most: int = _MOST_OF_ONE) -> Iterator[Attempt]:
    """Attempts at everything that may happen to an open case, some of each kind."""
    case, procedure = scene.case, scene.procedure
    active = [procedure.state[name] for name in (*case.active, *case.around)]
    events: list[str] = []
    for state in active:
        for choice in state.choices:
            yield from islice(moves.of(scene, "choice", choice.name, state.name, {}), most)
        events += [
            name for name in state.events_by_name if name not in ("done", "failed", *procedure.deadline)
        ]
        if state.invoke is not None and not state.invoke.procedure:
            for kind in ("done", "failed"):
                yield from islice(moves.of(scene, kind, state.name, state.name, {}), most)
    for event in dict.fromkeys(events):
        yield from islice(moves.of(scene, "message" if event == "message" else "event", event, "", {}), most)
    for _, _, _, item in due_items(procedure, case)[:1]:
        kind, _, name = item.partition(":")
        if kind in ("missed", "warn", "after", "promise"):
            yield from moves.of(scene, kind, name, "", {})


def distances(procedure: Procedure, wanted: Collection[str]) -> Mapping[str, int]:
    """How many transitions lie between each state and the nearest of those wanted."""
    back: dict[str, list[str]] = {}
    for transition in procedure.transitions():
        if transition.to is not None and transition.to != "self":
            back.setdefault(str(transition.to), []).append(transition.source)
    for state in procedure.states:
        if state.parent:  # what leaves an outer state leaves the inner ones
            back.setdefault(state.parent, []).append(state.name)
            if state.name == procedure.state[state.parent].initial:
                back.setdefault(state.name, []).append(state.parent)
    far = dict.fromkeys(wanted, 0)
    todo: Sequence[str] = list(far)
    while todo:
        following = []
        for name in todo:
            for source in back.get(name, ()):
                if source not in far:
                    far[source] = far[name] + 1
                    following.append(source)
        todo = following
    return far


def _may_be(state: State, outcome: str) -> bool:
    said = state.outcome
    if isinstance(said, Template):
        if not said.is_static:
            return True
        said = "".join(map(str, said.parts))
    return outcome in ("", str(said if said is not None else state.name))

"""Brings a case that was invoked to its end, so that the one that waits for it goes on.

Best first: of everything that can be tried in the case, what lies nearest to the end that is wanted. It must not
know why that end is wanted.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from procflow.core.clocks import due_items
from procflow.core.expressions import Template
from procflow.core.procedure import Procedure, State
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_moves import Attempt, Moves
from procflow.rehearsal.witness_scene import Scene, Step

_MOST_SCENES = 250
_MOST_OF_ONE = 10
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
        moves = self.moves_of(procedure.name)
        far = distances(procedure, outcome)
        begin = replace(scene.fork(), case_id=child)
        begin.new_rows()
        todo: list[tuple[int, int, int, Scene, tuple[Step, ...]]] = [(0, 0, 0, begin, ())]
        seen: set[str] = set()
        count = 0
        while todo and count < _MOST_SCENES:
            _, _, _, here, steps = heapq.heappop(todo)
            for attempt in everything(moves, here):
                spend()
                after = here.fork()
                try:
                    if any(after.act(each) is not None for each in attempt.steps):
                        continue
                except Endless:
                    continue
                case = after.case
                if case.is_closed:
                    if outcome in ("", case.outcome):
                        yield (*steps, *attempt.steps)
                    continue
                mark = repr(
                    (case.active, sorted(case.data.items(), key=lambda each: each[0]), case.who, case.counts)
                )
                if mark in seen:
                    continue
                seen.add(mark)
                count += 1
                away = min((far.get(name, _FAR) for name in case.active), default=_FAR)
                heapq.heappush(todo, (away, len(steps), count, after, (*steps, *attempt.steps)))


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


def distances(procedure: Procedure, outcome: str) -> Mapping[str, int]:
    """How many transitions lie between each state and an end with that outcome ("": any)."""
    back: dict[str, list[str]] = {}
    for transition in procedure.transitions():
        if transition.to is not None and transition.to != "self":
            back.setdefault(str(transition.to), []).append(transition.source)
    for state in procedure.states:
        if state.parent:  # what leaves an outer state leaves the inner ones
            back.setdefault(state.parent, []).append(state.name)
            if state.name == procedure.state[state.parent].initial:
                back.setdefault(state.name, []).append(state.parent)
    far = {state.name: 0 for state in procedure.states if state.ends_the_case and _may_be(state, outcome)}
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

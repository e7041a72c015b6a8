"""What is tried for one step of a way: as things stand, at the last moment, or after something around the case changed.

It must not know how a search goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from procflow.core.procedure import Procedure, Promise
from procflow.rehearsal.witness_attempts import Attempt
from procflow.rehearsal.witness_child import Children
from procflow.rehearsal.witness_circumstances import circumstances, last_moment, people_change
from procflow.rehearsal.witness_moves import ACTS, Moves
from procflow.rehearsal.witness_scene import Scene, Step
from procflow.rehearsal.witness_wishes import hinted

#: Moves that time makes, while what was asked for is still under way.
BY_TIME = frozenset({"missed", "warn", "after", "promise"})
_MOST_DELAYED = 6
#: Of what is tried at the last moment.
_MOST_HURRIED = 2


class Turns:
    """The part of a search that says what may be tried at a place of the way."""

    moves: Moves
    procedure: Procedure
    way: Sequence[Any]
    last: Any
    goal: Any
    promise: Promise | None
    children: Children | None
    whole: list[Any]
    _spend: Callable[..., None]

    def _plain(self, scene: Scene, place: int, people: dict[int, str]) -> Iterator[Attempt]:
        """The step as things stand now."""
        step = self.whole[place]
        kind, name, state = step.move.kind, step.move.name, step.move.state
        if self.children is not None and kind in ("done", "failed"):
            yield from self.children.ends(scene, state or name, kind, step, self._spend)
        if kind == "open" and (other := self._opened_by(name)):
            yield from other(scene)
        elif not self._on_a_new_day(place):
            yield from self.moves.of(scene, kind, name, state, self._hints(scene, place, people))

    def _at_the_last(self, scene: Scene, place: int, people: dict[int, str]) -> Iterator[Attempt]:
        """The step right before time would move the case, in the likeliest ways; then as things stand now."""
        move = self.whole[place].move
        wait = last_moment(self.moves, scene) if move.kind in ACTS and move.kind != "open" else ()
        ready = scene.fork()
        if wait and ready.goes(*wait):
            for attempt in islice(self._plain(ready, place, people), _MOST_HURRIED):
                yield attempt.after(wait)
        yield from islice(self._plain(scene, place, people), _MOST_HURRIED)

    def _otherwise(self, scene: Scene, place: int, people: dict[int, str]) -> Iterator[Attempt]:
        """The step after time has passed, or when something around the case is otherwise."""
        move = self.whole[place].move
        if move.kind == "open" and self._opened_by(move.name):
            return
        hints = self._hints(scene, place, people)
        if move.kind in ACTS:
            late = self.promise is not None and self.promise.within is not None
            around = circumstances(self.moves, scene, move.kind == "open", late)
        else:
            around = people_change(self.moves, scene)  # it comes when it comes
        for before in around:
            ready = scene.fork()
            self._spend()
            if not ready.goes(*before):
                continue
            limit = None if self._on_a_new_day(place) else _MOST_DELAYED
            for attempt in islice(self.moves.of(ready, move.kind, move.name, move.state, hints), limit):
                yield attempt.after(before)

    def _on_a_new_day(self, place: int) -> bool:
        return any(what == "day" and value for what, _, value in self.whole[place].chosen)

    def _hints(self, scene: Scene, place: int, people: dict[int, str]) -> dict[str, list[Any]]:
        """What the prover chose for this step, and who acts: the same person for the same number, else others."""
        hints = hinted(self.procedure, self.way, self.last, place)
        actor = next((value for what, _, value in self.whole[place].chosen if what == "actor"), None)
        if actor in people:
            hints["by"] = [people[actor]]
        elif actor is not None and people:
            hints["by"] = [p for p in scene.surroundings.organisation.people if p not in people.values()]
        return hints

    def _opened_by(self, name: str) -> Callable[[Scene], Iterator[Attempt]] | None:
        """How the case is opened, where another one opens it."""
        children = self.children
        if children is None:
            return None
        if name.startswith("by:"):
            caller = name.removeprefix("by:")
            return lambda scene: children.opens(scene, caller, self.procedure.name, "", self._spend)
        start = self.procedure.starts[int(name)] if name else None
        if start is None or start.kind != "event":
            return None
        event = start.name

        def opened(scene: Scene) -> Iterator[Attempt]:
            for caller in scene.stage.cast.procedures:
                yield from children.opens(scene, caller, self.procedure.name, event, self._spend)

        return opened

    def _known(self, people: dict[int, str], place: int, attempt: Attempt) -> dict[int, str]:
        actor = next((v for what, _, v in self.whole[place].chosen if what == "actor"), None)
        by = attempt.steps[-1].get("by")
        return {**people, actor: by} if actor is not None and by else people

    def _later(self, place: int) -> list[Step]:
        """The answers that come before anybody acts again, so that they are waited for and do not just arrive."""
        found: list[Step] = []
        if self.whole[place].move.kind in BY_TIME:
            found += self._under_way()
        for step in self.whole[place + 1 :]:
            move = step.move
            if move.kind in ("done", "failed"):
                invoke = self.procedure.state[move.state or move.name].invoke
                if invoke is not None and not invoke.procedure:
                    found.append({"deliver": invoke.operation})
            elif move.kind in BY_TIME:
                found += self._under_way()
                break
            elif move.kind in ACTS:
                break
        else:
            if self.goal.kind == "round":  # what was asked for last in a round is answered in the next one
                found += [step for step in self._under_way() if step not in found]
        return found

    def _under_way(self) -> list[Step]:
        """Everything that a state waits for: what time brings may come before its answer."""
        invoked = [s.invoke for s in self.procedure.states if s.invoke is not None and not s.invoke.procedure]
        return [{"deliver": operation} for operation in dict.fromkeys(each.operation for each in invoked)]

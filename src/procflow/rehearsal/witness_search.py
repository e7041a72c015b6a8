"""Goes a way of the prover's in the real engine: for each of its steps one that takes the same transitions.

Depth first, the likeliest values first, with a bound on what is tried. It must not know how a witness is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from msgspec import Struct

from procflow.core.procedure import Procedure, Promise
from procflow.core.refusals import Refusal
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_child import Children
from procflow.rehearsal.witness_moves import ACTS, Attempt, Moves
from procflow.rehearsal.witness_rest import for_ever
from procflow.rehearsal.witness_scene import Row, Scene, Step
from procflow.rehearsal.witness_wishes import Wish, fields_set, hinted, unmet, wishes_of

#: Steps that one search may try.
BUDGET = 4000
#: Of one step of the way, how many that went well are gone on from.
_MOST_VARIANTS = 12
_MOST_DELAYED = 6


class Goal(Struct, frozen=True):
    """What the end of the way must show: refused, broken (alarmed), open (nothing keeps it any more), or reached."""

    kind: str
    promise: str = ""


class Stopped(Exception):
    """As many steps were tried as may be."""


@dataclass
class Search:
    """One search. After it failed, `deepest` is how far it came and `why` what stood in the way there."""

    moves: Moves
    procedure: Procedure
    way: Sequence[Any]
    last: Any
    goal: Goal
    promise: Promise | None = None
    children: Children | None = None
    budget: int = BUDGET
    deepest: int = -1
    why: str = ""
    tried: int = 0
    _dead: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        whole = [*self.way, *([self.last] if self.last is not None else [])]
        self.whole = whole
        self.wishes = wishes_of(self.procedure, whole, self.promise)
        self.sets = [fields_set(self.procedure, step) for step in whole]
        self.people: dict[int, str] = {}

    def run(self, scene: Scene) -> Scene | None:
        """The scene at the end of the way; None where it could not be gone."""
        try:
            return self._from(scene, 0, {})
        except Stopped:
            return None

    def _from(self, scene: Scene, place: int, people: dict[int, str]) -> Scene | None:
        if place >= len(self.way):
            return self._end(scene, people)
        mark = f"{place} {_mark(scene)}"
        if mark in self._dead:
            return None
        for after, there, known in islice(self._onwards(scene, place, people), _MOST_VARIANTS):
            found = self._from(after, there, known)
            if found is not None:
                return found
        self._dead.add(mark)
        return None

    def _onwards(
        self, scene: Scene, place: int, people: dict[int, str]
    ) -> Iterator[tuple[Scene, int, dict[int, str]]]:
        """Scenes after this step of the way: those whose data suit what follows, then the others."""
        later: list[tuple[int, int, Scene, int, dict[int, str]]] = []
        for attempt in self._attempts(scene, place, people):
            after, there = self._tried(scene, attempt, place)
            if after is None:
                continue
            known = self._known(people, place, attempt)
            missing = unmet(self._wished(there), after)
            if missing == 0:
                yield after, there, known
            elif len(later) < 60:
                later.append((missing, len(later), after, there, known))
        for _, _, after, there, known in sorted(later, key=lambda each: each[:2]):
            yield after, there, known

    def _wished(self, place: int) -> list[Wish]:
        """The wishes that the data can meet from here on, because nothing sets them before they are looked at."""
        found = []
        for wish in self.wishes:
            if wish.step >= place and not any(
                wish.fields & sets for sets in self.sets[place : wish.step + 1]
            ):
                found.append(wish)
        return found

    # attempts

    def _attempts(self, scene: Scene, place: int, people: dict[int, str]) -> Iterator[Attempt]:
        step = self.whole[place]
        kind, name, state = step.move.kind, step.move.name, step.move.state
        hints = hinted(self.procedure, self.way, self.last, place)
        actor = next((value for what, _, value in step.chosen if what == "actor"), None)
        if actor in people:
            hints["by"] = [people[actor]]
        elif actor is not None and people:
            others = [p for p in scene.surroundings.organisation.people if p not in people.values()]
            hints["by"] = others
        if self.children is not None and kind in ("done", "failed"):
            yield from self.children.ends(scene, state or name, kind, step, self._spend)
        if kind == "open" and (other := self._opened_by(name)):
            yield from other(scene)
            return
        new_day = any(what == "day" and value for what, _, value in step.chosen)
        if not new_day:
            yield from self.moves.of(scene, kind, name, state, hints)
        if kind not in ACTS:
            return
        first = self.moves.preludes() if kind == "open" else ()
        for before in (*first, *self.moves.delays(scene), *self.moves.absences(scene)):
            ready = scene.fork()
            self._spend()
            if any(ready.act(each) is not None for each in before):
                continue
            limit = None if new_day else _MOST_DELAYED
            for attempt in islice(self.moves.of(ready, kind, name, state, hints), limit):
                yield attempt.after(before)

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
        for step in self.whole[place + 1 :]:
            move = step.move
            if move.kind in ("done", "failed"):
                invoke = self.procedure.state[move.state or move.name].invoke
                if invoke is not None and not invoke.procedure:
                    found.append({"deliver": invoke.operation})
            elif move.kind in ACTS:
                break
        return found

    def _spend(self) -> None:
        self.tried += 1
        if self.tried > self.budget:
            raise Stopped

    def _tried(self, scene: Scene, attempt: Attempt, place: int) -> tuple[Scene | None, int]:
        """(the scene after the attempt, how far on the way it is); None where it went another way."""
        self._spend()
        after = scene.fork()
        later = self._later(place)
        try:
            for step in attempt.steps:
                refusal = after.act(step, later)
                if refusal is not None:
                    self._learn(attempt, step, refusal, place)
                    return None, place
        except Endless as problem:
            self._failed(place, str(problem))
            return None, place
        rows = after.new_rows()
        there = self._gone(rows, place)
        if there <= place:
            self._failed(place, _told(rows))
            return None, place
        if self.deepest < there:
            self.deepest, self.why = there, ""
        return after, there

    def _learn(self, attempt: Attempt, step: Step, refusal: Refusal | str, place: int) -> None:
        if isinstance(refusal, Refusal):
            if attempt.learn is not None and refusal.code == "input":
                attempt.learn(refusal)
            self._failed(place, refusal.words("en"))
        else:
            self._failed(place, refusal)

    def _failed(self, place: int, why: str) -> None:
        if place >= self.deepest:
            self.deepest, self.why = place, why or self.why

    def _gone(self, rows: Sequence[Row], place: int) -> int:
        """How far the case's steps lead on the way; -1 where they leave it."""
        there = place
        for row in rows:
            if there < len(self.way) and _is_step(row, self.way[there]):
                there += 1
            elif not row.is_quiet:
                return -1
        return there

    # the end

    def _end(self, scene: Scene, people: dict[int, str]) -> Scene | None:
        place = len(self.way)
        self.deepest = max(self.deepest, place)
        if self.last is not None:
            for attempt in self._attempts(scene, place, people):
                self._spend()
                after = scene.fork()
                shown = False
                for step in attempt.steps:
                    refusal = after.act(step, self._later(place))
                    if isinstance(refusal, Refusal):
                        broken = (
                            refusal.code == "promise" and refusal.facts.get("promise") == self.goal.promise
                        )
                        shown = shown or broken
                        if not broken:
                            self._learn(attempt, step, refusal, place)
                if shown or after.stuck_by(self.goal.promise) or after.refused_start(self.goal.promise):
                    return after
            self._failed(place, "the step can be taken, and the promise holds")
            return None
        found: Scene | None = scene
        if self.goal.kind == "refused":
            found = scene if scene.stuck_by(self.goal.promise) else None
        elif self.goal.kind == "broken":
            found = scene if scene.promise(self.goal.promise) == "broken" else None
        elif self.goal.kind == "open":
            found = for_ever(scene, self.goal.promise, self._spend)
        if found is None:
            self._failed(place, "the way can be gone, and the promise holds at its end")
        return found


def _is_step(row: Row, step: Any) -> bool:
    """Whether what the case did is this step of the way."""
    move = step.move
    if step.taken and sorted(row.taken) != sorted(step.taken):
        return False
    if move.kind in ("message", "event") and not row.taken:
        return False  # nobody took it
    if move.kind in ("missed", "warn", "after", "promise"):
        return row.kind == "time" and row.name == f"{move.kind}:{move.name}"
    if move.kind in ("done", "failed"):
        return row.kind == "answer"
    if move.kind == "choice":
        return row.kind == "choice" and row.name.rpartition(".")[2] == move.name
    if move.kind == "event":
        return row.kind == "event" and row.name == move.name
    return row.kind == move.kind or (move.kind == "open" and row.kind == "open")


def _told(rows: Sequence[Row]) -> str:
    taken = [name for row in rows for name in row.taken]
    return f"it went another way: {', '.join(taken)}" if taken else "nothing came of it"


def _mark(scene: Scene) -> str:
    """Scenes with the same mark go on in the same way."""
    if not scene.case_id:
        return scene.now.isoformat()
    case = scene.case
    facts = (
        case.active,
        sorted(case.data.items(), key=lambda each: each[0]),
        case.who,
        case.counts,
        sorted(case.clocks),
        case.now,
    )
    return repr((*facts, scene.now, len(scene.stage.cases)))

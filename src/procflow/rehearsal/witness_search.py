"""Goes a way of the prover's in the real engine: for each of its steps one that takes the same transitions.

Depth first, the likeliest values first, with a bound on what is tried. It must not know how a witness is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from msgspec import Struct

from procflow.core.procedure import Procedure, Promise
from procflow.core.refusals import Refusal
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.witness_child import Children
from procflow.rehearsal.witness_endings import Ending, hangs
from procflow.rehearsal.witness_moves import Attempt, Moves
from procflow.rehearsal.witness_rest import for_ever, goes_round
from procflow.rehearsal.witness_scene import Row, Scene, Step
from procflow.rehearsal.witness_steps import WORDS, is_step, mark_of
from procflow.rehearsal.witness_turns import Turns
from procflow.rehearsal.witness_wishes import Wish, fields_set, unmet, wishes_of

#: Steps that one search may try.
BUDGET = 4000
#: Steps of all cases that cost as much as one more try: where cases signal each other, one try may take hundreds.
_STEPS_OF_A_TRY = 50
#: Of one step of the way, how many that went well are gone on from.
_MOST_VARIANTS = 40
_MOST_OTHERS = 16
_HOW_MANY = frozenset(range(2, 6))  # other cases that stand alike
_MOST_ALIKE = 3
_MOST_LATER = 60
#: Which part of the steps may be tried with each step taken at the last moment.
_HURRIED = 10
_MOST_TOLD = 5  # transitions, of the way that was gone instead


class Goal(Struct, frozen=True):
    """What the end of the way must show: refused, broken (alarmed), open (nothing keeps it any more), round (the last
    `round` moves can be made again and again, and it stays open), or reached."""

    kind: str
    promise: str = ""
    round: int = 0


class Stopped(Exception):
    """As many steps were tried as may be."""


@dataclass
class Search(Turns):
    """One search. After it failed, `deepest` is how far it came and `why` what stood in the way there."""

    moves: Moves
    procedure: Procedure
    way: Sequence[Any]
    last: Any
    goal: Goal
    promise: Promise | None = None
    children: Children | None = None
    budget: int = BUDGET
    language: str = "en"  # of `why`
    deepest: int = -1
    why: str = ""
    tried: int = 0
    cut_short: bool = False  # whether the budget ended before all was tried along the way
    ending: Ending | None = None  # how it ends, where it is no promise that breaks
    calm: bool = False  # whether only what is done to the case is tried, and nothing around it
    near: bool = True  # whether also what only lies near the way is tried
    late: bool = False  # whether whoever acts does so at the last moment
    _dead: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        whole = [*self.way, *([self.last] if self.last is not None else [])]
        self.whole = whole
        self.wishes = wishes_of(self.procedure, whole, self.promise)
        self.sets = [fields_set(self.procedure, step) for step in whole]
        self.people: dict[int, str] = {}

    def look_for(self, ending: Ending | None) -> None:
        """Show this at the end, instead of a promise that breaks."""
        self.ending = ending
        if ending is not None:
            self.wishes += ending.wishes(len(self.way), self.procedure)

    def run(self, scene: Scene) -> Scene | None:
        """A scene in which the promise breaks: at the end of the way, beside another case, or nearby; else None."""
        ways = [self._along, self._beside_another, *([self._nearby] if self.near else [])]
        for tried in ways:
            self.tried, self.calm = 0, False
            try:
                found = tried(scene)
            except Stopped:
                if tried == self._along and self.near:  # it may not have come to what changes around the case
                    self.cut_short = True
                    ways.append(lambda scene: self._from(scene, 0, {}, 1))
                continue
            if found is not None:
                return found
        return None

    def _beside_another(self, scene: Scene) -> Scene | None:
        """The same way, where another case of a procedure that is asked about stands somewhere already."""
        if self.children is None:
            return None
        self.calm = True
        for name in sorted(self.moves.constants.cases & scene.stage.cast.procedures.keys()):
            others = list(islice(self.children.cases_of(scene, name, self._spend), _MOST_OTHERS))
            keys = self.moves.constants.keys.get(name, ())
            others.sort(key=lambda other: sum(other.case.data.get(key) is None for key in keys))
            asked = self.moves.constants.how_many(name)
            several = sorted({n + more for n in asked for more in (-1, 0, 1)} & _HOW_MANY, reverse=True)
            tries = [(times, other) for other in others[:_MOST_ALIKE] for times in several]
            for times, other in (*tries, *((1, other) for other in others)):
                found = self._beside(scene, name, other, times)
                if found is not None:
                    return found
        return None

    def _beside(self, scene: Scene, name: str, other: Scene, times: int) -> Scene | None:
        """The same way beside another case, or so many that came to stand where it does."""
        assert self.children is not None
        alone = self.children.moves_of(name).procedure.one_open_per
        if times == 1:
            found = self._going_beside(other)
            if found is not None or not (alone or self.moves.constants.alike.get(name)):
                return found
        beside = scene.fork()
        for n in range(times):
            self._spend()
            if not beside.goes(*self._of_another(scene, name, other.steps, n + 1)):
                return None
        return self._going_beside(beside)

    def _going_beside(self, beside: Scene) -> Scene | None:
        self._dead.clear()
        return self._along(replace(beside, case_id="", seen=0))

    def _of_another(self, scene: Scene, name: str, steps: Sequence[Step], n: int) -> Sequence[Step]:
        """The steps of a case, asked for by what this very case is likely to have, and with what only one open case may
        have its own in the `n`th such case."""
        assert self.children is not None
        moves = self.children.moves_of(name)
        fields = moves.procedure.fields
        own: dict[str, Any] = {}
        for key, mine in self.moves.constants.alike.get(name, ()) if name != self.procedure.name else ():
            likely = self.moves.values.of(self.procedure.fields[mine], [mine], scene.now, {})
            if key in fields and likely:
                own[key] = likely[0]
        asked = self.moves.constants.keys.get(name, ())
        keys = [key for key in moves.procedure.one_open_per if key in fields]
        apart = [key for key in keys if key not in asked]  # what they are asked for by stays the same
        for key in apart or (keys if n > 1 or name == self.procedure.name else ()):
            own[key] = moves.values.apart(fields[key], scene.now, n)
        return [
            {**step, "open": {**step["open"], "with": {**step["open"].get("with", {}), **own}}}
            if own and isinstance(step.get("open"), dict)
            else step
            for step in steps
        ]

    def _nearby(self, scene: Scene) -> Scene | None:
        """Whatever breaks the promise, found by trying everything, what lies near the way first."""
        if self.children is None or self.goal.kind in ("reached", "round"):
            return None
        wanted = {name for step in self.whole for name in step.taken}
        return self.children.wander(scene, self.procedure.name, self.breaks, wanted, self._spend)

    def breaks(self, scene: Scene, refusal: Refusal | str | None) -> Scene | None:
        """The scene that shows it, where the step just tried breaks the promise or leaves it open for good."""
        name = self.goal.promise
        if isinstance(refusal, Refusal):
            right = refusal.code == "promise" and refusal.facts.get("promise") == name
            return scene if right and self.goal.kind == "refused" else None
        if refusal is not None or not scene.case_id:
            return None
        if self.goal.kind == "refused":
            return scene if scene.stuck_by(name) else None
        if self.goal.kind == "broken":
            return scene if scene.promise(name) == "broken" else None
        return for_ever(scene, name, self._spend)

    def _along(self, scene: Scene) -> Scene | None:
        """Along the way, with nothing changed around the case, then with one thing, then with two; where the promise
        has a time, first with all done as late as may be."""
        if self.promise is not None and self.promise.within is not None and not self.calm:
            found = self._hurried(scene)
            if found is not None:
                return found
        for spare in (0,) if self.calm else (0, 1, 2):
            found = self._from(scene, 0, {}, spare)
            if found is not None:
                return found
        return None

    def _hurried(self, scene: Scene) -> Scene | None:
        whole, self.budget = self.budget, self.budget // _HURRIED
        self.late = True
        try:
            return self._from(scene, 0, {}, 0)
        except Stopped:
            return None
        finally:
            self.budget, self.late = whole, False
            self._dead.clear()

    def _from(self, scene: Scene, place: int, people: dict[int, str], spare: int) -> Scene | None:
        """From a step of the way on; `spare` changes of circumstances may still be made."""
        if place >= len(self.way):
            return self._end(scene, people, spare)
        if self.goal.kind == "round" and place == len(self.way) - self.goal.round and scene.round is None:
            scene.round = (len(scene.steps), scene.seen)
        mark = f"{place} {spare} {mark_of(scene, self.moves.constants.read)}"
        if mark in self._dead:
            return None
        onwards = self._onwards(scene, place, people, spare)
        for after, there, known, left in islice(onwards, _MOST_VARIANTS):
            found = self._from(after, there, known, left)
            if found is not None:
                return found
        self._dead.add(mark)
        return None

    def _onwards(
        self, scene: Scene, place: int, people: dict[int, str], spare: int
    ) -> Iterator[tuple[Scene, int, dict[int, str], int]]:
        """Scenes after this step of the way: those whose data suit what follows, then the others."""
        turns = ((self._plain, spare), (self._otherwise, spare - 1))
        for attempts, left in ((self._at_the_last, spare),) if self.late else turns:
            later: list[tuple[int, int, Scene, int, dict[int, str]]] = []
            for attempt in attempts(scene, place, people) if left >= 0 else ():
                after, there = self._tried(scene, attempt, place)
                if after is None:
                    continue
                known = self._known(people, place, attempt)
                missing = unmet(self._wished(there), after)
                if missing == 0:
                    yield after, there, known, left
                elif len(later) < _MOST_LATER:
                    later.append((missing, len(later), after, there, known))
            for _, _, after, there, known in sorted(later, key=lambda each: each[:2]):
                yield after, there, known, left

    def _wished(self, place: int) -> list[Wish]:
        """The wishes that the data can meet from here on, because nothing sets them before they are looked at."""
        found = []
        for wish in self.wishes:
            if wish.step >= place and not any(
                wish.fields & sets for sets in self.sets[place : wish.step + 1]
            ):
                found.append(wish)
        return found

    def _answered_late(self, scene: Scene, place: int) -> Scene:
        """The scene, with the answers that were under way to its very end."""
        scene.late = scene.still_asked(self._later(place))
        return scene

    def say(self, key: str, **facts: str) -> str:
        return WORDS["da" if self.language == "da" else "en"][key].format(**facts)

    def _told(self, rows: Sequence[Row]) -> str:
        taken = list(dict.fromkeys(name for row in rows for name in row.taken))  # a round is told once
        more = [f"… (+{len(taken) - _MOST_TOLD})"] if len(taken) > _MOST_TOLD else []
        return (
            self.say("other_way", taken=", ".join(taken[:_MOST_TOLD] + more))
            if taken
            else self.say("nothing")
        )

    def _spend(self, tries: int = 1) -> None:
        self.tried += tries
        if self.tried > self.budget:
            raise Stopped

    def _tried(self, scene: Scene, attempt: Attempt, place: int) -> tuple[Scene | None, int]:
        """(the scene after the attempt, how far on the way it is); None where it went another way."""
        self._spend()
        after = scene.fork()
        later = self._later(place)
        for step in attempt.steps:
            refusal = self._refusal(after, step, later)
            if refusal is not None:
                self._learn(attempt, step, refusal, place)
                return None, place
        self._spend(after.stage.store.last_change() // _STEPS_OF_A_TRY)
        rows = after.new_rows()
        there = self._gone(rows, place)
        if there <= place:
            self._failed(place, self._told(rows))
            return None, place
        if self.deepest < there:
            self.deepest, self.why = there, ""
        return after, there

    def _refusal(self, scene: Scene, step: Step, later: Sequence[Step] = ()) -> Refusal | str | None:
        """Why a step is refused, or leads to no rest."""
        try:
            return scene.act(step, later)
        except Endless as problem:
            self._spend(scene.stage.store.last_change() // _STEPS_OF_A_TRY)
            return str(problem)

    def _learn(self, attempt: Attempt, step: Step, refusal: Refusal | str, place: int) -> None:
        if isinstance(refusal, Refusal):
            if attempt.learn is not None and refusal.code == "input":
                attempt.learn(refusal)
            self._failed(place, refusal.words(self.language))
        else:
            self._failed(place, refusal)

    def _failed(self, place: int, why: str) -> None:
        if place >= self.deepest:
            self.deepest, self.why = place, why or self.why

    def _gone(self, rows: Sequence[Row], place: int) -> int:
        """How far the case's steps lead on the way; -1 where they leave it."""
        there = place
        for row in rows:
            if there < len(self.way) and is_step(row, self.way[there]):
                there += 1
            elif not row.is_quiet:
                return -1
        return there

    # the end

    def _end(self, scene: Scene, people: dict[int, str], spare: int) -> Scene | None:
        place = len(self.way)
        self.deepest = max(self.deepest, place)
        if self.ending is not None:
            return self._ended(scene, self._hints(scene, place, people) if self.last is not None else {})
        if self.last is not None:
            changed = self._otherwise(scene, place, people) if spare else ()
            for attempt in chain(self._plain(scene, place, people), changed):
                self._spend()
                after = scene.fork()
                shown = False
                for step in attempt.steps:
                    refusal = self._refusal(after, step, self._later(place))
                    if isinstance(refusal, Refusal):
                        broken = (
                            refusal.code == "promise" and refusal.facts.get("promise") == self.goal.promise
                        )
                        shown = shown or broken
                        if not broken:
                            self._learn(attempt, step, refusal, place)
                if shown or after.stuck_by(self.goal.promise) or after.refused_start(self.goal.promise):
                    return self._answered_late(after, place) if not shown else after
            self._failed(place, self.say("holds"))
            return None
        found: Scene | None = scene
        if self.goal.kind == "refused":
            found = scene if scene.stuck_by(self.goal.promise) else None
        elif self.goal.kind == "broken":
            found = scene if scene.promise(self.goal.promise) == "broken" else None
        elif self.goal.kind == "round":
            found = scene if scene.round and goes_round(scene, self.goal.promise, scene.round[1]) else None
        elif self.goal.kind == "open":
            found = for_ever(scene, self.goal.promise, self._spend)
        if found is None:
            self._failed(place, self.say("holds_at_the_end"))
        elif self.goal.kind in ("refused", "broken", "round") and self.way:
            return self._answered_late(found, place - 1)
        return found

    def _ended(self, scene: Scene, hints: dict[str, list[Any]]) -> Scene | None:
        """The scene after a last step that shows what is to be shown."""
        assert self.ending is not None
        if self.last is None:
            return scene if hangs(scene) else None
        for attempt in self.ending.attempts(self.moves, scene, self.last.move, hints):
            self._spend()
            after = scene.fork()
            (step,) = attempt.steps
            refusal = self._refusal(after, step)
            if isinstance(refusal, Refusal):
                self._learn(attempt, step, refusal, len(self.way))
            if self.ending.shown(scene, step, refusal):
                after.refusal = refusal if isinstance(refusal, Refusal) else None
                return after
        return None

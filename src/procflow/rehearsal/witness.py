"""A broken promise shown: a way that the prover suspects, gone in the real engine and written as a scenario.

Only what the engine itself refuses, alarms or leaves open for good is a witness; where no values can be found for
the way, what stood in it is said instead. It must not know the command line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

from msgspec import Struct, field

from procflow.builtin.evidence import judge as judge_evidence
from procflow.core.choices import active_states
from procflow.core.journal import Personal
from procflow.core.organisation import Judge
from procflow.core.procedure import Procedure, Promise
from procflow.definitions.nodes import YMap, plain_value
from procflow.definitions.workspace import Documents
from procflow.errors import NotFound, ProcflowError
from procflow.proof.composing import openings_by
from procflow.rehearsal.cast import Cast
from procflow.rehearsal.entering import instant_of
from procflow.rehearsal.expressions_of import expressions_of
from procflow.rehearsal.failure import Failed
from procflow.rehearsal.stage import Stage
from procflow.rehearsal.witness_child import Children
from procflow.rehearsal.witness_constants import constants_of
from procflow.rehearsal.witness_detours import detours
from procflow.rehearsal.witness_endings import Ending
from procflow.rehearsal.witness_mined import mined_of
from procflow.rehearsal.witness_moves import Moves
from procflow.rehearsal.witness_scenario import Written, refused, written
from procflow.rehearsal.witness_scene import Scene, Step
from procflow.rehearsal.witness_search import BUDGET, Goal, Search
from procflow.rehearsal.witness_slow import slow_days
from procflow.rehearsal.witness_turns import BY_TIME
from procflow.rehearsal.witness_wishes import alternatives_before

#: Messages that are tried so that one is lost.
_MOST_LOST = 20
#: Steps of all cases that may follow from one: cases that signal each other without end are no way to anything.
_MOST_AT_ONCE = 400
#: Which part of the steps may be tried along a further way.
_ALONG = 2
#: When a witness begins, unless said otherwise: a Monday morning.
CLOCK = "2026-05-11 10:05"


class Witness(Struct, frozen=True):
    """A promise broken in the real engine. `document` is the scenarios file, `files` what it names beside it,
    `stories` tells it by language."""

    procedure: str
    promise: str
    steps: tuple[Step, ...]
    document: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    stories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Undecided(Struct, frozen=True):
    """Why a suspected way could not be gone: at which step, what stood in the way, and the condition to settle.
    `cut_short`: not everything was tried, for so many steps were as may be."""

    promise: str
    step: int
    why: str
    condition: str = ""
    at: tuple[int, int] = (0, 0)
    cut_short: bool = False


@dataclass(frozen=True)
class Setting:
    """Where a witness begins: the documents in force, the clock, and the people laid over the organisation's."""

    cast: Cast
    clock: str
    people: Mapping[str, Any]


@dataclass
class Theatre:
    """Where witnesses of one workspace are looked for. `clock` is when they begin."""

    documents: Documents
    judge: Judge = judge_evidence
    functions: Mapping[str, Callable[..., Any]] | None = None
    clock: str = CLOCK
    budget: int = BUDGET
    language: str = "en"  # of what is said where a way cannot be gone

    def __post_init__(self) -> None:
        self.cast = Cast.of(self.documents)
        self._settings: dict[str, Setting] = {}
        self.files: dict[str, bytes] = {}
        self._moves = lru_cache(maxsize=None)(self._make_moves)

    def realise(self, procedure: str, suspicion: Any) -> Witness | Undecided:
        """Make a suspicion of the prover's concrete: a witness that the real engine confirms, or why there is none.

        `suspicion` has `promise`, `way`, `last` and `forever` as `proof.verdicts.Suspicion`. Where it is about a time, or hangs
        on what time brings, it is also begun on the days on which the clocks of the procedure take longest, such as the one before Easter.
        """
        found = self._realise(procedure, suspicion)
        definition = self.cast.procedures[procedure]
        promise = next((p for p in definition.promises if p.name == suspicion.promise), None)
        steps = (*suspicion.way, *((suspicion.last,) if suspicion.last is not None else ()))
        hangs_on_times = any(step.move.kind in BY_TIME for step in steps)
        if isinstance(found, Witness) or promise is None or (promise.within is None and not hangs_on_times):
            return found
        usual = self.setting(procedure)
        for clock in slow_days(definition, usual.cast.organisation, usual.clock):
            self._settings[procedure] = replace(usual, clock=clock)
            other = self._realise(procedure, suspicion)
            self._settings[procedure] = usual
            if isinstance(other, Witness):
                return other
        return found

    def realise_along(self, procedure: str, suspicion: Any) -> Witness | Undecided:
        """As `realise`, but nothing is tried that does not follow the way itself, and fewer steps."""
        return self._realise(procedure, suspicion, near=False)

    def _realise(self, procedure: str, suspicion: Any, *, near: bool = True) -> Witness | Undecided:
        definition = self.cast.procedures[procedure]
        promise = next((p for p in definition.promises if p.name == suspicion.promise), None)
        again = tuple(suspicion.round) if suspicion.forever else ()
        goal = Goal("round" if again else _kind(promise, suspicion), suspicion.promise, len(again))
        way = (*suspicion.way, *again, *again)  # once to come to where it goes round, once more to show it
        search = self._search(definition, way, suspicion.last, goal, promise)
        if not near:
            search.near, search.budget = False, self.budget // _ALONG
        try:
            scene = search.run(self.scene(procedure))
        except ProcflowError as problem:  # what is tried may ask for what the workspace does not have
            return Undecided(suspicion.promise, max(search.deepest, 0), problem.message)
        others = (
            detours(definition, way, suspicion.last, search.deepest)
            if scene is None and not again and near
            else ()
        )
        for other, last in others:
            around = self._search(definition, other, last, goal, promise)
            try:
                scene = around.run(self.scene(procedure))
            except ProcflowError:
                continue
            if scene is not None:
                search = around
                break
        if scene is None:
            return self._undecided(definition, search)
        made = written(self, definition, goal, scene, promise)
        if made is None:
            return Undecided(suspicion.promise, len(search.whole), search.say("holds_at_the_end"))
        return self._witness(definition, goal.promise, made)

    def reach(self, procedure: str, way: Sequence[Any]) -> tuple[Step, ...] | Undecided:
        """Go a way to its end without a promise to break: its steps as a scenario has them."""
        definition = self.cast.procedures[procedure]
        search = self._search(definition, way, None, Goal("reached"), None)
        scene = search.run(self.scene(procedure))
        return scene.steps if scene is not None else self._undecided(definition, search)

    def show(
        self,
        procedure: str,
        way: Sequence[Any],
        title: str,
        ending: Ending | None = None,
        lost: str = "",
        *,
        hangs: bool = False,
    ) -> Witness | Undecided:
        """Go a way to its end and tell it; the scenario ends with where the case stands then, or what is refused.

        With an `ending` the last step of the way is one that ends so, but for one that hangs. `lost` is an event from outside (or `message`)
        that comes on the way where the case does not take it. Where it `hangs`, whoever could still act is away then, and the
        scenario says that nobody may.
        """
        from procflow.definitions.writer import yaml_of
        from procflow.rehearsal.witness_endings import left_by_all

        definition = self.cast.procedures[procedure]
        way, last = (way[:-1], way[-1]) if ending is not None and ending.kind != "hang" else (way, None)
        search = self._search(definition, way, last, Goal("reached"), None)
        search.look_for(ending)
        try:
            scene = self._losing(definition, way, lost) if lost else None
            scene = scene or search.run(self.scene(procedure))
        except ProcflowError as problem:
            return Undecided("", max(search.deepest, 0), problem.message)
        if scene is None:
            return self._undecided(definition, search)
        scene, nobody = left_by_all(scene) if hangs else (scene, {})
        steps = scene.steps
        if scene.refusal is not None:
            steps = (*steps[:-1], refused(steps[-1], scene.refusal.code))
        else:
            case = scene.case
            shown = {"outcome": case.outcome} if case.is_closed else {"state": list(case.active)}
            steps = (*steps, {"expect": {**shown, **nobody}})
        setting = self.setting(procedure)
        head: dict[str, Any] = {"scenarios": procedure, "clock": setting.clock}
        if setting.people:
            head["people"] = setting.people
        document = yaml_of({**head, "tests": {title: list(steps)}})
        stories = {language: tuple(_told(scene, steps, language, nobody)) for language in ("da", "en")}
        names = {name: content for name, content in self.files.items() if name in document}
        return Witness(procedure, title, steps, document, names, stories)

    def _losing(self, definition: Procedure, way: Sequence[Any], lost: str) -> Scene | None:
        """A way with what comes from outside as early on it as nothing takes it; None where it goes otherwise then."""
        moves = self.moves(definition.name, definition.name)
        kind = "message" if lost == "message" else "event"
        for n in range(1, len(way)):
            scene = self._search(definition, way[:n], None, Goal("reached"), None).run(
                self.scene(definition.name)
            )
            if scene is None:
                return None
            if any(lost in state.events_by_name for state in active_states(definition, scene.case)):
                continue  # what is refused here is kept and tried again: it is not lost
            known = set(map(str, _values_in(scene.case.data.values())))
            tried = list(islice(moves.of(scene, kind, lost, "", {}), _MOST_LOST))
            tried.sort(key=lambda each: str(each.steps[0].get("receive", {}).get("from")) not in known)
            for attempt in tried:
                after = scene.fork()
                if not after.goes(*attempt.steps):
                    continue
                if all(row.is_quiet for row in after.new_rows()):
                    search = self._search(definition, way[n:], None, Goal("reached"), None)
                    found = search.run(after)
                    if found is not None:
                        return found
        return None

    def setting(self, procedure: str) -> Setting:
        """The day and the people of the procedure's own rehearsals, else the workspace's on a Monday morning."""
        if procedure not in self._settings:
            self._settings[procedure] = self._setting(procedure)
        return self._settings[procedure]

    def _setting(self, procedure: str) -> Setting:
        for path, (kind, name) in self.documents.named.items():
            tree = self.documents.trees.get(path)
            if kind == "scenarios" and name == procedure and tree is not None and "clock" in tree:
                people = tree.get("people")
                try:
                    cast = (
                        self.cast.laid_over(YMap({"people": people}))
                        if isinstance(people, YMap)
                        else self.cast
                    )
                except Failed:
                    continue
                said = plain_value(people) if isinstance(people, YMap) else {}
                return Setting(self._without_bystanders(cast, procedure), str(tree["clock"]), said)
        return Setting(self._without_bystanders(self.cast, procedure), self.clock, {})

    def _without_bystanders(self, cast: Cast, procedure: str) -> Cast:
        """Without what opens by itself, day after day, and has nothing to do with a procedure."""

        def leads_here(name: str) -> bool:
            seen, todo = {name}, [name]
            while todo:
                for opened, _ in openings_by(cast.procedures[todo.pop()]):
                    if opened in cast.procedures and opened not in seen:
                        seen.add(opened)
                        todo.append(opened)
            return procedure in seen

        kept = {
            name: each
            for name, each in cast.procedures.items()
            if not any(start.kind == "every" for start in each.starts) or leads_here(name)
        }
        return replace(cast, procedures=kept)

    def scene(self, procedure: str) -> Scene:
        """An empty stage on which the workspace is in force."""
        setting = self.setting(procedure)
        organisation = setting.cast.organisation
        clock = instant_of(setting.clock, organisation.zone, organisation.calendar.midnight)
        stage = Stage(setting.cast, clock, self.judge, self.functions or {}, most=_MOST_AT_ONCE)
        return Scene.on(stage, procedure, self.read)

    def read(self, name: str) -> bytes:
        """A file that a witness names."""
        if name not in self.files:
            raise NotFound(f"there is no file {name}")
        return self.files[name]

    def moves(self, name: str, main: str) -> Moves:
        """The moves of a procedure, in a rehearsal about `main`."""
        return self._moves(name, main)

    def _search(
        self, definition: Procedure, way: Any, last: Any, goal: Goal, promise: Promise | None
    ) -> Search:
        main = definition.name
        children = Children(lambda name: self._moves(name, main))
        moves = self._moves(main, main)
        return Search(moves, definition, way, last, goal, promise, children, self.budget, self.language)

    def _make_moves(self, name: str, main: str) -> Moves:
        """The moves of a procedure, in a witness about `main`."""
        from procflow.rehearsal.witness_values import Values

        definition = self.cast.procedures[name]
        constants = constants_of(definition, self.cast.organisation.parameters)
        constants.learn(name, constants_of(self.cast.procedures[main], self.cast.organisation.parameters))
        mined = mined_of(self.documents, name)
        stage = self.scene(main).stage
        values = Values(constants, stage.surroundings, mined.values, self.files)
        return Moves(definition, constants, values, mined, _told_apart(definition))

    def _witness(self, definition: Procedure, promise: str, made: Written) -> Witness:
        from procflow.rehearsal.witness_story import stories_of

        stories = {
            language: tuple(stories_of(made, definition, promise, language)) for language in ("da", "en")
        }
        names = {name: content for name, content in self.files.items() if name in made.document}
        return Witness(definition.name, promise, made.steps, made.document, names, stories)

    def _undecided(self, definition: Procedure, search: Search) -> Undecided:
        """What stood in the way at the step to which the search came: the guard that could not be met."""
        place, promise, cut = max(search.deepest, 0), search.goal.promise, search.cut_short
        step = search.whole[place] if place < len(search.whole) else None
        table = alternatives_before(definition)
        for name in step.taken if step is not None else ():
            transition, before = table.get(name, (None, ()))
            guards = [t.when for t in (transition, *before) if t is not None and t.when is not None]
            if guards:
                return Undecided(promise, place, search.why, guards[0].source, guards[0].at, cut)
        asked = search.promise.p if search.promise is not None else None
        if asked is not None:
            return Undecided(promise, place, search.why, asked.source, asked.at, cut)
        return Undecided(promise, place, search.why, cut_short=cut)


def _told(scene: Scene, steps: Sequence[Step], language: str, nobody: Mapping[str, Any]) -> Iterator[str]:
    from procflow.rehearsal.witness_story import story_to, words_in

    yield from story_to(scene, steps, language)
    if nobody:
        yield words_in(language)["nobody"]


def _kind(promise: Promise | None, suspicion: Any) -> str:
    if suspicion.forever:
        return "open"
    if suspicion.last is not None or promise is None or promise.kind != "after":
        return "refused"
    return "broken"


def _told_apart(definition: Procedure) -> bool:
    """Whether it matters who acts: four eyes, or a condition, assignment or promise that reads who did."""
    from procflow.core.expressions import calls, reads

    for state in definition.states:
        if state.task is not None and state.task.other_than:
            return True
        for choice in state.choices:
            if choice.other_than:
                return True
    read = [(each.when, tuple(spec for _, spec in each.sets)) for each in definition.transitions()]
    read += [(promise.p, (promise.q,)) for promise in definition.promises]
    for part in read:
        for expression in expressions_of(part):
            if any(name.startswith("actor") for name in reads(expression.node)):
                return True
            if any(function == "who" for function, _, _ in calls(expression.node)):
                return True
    return False


def _values_in(values: Any) -> Iterator[Any]:
    for value in values:
        inner = value.value if isinstance(value, Personal) else value
        yield from _values_in(inner) if isinstance(inner, list | tuple) else (inner,)

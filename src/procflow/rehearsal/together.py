"""Cases that run side by side: a small world of two customers and those who work for them, explored breadth first.

Every step is one of the real engine, over a store in memory that forks; worlds that stand alike are gone on from once.
Looked at after each step are the laws between cases, and the promises of every case, which see the others through
`cases()`. It must not know the command line.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from msgspec import Struct, field

from procflow.core.case import Case
from procflow.core.clocks import due_items
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.definitions.writer import yaml_of
from procflow.proof.composing import openings_by
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.together_laws import LAWS, Law
from procflow.rehearsal.witness import Theatre
from procflow.rehearsal.witness_moves import Moves
from procflow.rehearsal.witness_scene import Scene, Step

#: Cases opened by hand in one world.
MOST_CASES = 3
_OF_A_CHOICE = 3
_MOST_SET_UP = 3
#: What the cases are called, in the order in which they are opened.
_NAMES = ("one", "two", "three", "four")


class Verdict(Struct, frozen=True):
    """What was seen of one law, or of the promises of one procedure beside other cases (`law` is its name then).

    `whole`: every world within the bounds was looked at; else `left` of them were found and not gone on from, and every
    way of `depth` steps at the most was gone.
    `document` is the scenario that shows a break.
    """

    law: str
    procedures: tuple[str, ...]
    broken: bool
    worlds: int
    steps: int
    whole: bool
    document: str = ""
    story: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    left: int = 0
    depth: int = 0


@dataclass
class Together:
    """Explores small worlds of one workspace; `budget` bounds the steps tried in each."""

    theatre: Theatre
    budget: int = 3000

    def verdicts(self) -> Iterator[Verdict]:
        """One for each law that some procedure has, and one for each procedure whose promises read other cases."""
        procedures = self.theatre.cast.procedures
        for law in LAWS:
            mine = sorted(name for name, each in procedures.items() if law.holds_for(each))
            if mine:
                yield self.explore(law.id, mine, (law,))
        for name, each in procedures.items():
            if reads_other_cases(each):
                yield self.explore(name, [name], ())

    def explore(self, title: str, about: Sequence[str], laws: Sequence[Law]) -> Verdict:
        """Every world that cases of these procedures, and of those that open them, can come to."""
        procedures = self.theatre.cast.procedures
        opened = [
            *self._that_open(about),
            *(n for n in about if procedures[n].starts or not self._that_open([n])),
        ]
        opened = [
            n for n in dict.fromkeys(opened) if any(s.kind in ("by", "message") for s in procedures[n].starts)
        ]
        opened = opened or [n for n in about if not procedures[n].starts]
        world = _World(self, opened, laws, frozenset(about))
        return world.run(title, tuple(about))

    def _that_open(self, about: Sequence[str]) -> list[str]:
        found = []
        for name, each in self.theatre.cast.procedures.items():
            if name not in about and any(opened in about for opened, _ in openings_by(each)):
                found.append(name)
        return found


def reads_other_cases(procedure: Procedure) -> bool:
    """Whether a promise of the procedure asks for other cases."""
    from procflow.core.expressions import calls

    expressions = [e for promise in procedure.promises for e in (promise.p, promise.q) if e is not None]
    return any(function == "cases" for e in expressions for function, _, _ in calls(e.node))


class _World:
    """One exploration."""

    def __init__(
        self, whole: Together, opened: Sequence[str], laws: Sequence[Law], about: frozenset[str]
    ) -> None:
        self.theatre, self.budget = whole.theatre, whole.budget
        self.opened, self.laws, self.about = opened, laws, about
        self.steps = 0
        self.worlds = 1
        self.moves: dict[str, Moves] = {}

    def run(self, title: str, about: tuple[str, ...]) -> Verdict:
        if not self.opened:
            return Verdict(title, about, False, 0, 0, True)
        main = self.opened[0]
        begin = self.theatre.scene(main)
        todo: deque[tuple[Scene, int]] = deque((scene, 0) for scene in (begin, *self._set_up(begin)))
        seen: set[str] = set()
        depth = 0
        while todo and self.steps < self.budget:
            here, depth = todo.popleft()
            for step in self._possible(here):
                self.steps += 1
                if self.steps > self.budget:
                    break
                after = here.fork()
                try:
                    refusal = after.act(step)
                except Endless:
                    continue
                broken = self._broken(after, refusal)
                if broken is not None:
                    document, story = self._shown(main, after, *broken)
                    return Verdict(title, about, True, self.worlds, self.steps, False, document, story)
                if refusal is not None:
                    continue
                mark = _mark(after)
                if mark not in seen:
                    seen.add(mark)
                    self.worlds += 1
                    todo.append((after, depth + 1))
        whole = not todo and self.steps <= self.budget
        left = 0 if whole else len(todo) + 1  # the one that it stopped in was not looked at to its end
        return Verdict(title, about, False, self.worlds, self.steps, whole, left=left, depth=depth)

    def _set_up(self, begin: Scene) -> Iterator[Scene]:
        """Worlds with the tables and the roster that the rehearsals of these procedures set up."""
        done: list[tuple[Step, ...]] = []
        for name in self.opened:
            for prelude in self._moves(name).mined.preludes:
                steps = tuple(step for step in prelude if "change" in step or "shift" in step)
                if steps and steps not in done and len(done) < _MOST_SET_UP:
                    done.append(steps)
                    ready = begin.fork()
                    if ready.goes(*steps):
                        yield ready

    # what may happen

    def _moves(self, name: str) -> Moves:
        if name not in self.moves:
            self.moves[name] = self.theatre.moves(name, self.opened[0])
        return self.moves[name]

    def _possible(self, scene: Scene) -> Iterator[Step]:
        if len(scene.stage.names) < MOST_CASES:
            for name in self.opened:
                yield from self._openings(scene, name)
        names = {case_id: name for name, case_id in scene.stage.names.items()}
        newest: dict[str, str] = {}
        for case_id in scene.stage.cases:
            newest[scene.stage.load(case_id).row.procedure] = case_id
        for case_id in scene.stage.cases:
            procedure = scene.stage.procedure_of(case_id)
            called = names.get(case_id) or (procedure.name if newest[procedure.name] == case_id else "")
            case = scene.stage.load(case_id).plain
            if called and not case.is_closed:
                yield from self._of_case(replace(scene, case_id=case_id), procedure, called)
        upcoming = scene.stage.store.next_due()
        if upcoming is not None:
            yield {"wait": f"until {scene.local(max(upcoming, scene.now))}"}

    def _openings(self, scene: Scene, name: str) -> Iterator[Step]:
        moves = self._moves(name)
        called = _NAMES[len(scene.stage.names)]
        subject = moves.procedure.subject or ("kn" if "kn" in moves.procedure.fields else "")
        customers = self._customers(scene, moves, subject)
        for n, start in enumerate(moves.procedure.starts or (None,)):
            if start is not None and start.kind != "by":
                continue
            for customer in customers:
                hints = {subject: [customer]} if subject else {}
                place = str(n) if start is not None else ""
                for attempt in islice(moves.of(scene, "open", place, "", hints), _OF_A_CHOICE):
                    step = attempt.steps[-1]
                    yield {"open": {"procedure": name, **step["open"], "as": called}}

    def _customers(self, scene: Scene, moves: Moves, subject: str) -> list[Any]:
        """Two customers, as the procedure's own rehearsals name them."""
        item = moves.procedure.fields.get(subject)
        if item is None:
            return [None]
        return moves.values.of(item, [subject], scene.now, {}, "open")[:2]

    def _of_case(self, scene: Scene, procedure: Procedure, called: str) -> Iterator[Step]:
        moves, case = self._moves(procedure.name), scene.case
        active = [procedure.state[name] for name in (*case.active, *case.around)]
        for state in active:
            for choice in state.choices:
                attempts = islice(moves.of(scene, "choice", choice.name, state.name, {}), _OF_A_CHOICE)
                for attempt in attempts:
                    if len(attempt.steps) == 1:
                        yield {**attempt.steps[0], "case": called}
            if state.invoke is not None and not state.invoke.procedure:
                for kind in ("done", "failed"):
                    for attempt in islice(moves.of(scene, kind, state.name, state.name, {}), 1):
                        yield {**attempt.steps[-1], "case": called}
            if "message" in state.events_by_name:
                for attempt in islice(moves.of(scene, "message", "message", "", {}), 2):
                    yield {**attempt.steps[-1], "case": called}

    # what must not be

    def _broken(self, scene: Scene, refusal: Any) -> tuple[str, tuple[str, ...]] | None:
        """(the law or promise, the cases) that the last step breaks."""
        if isinstance(refusal, Refusal) and refusal.code == "promise" and not self.laws:
            return str(refusal.facts.get("promise")), ()
        if refusal is not None:
            return None
        cases = [scene.stage.load(case_id).plain for case_id in scene.stage.cases]
        mine = [case for case in cases if case.procedure in self.about]
        procedures = {case.procedure: scene.stage.procedure_of(case.id) for case in mine}
        for law in self.laws:
            found = law.broken(mine, procedures, scene.surroundings.organisation.parameters)
            if found:
                return law.id, found
        if not self.laws:
            for case in mine:
                for name, monitor in case.promises.items():
                    if monitor.state == "broken":
                        return name, (case.id,)
        return None

    def _shown(
        self, main: str, scene: Scene, name: str, cases: tuple[str, ...]
    ) -> tuple[str, Mapping[str, tuple[str, ...]]]:
        """The scenario that shows it, and its story."""
        from procflow.rehearsal.runner import journal_in_words

        steps: list[Step] = list(scene.steps)
        if not cases:
            last = steps.pop()
            inner = {key: value for key, value in last.items() if key != "case"}
            outer = {"case": last["case"]} if "case" in last else {}
            steps.append({"refused": {**inner, "because": name}, **outer})
        names = {case_id: called for called, case_id in scene.stage.names.items()}
        placed: list[tuple[int, Step]] = []
        for case_id in cases:
            loaded = scene.stage.load(case_id)
            data = loaded.plain.data
            told = {k: data[k] for k in sorted(_TOLD & data.keys()) if data[k] is not None}
            called = names.get(case_id, loaded.row.procedure)
            shown = {"case": called, **({"data": told} if told else {"promises": {name: "broken"}})}
            newest = case_id in names or case_id == scene.stage.cases[-1]
            place = len(steps) if newest else self._opened_by(main, steps, scene.stage.cases.index(case_id))
            placed.append((place, {"expect": shown}))
        for place, step in sorted(placed, key=lambda each: -each[0]):
            steps.insert(place, step)
        setting = self.theatre.setting(main)
        head: dict[str, Any] = {"scenarios": main, "clock": setting.clock}
        if setting.people:
            head["people"] = setting.people
        document = yaml_of({**head, "tests": {f"{name} is broken between cases": steps}})
        story = {language: tuple(journal_in_words(scene.stage, language)) for language in ("da", "en")}
        return document, story

    def _opened_by(self, main: str, steps: Sequence[Step], number: int) -> int:
        """After how many steps there is a case more than that number: then it is the newest, and can be named."""
        scene = self.theatre.scene(main)
        for n, step in enumerate(steps):
            scene.act(step)
            if len(scene.stage.cases) > number:
                return n + 1
        return len(steps)


#: The data of a case that tell why a law is broken.
_TOLD = frozenset({"kn", "active", "unhandled", "receiver", "kind", "lead", "contract", "amount"})


def _mark(scene: Scene) -> str:
    """Worlds with the same mark go on alike: how each case stands, and how long until what is due."""
    found = []
    for case_id in scene.stage.cases:
        case = scene.stage.load(case_id).plain
        found.append(stands(case, scene))
    return repr((sorted(found), len(scene.stage.names)))


def stands(case: Case, scene: Scene) -> str:
    """How a case stands, and how long until what is due in it."""
    data = sorted(case.data.items(), key=lambda each: each[0])
    promises = sorted((name, monitor.state, monitor.seen) for name, monitor in case.promises.items())
    due = [
        (item, int((at - scene.now).total_seconds()))
        for at, _, _, item in due_items(scene.stage.procedure_of(case.id), case)
    ]
    return repr(
        (
            case.procedure,
            case.active,
            data,
            promises,
            sorted(case.missed),
            due,
            case.is_closed,
            sorted(case.who.items()),
        )
    )

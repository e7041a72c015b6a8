"""StatusBlind (INV-07): two runs of one procedure that differ only in the customer's status go the same way.

The worlds of the two differ in one thing that tells the status (`status_differences`). Both runs are made in the real engine, step by step: whatever is done in one is done in the other, and after each step they
must have taken the same transitions, asked for the same of the outside, and wait for the same people and instants.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

from procflow.core.clocks import due_items
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.definitions.writer import yaml_of
from procflow.rehearsal.stage import Endless
from procflow.rehearsal.status_differences import Difference, differences
from procflow.rehearsal.together import Verdict, stands
from procflow.rehearsal.witness import Theatre
from procflow.rehearsal.witness_child import everything
from procflow.rehearsal.witness_moves import Moves
from procflow.rehearsal.witness_scene import Scene, Step

#: Promises by which a procedure says that it is about getting hold of a customer.
CONTACT = ("inv_02", "inv_03", "inv_05", "inv_06", "inv_07")
_OF_A_KIND = 3


def blindness(theatre: Theatre, budget: int) -> Verdict | None:
    """Compare two runs of every contact procedure that can see a status; None where there is no contact procedure.

    One that reads nothing that tells a status keeps it whatever happens.
    """
    contact = [p for p in theatre.cast.procedures.values() if _is_contact(p)]
    if not contact:
        return None
    names = tuple(sorted(p.name for p in contact))
    worlds = steps = left = 0
    depths: list[int] = []  # of what was not gone on from
    whole = True
    for procedure in contact:
        found, untold = differences(theatre, procedure)
        whole, left = whole and not untold, left + untold
        for difference in found:
            pair = _Pair(theatre, procedure, difference, budget)
            document = pair.run()
            worlds, steps, whole = worlds + pair.worlds, steps + pair.steps, whole and pair.whole
            left += pair.left
            depths += [] if pair.whole else [pair.depth]
            if document:
                return Verdict(
                    "StatusBlind", (procedure.name,), True, worlds, steps, False, document, pair.told
                )
    return Verdict("StatusBlind", names, False, worlds, steps, whole, left=left, depth=min(depths, default=0))


def _is_contact(procedure: Procedure) -> bool:
    return any(
        p.name == name or p.name.startswith(f"{name}_") for p in procedure.promises for name in CONTACT
    )


class _Pair:
    """Two runs in worlds that differ in one thing."""

    def __init__(self, theatre: Theatre, procedure: Procedure, difference: Difference, budget: int) -> None:
        self.theatre, self.procedure, self.difference, self.budget = theatre, procedure, difference, budget
        self.item = procedure.fields.get(difference.field)
        self.moves: Moves = theatre.moves(procedure.name, procedure.name)
        self.worlds = self.steps = self.left = self.depth = 0
        self.whole = True
        self.told: Mapping[str, tuple[str, ...]] = {}

    def run(self) -> str:
        """The scenario of the first two runs that differ; "" where none do."""
        todo: deque[tuple[Scene, Scene, int]] = deque()
        for one, other in self._openings():
            if (found := self._step(one, other, todo)) is not None:
                return found
        seen: set[str] = set()
        while todo:
            here, there, depth = todo.popleft()
            for attempt in everything(self.moves, here, _OF_A_KIND):
                if len(attempt.steps) != 1:
                    continue
                step = attempt.steps[0]
                after, beside = here.fork(), there.fork()
                if (found := self._compared(after, beside, step, self._other(step))) is not None:
                    return found
                if self.steps > self.budget:
                    self.whole, self.left, self.depth = False, len(todo) + 1, depth
                    return ""
                mark = stands(after.case, after)
                if mark not in seen and not after.case.is_closed:
                    seen.add(mark)
                    self.worlds += 1
                    todo.append((after, beside, depth + 1))
        return ""

    def _openings(self) -> Iterator[tuple[Step, Step]]:
        scene = self._begun(self.difference.one)
        for n, start in enumerate(self.procedure.starts or (None,)):
            place = str(n) if start is not None else ""
            if start is None or start.kind in ("by", "message"):
                values = self._values()
                hints = {self.difference.field: [values[0]]} if values else {}
                for attempt in list(self.moves.of(scene, "open", place, "", hints))[:_OF_A_KIND]:
                    yield attempt.steps[-1], self._other(attempt.steps[-1])

    def _begun(self, before: tuple[Step, ...]) -> Scene:
        """The world in which a run begins."""
        scene = self.theatre.scene(self.procedure.name)
        for step in before:
            scene.act(step)
        return scene

    def _values(self) -> list[Any]:
        if self.item is None:
            return []
        scene = self.theatre.scene(self.procedure.name)
        return self.moves.values.of(self.item, [self.item.name], scene.now, {})

    def _other(self, step: Step) -> Step:
        """The same step with another status."""
        if self.item is None:
            return step
        inner = step.get("open")
        if isinstance(inner, Mapping):
            return {**step, "open": self._other(inner)}
        given = step.get("with")
        if not isinstance(given, Mapping) or self.item.name not in given:
            return step
        others = [value for value in self._values() if value != given[self.item.name]]
        return {**step, "with": {**given, self.item.name: others[0]}} if others else step

    def _step(self, one: Step, other: Step, todo: deque[tuple[Scene, Scene, int]]) -> str | None:
        here, there = self._begun(self.difference.one), self._begun(self.difference.other)
        found = self._compared(here, there, one, other)
        if found is None and here.case_id and not here.case.is_closed:
            self.worlds += 1
            todo.append((here, there, 1))
        return found

    def _compared(self, here: Scene, there: Scene, one: Step, other: Step) -> str | None:
        """Take both steps; -> the scenario where the runs differ after them."""
        self.steps += 1
        try:
            said = [_code(here.act(one)), _code(there.act(other))]
        except Endless:
            return None
        name = self.difference.field
        if said[0] == said[1] and (said[0] or not here.case_id or _trace(here, name) == _trace(there, name)):
            return None
        return self._document(here, there, said)

    def _document(self, here: Scene, there: Scene, said: list[str]) -> str:
        from procflow.rehearsal.runner import journal_in_words

        tests: dict[str, Any] = {}
        lines: dict[str, list[str]] = {"da": [], "en": []}
        for scene, code in ((here, said[0]), (there, said[1])):
            steps = list(scene.steps)
            if code:
                last = steps.pop()
                steps.append({"refused": {**last, "because": code}})
            elif scene.case_id:
                case = scene.case
                shown: dict[str, Any] = (
                    {"outcome": case.outcome} if case.is_closed else {"state": list(case.active)}
                )
                steps.append({"expect": shown})
            tests[self._title(scene)] = steps
            for language in lines:
                lines[language] += journal_in_words(scene.stage, language)
        self.told = {language: tuple(told) for language, told in lines.items()}
        setting = self.theatre.setting(self.procedure.name)
        head: dict[str, Any] = {"scenarios": self.procedure.name, "clock": setting.clock}
        if setting.people:
            head["people"] = setting.people
        return yaml_of({**head, "tests": tests})

    def _title(self, scene: Scene) -> str:
        if self.item is None:
            return f"With {self.difference.what} {'otherwise' if self._is_other(scene) else 'as it is'}"
        return f"With {self.item.name} {scene.case.data.get(self.item.name) if scene.case_id else ''}"

    def _is_other(self, scene: Scene) -> bool:
        other = self.difference.other
        return bool(other) and scene.steps[: len(other)] == other


def _code(refusal: Any) -> str:
    return refusal.code if isinstance(refusal, Refusal) else str(refusal or "")


def _trace(scene: Scene, leave_out: str) -> str:
    """Everything of a run that somebody could notice, the status itself aside."""
    case = scene.case
    rows = [
        (row.at, [e for e in entries if _is_seen(e)]) for row, entries in scene.stage.engine.journal(case.id)
    ]
    taken = [
        (at, type(e).__name__, getattr(e, "id", getattr(e, "operation", ""))) for at, es in rows for e in es
    ]
    asked = [(operation, repr(parameters)) for operation, parameters, _ in scene.stage.asked(case.id)]
    tasks = sorted((name, task.roles, task.people) for name, task in case.tasks.items())
    due = [(at, item) for at, _, _, item in due_items(scene.procedure, case)]
    ends = (case.is_closed, case.outcome, sorted(case.missed))
    return repr((taken, asked, tasks, due, ends))


def _is_seen(entry: Any) -> bool:
    return type(entry).__name__ in (
        "TransitionTaken",
        "EffectRequested",
        "PeopleNotified",
        "DeadlineStarted",
        "DeadlineMissed",
    )

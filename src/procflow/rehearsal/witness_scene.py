"""A rehearsal in the making: a stage, the steps that led there, and what the next one does to the case.

Steps are plain values in the form that a scenario has them, done by the same code that rehearses scenarios, so that
what was tried can be written down. It must not know why a step is tried.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from procflow.core import journal as j
from procflow.core.case import Case
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.core.snapshot import plain_items
from procflow.definitions.nodes import YMap
from procflow.definitions.writer import nodes_of
from procflow.rehearsal.entering import Read
from procflow.rehearsal.failure import Failed
from procflow.rehearsal.stage import Endless, Stage
from procflow.rehearsal.steps import Performance, answered_in, kind_of

Step = Mapping[str, Any]


class Row(Struct, frozen=True):
    """One step that the case took: the command's kind and name, and the transitions taken in it."""

    kind: str
    name: str
    taken: tuple[str, ...]
    entries: tuple[Any, ...] = ()

    @property
    def is_quiet(self) -> bool:
        """Whether nothing of the state machine moved."""
        return not self.taken and self.kind not in ("choice", "open")


@dataclass
class Scene:
    """Where a rehearsal stands. `case_id` is the case it is about, "" before it is opened; `steps` led here."""

    performance: Performance
    case_id: str = ""
    steps: tuple[Step, ...] = ()
    seen: int = 0  # steps of the case that were looked at
    late: tuple[Step, ...] = ()  # answers that come after all that matters: under way until then
    #: How many steps, and how many of the case, stood before the last round.
    round: tuple[int, int] | None = None
    #: Who was said to be away: when, after how many steps of all cases, and whom.
    away: tuple[tuple[datetime, int, str], ...] = ()
    refusal: Refusal | None = None  # of the last step, where a refusal is what is shown

    @classmethod
    def on(cls, stage: Stage, procedure: str, read: Read) -> Scene:
        return cls(Performance(stage, procedure, read))

    def fork(self) -> Scene:
        """The same once more, to try something on."""
        old = self.performance
        twin = Performance(self.stage.fork(), old.procedure, old.read, old.person, old.seen.copy())
        return Scene(twin, self.case_id, self.steps, self.seen, self.late, self.round, self.away)

    @property
    def stage(self) -> Stage:
        return self.performance.stage

    @property
    def now(self) -> datetime:
        return self.stage.now

    @property
    def surroundings(self) -> Surroundings:
        return self.stage.surroundings

    @property
    def case(self) -> Case:
        return self.stage.load(self.case_id).plain

    @property
    def procedure(self) -> Procedure:
        if not self.case_id:
            return self.stage.engine.procedure_in_force(self.performance.procedure)[1]
        return self.stage.procedure_of(self.case_id)

    def act(self, step: Step, later: Sequence[Step] = ()) -> Refusal | str | None:
        """Do a step; -> why it was refused (words where it could not even be tried), else None."""
        node, following = nodes_of(step), [nodes_of(each) for each in later]
        kind = kind_of(node)
        before = set(self.stage.cases)
        refusal: Refusal | str | None = None
        done = self.stage.store.last_change()
        try:
            if kind == "do":
                self.stage.held = answered_in(following)
                refusal = self.performance.done(node, self.performance.case_of(node), (1, 1)).refusal
            elif kind == "open":
                self.stage.held = answered_in(following)
                answer = self.performance.opened(node["open"] or YMap(), (1, 1))
                refusal = answer.refusal
                if refusal is None and "as" in node["open"]:
                    self.stage.names[str(node["open"]["as"])] = answer.case_id
                if refusal is None and str(node["open"].get("procedure", self.performance.procedure)) == (
                    self.performance.procedure
                ):
                    self.stage.current = answer.case_id
                    if self.case_id:  # of several the newest is the one that steps without a name are about
                        self.case_id, self.seen = answer.case_id, 0
            else:
                self.performance.perform(node, following)
                if kind == "receive" and not self.case_id and len(self.stage.cases) == len(before):
                    refusal = self.stage.intake.refusal
        except Failed as failed:
            refusal = failed.message
        self.steps = (*self.steps, step)
        if kind == "absent" and refusal is None:
            self.away = (*self.away, (self.now, done, str(step["absent"]["person"])))
        if not self.case_id:
            self._find_case(before)
        return refusal

    def goes(self, *steps: Step) -> bool:
        """Do steps; -> whether all were taken. One after which cases ask each other for more without end is not."""
        try:
            return all(self.act(step) is None for step in steps)
        except Endless:
            return False

    def still_asked(self, answers: Sequence[Step]) -> tuple[Step, ...]:
        """Those of the deliveries for which something was asked that nobody has answered."""
        asked = (self.stage.waiting, self.stage.cancelled)
        return tuple(each for each in answers if any(of(str(each.get("deliver"))) for of in asked))

    def _find_case(self, before: set[str]) -> None:
        for case_id in self.stage.cases:
            if case_id not in before and self.stage.load(case_id).row.procedure == self.performance.procedure:
                self.case_id = case_id
                return

    def opened(self, procedure: str) -> bool:
        """Whether there is a case of a procedure."""
        return any(self.stage.load(case_id).row.procedure == procedure for case_id in self.stage.cases)

    def refused_start(self, promise: str = "") -> str:
        """The procedure whose case asked for another that was refused, for this promise or for any; "" for none."""
        for case_id in reversed(self.stage.cases):
            for _, entries in self.stage.engine.journal(case_id):
                for entry in entries:
                    if isinstance(entry, j.EffectAnswered) and entry.operation in ("start", "procedure"):
                        said = entry.error.value if isinstance(entry.error, j.Personal) else entry.error
                        if entry.status == "failed" and f"“{promise}" in str(said):
                            return str(self.stage.load(case_id).row.procedure)
        return ""

    def new_rows(self) -> list[Row]:
        """What the case did since this was asked last."""
        if not self.case_id:
            return []
        found = []
        for row, entries in self.stage.engine.journal(self.case_id, self.seen):
            self.seen = row.sequence
            kind, name = "open", ""
            for entry in entries:
                if isinstance(entry, j.CommandTaken):
                    kind, name = entry.kind, entry.name
                    break
            taken = tuple([entry.id for entry in entries if isinstance(entry, j.TransitionTaken)])
            found.append(Row(kind, name, taken, entries))
        return found

    def stuck_by(self, promise: str) -> bool:
        """Whether a command that no person waits for was refused for this promise."""
        if not self.case_id:
            return False
        loaded = self.stage.load(self.case_id)
        if not any(item.kind == "stuck" for item in loaded.plain.items.values()):
            return False
        unsealer = self.stage.engine.unsealer(loaded.row.id, loaded.row.key_slot)
        about = plain_items(loaded.sealed, unsealer)
        return any(
            (about.get(key) or {}).get("code") == "promise" and f"“{promise}”" in str(about[key].get("words"))
            for key, item in loaded.plain.items.items()
            if item.kind == "stuck"
        )

    def promise(self, name: str) -> str:
        """How a promise stands: pending, kept, broken; idle where nothing has moved it."""
        monitor = self.case.promises.get(name) if self.case_id else None
        return monitor.state if monitor is not None else "idle"

    def local(self, instant: datetime) -> str:
        """An instant as a scenario writes it; seconds only where there are any, and the next one begun."""
        from datetime import timedelta

        if instant.microsecond:
            instant = instant.replace(microsecond=0) + timedelta(seconds=1)
        local = instant.astimezone(self.surroundings.calendar.tz)
        return f"{local:%Y-%m-%d %H:%M:%S}".removesuffix(":00")

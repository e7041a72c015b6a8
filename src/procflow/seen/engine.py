"""An engine that tells what it does. The plain one has no line for it: nobody pays for what nobody asked to see."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from procflow.core.case import Case
from procflow.core.decide import Command, Decision
from procflow.core.journal import CommandTaken, EffectRequested
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal
from procflow.engine import Answer, Engine
from procflow.engine.answers import Loaded
from procflow.errors import Busy, ProcflowError, StorageError
from procflow.seen.watching import HERE, Place, Watching

#: Under which kind the store keeps of which trace a step with effects was, and for how long: another process may
#: deliver them.
TRACE, TRACE_KEPT = "trace", timedelta(days=1)
#: Of how many steps that were stored and not yet told the times are kept.
_MOST = 1000


class WatchedEngine(Engine):
    """`watching` is set right after the making."""

    watching: Watching

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._begun: float | None = None
        self._times: dict[tuple[str, int], tuple[float, float, float, Place | None]] = {}

    def open(self, procedure: str, command: Command, slot: int = 0) -> Answer:
        return self._watched(
            command, procedure, lambda: super(WatchedEngine, self).open(procedure, command, slot)
        )

    def submit(self, case: str | int, command: Command) -> Answer:
        return self._watched(command, "", lambda: super(WatchedEngine, self).submit(case, command))

    def run_due(self, case_id: str, now: datetime) -> int:
        before, self._begun = self._begun, self.world.monotonic()
        try:
            with self.watching.place():
                return super().run_due(case_id, now)
        finally:
            self._begun = before

    def _watched(self, command: Command, procedure: str, work: Callable[[], Answer]) -> Answer:
        with self.watching.place():
            return self._timed(command, procedure, work)

    def _timed(self, command: Command, procedure: str, work: Callable[[], Answer]) -> Answer:
        before, self._begun = self._begun, self.world.monotonic()
        begun = self._begun
        try:
            answer = work()
        except Exception as problem:
            took = self.world.monotonic() - begun
            about = {"procedure": procedure, "command": command.kind, "duration": took}
            if isinstance(problem, ProcflowError) and not isinstance(problem, StorageError | Busy):
                self.watching.tell("command_lost", problem, **about)
            else:
                self.watching.tell("command_failed", problem, **about)
            raise
        finally:
            self._begun = before
        outcome = "repeated" if answer.repeated else "accepted" if answer.accepted else "refused"
        took = self.world.monotonic() - begun
        procedure = procedure or (answer.case.procedure if answer.case is not None else "")
        self.watching.tell(
            "command", procedure=procedure, command=command.kind, outcome=outcome, duration=took
        )
        if answer.accepted and answer.refusal is not None:
            self.watching.tell(
                "stuck", outcome=answer.refusal.code, **_about(answer, command.kind, command.name)
            )
        elif answer.repeated:
            self.watching.tell("repeated", **_about(answer, command.kind, command.name))
        return answer

    def _append(
        self, loaded: Loaded, procedure: Procedure, command: Command, decision: Decision, surroundings: Surroundings,
        at: datetime, ran_at: datetime,
    ) -> Answer:  # fmt: skip
        now = self.world.monotonic()
        if len(self._times) >= _MOST:
            self._times.clear()
        key = loaded.row.id, loaded.row.sequence + 1
        waited = getattr(self.store, "waited", 0.0)
        self._times[key] = (self._begun if self._begun is not None else now, now, waited, HERE.get())
        try:
            return super()._append(loaded, procedure, command, decision, surroundings, at, ran_at)
        except BaseException:
            self._times.pop(key, None)
            raise

    def _refused(
        self, command: Command, now: datetime, case_id: str, refusal: Refusal, case: Case | None
    ) -> Answer:
        answer = super()._refused(command, now, case_id, refusal, case)
        took = self.world.monotonic() - self._begun if self._begun is not None else None
        about = _about(answer, command.kind, self.name_of(command, case))
        if case is None and command.kind == "open":
            # which is in force, else it would not have been asked
            about.update(procedure=command.name, choice="")
        self.watching.tell("refused", outcome=refusal.code, duration=took, **about)
        return answer

    def told(self, answer: Answer) -> None:
        """A step was stored, for good; called by whoever observes steps."""
        times = self._times.pop((answer.case_id, answer.sequence), None)
        now = self.world.monotonic()
        command = next((entry for entry in answer.entries if isinstance(entry, CommandTaken)), None)
        kind, name = (command.kind, command.name) if command is not None else ("", "")
        case = answer.case
        fields = _about(answer, kind, name, command.source if command is not None else "")
        if case is not None:
            fields.update(states=case.active, outcome=case.outcome, closed=case.is_closed)
            if kind == "time" and case.now is not None:
                fields["lag"] = max((self.world.now() - case.now).total_seconds(), 0.0)
        if times is not None:
            gate = getattr(self.store, "waited", 0.0) - times[2]
            fields.update(duration=now - times[0], commit=now - times[1], gate=gate if gate > 0 else None)
        effects = sum(isinstance(entry, EffectRequested) for entry in answer.entries)
        with self.watching.place(parent=times[3] if times is not None else None) as place:
            if place is not None and place.sampled and effects:
                with suppress(ProcflowError):  # the delivery begins a trace of its own
                    name = f"{answer.case_id}/{answer.sequence}"
                    until = self.world.now() + TRACE_KEPT
                    self.store.keep(TRACE, name, place.as_header.encode(), until)
            self.watching.tell("step", effects=effects, **fields)

    @contextmanager
    def within(self, effect: str = "") -> Iterator[None]:
        said = ""
        if effect and self.watching.tracer is not None:
            with suppress(ProcflowError):
                kept = self.store.kept(TRACE, effect.rpartition("/")[0], self.world.now())
                said = kept.value.decode() if kept is not None else ""
        with self.watching.place(said):
            yield


def watched(seen: Watching) -> Callable[..., WatchedEngine]:
    """What makes an engine as `Engine` does, and has it tell `seen`."""

    def made(*arguments: Any, **named: Any) -> WatchedEngine:
        engine = WatchedEngine(*arguments, **named)
        engine.watching = seen
        return engine

    return made


def _about(answer: Answer, kind: str, name: str, source: str = "") -> dict[str, Any]:
    """The fields that tell a step from others; without a case they are few. A timer's name has the visit of its state
    behind an @, which no name in a log may have."""
    case = answer.case
    return {
        "case": answer.number or None,
        "sequence": answer.sequence or None,
        "procedure": case.procedure if case is not None else "",
        "command": kind,
        "choice": name.partition("@")[0] if kind not in ("answer", "open", "message") else "",
        "effect": name if kind == "answer" else "",
        "source": source.split(" ")[0],
    }

"""What a journal says that reports count: a case's facts, folded from the entries that a report asks for.

Only what stands in the clear is read: no key is ever asked for, so a sealed value cannot come into a report. It
must not know reports, forms or the store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from procflow.core.due import Due
from procflow.core.journal import Personal, Sealed

#: (roles, people) that work was for.
Unit = tuple[tuple[str, ...], tuple[str, ...]]
NOBODY: Unit = ((), ())


class ClockFacts:
    """One run of a deadline. `verdict`: running, met, missed or ended; `settled` is when it got it."""

    __slots__ = (
        "cause", "closed_hours", "deadline", "due", "paused", "pauses", "settled", "started", "unit", "verdict",
    )  # fmt: skip

    def __init__(self, deadline: str, started: datetime) -> None:
        self.deadline, self.started = deadline, started
        self.due: datetime | None = None
        self.closed_hours = False
        self.verdict, self.cause = "running", ""
        self.settled: datetime | None = None
        self.pauses: list[tuple[datetime, datetime]] = []
        self.paused: datetime | None = None
        self.unit: Unit = NOBODY

    @property
    def used(self) -> timedelta | None:
        """The time on the clock when it stopped, without what it stood still; all of it where it was missed.
        None while it runs."""
        stopped = self.due if self.verdict == "missed" and self.due is not None else self.settled
        if stopped is None:
            return None
        stood = sum((end - begin for begin, end in self.pauses), timedelta())
        return max(stopped - self.started - stood, timedelta())

    def _facts(self, due: Mapping[str, Any] | None) -> None:
        self.due = Due.instant(due) if due else None
        self.closed_hours = bool(due and due.get("closed_hours"))


class TaskFacts:
    """Work for people, as long as it was open."""

    __slots__ = ("claimed", "closed", "kind", "name", "opened", "people", "roles")

    def __init__(
        self, name: str, kind: str, roles: tuple[str, ...], people: tuple[str, ...], opened: datetime
    ) -> None:
        self.name, self.kind, self.roles, self.people, self.opened = name, kind, roles, people, opened
        self.claimed: datetime | None = None
        self.closed: datetime | None = None


class Taken:
    """A choice that a person took. `given` holds what was entered and is not personal."""

    __slots__ = ("at", "behalf", "by", "given", "name")

    def __init__(self, name: str, by: str, behalf: str, at: datetime, given: Mapping[str, Any]) -> None:
        self.name, self.by, self.behalf, self.at, self.given = name, by, behalf, at, given


class EffectFacts:
    """What a case asked of a channel. `status`: waiting, done, failed, dropped, cancelled, stuck or late."""

    __slots__ = ("answered", "asked", "key", "operation", "status")

    def __init__(self, key: str, operation: str, asked: datetime) -> None:
        self.key, self.operation, self.asked = key, operation, asked
        self.status = "waiting"
        self.answered: datetime | None = None


class CaseFacts:
    """One case as of the last row that was folded in."""

    __slots__ = (
        "at", "before", "by", "clocks", "closed", "data", "effects", "events", "id", "late_steps", "number", "opened", "origin",
        "outcome", "procedure", "received", "set_at", "states", "taken", "tasks",
    )  # fmt: skip

    def __init__(self, number: int, id: str, procedure: str) -> None:
        self.number, self.id, self.procedure = number, id, procedure
        self.opened: datetime | None = None
        self.received: datetime | None = None
        self.by = self.origin = self.outcome = ""
        self.closed: datetime | None = None
        self.at: datetime | None = None  # the instant of the last row
        self.before = NOBODY  # whose work it was as the row began
        self.clocks: list[ClockFacts] = []
        self.tasks: list[TaskFacts] = []
        self.taken: list[Taken] = []
        self.effects: list[EffectFacts] = []
        self.events: list[tuple[str, datetime]] = []
        self.states: list[tuple[str, datetime]] = []
        self.data: dict[str, Any] = {}
        self.set_at: dict[str, datetime] = {}
        self.late_steps: list[tuple[datetime, timedelta]] = []  # (due, how much later the host took it)

    def fold(self, entries: Iterable[Any], at: datetime, ran_at: datetime) -> None:
        """One row of the journal. `at` never goes back within a case: what is entered later counts later."""
        self.before = self.working
        for entry in entries:
            handler = _FOLD.get(type(entry).__name__)
            if handler is not None:
                handler(self, entry, at)
        self.at = at
        late = ran_at - at
        for entry in entries:
            if type(entry).__name__ == "CommandTaken" and entry.kind == "time":
                self.late_steps.append((at, max(late, timedelta())))
        for clock in self.clocks:
            if clock.settled == at and clock.unit == NOBODY:
                clock.unit = self.working
        if self.closed is not None:
            for task in self.tasks:
                task.closed = task.closed or at

    @property
    def working(self) -> Unit:
        """(roles, people) of the work that is open now, or was open last."""
        for task in reversed(self.tasks):
            if task.closed is None:
                return task.roles, task.people
        return next(((task.roles, task.people) for task in reversed(self.tasks)), NOBODY)

    def judge(self, as_of: datetime) -> None:
        """What is due by now is missed, also where the host has not yet said so: so that figures do not depend on
        when it ran."""
        for clock in self.clocks:
            if clock.verdict == "running":
                clock.unit = self.working
                if clock.due is not None and clock.due < as_of and clock.paused is None:
                    clock.verdict, clock.settled = "missed", max(clock.due, self.at or clock.due)
                    clock.cause = "closed_hours" if clock.closed_hours else ""

    def running(self, deadline: str) -> ClockFacts | None:
        for clock in reversed(self.clocks):
            if clock.deadline == deadline:
                return clock if clock.verdict == "running" else None
        return None


def clear(value: Any) -> Any:
    """The value if it stands in the clear, else None; parts that are sealed are left out."""
    if isinstance(value, Sealed | Personal):
        return None
    if isinstance(value, Mapping):
        return {key: clear(item) for key, item in value.items() if not isinstance(item, Sealed | Personal)}
    return value


def _opened(f: CaseFacts, e: Any, at: datetime) -> None:
    f.opened, f.received, f.by, f.origin = e.opened, e.received, e.by, e.origin


def _command(f: CaseFacts, e: Any, at: datetime) -> None:
    if e.kind == "choice":
        f.taken.append(Taken(e.name, e.by, e.on_behalf, at, clear(e.given) or {}))


def _transition(f: CaseFacts, e: Any, at: datetime) -> None:
    if e.kind == "event":
        f.events.append((e.name, at))


def _state(f: CaseFacts, e: Any, at: datetime) -> None:
    f.states.append((e.state, at))


def _left(f: CaseFacts, e: Any, at: datetime) -> None:
    for task in f.tasks:
        if task.name == e.state and task.kind == "work" and task.closed is None:
            task.closed = at


def _data(f: CaseFacts, e: Any, at: datetime) -> None:
    for name, value in e.values.items():
        plain = clear(value)
        if plain is None:
            f.data.pop(name, None)
        else:
            f.data[name] = plain
        f.set_at[name] = at


def _task(f: CaseFacts, e: Any, at: datetime) -> None:
    for task in f.tasks:
        if task.name == e.state and task.kind == "work" and task.closed is None:
            task.roles, task.people = tuple(e.roles), tuple(e.people)
            return
    f.tasks.append(TaskFacts(e.state, "work", tuple(e.roles), tuple(e.people), at))


def _claimed(f: CaseFacts, e: Any, at: datetime) -> None:
    for task in f.tasks:
        if task.name == e.state and task.closed is None:
            task.claimed = task.claimed or at
            task.people = (getattr(e, "by", "") if type(e).__name__ == "TaskClaimed" else e.to,)


def _item(f: CaseFacts, e: Any, at: datetime) -> None:
    f.tasks.append(TaskFacts(e.id, e.kind, tuple(e.roles), tuple(e.people), at))


def _item_settled(f: CaseFacts, e: Any, at: datetime) -> None:
    for task in f.tasks:
        if task.name == e.id and task.closed is None:
            task.closed = at


def _started(f: CaseFacts, e: Any, at: datetime) -> None:
    clock = f.running(e.name)
    if clock is None or not e.moved:
        clock = ClockFacts(e.name, e.started)
        f.clocks.append(clock)
    clock._facts(e.due)


def _paused(f: CaseFacts, e: Any, at: datetime) -> None:
    clock = f.running(e.name)
    if clock is not None:
        clock.paused = e.at


def _resumed(f: CaseFacts, e: Any, at: datetime) -> None:
    clock = f.running(e.name)
    if clock is not None:
        if clock.paused is not None:
            clock.pauses.append((clock.paused, e.at))
        clock.paused = None
        clock._facts(e.due)


def _settled(verdict: str) -> Callable[[CaseFacts, Any, datetime], None]:
    def fold(f: CaseFacts, e: Any, at: datetime) -> None:
        clock = f.running(e.name)
        if clock is None:
            return
        if clock.paused is not None:
            clock.pauses.append((clock.paused, at))
            clock.paused = None
        clock.verdict, clock.settled, clock.unit = verdict, at, f.before
        if verdict == "missed":
            clock.cause = e.cause

    return fold


def _asked(f: CaseFacts, e: Any, at: datetime) -> None:
    f.effects.append(EffectFacts(e.key, e.operation, at))


def _answered(f: CaseFacts, e: Any, at: datetime) -> None:
    for effect in f.effects:
        if effect.key == e.key and effect.answered is None:
            effect.status, effect.answered = e.status, at


def _closed(f: CaseFacts, e: Any, at: datetime) -> None:
    f.closed, f.outcome = at, e.outcome


_FOLD: Mapping[str, Callable[[CaseFacts, Any, datetime], None]] = {
    "CaseOpened": _opened,
    "CommandTaken": _command,
    "TransitionTaken": _transition,
    "StateEntered": _state,
    "StateLeft": _left,
    "DataSet": _data,
    "EffectRequested": _asked,
    "EffectAnswered": _answered,
    "TaskOpened": _task,
    "TaskClaimed": _claimed,
    "TaskGiven": _claimed,
    "ItemOpened": _item,
    "ItemSettled": _item_settled,
    "DeadlineStarted": _started,
    "DeadlinePaused": _paused,
    "DeadlineResumed": _resumed,
    "DeadlineMet": _settled("met"),
    "DeadlineMissed": _settled("missed"),
    "DeadlineEnded": _settled("ended"),
    "CaseClosed": _closed,
}

"""Deadlines and timers of a case: started, met, moved and due; and what of a case is due when.

Time is an argument everywhere. A due instant belongs to the time after it: at that very instant what is
due happens first.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from datetime import datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from procflow.core import journal as j
from procflow.core.calendar import Due
from procflow.core.case import Case
from procflow.core.expressions import Expression, Template, calls, holds, reads
from procflow.core.procedure import After, Deadline, Moment, Procedure, State
from procflow.core.render import fill_time
from procflow.core.times import EveryOpenDay

if TYPE_CHECKING:
    from procflow.core.pauses import Pause

#: The order in which things due at one instant happen.
_RANK = {"warn": 0, "missed": 1, "after": 2, "keep": 3, "promise": 4, "resume": 5, "unanswered": 6}
_WARN, _MISSED = _RANK["warn"], _RANK["missed"]
_NO_MOMENTS: frozenset[tuple[str, str]] = frozenset()


class StepClocks:
    """The part of a step that minds deadlines and timers; `decide` is its only user."""

    procedure: Procedure
    states: Mapping[str, State]
    before: Case
    f: Any
    scope: Any
    surroundings: Any
    base: datetime
    now: datetime
    data_changed: bool
    language: str
    emit: Any
    whole: bool  # whether nothing else is left or entered at this moment

    def _clocks(self, moments: set[tuple[str, str]], *, whole: bool = True) -> None:
        """Meet and start deadlines at these moments; compute anew what was built from changed data.

        Not `whole`: other transitions of this moment are still to be taken, so that what only holds between two
        states is not looked at.
        """
        self.whole = whole
        for deadline in self.procedure.deadlines:
            clock = self.f.clocks.get(deadline.name)
            running = clock is not None and clock.state == "running"
            if running and self._matches(deadline.met, moments):
                self.emit(j.DeadlineMet(deadline.name))
                running = False
                clock = self.f.clocks[deadline.name]
            if not running and (clock is None or deadline.again) and self._matches(deadline.starts, moments):
                if not (clock is not None and self._only_still_true(deadline.starts, moments)):
                    self._start_clock(deadline, self.base)
                    if self._matches(deadline.met, _NO_MOMENTS):  # what it waits for is so already
                        self.emit(j.DeadlineMet(deadline.name))
            elif running and self.data_changed and clock.paused is None and _built_from_data(deadline):
                self._start_clock(deadline, clock.started, moved=True)
            if deadline.pause_in and whole:
                self._stand_still(deadline)
        if self.data_changed:
            for name in (*self.f.around, *self.f.active):
                if self.states[name].after:
                    self._arm(self.states[name], again=True)
        self.data_changed = False

    def _matches(self, wanted: tuple[Moment, ...], moments: Set[tuple[str, str]]) -> bool:
        for moment in wanted:
            if moment.kind == "when":
                if self.whole and moment.when is not None and holds(moment.when, self.scope):
                    return True
            elif (moment.kind, moment.name) in moments:
                return True
        return False

    def _only_still_true(self, wanted: tuple[Moment, ...], moments: set[tuple[str, str]]) -> bool:
        """A `when` that starts a deadline `again` does so when it becomes true, not while it stays so."""
        if any((m.kind, m.name) in moments for m in wanted if m.kind != "when"):
            return False
        now_case = self.scope.case
        self.scope.case = self.before
        try:
            return any(m.when is not None and holds(m.when, self.scope) for m in wanted)
        finally:
            self.scope.case = now_case

    def _start_clock(self, deadline: Deadline, base: datetime, *, moved: bool = False) -> None:
        old = self.f.clocks.get(deadline.name)
        due, warn = self._reckoned(deadline, base, old.pauses if moved and old is not None else ())
        as_json = due.to_json() if due is not None else {}
        if moved and old is not None and old.due == as_json:
            return
        if moved and old is not None and old.warned and warn is not None and warn <= self.now:
            warn = None  # it was warned of already, and nobody needs to hear it twice
        self.emit(j.DeadlineStarted(deadline.name, base, as_json, warn, moved))

    def _stand_still(self, deadline: Deadline) -> None:
        """Stop the clock while one of the states that it names is active, and let it go on when none is."""
        clock = self.f.clocks.get(deadline.name)
        if clock is None or clock.state != "running":
            return
        inside = any(self.scope.call("state", (name,)) for name in deadline.pause_in)
        if inside and clock.paused is None:
            self.emit(j.DeadlinePaused(deadline.name, self.now))
        elif not inside and clock.paused is not None:
            pauses = (*clock.pauses, (clock.paused, self.now))
            due, warn = self._reckoned(deadline, clock.started, pauses)
            if clock.warned and warn is not None and warn <= self.now:
                warn = None
            self.emit(
                j.DeadlineResumed(deadline.name, self.now, due.to_json() if due is not None else {}, warn)
            )

    def _reckoned(
        self, deadline: Deadline, base: datetime, pauses: tuple[Pause, ...]
    ) -> tuple[Due | None, datetime | None]:
        """The due instant of a clock and when to warn of it."""
        calendar = self.surroundings.organisation.calendar
        if deadline.since is not None:
            time = fill_time(deadline.since, self.scope)
            if time is None:
                return None, None
            base = calendar.due(time, base, bare_date="start").at
        is_span = deadline.within is not None
        time = fill_time(deadline.within if is_span else deadline.until, self.scope)
        if time is None:  # while a part of it has no value
            return None, None
        if pauses:
            from procflow.core.pauses import due_after  # few clocks ever stand still

            due = due_after(calendar, time, base, pauses, "closing")
        else:
            due = calendar.due(time, base, bare_date="closing")
        if not deadline.warn_at:
            return due, None
        return due, calendar.warn_at(deadline.warn_at, time if is_span else None, base, due.at, pauses)

    def _arm(self, state: State, *, again: bool = False) -> None:
        """Arm the timers of a state that was just entered, or (`again`) whose data changed."""
        entered = self.f.entered.get(state.name, self.now)
        for after in state.after:
            if again and not _reads_data(after.time):
                continue
            time = fill_time(after.time, self.scope)
            comes_again = isinstance(time, EveryOpenDay)
            if after.id in self.f.fired and not comes_again:
                continue
            old = self.f.timers.get(after.id)
            if time is None:
                if old is not None:
                    self.emit(j.TimerDisarmed(after.id))
                continue
            since = self.now if comes_again else entered
            due = self.surroundings.calendar.due(time, since, bare_date="opening").to_json()
            if old is None or old.due != due:
                self.emit(j.TimerArmed(after.id, state.name, due))

    def _arm_next(self, state: State, after: After) -> None:
        """What has come, and comes every open day, is armed for the next one."""
        time = fill_time(after.time, self.scope)
        if isinstance(time, EveryOpenDay) and after.id not in self.f.timers:
            due = self.surroundings.calendar.due(time, self.now, bare_date="opening").to_json()
            self.emit(j.TimerArmed(after.id, state.name, due))


def _reads_data(spec: Any) -> bool:
    """Whether a time depends on data. One that names parameters only keeps the instant it began with."""
    if not isinstance(spec, Template):
        return False
    nodes = [part.node for part in spec.parts if isinstance(part, Expression)]
    return any(reads(node) or any(name != "param" for name, _, _ in calls(node)) for node in nodes)


def _built_from_data(deadline: Deadline) -> bool:
    return any(_reads_data(spec) for spec in (deadline.within, deadline.until, deadline.since))


def due_items(procedure: Procedure, case: Case) -> list[tuple[datetime, int, int, str]]:
    """Everything that will happen by time: (instant, rank, place in the file, `kind:name`), in order.

    A warning or deadline whose instant lies before the case's last step is due at once.
    """
    if case.closed is not None:
        return []
    found: list[tuple[datetime, int, int, str]] = []
    clocks = case.clocks
    for place, deadline in enumerate(procedure.deadlines) if clocks else ():
        clock = clocks.get(deadline.name)
        if clock is None or clock.state != "running" or not clock.due or clock.paused is not None:
            continue
        due = Due.instant(clock.due)
        found.append((due, _MISSED, place, f"missed:{deadline.name}"))
        if clock.warn is not None and not clock.warned:
            found.append((min(clock.warn, due), _WARN, place, f"warn:{deadline.name}"))
    if case.timers:
        for name, timer in case.timers.items():
            place = procedure.timer_places.get(name, 0)
            found.append((Due.instant(timer.due), _RANK["after"], place, f"after:{name}"))
    for name, task in case.tasks.items():
        if task.suspended is not None:
            found.append((task.suspended, _RANK["resume"], 0, f"resume:{name}"))
    if case.hand_overs:
        for name, offer in case.hand_overs.items():
            found.append((Due.instant(offer.due), _RANK["unanswered"], 0, f"unanswered:{name}"))
    if case.retake and case.now is not None:
        for place, item in enumerate(sorted(case.retake, key=lambda item: (case.items[item].since, item))):
            found.append((case.now, _RANK["keep"], place, f"take:{item}"))
    if case.kept:
        for place, (item, until) in enumerate(sorted(case.kept.items(), key=itemgetter(1))):
            found.append((until, _RANK["keep"], place, f"keep:{item}"))
    if case.promises:
        for place, promise in enumerate(procedure.promises):
            monitor = case.promises.get(promise.name)
            if monitor is not None and monitor.state == "pending" and monitor.until is not None:
                found.append((monitor.until, _RANK["promise"], place, f"promise:{promise.name}"))
    if len(found) > 1:
        found.sort()
    return found


def is_due(item: tuple[datetime, int, int, str], now: datetime) -> bool:
    """At its instant; a promise's time includes its last instant, so it is up only after it."""
    return item[0] < now if item[1] == _RANK["promise"] else item[0] <= now

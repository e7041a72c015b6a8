"""When a time is due whose clock stood still for a while (`pause_in` of a deadline), with the notes that tell why.

Running time goes on where it stopped; a working day is used up at its closing time, and not while the clock
stands still; days, weeks, months and years, and instants that are given, move by as long as the pause lasted on
the wall clock. It must not know deadlines, cases, or why a clock stood still.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from procflow.core.civil import utc
from procflow.core.due import Due
from procflow.core.reckoning import Reckoning, finished
from procflow.core.running_time import runs
from procflow.core.times import Span, Time
from procflow.errors import CalendarError

if TYPE_CHECKING:
    from procflow.core.calendar import Calendar

#: From (included) until (not included) when a clock stood still; aware UTC instants.
Pause = tuple[datetime, datetime]

_RUNNING = frozenset({"seconds", "minutes", "hours", "open_hours", "hours_on_open_days"})


def due_after(
    calendar: Calendar, what: Time, start: datetime, pauses: Sequence[Pause], bare_date: str
) -> Due:
    """Like `Calendar.due`, of a clock that stood still in these pauses, which lie in order. Raises CalendarError."""
    start = utc(start)
    stood = [(max(begin, start), end) for begin, end in pauses if end > max(begin, start)]
    if not stood or (isinstance(what, Span) and what.amount <= 0):
        return calendar.due(what, start, bare_date=bare_date)
    work = Reckoning(calendar, bare_date)
    try:
        at = _moved(work, what, start, stood)
        calendar.check_year(calendar.civil_date(at))
    except OverflowError:
        raise CalendarError(
            f"{what} leads outside the years whose holidays are known: "
            f"{calendar.first_year} to {calendar.last_year}",
            "give a nearer time",
        ) from None
    return finished(calendar, at, start, work.notes)


def _moved(work: Reckoning, what: Time, start: datetime, stood: list[Pause]) -> datetime:
    if isinstance(what, Span) and what.unit in _RUNNING:
        work.note("start", at=start.isoformat())
        return _running(work, what, start, stood)
    if isinstance(what, Span) and what.unit == "working_days":
        work.note("start", at=start.isoformat())
        return _working_days(work, what, start, stood)
    at = work.run(what, start, None)
    for begin, end in stood:
        if begin >= at:
            break
        _tell(work, begin, end)
        local = work.calendar.local
        wall = local(at).replace(tzinfo=None) + (
            local(end).replace(tzinfo=None) - local(begin).replace(tzinfo=None)
        )
        at = work.wall(wall.date(), wall.time())
    return at


def _tell(work: Reckoning, begin: datetime, end: datetime) -> None:
    work.note("stood_still", since=begin.isoformat(), until=end.isoformat())


def _running(work: Reckoning, what: Span, start: datetime, stood: list[Pause]) -> datetime:
    """Time that runs: what was used before each pause is used, the rest goes on after the last one."""
    elapsed = what.unit not in ("open_hours", "hours_on_open_days")
    work.note("elapsed_paused" if elapsed else what.unit, span=str(what))
    left, at = what.running(), start
    for begin, end in stood:
        if elapsed:
            used = begin - at
        else:
            parts = runs(work.calendar, at, begin, what.unit == "hours_on_open_days")
            used = sum((until - since for since, until in parts), timedelta())
        if used >= left:
            break
        _tell(work, begin, end)
        left, at = left - used, end
    if elapsed:
        work.tell_change(at, at + left)
        return at + left
    return work.running(at, left, False, whole_days=what.unit == "hours_on_open_days")


def _working_days(work: Reckoning, what: Span, start: datetime, stood: list[Pause]) -> datetime:
    """Each working day after the first is used up at its closing time, unless the clock stands still then."""
    calendar = work.calendar
    count = int(what.amount)
    if count > 366 * (calendar.last_year - calendar.first_year + 1):
        raise OverflowError
    work.note("working_days", span=str(what))
    first: date = calendar.civil_date(start)
    day, closing = first, start
    told = list(stood)
    while count:
        found = calendar.open_day_after(day)
        day, closing = found.date, found.open[-1][1]
        while told and told[0][0] < closing:
            _tell(work, *told.pop(0))
        if not any(begin < closing <= end for begin, end in stood):
            count -= 1
    work.tell_closed_between(first, day)
    return closing

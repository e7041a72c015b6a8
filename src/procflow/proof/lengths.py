"""How long a length of time takes at least and at most, in seconds, on the organisation's calendar.

By the wall clock, where a day is a day and an hour may be two when the clocks change; or elapsed, where an hour is an
hour and a day may have 23 or 25.
"""

from __future__ import annotations

from datetime import date, time, timedelta
from functools import lru_cache

from procflow.core.calendar import Calendar
from procflow.core.times import EveryOpenDay, NextOpenDay, Span, Time, Today
from procflow.errors import CalendarError
from procflow.proof.zones import FOREVER

DAY, HOUR = 86_400.0, 3_600.0
_DAYS = {"days": (1, 1), "weeks": (7, 7), "months": (28, 31), "years": (365, 366)}
#: Years of the calendar over which working days are counted.
_YEARS = 6

Bounds = tuple[float, float]


def bounds_of(span: Time | None, calendar: Calendar | None, *, wall: bool) -> Bounds:
    """The least and the most that a time takes from when it begins; (0, for ever) where nothing is known."""
    if isinstance(span, Today | NextOpenDay) or (isinstance(span, EveryOpenDay) and not span.of):
        return 0.0, _longest(calendar, span) + HOUR if calendar is not None else FOREVER
    if not isinstance(span, Span):
        return 0.0, FOREVER
    elapsed = span.elapsed()
    if elapsed is not None:
        seconds = elapsed.total_seconds()
        return (max(seconds - HOUR, 0.0), seconds + HOUR) if wall and seconds > 0 else (seconds, seconds)
    slack = 0.0 if wall else HOUR
    if span.unit in _DAYS:
        least, most = _DAYS[span.unit]
        return float(span.amount) * least * DAY - slack, float(span.amount) * most * DAY + slack
    if span.unit == "working_days" and calendar is not None:
        short, long = _working(calendar, int(span.amount))
        return max(short - slack, 0.0), long + slack
    running = span.running() if span.unit in ("open_hours", "hours_on_open_days") else None
    if running is not None and calendar is not None:
        return max(running.total_seconds() - HOUR, 0.0), _longest(calendar, span) + HOUR
    return 0.0, FOREVER


@lru_cache(maxsize=64)
def _longest(calendar: Calendar, what: Time) -> float:
    """How long it takes at most, elapsed: begun as somebody goes home, at the time of day itself, or as a day begins."""
    most, first = 0.0, date(2026, 1, 1)
    clock = getattr(what, "at", None)
    try:
        for n in range(_YEARS * 366):
            day = calendar.day(first + timedelta(days=n))
            begins = {day.begins, *(end for _, end in day.open)}
            if isinstance(clock, time):
                begins.add(day.begins + timedelta(hours=clock.hour, minutes=clock.minute))
            for start in begins:
                most = max(most, (calendar.due(what, start).at - start).total_seconds())
    except CalendarError:
        return FOREVER
    return most


@lru_cache(maxsize=256)
def _working(calendar: Calendar, amount: int) -> Bounds:
    """From any instant of a day to the closing time of the last working day counted."""
    first = date(2026, 1, 1)
    days = [calendar.day(first + timedelta(days=n)) for n in range(_YEARS * 366 + 5 * amount + 60)]
    opened = [n for n, day in enumerate(days) if calendar.is_open_day(day.date)]
    closing = {}
    for n in opened:
        at = calendar.closing(days[n].date)
        local = calendar.local(at) if at is not None else None
        closing[n] = (local.hour * HOUR + local.minute * 60.0) if local is not None else DAY
    least, most, place = FOREVER, 0.0, 0
    for n in range(_YEARS * 366):
        while opened[place] <= n:
            place += 1
        last = opened[place + amount - 1]
        ends = (last - n) * DAY + closing[last]
        least, most = min(least, ends - DAY), max(most, ends)
    return least, most


@lru_cache(maxsize=64)
def closes_by_day(calendar: Calendar) -> bool:
    """Whether each working day ends before midnight, so that it ends on its own date."""
    first = date(2026, 1, 1)
    try:
        days = [calendar.day(first + timedelta(days=n)) for n in range(366)]
    except CalendarError:
        return False
    return all(calendar.civil_date(end) == day.date for day in days for _, end in day.open)

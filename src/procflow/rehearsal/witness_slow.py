"""Days on which the clocks of a procedure take longest, because so much is closed after them.

It must not know what is begun then.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from procflow.core.calendar import Calendar
from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure
from procflow.core.times import Span, Time
from procflow.errors import CalendarError
from procflow.proof.clocks import time_of
from procflow.proof.standing import Standing
from procflow.rehearsal.entering import instant_of

#: Days that are looked at, and how many of them are told.
_DAYS, _MOST = 3 * 366, 2


def slow_days(procedure: Procedure, organisation: Organisation, clock: str) -> Iterator[str]:
    """Other days, at the same time of day, as a scenario writes them."""
    standing = Standing(organisation)
    specs: list[Any] = [after.time for state in procedure.states for after in state.after]
    specs += [deadline.within for deadline in procedure.deadlines]
    times = [time for spec in specs if (time := time_of(spec, standing)) is not None]
    calendar = organisation.calendar
    first = instant_of(clock, organisation.zone, calendar.midnight).astimezone(calendar.tz)
    days = dict.fromkeys(_slowest(calendar, time, first) for time in times if _by_the_calendar(time))
    for n in list(days)[:_MOST]:
        if n:
            yield f"{first + timedelta(days=n):%Y-%m-%d %H:%M}"


def _by_the_calendar(time: Time) -> bool:
    return not isinstance(time, Span) or time.elapsed() is None


def _slowest(calendar: Calendar, time: Time, first: Any) -> int:
    """So many days later it takes longest; of several the first."""
    most, found = timedelta(), 0
    try:
        for n in range(_DAYS):
            start = first + timedelta(days=n)
            lasts = calendar.due(time, start).at - start
            if lasts > most + timedelta(hours=2):  # not for clocks that are changed alone
                most, found = lasts, n
    except CalendarError:
        pass
    return found

"""The days of a report, as instants in the organisation's zone, and the instant that its figures are as of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import TypeGuard

from msgspec import Struct

from procflow.core.calendar import Calendar
from procflow.errors import UsageError, words_in_both

_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)  # what happens right now has happened
_MOST_DAYS = 400  # nobody reads a longer table day by day


class Period(Struct, frozen=True):
    """Both days belong to it. `start` is the first instant, `end` the first instant after it; the figures are of
    what happened before `as_of`: before `end`, or up to now while the period is not over. All in UTC: a day of
    23 or 25 hours is one day."""

    first: date
    last: date
    start: datetime
    end: datetime
    as_of: datetime

    @property
    def is_over(self) -> bool:
        return self.as_of == self.end

    def holds(self, instant: datetime | None) -> TypeGuard[datetime]:
        """Whether something happened in these days, as far as the figures go."""
        return instant is not None and self.start <= instant < self.as_of

    def day_by_day(self) -> Iterator[date]:
        """The days, for a table that has a row of each; none where they are too many for one."""
        count = (self.last - self.first).days + 1
        return (self.first + n * _DAY for n in range(count if count <= _MOST_DAYS else 0))


def period_of(calendar: Calendar, first: date | None, last: date | None, now: datetime) -> Period:
    """The period from one civil day to another. Without a last day it is today; without a first day, the
    first of the last day's month. Raises UsageError for days that come in the wrong order or are still to come."""
    today = calendar.civil_date(now)
    last = today if last is None else last
    first = last.replace(day=1) if first is None else first
    in_order(first, last)
    if first > today:
        raise UsageError(
            *words_in_both(
                f"{first} has not come yet: today is {today}",
                f"{first} er ikke kommet endnu: i dag er {today}",
                "give days that have begun",
                "angiv dage, der er begyndt",
            )
        )
    start, end = calendar.midnight(first), calendar.midnight(last + _DAY)
    return Period(first, last, start, end, min(end, now + _TICK))


def in_order(first: date, last: date) -> None:
    """Raises UsageError for days that end before they begin."""
    if first > last:
        raise UsageError(
            *words_in_both(
                f"the days end on {last}, before they begin on {first}",
                f"dagene slutter den {last}, før de begynder den {first}",
                "let them begin on the earlier day",
                "lad dem begynde på den tidligste dag",
            )
        )

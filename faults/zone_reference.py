"""What the words for times mean around a change of the clocks, slowly: minute by minute, from nothing but the time zone's data.

It shares no line with the product. The rule (docs/explanation/durability.md): a wall clock that comes twice is its first coming;
one that is skipped is the first instant after the gap; hours are counted as they go by, on the days and between the times
of day that are open; days, weeks and months keep the wall clock.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_PASSED = [n * MINUTE for n in range(60)]


def changes(zone: ZoneInfo, first: int, last: int) -> Iterator[datetime]:
    """The instants from the beginning of one year to the end of another at which the zone's offset becomes another."""

    def offset(at: datetime) -> timedelta:
        return at.astimezone(zone).utcoffset() or timedelta()

    low, end = datetime(first, 1, 1, tzinfo=UTC), datetime(last + 1, 1, 1, tzinfo=UTC)
    while low < end:
        high = low + DAY
        if (before := offset(low)) != offset(high):
            at = low + MINUTE
            while offset(at) == before:
                at += MINUTE
            yield at
        low = high


class Minutes:
    """Every minute of some days, and what the wall clock said. `opens` and `closes` are the hours of the weekdays that are
    not in `closed`. Whatever lies behind those days comes at `end`: nobody looks so far."""

    def __init__(
        self, zone: ZoneInfo, begin: datetime, days: int, opens: time, closes: time, closed: frozenset[int]
    ) -> None:
        self.zone, self.begin = zone, begin
        self.opens, self.closes, self.closed = opens, closes, closed
        self.walls: list[datetime] = []
        for hour in range(days * 24):
            self.walls += self._hour(begin + hour * HOUR)
        self.end = begin + days * DAY
        self._found: dict[tuple[date, time], datetime] = {}

    def _hour(self, at: datetime) -> list[datetime]:
        """What the wall clock says at each of 60 minutes; no zone changes its clocks there and back within them."""
        first, last = (self.local(at + n * MINUTE) for n in (0, 59))
        if last - first == 59 * MINUTE:
            return [first + passed for passed in _PASSED]
        return [self.local(at + passed) for passed in _PASSED]

    def wall(self, day: date, at: time) -> datetime:
        """Its first coming, else the first instant after the gap in which it would be."""
        if (day, at) not in self._found:
            self._found[day, at] = self._looked_for(datetime.combine(day, at))
        return self._found[day, at]

    def _looked_for(self, wanted: datetime) -> datetime:
        if wanted > self.walls[-1]:
            return self.end
        n = max((wanted - self.walls[0]) // MINUTE - 300, 0)  # no change is of more than five hours
        while not (self.walls[n] == wanted or (self.walls[n] > wanted and self.walls[n - 1] < wanted)):
            n += 1
        return self.begin + n * MINUTE

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.zone).replace(tzinfo=None)

    def is_open(self, day: date) -> bool:
        """Not where all its hours are skipped: then nobody is there."""
        if day.weekday() in self.closed:
            return False
        return (
            self.wall(day, self.opens) < self.wall(day, self.closes) or self.wall(day, self.opens) == self.end
        )

    def open_day_after(self, day: date, count: int = 1) -> date:
        while count:
            day += DAY
            count -= self.is_open(day)
        return day

    # the words of the language

    def elapsed(self, start: datetime, minutes: int) -> datetime:
        return start + minutes * MINUTE

    def days(self, start: datetime, count: int) -> datetime:
        local = self.local(start)
        return self.wall(local.date() + count * DAY, local.time())

    def months(self, start: datetime, count: int) -> datetime:
        local = self.local(start)
        year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
        day = min(local.day, monthrange(year, month + 1)[1])
        return self.wall(date(year, month + 1, day), local.time())

    def day_of_the_month_before(self, day: date) -> date:
        year, month = divmod(day.year * 12 + day.month - 2, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

    def working_days(self, start: datetime, count: int) -> datetime:
        return self.wall(self.open_day_after(self.local(start).date(), count), self.closes)

    def next_open_day(self, start: datetime, at: time) -> datetime:
        return self.wall(self.open_day_after(self.local(start).date()), at)

    def today_at_closing(self, start: datetime) -> datetime:
        today = self.local(start).date()
        if self.is_open(today) and (at := self.wall(today, self.closes)) > start:
            return at
        return self.next_open_day(start, self.closes)

    def on_date(self, day: date, *, opening: bool) -> datetime:
        """A bare date: opening time where it begins something, closing time where something ends by it."""
        if opening:
            return self.wall(day if self.is_open(day) else self.open_day_after(day), self.opens)
        return self.wall(day, self.closes) if self.is_open(day) else self.wall(day + DAY, time())

    def open_minutes(self, start: datetime, minutes: int) -> datetime:
        """So many minutes between opening and closing."""
        return self._counted(start, minutes, self.opens, self.closes)

    def minutes_on_open_days(self, start: datetime, minutes: int) -> datetime:
        return self._counted(start, minutes, time(), None)

    def _counted(self, start: datetime, minutes: int, opens: time, closes: time | None) -> datetime:
        day, at = self.local(start).date() - DAY, start
        while at < self.end:
            if self.is_open(day):
                low = self.wall(day, opens)
                high = self.wall(day, closes) if closes is not None else self.wall(day + DAY, time())
                at = max(low, start)
                while at < high:
                    at += MINUTE
                    minutes -= 1
                    if not minutes:
                        return at
            if self.wall(day, closes or time()) == self.end:
                break
            day += DAY
        return self.end

    def every_open_day(self, after: datetime, until: datetime, at: time) -> list[datetime]:
        """All that come after one instant, up to another."""
        found, day = [], self.local(after).date() - DAY
        while (instant := self.wall(day, at)) <= until:
            if self.is_open(day) and instant > after:
                found.append(instant)
            day += DAY
        return found

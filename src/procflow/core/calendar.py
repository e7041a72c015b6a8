"""A calendar given as data: zone, opening hours, closed days and holidays; and what is open when.

All arithmetic is on UTC instants; the wall clock only says where a civil day begins and ends. It must not
know where holidays come from, the system's clock or its zone. How times are reckoned is in `reckoning`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from procflow.core import reckoning, running_time
from procflow.core.civil import utc_of
from procflow.core.due import Due, ToldAgain
from procflow.core.opening import Ranges, closed_days, week_of
from procflow.core.running_time import Stretches
from procflow.core.times import EveryOpenDay, Time, parse_time, parse_warn
from procflow.errors import CalendarError

__all__ = ["Calendar", "Day", "Due", "Holidays", "calendar_from_yaml_values", "parse_warn"]

_DAY = timedelta(days=1)
_EPOCH = date(1970, 1, 1)


class Day(Struct, frozen=True, gc=False):
    """One civil date on the UTC line. `reason` is "" where it is open, else weekend, no_hours, holiday, custom."""

    date: date
    begins: datetime
    ends: datetime
    open: tuple[tuple[datetime, datetime], ...]
    reason: str
    name: str  # of the holiday


class Holidays(Mapping[date, str]):
    """Holidays as they are stored: a table of names, and for each year month-day and name, side by side.

    Loading costs nothing for the years that nobody asks about.
    """

    __slots__ = ("_names", "_read", "_years")

    def __init__(self, names: list[str], years: Mapping[str, list[int]]) -> None:
        self._names, self._years = names, years
        self._read: dict[int, dict[tuple[int, int], str]] = {}

    def year(self, year: int) -> dict[tuple[int, int], str]:
        found = self._read.get(year)
        if found is None:
            flat = self._years.get(str(year), ())
            pairs = zip(flat[::2], flat[1::2], strict=True)
            found = self._read[year] = {divmod(day, 100): self._names[name] for day, name in pairs}
        return found

    def __getitem__(self, day: date) -> str:
        return self.year(day.year)[day.month, day.day]

    def __iter__(self) -> Iterator[date]:
        for year in self._years:
            for month, day in self.year(int(year)):
                yield date(int(year), month, day)

    def __len__(self) -> int:
        return sum(map(len, self._years.values())) // 2

    def __repr__(self) -> str:
        return f"<{len(self)} holidays>"


class Calendar(Struct, frozen=True, dict=True):
    """`open` holds the ranges of each weekday, Monday first; an end of 00:00 is the midnight after.

    A date is open if its weekday has hours and it is neither a holiday nor closed by custom. Whatever lies
    outside `first_year` to `last_year` (by the civil date) raises CalendarError: its holidays are not known.
    """

    zone: str
    open: tuple[Ranges, ...]
    closed_every: frozenset[tuple[int, int]] = frozenset()
    closed_on: frozenset[date] = frozenset()
    holidays: Mapping[date, str] = field(default_factory=dict)
    first_year: int = 1970
    last_year: int = 2199

    def __post_init__(self) -> None:
        if len(self.open) != 7:
            raise ValueError("a week has opening hours for 7 days, Monday first; an empty tuple is closed")

    def __hash__(self) -> int:
        return hash(
            (self.zone, self.open, self.closed_every, self.closed_on, self.first_year, self.last_year)
        )

    @cached_property
    def _days(self) -> dict[date, Day]:
        return {}

    @cached_property
    def _near(self) -> dict[date, Day]:
        """The civil day in which an instant of a date (as it was written) was found last."""
        return {}

    @cached_property
    def _stretches(self) -> dict[tuple[date, date, bool], Stretches]:
        return {}

    @cached_property
    def counted(self) -> dict[tuple[date, Any], tuple[datetime, ToldAgain]]:
        """(civil date, working days) -> the closing time that `reckoning` counted, and what it told of it."""
        return {}

    @cached_property
    def _opens_at_all(self) -> bool:
        return any(self.open)

    @cached_property
    def tz(self) -> ZoneInfo:
        try:
            return ZoneInfo(self.zone)
        except (KeyError, ValueError, OSError):
            raise CalendarError(
                f"the time zone {self.zone!r:.60} is not known", "Europe/Copenhagen"
            ) from None

    # civil days

    def day(self, day: date) -> Day:
        """What is known of a civil date; CalendarError outside the known years."""
        found = self._days.get(day)
        return self._look_up(day) if found is None else found

    def _look_up(self, day: date) -> Day:
        self.check_year(day)
        reason, name = "", ""
        weekly = self.open[day.weekday()]
        if day in self.holidays:
            reason, name = "holiday", self.holidays[day]
        elif not weekly:
            reason = "weekend" if day.weekday() > 4 else "no_hours"
        elif (day.month, day.day) in self.closed_every or day in self.closed_on:
            reason = "custom"
        zone = self.tz
        wall = datetime(day.year, day.month, day.day)
        begins = utc_of(wall, zone)[0]
        offset = zone.utcoffset(wall) or timedelta()
        if offset == zone.utcoffset(wall + _DAY) and begins == wall.replace(tzinfo=UTC) - offset:
            # no clock change: a range lies as far behind midnight as its wall clock says
            ends = begins + _DAY
            open_ = () if reason else tuple((begins + a, begins + b) for a, b in self._lengths[day.weekday()])
        else:
            ends = utc_of(wall + _DAY, zone)[0]
            given = () if reason else self._lengths[day.weekday()]
            spans = ((utc_of(wall + a, zone)[0], utc_of(wall + b, zone)[0]) for a, b in given)
            open_ = tuple((start, end) for start, end in spans if start < end)  # none is left of one in a gap
            reason = reason or ("" if open_ else "no_hours")
        found = Day(day, begins, ends, open_, reason, name)
        self._days[day] = found
        return found

    @cached_property
    def _lengths(self) -> tuple[tuple[tuple[timedelta, timedelta], ...], ...]:
        """The ranges of each weekday as lengths from midnight."""

        def length(at: time) -> timedelta:
            return datetime.combine(_EPOCH, at) - datetime.combine(_EPOCH, time())

        return tuple(tuple((length(a), length(b) or _DAY) for a, b in ranges) for ranges in self.open)

    def check_year(self, day: date) -> None:
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarError(
                f"{day.isoformat()} lies outside the years whose holidays are known: "
                f"{self.first_year} to {self.last_year}",
                "give a nearer time, or publish the organisation anew with later years",
                {"date": day.isoformat(), "first_year": self.first_year, "last_year": self.last_year},
            )

    def check_instant(self, instant: datetime) -> None:
        """`check_year` for the civil date of an instant (in UTC, which is the year's but at its ends)."""
        if not self.first_year < instant.year < self.last_year:
            self.check_year(self.civil_date(instant))

    def midnight(self, day: date) -> datetime:
        """The first instant of a civil date, in UTC."""
        return self.day(day).begins

    def local(self, instant: datetime) -> datetime:
        """The same instant in the zone of the organisation."""
        return instant.astimezone(self.tz)

    def civil_date(self, instant: datetime) -> date:
        near = self._near.get(instant.date())
        if near is not None and near.begins <= instant < near.ends:
            return near.date
        found = instant.astimezone(self.tz).date()
        if self.first_year <= found.year <= self.last_year:
            self._keep_near(instant, self.day(found))
        return found

    def civil_day(self, when: Any) -> date | None:
        """The date of a date or an instant, as a person here would call it; None for what is neither."""
        if isinstance(when, datetime):
            return self.civil_date(when)
        return when if isinstance(when, date) else None

    def whole(self, since: Any, until: Any) -> tuple[datetime, datetime]:
        """A period from its first instant until (not including) its end; a date counts from midnight to midnight.

        Raises CalendarError for ends that are no times.
        """
        first = self.midnight(since) if _is_day(since) else since
        last = self.midnight(until + timedelta(days=1)) if _is_day(until) else until
        if not isinstance(first, datetime) or not isinstance(last, datetime):
            raise CalendarError("a period has a first and a last day", "give two dates or instants")
        return first, last

    def day_of(self, instant: datetime) -> Day:
        near = self._near.get(instant.date())
        if near is not None and near.begins <= instant < near.ends:
            return near
        found = self.day(instant.astimezone(self.tz).date())
        self._keep_near(instant, found)
        return found

    def _keep_near(self, instant: datetime, day: Day) -> None:
        if day.ends - day.begins == _DAY:  # else the wall clock moves, and only the zone can tell
            if len(self._near) >= reckoning.MOST_KEPT:
                self._near.clear()
            self._near[instant.date()] = day

    # what is open

    def is_open_day(self, day: date) -> bool:
        """Whether it has opening hours and is neither a holiday nor closed by custom."""
        return not self.day(day).reason

    def is_open(self, instant: datetime) -> bool:
        """Whether somebody is there; at the closing instant nobody is."""
        return any(start <= instant < end for start, end in self.day_of(instant).open)

    def opening(self, day: date) -> datetime | None:
        """The first open instant of a date in UTC; None if it is closed."""
        found = self.day(day).open
        return found[0][0] if found else None

    def closing(self, day: date) -> datetime | None:
        """The last closing instant of a date in UTC; None if it is closed."""
        found = self.day(day).open
        return found[-1][1] if found else None

    def days(self, first: date, last: date) -> list[Day]:
        """The civil days from the first date to the last, both included."""
        return [self.day(first + n * _DAY) for n in range((last - first).days + 1)]

    def stretches(self, first: date, last: date, whole_days: bool) -> Stretches:
        """What is open from the first date to the last, both included, in order: open hours, or (`whole_days`) open
        days from midnight to midnight. The same ones are asked for again and again."""
        found = self._stretches.get((first, last, whole_days))
        if found is None:
            if len(self._stretches) >= reckoning.MOST_KEPT:
                self._stretches.clear()
            days = self.days(first, last)
            if whole_days:
                found = Stretches([(day.begins, day.ends) for day in days if not day.reason])
            else:
                found = Stretches([stretch for day in days for stretch in day.open])
            self._stretches[first, last, whole_days] = found
        return found

    def open_day_after(self, day: date) -> Day:
        """The first open day after this date; CalendarError where none is known."""
        if not self._opens_at_all:
            raise CalendarError("no weekday has opening hours", "give the organisation's calendar an `open:`")
        found = self.day(day + _DAY)
        while found.reason:
            found = self.day(found.date + _DAY)
        return found

    def open_day_before(self, day: date) -> Day:
        """The last open day before this date; CalendarError where none is known."""
        if not self._opens_at_all:
            raise CalendarError("no weekday has opening hours", "give the organisation's calendar an `open:`")
        found = self.day(day - _DAY)
        while found.reason:
            found = self.day(found.date - _DAY)
        return found

    def next_open(self, instant: datetime) -> datetime:
        """The first open instant at or after this one, in UTC."""
        today = self.day_of(instant)
        for start, end in today.open:
            if instant < end:
                return max(start, instant.astimezone(UTC))
        return self.open_day_after(today.date).open[0][0]

    def last_open(self, instant: datetime, not_before: datetime) -> datetime | None:
        """The last open instant, closing time included, not after `instant` and not before `not_before`."""
        if instant < not_before or not self._opens_at_all:
            return None
        today = self.day_of(instant)
        while True:
            for start, end in reversed(today.open):
                if start <= instant:
                    found = end if end <= instant else instant.astimezone(UTC)
                    return found if found >= not_before else None
            earlier = today.date - _DAY
            if today.begins < not_before or earlier.year < self.first_year:
                return None
            today = self.day(earlier)

    # times

    def due(
        self,
        what: Time,
        start: datetime,
        *,
        bare_date: str = "closing",
        today: date | None = None,
    ) -> Due:
        """When a time that counts from `start` is due.

        `bare_date` says what a date without a time of day means: `closing` (the end of the day where it is
        closed), `opening` (of the next open day where it is closed), or `start` (opening, or midnight where
        it is closed: for counting from a date). `today` is the date that `today` and `next open day` start
        from; the civil date of `start` unless given. Raises CalendarError.
        """
        return reckoning.due(self, what, start, bare_date, today)

    def add(self, instant: datetime, what: Time | str) -> datetime:
        """The instant (UTC) that is `what` after this one; an elapsed span may be negative."""
        return reckoning.add(self, parse_time(what) if isinstance(what, str) else what, instant)

    def warn_at(
        self,
        spec: str,
        what: Time | None,
        start: datetime,
        due: datetime,
        pauses: Sequence[tuple[datetime, datetime]] = (),
    ) -> datetime:
        """When to warn (`75%` of the same clock, `4 hours before`), moved into opening hours.

        `what` says which clock runs: the percentage is of running time for `hours on open days`, of open
        time for working days and open hours, of elapsed time for all others (and None). An instant outside
        opening hours moves to the last open moment before it if that lies after the start. Never before
        `start`. While the clock stood still (`pauses`) no time ran.
        """
        return running_time.warn_at(self, parse_warn(spec), what, start, due, pauses)

    def every_after(self, what: EveryOpenDay, instant: datetime) -> datetime:
        """The next coming of `every open day at 08:00` strictly after `instant`."""
        return reckoning.every_after(self, what, instant)

    # as data

    def to_json(self) -> dict[str, Any]:
        """Compact plain JSON; equal calendars give equal documents."""
        names = sorted(set(self.holidays.values()))
        place = {name: n for n, name in enumerate(names)}
        years: dict[str, list[int]] = {}
        for day in sorted(self.holidays):
            years.setdefault(str(day.year), []).extend((day.month * 100 + day.day, place[self.holidays[day]]))
        return {
            "zone": self.zone,
            "open": [[[_plain(a), _plain(b)] for a, b in ranges] for ranges in self.open],
            "closed_every": [f"{month:02}-{day:02}" for month, day in sorted(self.closed_every)],
            "closed_on": [day.isoformat() for day in sorted(self.closed_on)],
            "names": names,
            "holidays": years,
            "years": [self.first_year, self.last_year],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Calendar:
        read = time.fromisoformat
        every, once = closed_days((*document["closed_every"], *document["closed_on"]))
        first, last = document["years"]
        return cls(
            zone=document["zone"],
            open=tuple(tuple((read(a), read(b)) for a, b in ranges) for ranges in document["open"]),
            closed_every=every,
            closed_on=once,
            holidays=Holidays(document["names"], document["holidays"]),
            first_year=first,
            last_year=last,
        )


def _is_day(when: Any) -> bool:
    return isinstance(when, date) and not isinstance(when, datetime)


def _plain(at: time) -> str:
    return at.isoformat() if at.second or at.microsecond else at.isoformat("minutes")


def calendar_from_yaml_values(
    zone: str,
    country: str,
    closed: list[str],
    open: Mapping[str, str | list[str]],
    holidays: Mapping[date, str],
    *,
    years: tuple[int, int] | None = None,
) -> Calendar:
    """A calendar from the words of an organisation's file; raises CalendarError that names the wrong word.

    `holidays` are the public ones of `country` ("" for none). The years known are the first to the last
    with a holiday unless `years` says otherwise; 1970 to 2199 where there are none to know.
    """
    if country and not holidays:
        raise CalendarError(f"no public holidays of {country!r} were given", "DK", {"word": country})
    every, once = closed_days(closed)
    week = week_of(open)
    if years is None:
        years = (min(holidays).year, max(holidays).year) if holidays else (1970, 2199)
    made = Calendar(zone, week, every, once, holidays, *years)
    try:
        made.tz  # noqa: B018  an unknown zone is told now, not in the first step
    except CalendarError as wrong:
        raise CalendarError(wrong.message, _near_zone(zone), {"word": zone}) from None
    return made


def _near_zone(zone: str) -> str:
    from difflib import get_close_matches
    from zoneinfo import available_timezones

    near = get_close_matches(
        zone.lower(), names := {name.lower(): name for name in available_timezones()}, 1, 0.4
    )
    return names[near[0]] if near else "Europe/Copenhagen"

"""How a time of the language becomes an instant on a calendar, with the notes that tell why.

Elapsed time is counted on the UTC line; days, weeks, months and years keep the wall clock; working days end
at closing time. It must not know deadlines, cases, or in which language the notes are told.
Sources: the clocks CL-24H, CL-24H-PAUSED, CL-KC, CL-ECON, CL-POLICY, CL-DAY, CL-MONTH, CL-REN of the
catalogue.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from procflow.core.civil import change_between, in_iso, months_on, offset_at, utc, utc_of, zone_name
from procflow.core.due import Due, Note, ToldAgain
from procflow.core.times import (
    CIVIL_UNITS,
    CLOSING,
    OPENING,
    AtInstant,
    Clock,
    EveryOpenDay,
    NextOpenDay,
    OnDate,
    Shifted,
    Span,
    Time,
    Today,
)
from procflow.errors import CalendarError

if TYPE_CHECKING:
    from procflow.core.calendar import Calendar, Day

_NO_TIME = timedelta()
_DAY = timedelta(days=1)
_MICRO = timedelta(microseconds=1)
_SECOND = timedelta(seconds=1)

#: How much of what was counted a calendar keeps.
MOST_KEPT = 2000


def due(calendar: Calendar, what: Time, start: datetime, bare_date: str, today: date | None) -> Due:
    """See `Calendar.due`."""
    if start.tzinfo is not UTC:
        start = utc(start)
    if isinstance(what, Span) and what.amount < 0:
        raise CalendarError(f"{what} is less than no time", f"{-what.amount} {what.unit}")
    if isinstance(what, Span) and what.unit == "working_days":
        known = calendar.counted.get((calendar.civil_date(start), what.amount))
        if known is not None and known[0] >= start:  # a closing time: its own last open instant
            at, notes = known
            return Due(at, (("start", {"at": in_iso(start)}), *notes), at, False, notes)
    work = Reckoning(calendar, bare_date)
    return finished(calendar, work.run(what, start, today), start, work.notes)


def finished(calendar: Calendar, at: datetime, start: datetime, notes: list[Note]) -> Due:
    """The due instant with its `act_by`, once it is reckoned."""
    if at < start:
        notes.append(("past", {}))
        return Due(at, tuple(notes))
    act_by = calendar.last_open(at, start)
    if act_by is None:
        notes.append(("closed_hours", {"opens": _opens(calendar, at)}))
    return Due(at, tuple(notes), act_by, act_by is None)


def add(calendar: Calendar, what: Time, start: datetime) -> datetime:
    """See `Calendar.add`."""
    return Reckoning(calendar, CLOSING).run(what, utc(start), None)


def every_after(calendar: Calendar, what: EveryOpenDay, instant: datetime) -> datetime:
    """See `Calendar.every_after`."""
    return Reckoning(calendar, OPENING).run(what, utc(instant), None)


def _opens(calendar: Calendar, at: datetime) -> str | None:
    try:
        return in_iso(calendar.next_open(at))
    except CalendarError:  # the known years end first, or it never opens
        return None


class Reckoning:
    """One computation; `notes` tells it step by step."""

    def __init__(self, calendar: Calendar, bare_date: str) -> None:
        if bare_date not in (CLOSING, OPENING, "start"):
            raise ValueError(f"a bare date means closing, opening or start, not {bare_date!r}")
        self.calendar = calendar
        self.bare_date = bare_date
        self.notes: list[Note] = []

    def note(self, name: str, **facts: Any) -> None:
        self.notes.append((name, facts))

    def run(self, what: Time, start: datetime, today: date | None) -> datetime:
        calendar = self.calendar
        try:
            calendar.check_instant(start)
            at = self._run(what, start, today)
            calendar.check_instant(at)
        except OverflowError:
            raise CalendarError(
                f"{what} leads outside the years whose holidays are known: "
                f"{calendar.first_year} to {calendar.last_year}",
                "give a nearer time",
            ) from None
        return at

    def _run(self, what: Time, start: datetime, today: date | None) -> datetime:
        if isinstance(what, Span):
            self.notes.append(("start", {"at": in_iso(start)}))
            at = self.shift(what, start, back=False)
            return max(at, start) if what.amount >= 0 else at
        if isinstance(what, AtInstant):
            self.note("instant", at=in_iso(what.at))
            return what.at
        if isinstance(what, OnDate):
            return self._on_date(what)
        if isinstance(what, Shifted):
            return self._shifted(what)
        day = today if today is not None else self.calendar.civil_date(start)
        if isinstance(what, Today):
            return self._today(what.at, day, start)
        self.note("start", at=in_iso(start))
        if isinstance(what, NextOpenDay):
            self.note("next_open_day", at=_plain(what.at))
            return self._on_open_day(what.at, day, start)
        if what.of:
            return self._first_open_day(what, start)
        self.note("every_open_day", at=_plain(what.at))
        return self._on_open_day(what.at, self.calendar.civil_date(start) - _DAY, start)

    # spans

    def shift(self, span: Span, start: datetime, *, back: bool) -> datetime:
        """The instant a span after `start`, or before it."""
        if span.unit in CIVIL_UNITS:
            return self._civil(span, start, back)
        length = span.running()
        self.note(
            span.unit if span.unit in ("hours_on_open_days", "open_hours") else "elapsed", span=str(span)
        )
        if span.unit == "hours_on_open_days":
            return self.running(start, length, back, whole_days=True)
        if span.unit == "open_hours":
            return self.running(start, length, back, whole_days=False)
        at = start - length if back else start + length
        self.tell_change(min(start, at), max(start, at))
        return at

    def running(self, start: datetime, left: timedelta, back: bool, *, whole_days: bool) -> datetime:
        """Use up `left` on open days from midnight to midnight, or in opening hours only."""
        calendar = self.calendar
        if not any(calendar.open) and left:
            raise CalendarError("no weekday has opening hours", "give the organisation's calendar an `open:`")
        day = calendar.day_of(start)
        if back and start == day.begins:
            day = calendar.day(day.date - _DAY)
        skipped: list[Day] = []
        at = start
        while left:
            if day.reason:
                skipped.append(day)
            runs = ((day.begins, day.ends),) if whole_days and not day.reason else day.open
            for begin, end in reversed(runs) if back else runs:
                low, high = (begin, min(end, start)) if back else (max(begin, start), end)
                if low >= high:
                    continue
                used = min(left, high - low)
                low, high = (high - used, high) if back else (low, low + used)
                self.tell_change(low, high)
                at = low if back else high
                left -= used
                if not left:
                    break
            if left:
                day = calendar.day(day.date - _DAY if back else day.date + _DAY)
        self._tell_closed(skipped)
        return at

    def _civil(self, span: Span, start: datetime, back: bool) -> datetime:
        if span.unit == "working_days" and not back:
            return self._working_days(span, start)
        local = self.calendar.local(start)
        first = local.date()
        day = self._days_on(span, first, back)
        if span.unit == "working_days":
            self.note("working_days_back", span=str(span))
            self.tell_closed_between(day, first)
        else:
            self.note("calendar", span=str(span))
        self._tell_clamped(span, first, day, back)
        if day == first:
            return start
        return self.wall(day, local.time())

    def _working_days(self, span: Span, start: datetime) -> datetime:
        """The closing time of a day so many working days later; counted once for all instants of a civil day."""
        calendar = self.calendar
        first, counted = calendar.civil_date(start), calendar.counted
        found = counted.get((first, span.amount))
        if found is None:
            before = len(self.notes)
            day = self._days_on(span, first, False)
            self.note("working_days", span=str(span))
            self.tell_closed_between(first, day)
            if len(counted) >= MOST_KEPT:
                counted.clear()
            told = ToldAgain(self.notes[before:])
            counted[first, span.amount] = calendar.day(day).open[-1][1], told
            return counted[first, span.amount][0]
        self.notes.extend(found[1])
        return found[0]

    def _days_on(self, span: Span, day: date, back: bool) -> date:
        """The civil date so many days, weeks, months, years or working days later, or earlier."""
        calendar = self.calendar
        count = int(span.amount)
        if span.unit == "working_days":
            if count > 366 * (calendar.last_year - calendar.first_year + 1):
                raise OverflowError
            for _ in range(count):
                day = (calendar.open_day_before(day) if back else calendar.open_day_after(day)).date
            return day
        sign = -1 if back else 1
        if span.unit in ("months", "years"):
            return months_on(day, sign * count * (12 if span.unit == "years" else 1))[0]
        return day + timedelta(days=sign * count * (7 if span.unit == "weeks" else 1))

    # dates

    def _on_date(self, what: OnDate) -> datetime:
        self.note("date", day=what.day.isoformat())
        return self._bare(what.day) if what.at is None else self.wall(what.day, what.at)

    def _bare(self, day: date) -> datetime:
        """What a date without a time of day means at this place."""
        found = self.calendar.day(day)
        if self.bare_date == CLOSING:
            if found.open:
                self.note("bare_closing", day=day.isoformat())
                return found.open[-1][1]
            self.note("bare_closed_day_ends", day=day.isoformat(), closed=_closed([found]))
            return found.ends
        if found.open:
            self.note("bare_opening", day=day.isoformat())
            return found.open[0][0]
        if self.bare_date == "start":
            self.note("bare_closed_day_begins", day=day.isoformat(), closed=_closed([found]))
            return found.begins
        later = self.calendar.open_day_after(day)
        self.note("bare_opening", day=later.date.isoformat())
        self.tell_closed_between(day - _DAY, later.date)
        return later.open[0][0]

    def _shifted(self, what: Shifted) -> datetime:
        base, span = what.base, what.by
        if isinstance(base, AtInstant):
            at: datetime | None = base.at
        else:
            at = None if base.at is None else self.wall(base.day, base.at)
        civil = span is None or span.unit in CIVIL_UNITS
        name = "before" if what.back else "after"
        if at is None and isinstance(base, OnDate) and civil:  # dates all along: the time of day comes last
            day = base.day
            if span is not None:
                day = self._days_on(span, base.day, what.back)
                self.note(f"{name}_date", span=str(span), day=base.day.isoformat())
                if span.unit == "working_days":
                    self.tell_closed_between(*sorted((base.day, day)))
                self._tell_clamped(span, base.day, day, what.back)
            return self._bare(self._rolled(day, what.roll).date() if what.roll else day)
        if at is None and isinstance(base, OnDate):
            at = self._bare(base.day)
        assert at is not None
        if span is not None:
            self.note(f"{name}_instant", span=str(span), at=in_iso(at))
            at = self.shift(span, at, back=what.back)
        if what.roll:
            local = self.calendar.local(at)
            day = self._rolled(local.date(), what.roll).date()
            at = at if day == local.date() else self.wall(day, local.time())
        return at

    def _rolled(self, day: date, roll: str) -> datetime:
        """The nearest open day in this direction, the day itself included (as a midnight without a zone)."""
        found = self.calendar.day(day)
        if found.reason:
            calendar = self.calendar
            found = calendar.open_day_before(day) if roll == "back" else calendar.open_day_after(day)
            self.note(f"rolled_{roll}", day=day.isoformat(), to=found.date.isoformat())
            ends = (found.date, day + _DAY) if roll == "back" else (day - _DAY, found.date)
            self.tell_closed_between(*ends)
        return datetime.combine(found.date, time())

    # open days

    def _today(self, clock: Clock, day: date, start: datetime) -> datetime:
        """A closing that has passed, or that a closed day does not have, is the next one there is."""
        self.note("start", at=in_iso(start))
        self.note("today", at=_plain(clock))
        found = self.calendar.day(day)
        if isinstance(clock, time) or not found.reason:
            at = self._at_clock(found, clock)
            if at > start:
                return at
            self.note("today_passed", at=_plain(clock))
        else:
            self.note("today_closed", at=_plain(clock), closed=_closed([found]))
        return self._on_open_day(clock, day, start)

    def _on_open_day(self, clock: Clock, after: date, start: datetime) -> datetime:
        """The first open day after a date on which this time of day lies after `start`."""
        found = self.calendar.open_day_after(after)
        mark = len(self.notes)
        while (at := self._at_clock(found, clock)) <= start:
            del self.notes[mark:]
            found = self.calendar.open_day_after(found.date)
        first = max(after, self.calendar.civil_date(start))
        if found.date > first:
            self.tell_closed_between(first, found.date)
        return at

    def _first_open_day(self, what: EveryOpenDay, start: datetime) -> datetime:
        """The first open day of the month, quarter or year, where it is still to come, else of the next one."""
        self.note(f"first_open_day_of_the_{what.of}", at=_plain(what.at))
        months = {"month": 1, "quarter": 3, "year": 12}[what.of]
        today = self.calendar.civil_date(start)
        first = date(today.year, (today.month - 1) // months * months + 1, 1)
        mark = len(self.notes)
        while (at := self._at_clock(self.calendar.open_day_after(first - _DAY), what.at)) <= start:
            del self.notes[mark:]
            later = first.month - 1 + months
            first = date(first.year + later // 12, later % 12 + 1, 1)
        return at

    def _at_clock(self, day: Day, clock: Clock) -> datetime:
        if isinstance(clock, time):
            return self.wall(day.date, clock)
        return day.open[0][0] if clock == OPENING else day.open[-1][1]

    # the wall clock, and what is told

    def wall(self, day: date, at: time) -> datetime:
        """The instant of a wall clock; a skipped one is the first moment after, a repeated one its first."""
        self.calendar.check_year(day)
        wall = datetime.combine(day, at.replace(tzinfo=None, fold=0))
        instant, jump = utc_of(wall, self.calendar.tz)
        if jump:
            self.note(jump, wall=wall.isoformat(), at=in_iso(instant))
        return instant

    def tell_change(self, low: datetime, high: datetime) -> None:
        zone = self.calendar.tz
        before, after = offset_at(low, zone), offset_at(high, zone)
        if before == after:
            return
        at = change_between(low, high, zone)
        old, new = zone_name((at - _SECOND).astimezone(zone)), zone_name(at.astimezone(zone))
        self.notes.append(
            (
                "clock_change",
                {"at": in_iso(at), "by": (after - before) // _SECOND, "from": old, "to": new},
            )
        )

    def tell_closed_between(self, low: date, high: date) -> None:
        """Name the closed days strictly between two dates."""
        self._tell_closed([day for day in self.calendar.days(low + _DAY, high - _DAY) if day.reason])

    def _tell_closed(self, days: list[Day]) -> None:
        if days:
            self.note("closed", days=_closed(sorted(days, key=attrgetter("date"))))

    def _tell_clamped(self, span: Span, first: date, day: date, back: bool) -> None:
        if span.unit in ("months", "years") and day.day != first.day:
            self.note("clamped", day=day.isoformat(), wanted=first.day)


def _closed(days: list[Day]) -> tuple[tuple[str, str, str, str], ...]:
    """(first date, last date, reason, holiday's name) of each run of closed days with one reason."""
    runs: list[list[Any]] = []
    for day in days:
        if runs and runs[-1][1] + _DAY == day.date and runs[-1][2:] == [day.reason, day.name]:
            runs[-1][1] = day.date
        else:
            runs.append([day.date, day.date, day.reason, day.name])
    return tuple((first.isoformat(), last.isoformat(), reason, name) for first, last, reason, name in runs)


def _plain(clock: Clock) -> str:
    if isinstance(clock, time):
        return clock.isoformat() if clock.second or clock.microsecond else f"{clock:%H:%M}"
    return clock

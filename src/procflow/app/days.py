"""Days and times as people type them, on the command line or to a program."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from procflow.core.calendar import Calendar
from procflow.core.field_formats import read_date, read_instant
from procflow.core.field_problems import Wrong
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.errors import UsageError


def a_day(text: str, today: date) -> date:
    """`2026-03-19`, `19-03-2026`, `today`. Raises UsageError."""
    if text.strip().lower() in ("today", "i dag"):
        return today
    try:
        return read_date(text)
    except Wrong as problem:
        raise UsageError(f"{text!r} is no day", "write it as 2026-03-19") from problem


def an_instant(text: str, calendar: Calendar, now: datetime, *, last: bool = False) -> datetime:
    """A time from now on, or an instant with its offset. A bare date is its midnight; the `last` day the midnight that
    ends it. Raises UsageError."""
    with suppress(ValueError):
        exact = datetime.fromisoformat(text.strip())
        if exact.tzinfo is not None:
            return exact.astimezone(UTC)
    try:
        time = parse_time(text)
    except TimeSyntaxError as problem:
        with suppress(Wrong):  # as the fields of a case take it: 31.12.2026 10:05
            return read_instant(text, ZoneInfo(calendar.zone))
        day = _day_alone(text)
        if day is None:
            raise UsageError(f"{text!r} is no time: {problem.message}", problem.hint) from problem
        return _midnight(calendar, day, last)
    day = _day_alone(text) if len(text.strip()) == 10 else None
    return calendar.add(now, time) if day is None else _midnight(calendar, day, last)


def _day_alone(text: str) -> date | None:
    with suppress(Wrong):
        return read_date(text)
    return None


def _midnight(calendar: Calendar, day: date, last: bool) -> datetime:
    return calendar.midnight(day.fromordinal(day.toordinal() + 1) if last else day)

"""Days and times as people type them, on the command line or to a program."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from procflow.core.calendar import Calendar
from procflow.core.field_formats import read_date, read_instant
from procflow.core.field_problems import WORDS, Wrong
from procflow.core.times import TimeSyntaxError, parse_time
from procflow.errors import UsageError, words_in_both

#: How a time is written, where the calendar has no better word.
_TIMES = (
    "write one such as 30 minutes, 4 working days, next open day at 09:00 or 2026-05-19 17:00",
    "skriv for eksempel 19-05-2026 17:00, 30 minutes, 4 working days eller next open day at 09:00",
)


def a_day(text: str, today: date, parameter: str = "") -> date:
    """`2026-03-19`, `19-03-2026`, `today`. Raises UsageError; `parameter`: the word of a query that said it."""
    if text.strip().lower() in ("today", "i dag"):
        return today
    try:
        return read_date(text)
    except Wrong as problem:
        en, hint, facts = words_in_both(
            f"{text!r} is no day", f"{text!r} er ingen dag", "write it as 2026-03-19", "skriv den som 19-03-2026"
        )  # fmt: skip
        raise UsageError(en, hint, {**facts, **({"parameter": parameter} if parameter else {})}) from problem


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
        wrong: list[Wrong] = []
        try:  # as the fields of a case take it: 31.12.2026 10:05
            return read_instant(text, ZoneInfo(calendar.zone))
        except Wrong as why:
            wrong.append(why)
        try:
            return _midnight(calendar, read_date(text), last)
        except Wrong as why:
            wrong.append(why)
        for one in wrong:
            if one.code != "wrong_type":  # written as a day, and there is no such one
                en, da = (f"{text!r} {WORDS[one.code][each].format(**one.facts)}" for each in ("en", "da"))
                raise UsageError(*words_in_both(en.rstrip("."), da.rstrip("."))) from problem
        raise UsageError(
            *words_in_both(
                f"{text!r} is no time: {problem.message}", f"{text!r} er ikke et tidspunkt",
                problem.hint or _TIMES[0], _TIMES[1],
            )
        ) from problem  # fmt: skip
    day = _day_alone(text) if len(text.strip()) == 10 else None
    return calendar.add(now, time) if day is None else _midnight(calendar, day, last)


def _day_alone(text: str) -> date | None:
    with suppress(Wrong):
        return read_date(text)
    return None


def _midnight(calendar: Calendar, day: date, last: bool) -> datetime:
    return calendar.midnight(day.fromordinal(day.toordinal() + 1) if last else day)

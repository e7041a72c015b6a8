"""The words of a calendar in an organisation's file: `mon-fri: "09:00-17:00"`, `06-05`, `2026-05-15`.

Texts in, plain values out; every fault names the word. It must not know files or time zones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, time
from itertools import pairwise

from procflow.core.regex import regex
from procflow.errors import CalendarError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LONG = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBER = {word: n for words in (DAYS, _LONG) for n, word in enumerate(words)}
_RANGE = regex(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")

#: Ranges of one weekday; an end of 00:00 is the midnight at the end of the day.
Ranges = tuple[tuple[time, time], ...]


def week_of(hours: Mapping[str, str | list[str]]) -> tuple[Ranges, ...]:
    """Opening hours by weekday, Monday first; raises CalendarError that names the wrong word."""
    week: list[Ranges] = [()] * 7
    given: dict[int, str] = {}
    for key, value in hours.items():
        ranges = ranges_of(value, str(key))
        for day in days_of(str(key)):
            if day in given:
                raise CalendarError(
                    f"{DAYS[day]} has its opening hours twice: in {given[day]!r} and in {str(key)!r}",
                    f"leave {DAYS[day]} out of one of them",
                    {"word": str(key)},
                )
            given[day] = str(key)
            week[day] = ranges
    return tuple(week)


def days_of(key: str) -> list[int]:
    """The weekdays of `mon-fri`, `sat` or `mon,wed`; 0 is Monday; `fri-mon` goes over the weekend."""
    days: list[int] = []
    for part in key.lower().split(","):
        ends = [word.strip() for word in re.split("[-–]", part)]
        if len(ends) > 2:
            raise CalendarError(
                f"{part.strip()!r} is no range of weekdays", "mon-fri", {"word": part.strip()}
            )
        numbers = [_day(word, key) for word in ends]
        day = numbers[0]
        days.append(day)
        while day != numbers[-1]:
            day = (day + 1) % 7
            days.append(day)
    if len(set(days)) < len(days):
        raise CalendarError(f"{key!r} names a weekday twice", "mon-fri", {"word": key})
    return days


def _day(word: str, key: str) -> int:
    found = _NUMBER.get(word)
    if found is None:
        from difflib import get_close_matches

        near = get_close_matches(word, list(_NUMBER), 1, 0.5)
        hint = (
            DAYS[_NUMBER[near[0]]]
            if near
            else "mon, tue, wed, thu, fri, sat, sun, or a range such as mon-fri"
        )
        raise CalendarError(f"{word!r} in {key!r} is no weekday", hint, {"word": word})
    return found


def ranges_of(value: str | list[str] | None, key: str) -> Ranges:
    """`09:00-17:00`, a list of such, several with commas, or `closed`; in order and apart from each other."""
    if value is None or (isinstance(value, str) and value.strip().lower() in ("closed", "")):
        return ()
    texts = [value] if isinstance(value, str) else list(value)
    ranges: list[tuple[int, int, str]] = []
    for text in (part.strip() for item in texts for part in str(item).split(",")):
        ranges.append((*_minutes(text, key), text))
    ranges.sort()
    for before, after in pairwise(ranges):
        if after[0] < before[1]:
            raise CalendarError(
                f"the opening hours {before[2]!r} and {after[2]!r} of {key!r} overlap",
                "write them as one range",
                {"word": after[2]},
            )
    return tuple((_time(start), _time(end)) for start, end, _ in ranges)


def _minutes(text: str, key: str) -> tuple[int, int]:
    found = _RANGE.fullmatch(text)
    if found is None:
        raise CalendarError(f"{text!r} under {key!r} is no range of hours", "09:00-17:00", {"word": text})
    h1, m1, h2, m2 = map(int, found.groups())
    start, end = h1 * 60 + m1, h2 * 60 + m2
    if h1 > 23 or m1 > 59 or m2 > 59 or end > 1440:
        raise CalendarError(
            f"{text!r} under {key!r} is no time of day", "from 00:00 to 24:00", {"word": text}
        )
    if end <= start:
        raise CalendarError(
            f"{text!r} under {key!r} does not end on the day it begins",
            f"end it at 24:00, and begin the next day at 00:00: {h1:02}:{m1:02}-24:00",
            {"word": text},
        )
    return start, end


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def closed_days(words: Iterable[str]) -> tuple[frozenset[tuple[int, int]], frozenset[date]]:
    """Days closed every year (`06-05`) and once (`2026-05-15`); raises CalendarError that names the word."""
    every: set[tuple[int, int]] = set()
    once: set[date] = set()
    for word in (str(item).strip() for item in words):
        try:
            if re.fullmatch("[0-9]{2}-[0-9]{2}", word):
                day = date.fromisoformat(f"2000-{word}")  # a leap year: 02-29 is a day
                every.add((day.month, day.day))
                continue
            if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", word):
                raise ValueError
            once.add(date.fromisoformat(word))
        except ValueError:
            raise CalendarError(
                f"{word!r:.40} is no closed day",
                "month-day such as 12-24, or a full date such as 2026-12-24",
                {"word": word},
            ) from None
    return frozenset(every), frozenset(once)

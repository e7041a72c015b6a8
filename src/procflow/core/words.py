"""Times, numbers and derivations in words for people: da, en, nb, nl; any other language reads English.

It must not know cases, procedures or the clock: instants and the reader's zone come in.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from procflow.core.civil import is_repeated, zone_name
from procflow.core.due import Due
from procflow.core.phrases import CLOCK_WORDS, PHRASES, REASONS, Tongue, tongue_of
from procflow.core.times import Span, parse_time

_DAY = timedelta(days=1)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def date_in_words(day: date, language: str, *, year: bool = True) -> str:
    """`onsdag den 4. marts 2026`, `Wednesday 4 March 2026`."""
    t = tongue_of(language)
    text = t.date.format(weekday=t.weekdays[day.weekday()], day=day.day, month=t.months[day.month - 1])
    return f"{text} {day.year}" if year else text


def clock_in_words(at: time, language: str, *, seconds: bool = False) -> str:
    """`10.12` in Danish and Norwegian, `10:12` in English and Dutch."""
    mark = tongue_of(language).clock_mark
    text = f"{at.hour:02}{mark}{at.minute:02}"
    return f"{text}{mark}{at.second:02}" if seconds else text


def instant_in_words(
    instant: datetime, zone: str, language: str, *, seconds: bool = False, with_zone: bool = False
) -> str:
    """`onsdag den 4. marts 2026 kl. 10.12`, in the zone of the reader.

    The zone's abbreviation stands behind a wall clock that comes twice that day, and behind all `with_zone`.
    """
    local = instant.astimezone(_zone(zone))
    t = tongue_of(language)
    text = t.instant.format(
        date=date_in_words(local, language), clock=clock_in_words(local.time(), language, seconds=seconds)
    )
    return f"{text} {zone_name(local)}" if with_zone or is_repeated(local) else text


def relative_in_words(instant: datetime, now: datetime, zone: str, language: str) -> str:
    """Short, for lists: `today 15:00`, `i morgen kl. 15.00`, else weekday and date (the year if it is another)."""
    local, here = instant.astimezone(_zone(zone)), now.astimezone(_zone(zone))
    t = tongue_of(language)
    near = t.near.get((local.date() - here.date()).days)
    if near is None:
        near = t.short_date.format(
            weekday=t.weekdays[local.weekday()], day=local.day, month=t.months[local.month - 1]
        )
        if local.year != here.year:
            near += f" {local.year}"
    text = t.short.format(date=near, clock=clock_in_words(local.time(), language))
    return f"{text} {zone_name(local)}" if is_repeated(local) else text


def span_in_words(span: Span, language: str) -> str:
    """`4 arbejdsdage`, `24 hours on open days`."""
    one, many = tongue_of(language).units[span.unit]
    return f"{number_in_words(span.amount, language)} {one if abs(span.amount) == 1 else many}"


def number_in_words(number: int | Decimal, language: str, places: int = 0) -> str:
    """Exact, in plain digits; with a decimal comma where the language has one, and with at least so many decimal `places`
    where it is no whole number: 99,50 for 99.5."""
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    whole, point, broken = text.partition(".")
    if point and broken.strip("0"):
        text = f"{whole}.{broken.ljust(places, '0')}"
    return text.replace(".", tongue_of(language).decimal_mark)


def list_in_words(items: Iterable[str], language: str) -> str:
    """The items with commas between them."""
    return ", ".join(items)


def duration_in_words(delta: timedelta, language: str) -> str:
    """`3 h 53 min`, `2 d 4 h`, `45 s`: from the largest unit on, seconds only below an hour, rounded down."""
    total = abs(delta) // timedelta(seconds=1)
    days, rest = divmod(total, 86400)
    hours, rest = divmod(rest, 3600)
    minutes, seconds = divmod(rest, 60)
    d, h, m, s = tongue_of(language).short_units
    amounts = ((days, d), (hours, h), (minutes, m), (0 if days or hours else seconds, s))
    text = " ".join(f"{amount} {unit}" for amount, unit in amounts if amount) or f"0 {s}"
    return f"−{text}" if delta < timedelta() and total else text


def due_in_words(due: Due, zone: str, language: str) -> list[str]:
    """How an instant was computed, a sentence a line: what it counts from, what it leaves out, what comes out.

    Zones are named where the clock changes in between.
    """
    t = tongue_of(language)
    changes = any(name in ("clock_change", "gap", "overlap") for name, _ in due.derivation)
    tell = _Teller(t, zone, language, changes)
    # the instant a phrase leads to is told at the end; closed hours are told there too
    lines = [
        tell.phrase(name, facts) for name, facts in due.derivation if name not in ("closed_hours", "past")
    ]
    lines.append(tell.phrase("due", {"at": due.at.isoformat()}))
    if due.closed_hours:
        opens = due.opens
        lines.append(
            tell.phrase("closed_hours", {"at": opens.isoformat()}) if opens else tell.phrase("never_open", {})
        )
    elif due.act_by is None:
        lines.append(tell.phrase("past", {}))
    elif due.act_by < due.at:
        lines.append(tell.phrase("act_by", {"at": due.act_by.isoformat()}))
    return lines


class _Teller:
    """Fills the phrases of one language with the facts of one derivation."""

    def __init__(self, tongue: Tongue, zone: str, language: str, with_zone: bool) -> None:
        self.tongue, self.zone, self.language, self.with_zone = tongue, zone, language, with_zone

    def phrase(self, name: str, facts: Mapping[str, Any]) -> str:
        phrases = PHRASES.get(name)
        if phrases is None:  # a journal written by a newer version: show what is known
            return f"{name}: " + ", ".join(f"{key} {value}" for key, value in facts.items())
        words = {key: self._words(key, value) for key, value in facts.items()}
        if name == "clock_change":
            name = "forward" if facts["by"] > 0 else "backward"
            return PHRASES[name][self.tongue.place].format(**words)
        if name in ("today", "next_open_day", "every_open_day", "today_passed", "today_closed") or (
            name.startswith("first_open_day_of_the_")
        ):
            words["clock"] = self._clock(facts["at"])
        text = phrases[self.tongue.place].format(**words)
        return text[:1].upper() + text[1:]

    def _words(self, key: str, value: Any) -> str:
        if key == "span":
            span = parse_time(value)
            return span_in_words(span, self.language) if isinstance(span, Span) else str(value)
        if key in ("at", "opens", "since", "until") and isinstance(value, str) and len(value) > 10:
            return instant_in_words(
                datetime.fromisoformat(value), self.zone, self.language, with_zone=self.with_zone
            )
        if key == "wall":
            wall = datetime.fromisoformat(value)
            return self.tongue.instant.format(
                date=date_in_words(wall, self.language), clock=clock_in_words(wall.time(), self.language)
            )
        if key in ("day", "to") and isinstance(value, str) and value[:1].isdigit():
            return date_in_words(date.fromisoformat(value), self.language)
        if key == "by":
            return span_in_words(Span.of(timedelta(seconds=abs(value))), self.language)
        if key in ("days", "closed"):
            return self._closed(value)
        return str(value)

    def _clock(self, at: str) -> str:
        named = CLOCK_WORDS.get(at)
        if named is not None:
            return named[self.tongue.place]
        return self.tongue.at_clock.format(clock=clock_in_words(time.fromisoformat(at), self.language))

    def _closed(self, runs: Sequence[Sequence[str]]) -> str:
        found = []
        for first, last, reason, name in runs:
            days = date_in_words(date.fromisoformat(first), self.language, year=False)
            if last != first:
                mark = (
                    " – " if date.fromisoformat(last) - date.fromisoformat(first) > _DAY else self.tongue.both
                )
                days += mark + date_in_words(date.fromisoformat(last), self.language, year=False)
            found.append(f"{days} ({name or REASONS[reason][self.tongue.place]})")
        return ", ".join(found)

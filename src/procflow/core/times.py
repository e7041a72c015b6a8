"""The language of time: `24 hours on open days`, `next open day at 09:00`, `2026-11-30 minus 3 months` …

Texts become small frozen values and go back to one canonical text. What a time means on a calendar is
`calendar`'s matter: this module must not know opening hours, holidays or time zones.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import NoReturn

from msgspec import Struct

from procflow.core.regex import regex
from procflow.core.spans import CIVIL_UNITS, UNIT_WORDS, Span
from procflow.errors import CalendarError

__all__ = [
    "CIVIL_UNITS",
    "CLOSING",
    "OPENING",
    "AtInstant",
    "Clock",
    "EveryOpenDay",
    "NextOpenDay",
    "OnDate",
    "Shifted",
    "Span",
    "Time",
    "TimeSyntaxError",
    "Today",
    "Warn",
    "from_moment",
    "parse_time",
    "parse_warn",
]


class TimeSyntaxError(CalendarError, ValueError):
    """A text that is no time. `offset` counts from 0 into the text; `hint` is the nearest right form."""

    code = "time-syntax"

    def __init__(self, message: str, offset: int, hint: str) -> None:
        super().__init__(message, hint, {"offset": offset})
        self.offset = offset


#: A time of day on an open day: its opening, its closing, or by the wall clock.
OPENING, CLOSING = "opening", "closing"
Clock = time | str


def _clock(at: Clock) -> str:
    if isinstance(at, str):
        return at
    return at.isoformat() if at.second or at.microsecond else f"{at:%H:%M}"


class OnDate(Struct, frozen=True):
    """A civil date of the organisation; without `at`, opening or closing time, as the place of use says."""

    day: date
    at: time | None = None

    def __str__(self) -> str:
        return self.day.isoformat() if self.at is None else f"{self.day.isoformat()} {_clock(self.at)}"


class AtInstant(Struct, frozen=True):
    """An instant, in UTC."""

    at: datetime

    def __str__(self) -> str:
        return self.at.isoformat().replace("+00:00", "Z")


class Today(Struct, frozen=True):
    at: Clock

    def __str__(self) -> str:
        return f"today at {_clock(self.at)}"


class NextOpenDay(Struct, frozen=True):
    at: Clock = OPENING

    def __str__(self) -> str:
        return "next open day" if self.at == OPENING else f"next open day at {_clock(self.at)}"


class EveryOpenDay(Struct, frozen=True):
    """Every open day, or only the first one of each month, quarter or year (`of`)."""

    at: Clock = OPENING
    of: str = ""

    def __str__(self) -> str:
        text = f"every first open day of the {self.of}" if self.of else "every open day"
        return text if self.at == OPENING else f"{text} at {_clock(self.at)}"


class Shifted(Struct, frozen=True):
    """A date or instant, a span before (`back`) or after it, and then perhaps rolled to an open day.

    `roll` is "", "back" or "forward"; `by` is None where the date itself is rolled.
    """

    base: OnDate | AtInstant
    by: Span | None
    back: bool = True
    roll: str = ""

    def __str__(self) -> str:
        text = str(self.base)
        if self.by is not None:
            text += f" {'minus' if self.back else 'plus'} {self.by}"
        return f"{text} rolled {self.roll} to an open day" if self.roll else text


Time = Span | OnDate | AtInstant | Today | NextOpenDay | EveryOpenDay | Shifted


class Warn(Struct, frozen=True):
    """When to warn: at a percentage of the clock, or a span before it is due. One of both is set."""

    percent: int | Decimal | None = None
    before: Span | None = None

    def __str__(self) -> str:
        if self.before is not None:
            return f"{self.before} before"
        return f"{self.percent:f}%" if isinstance(self.percent, Decimal) else f"{self.percent}%"


@lru_cache(maxsize=4096)
def parse_time(text: str) -> Time:
    """The time that `text` says; raises TimeSyntaxError. Case and the width of blanks do not matter."""
    reader = _Reader(text)
    found = reader.any_time()
    reader.end(found)
    return found


def parse_recurring(text: str) -> EveryOpenDay | Span:
    """What comes again: `open day at 08:00`, `first open day of the month at 09:00` (also with `every` before it),
    or a length of time such as `2 weeks`, counted from the last time. Raises TimeSyntaxError."""
    words = text.strip()
    bare = words[len("every ") :].strip() if words.casefold().startswith("every ") else words
    try:
        found = parse_time(bare if bare[:1].isdigit() else f"every {bare}")
        if isinstance(found, EveryOpenDay) or (isinstance(found, Span) and found.amount > 0):
            return found
    except TimeSyntaxError as wrong:
        from procflow.core import times_meant

        hint = times_meant.recurring(bare)
        if not hint:
            raise
        raise TimeSyntaxError(f"`{bare:.40}` is no time that comes again", 0, hint) from wrong
    raise TimeSyntaxError(
        f"`{text:.40}` is no time that comes again", 0, "every open day at 08:00, or 2 weeks"
    )


def from_moment(moment: date | datetime, text: str) -> str:
    """The text of a time counted from a moment: `minus 1 month` becomes `2026-07-13 00:00 minus 1 month`.

    A date counts from its midnight. Any other text than one that begins with minus or plus says itself from
    where it counts, and stays.
    """
    if not text.strip().casefold().startswith(("minus ", "plus ")):
        return text
    return f"{moment.isoformat()} {text}" if isinstance(moment, datetime) else f"{moment} 00:00 {text}"


@lru_cache(maxsize=1024)
def parse_warn(text: str) -> Warn:
    """`75%`, or a span with `before`; raises TimeSyntaxError."""
    reader = _Reader(text)
    percent = _percent(text.strip())
    if percent is not None:
        if not 0 < percent < 100:
            reader.fail("a warning comes after more than 0% and less than 100% of the time", "75%", 0)
        return Warn(percent=int(percent) if percent == int(percent) else percent.normalize())
    if not reader.words:
        reader.fail("a warning is missing", "75%, or 4 hours before")
    word = reader.peek()
    if len(reader.words) == 1 and _are_digits(word, 3):
        reader.fail(
            f"{word} of what is missing", f"{word if 0 < int(word) < 100 else 75}%, or 4 hours before"
        )
    if not _are_digits(word.removeprefix("-")[:1], 1):
        reader.fail(f"{word!r:.40} does not say when to warn", "75%, or 4 hours before")
    if len(reader.words) == 2 and reader.words[1][0] in ("percent", "procent", "per", "pct", "pct."):
        reader.fail(
            f"a percentage is written with its sign, not {reader.words[1][0]!r}",
            f"{word}%",
            reader.words[1][1],
        )
    span = reader.span()
    if span.amount <= 0:
        reader.fail("a warning comes before the due instant", "4 hours before", reader.words[0][1])
    reader.need("before", f"{span} before")
    reader.end()
    return Warn(before=span)


def _percent(text: str) -> Decimal | None:
    """The number in `75%` or `12.5 %`; None for any other text."""
    number = text.removesuffix("%").rstrip()
    whole, dot, part = number.partition(".")
    is_number = _are_digits(whole, 3) and (_are_digits(part, 6) if dot else True)
    return Decimal(number) if text.endswith("%") and is_number else None


def _are_digits(text: str, most: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= most


_NUMBER = regex(r"-?[0-9]{1,15}(?:\.[0-9]{1,12})?")
_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
TIME_OF_DAY = regex(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]{1,6})?)?(z|[+-][0-9]{2}:?[0-9]{2})?")
#: What a unit may be called -> the unit, those of two words aside.
UNITS = {word: unit for unit, words in UNIT_WORDS.items() for word in words if " " not in word}
#: Said where nothing nearer is known.
ANY = "write one such as 30 minutes, 4 working days, next open day at 09:00 or 2026-05-19 17:00"


class _Reader:
    """Reads a text word by word; each fault names the offset of the word at fault."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words: list[tuple[str, int]] = []
        at = 0
        for word in text.split():
            at = text.index(word, at)
            self.words.append((word.lower(), at))
            at += len(word)
        self.place = 0

    def peek(self) -> str:
        return self.words[self.place][0] if self.place < len(self.words) else ""

    def offset(self) -> int:
        return self.words[self.place][1] if self.place < len(self.words) else len(self.text.rstrip())

    def fail(self, message: str, hint: str, offset: int | None = None) -> NoReturn:
        raise TimeSyntaxError(message, self.offset() if offset is None else offset, hint)

    def take(self, *wanted: str) -> bool:
        if self.peek() in wanted and self.peek():
            self.place += 1
            return True
        return False

    def need(self, wanted: str, hint: str) -> None:
        if not self.take(wanted):
            found = self.peek()
            self.fail(
                f"{found!r} stands where {wanted!r} is due" if found else f"{wanted!r} is missing", hint
            )

    def end(self, read: object = None) -> None:
        if self.peek():
            if isinstance(read, Span) and read.elapsed() is not None and re.match("[0-9]", self.peek()):
                self.fail("a time is one amount of one unit", "90 minutes, or 1.5 hours")
            said = " ".join(word for word, _ in self.words[: self.place])
            sign = {"before": "minus", "after": "plus"}.get(self.peek())
            if isinstance(read, Span) and sign and self._rest():
                self.fail(f"{self.peek()!r} does not belong here", f"{self._rest()} {sign} {said}")
            if isinstance(read, Span) and self.peek() in ("open", "working"):
                said = f"{read.amount} {self.peek()} {'hours' if self.peek() == 'open' else 'days'}"
            from procflow.core import times_meant  # only a wrong text pays for it

            if isinstance(read, OnDate | AtInstant):
                said += times_meant.after_a_date(self.peek(), self._rest())
            elif said.endswith("open day"):
                said += times_meant.at_a_clock(f"{self.peek()} {self._rest()}")
            self.fail(f"{self.peek()!r} does not belong here", said)

    def any_time(self) -> Time:
        word = self.peek()
        if not word:
            self.fail("a time is missing", ANY)
        if word[:4].isdigit() and word[4:5] == "-":
            return self.dated()
        if word == "tomorrow":
            self.fail("tomorrow may be a closed day", "next open day at 09:00")
        if word == "today":
            self.place += 1
            self.need("at", "today at closing, or today at 15:00")
            return Today(self.clock("today at closing"))
        if word in ("next", "every"):
            self.place += 1
            form = f"{word} open day at 09:00"
            first = word == "every" and self.take("first")
            if first and self.peek() != "open":
                from procflow.core import times_meant  # only a wrong text pays for it

                form = times_meant.first_of(f"{self.peek()} {self._rest()}")
            elif self.peek() != "open":
                from procflow.core import times_meant

                form = f"{word} open day{times_meant.at_a_clock(self._rest()) or ' at 09:00'}"
            self.need("open", form)
            self.need("day", form)
            of = self.period() if first else ""
            at: Clock = self.clock(form) if self.take("at") else OPENING
            return NextOpenDay(at) if word == "next" else EveryOpenDay(at, of)
        if _are_digits(word.removeprefix("-")[:1], 1):
            return self.span()
        from procflow.core import times_meant  # only a wrong text pays for it

        self.fail(*times_meant.beginning(word, self._rest()))

    def period(self) -> str:
        form = "first open day of the month at 09:00"
        self.need("of", form)
        self.need("the", form)
        word = self.peek()
        if not self.take("month", "quarter", "year"):
            self.fail(f"{word!r} is no month, quarter or year" if word else "of which period?", form)
        return word

    def span(self) -> Span:
        start = self.offset()
        number = self.peek()
        if not _are_digits(number, 15) and not _NUMBER.fullmatch(number):
            from procflow.core import times_meant  # only a wrong text pays for it

            self.fail(*times_meant.amount(number, self._rest()))
        self.place += 1
        unit = self._unit(number)
        amount = Decimal(number) if "." in number else int(number)
        try:
            return Span(amount, unit)
        except (ValueError, OverflowError) as wrong:
            words = UNIT_WORDS[unit][1]
            if isinstance(wrong, OverflowError):
                hint = f"24 {words}"
            elif number.startswith("-"):
                hint = f"{number[1:]} {words}"
            elif unit in CIVIL_UNITS:
                hint = str(Span(max(1, round(amount)), unit))
            else:
                hint = "1 second"
            too_long = "the time is too long to be reckoned with"
            message = too_long if isinstance(wrong, OverflowError) else str(wrong)
            raise TimeSyntaxError(message, start, hint) from None

    def _rest(self) -> str:
        return " ".join(word for word, _ in self.words[self.place + 1 :])

    def _unit(self, number: str) -> str:
        word = self.peek()
        which = number != "1"
        if word in ("working", "open"):
            self.place += 1
            unit = "working_days" if word == "working" else "open_hours"
            wanted = ("day", "days") if word == "working" else ("hour", "hours")
            if not self.take(*wanted):
                meant = {"hour": "open_hours", "day": "working_days"}.get(self.peek().rstrip("s"), unit)
                self.fail(f"{word!r} goes with {wanted[1]!r}", f"{number} {UNIT_WORDS[meant][which]}")
            return unit
        unit = UNITS.get(word, "")
        if not unit:
            from procflow.core import times_meant  # only a wrong text pays for it

            near = times_meant.unit(word, self._rest())
            hint = f"{number} {UNIT_WORDS[near][which]}"
            self.fail(f"{word!r:.40} is no unit of time" if word else f"{number} of what is missing", hint)
        self.place += 1
        if self.peek() == "on":
            form = f"{number} {UNIT_WORDS['hours_on_open_days'][which]}"
            if unit != "hours":
                self.fail(f"only hours can stand still on closed days, not {word}", "24 hours on open days")
            self.place += 1
            self.need("open", form)
            if not self.take("days", "day"):
                self.need("days", form)
            return "hours_on_open_days"
        return unit

    def clock(self, form: str) -> Clock:
        word = self.peek()
        if self.take(OPENING, CLOSING):
            return word
        found = TIME_OF_DAY.fullmatch(word)
        if found is None or found[5]:
            dotted = re.fullmatch(r"([0-9]{1,2})(?:[.h]([0-9]{2}))?", word)
            if dotted and int(dotted[1]) < 24 and int(dotted[2] or 0) < 60:
                form = f"{' '.join(w for w, _ in self.words[: self.place])} {int(dotted[1]):02}:{dotted[2] or '00'}"
            self.fail(f"{word!r:.40} is no time of day" if word else "a time of day is missing", form)
        at = self._time_of_day(found)
        self.place += 1
        return at

    def _time_of_day(self, found: re.Match[str]) -> time:
        micro = int((found[4] or ".0")[1:].ljust(6, "0"))
        try:
            return time(int(found[1]), int(found[2]), int(found[3] or 0), micro)
        except ValueError:
            self.fail(f"{found.group()!r} is no time of day", "a time from 00:00 to 23:59")

    def dated(self) -> OnDate | AtInstant | Shifted:
        base = self._moment()
        by, back = None, True
        if self.take("minus", "plus"):
            back = self.words[self.place - 1][0] == "minus"
            by = self.span()
            if by.amount < 0:
                self.fail(
                    "an amount after minus or plus has no sign", str(base), self.words[self.place - 2][1]
                )
        roll = ""
        if self.take("rolled"):
            form = f"{Shifted(base, by, back, 'back')}"
            roll = self.peek()
            if not self.take("back", "forward"):
                self.fail("rolled where to is missing: back or forward", form)
            self.need("to", form)
            self.take("an", "the")
            self.need("open", form)
            self.need("day", form)
        return base if by is None and not roll else Shifted(base, by, back, roll)

    def _moment(self) -> OnDate | AtInstant:
        start = self.offset()
        day_text, _, glued = self.peek().partition("t")
        try:
            if not _DAY.fullmatch(day_text):
                raise ValueError
            day = date.fromisoformat(day_text)
        except ValueError:
            self.fail(f"{day_text!r:.40} is no date", "a date such as 2026-05-19")
        self.place += 1
        text = glued or self.peek()
        found = TIME_OF_DAY.fullmatch(text)
        if found is None:
            if glued or text[:1].isdigit():
                self.fail(f"{text!r:.40} is no time of day", f"{day} 17:00", start if glued else None)
            return OnDate(day)
        at = self._time_of_day(found)
        if not glued:
            self.place += 1
        if not found[5]:
            return OnDate(day, at)
        zone = "+00:00" if found[5] == "z" else found[5]
        try:
            return AtInstant(datetime.fromisoformat(f"{day}T{at.isoformat()}{zone}").astimezone(UTC))
        except (ValueError, OverflowError):
            self.fail(f"{found[5]!r} is no offset from UTC", f"{day}T{_clock(at)}Z", start)

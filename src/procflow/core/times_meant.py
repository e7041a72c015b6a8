"""What somebody meant whose text is no time: the nearest right form, from words that people try.

Only a wrong text pays for it. It must not know how a right one is read: that is `times`.
"""

from __future__ import annotations

import re

from procflow.core.spans import UNIT_WORDS
from procflow.core.times import ANY, TIME_OF_DAY, UNITS

#: Words that people try, and the unit they mean.
_MEANT = {
    "s": "seconds", "sec": "seconds", "secs": "seconds", "sekund": "seconds", "sekunder": "seconds",
    "m": "minutes", "min": "minutes", "mins": "minutes", "minut": "minutes", "minutter": "minutes",
    "h": "hours", "hr": "hours", "hrs": "hours", "time": "hours", "timer": "hours",
    "d": "days", "dag": "days", "dage": "days", "calendar": "days",
    "w": "weeks", "uge": "weeks", "uger": "weeks", "måned": "months", "måneder": "months",
    "y": "years", "år": "years",
    "business": "working_days", "weekday": "working_days", "weekdays": "working_days", "work": "working_days",
    "arbejdsdag": "working_days", "arbejdsdage": "working_days", "hverdag": "working_days",
    "hverdage": "working_days", "workday": "working_days", "workdays": "working_days",
    "åbningstimer": "open_hours", "open-hours": "open_hours", "open-hour": "open_hours",
    "working-days": "working_days", "working-day": "working_days",
}  # fmt: skip
#: Amounts that people write as words, in the languages that procflow speaks.
_NUMBERS = {
    word: n
    for n, words in enumerate(
        ("one a an en et", "two to", "three tre", "four fire", "five fem", "six seks", "seven syv", "eight otte",
         "nine ni", "ten ti", "eleven elleve", "twelve tolv"), 1,
    )
    for word in words.split()
}  # fmt: skip
#: What may follow a date or an instant, and words that people try instead.
_AFTER = {
    "minus": " minus 1 week",
    "plus": " plus 1 week",
    "rolled": " rolled back to an open day",
    "at": " 17:00",
}
_MEANT_AFTER = {
    "-": "minus", "before": "minus", "less": "minus", "+": "plus", "after": "plus", "and": "plus", "at": "at", "kl": "at",
    "kl.": "at",
}  # fmt: skip
#: One word for what comes again, and what it is here.
_PERIODS = {
    **dict.fromkeys(("dai", "day", "dag", "dagligt"), "open day at 08:00"),
    **dict.fromkeys(("week", "uge", "ugentligt"), "1 week"),
    **dict.fromkeys(("month", "måned", "månedligt"), "first open day of the month at 09:00"),
    **dict.fromkeys(("quarter", "kvartal"), "first open day of the quarter at 09:00"),
    **dict.fromkeys(("year", "år", "årligt"), "first open day of the year at 09:00"),
}
_WEEKDAYS = (
    ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"),
    ("søndag", "mandag", "tirsdag", "onsdag", "torsdag", "fredag", "lørdag"),
)


def recurring(text: str) -> str:
    """What to write for a text that was to say what comes again: a day of the week is a guard here. "" for one that
    has the words of a time, and is nearly one."""
    words = text.casefold().split()
    if len(words) == 1 and (period := _PERIODS.get(words[0].removesuffix("ly"))):
        return period
    if {"open", *UNITS, *_MEANT}.intersection(words):
        return ""
    first = words[0].rstrip("s.") if words else ""
    for names in _WEEKDAYS:
        for day, name in enumerate(names):
            if first in (name, name[:3]):
                at = re.search(r"[0-9]{1,2}:[0-9]{2}", text)
                return f"open day at {at[0] if at else '08:00'}, and beside it `when: 'now.getDayOfWeek() == {day}'`"
    return "open day at 08:00, first open day of the month at 09:00, or 2 weeks"


def beginning(word: str, rest: str) -> tuple[str, str]:
    """What is wrong with the first `word` of a text, and the right form."""
    if word in _NUMBERS and rest:
        return f"{word!r} is an amount in words", f"{_NUMBERS[word]} {rest}"
    if "_" in word and word.isidentifier() and not rest:
        return (
            f"{word!r:.40} does not begin a time",
            f"write \"${{param('{word}')}}\" where it is a parameter",
        )
    near = (
        "every" if word in ("open", "each", "daily", "hver") else _nearest(word, ("today", "next", "every"))
    )
    forms = {
        "today": "today at closing",
        "next": "next open day at 09:00",
        "every": f"every open day{at_a_clock(rest) or ' at 08:00'}",
    }
    return f"{word!r:.40} does not begin a time", forms.get(near, ANY)


def amount(word: str, rest: str) -> tuple[str, str]:
    """What is wrong with a `word` that stands where an amount is due, and the right form."""
    if re.fullmatch(r"-?[0-9]+,[0-9]+", word):
        return f"{word!r} is written with a comma", " ".join((word.replace(",", "."), rest or "hours"))
    glued = re.fullmatch(r"(-?[0-9]+(?:\.[0-9]+)?)([^\W\d_]+)", word)
    if glued:
        unit = UNITS.get(glued[2]) or _MEANT.get(glued[2])
        if unit:
            return f"a blank is missing in {word!r}", f"{glued[1]} {UNIT_WORDS[unit][glued[1] != '1']}"
    turned = re.fullmatch(r"([0-9]{1,2})[-./]([0-9]{1,2})[-./]([0-9]{4})", word)
    if turned:
        year, month, day = turned[3], int(turned[2]), int(turned[1])
        return f"{word!r} is a date written otherwise", f"{year}-{month:02}-{day:02}"
    if TIME_OF_DAY.fullmatch(word):
        return f"{word!r} is a time of day, of no day", f"today at {word}, or next open day at {word}"
    return f"{word!r:.40} is no amount of time" if word else "an amount of time is missing", ANY


def unit(word: str, rest: str) -> str:
    """The unit that a `word` means which is none."""
    if _MEANT.get(word) == "hours" and "åbne dage" in rest:
        return "hours_on_open_days"
    if rest.startswith("hour"):  # business, office, opening hours
        return "open_hours"
    return _MEANT.get(word) or UNITS.get(_nearest(word, (*UNITS, "working", "open")), "working_days")


def after_a_date(word: str, rest: str) -> str:
    """How a date goes on for somebody who wrote this `word`, and the `rest`, behind it; "" where nobody can tell."""
    meant = _MEANT_AFTER.get(word) or _nearest(word, ("minus", "plus", "rolled"))
    if meant in ("minus", "plus") and re.fullmatch(r"[0-9]+ (working )?[a-z]+", rest):
        return f" {meant} {rest}"
    return _AFTER.get(meant, "")


def first_of(rest: str) -> str:
    """The first open day of a period, for somebody who wrote `rest` behind `first`."""
    period = re.search(r"\b(month|quarter|year)\b", rest)
    at = TIME_OF_DAY.search(rest)
    return f"first open day of the {period[0] if period else 'month'} at {at[0] if at else '09:00'}"


def at_a_clock(rest: str) -> str:
    """How an open day goes on for somebody who wrote `kl. 9`, `at 9` or `9.30` behind it; "" where nobody can tell."""
    found = re.search(r"\b([0-9]{1,2})(?:[.:]([0-9]{2}))?\s*(?:o'clock|am|a\.m\.)?$", rest)
    if found is None or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return ""
    return f" at {int(found[1]):02}:{found[2] or '00'}"


def _nearest(word: str, known: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    found = get_close_matches(word, known, 1, 0.6)
    return found[0] if found else ""

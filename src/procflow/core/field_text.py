"""Text as people and machines enter it: what is never taken, what is folded, and what free text may not hold.

It knows characters and numbers that identify people (PRO-14), not fields. Nothing here keeps or repeats
what it refuses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from procflow.core.field_problems import Wrong
from procflow.core.regex import regex
from procflow.core.values import Value

#: The most that one text may hold, in bytes of UTF-8.
MAX_TEXT = 64 * 1024

#: What `normalise:` can do to a text before it is checked. `digits` keeps the digits of any script, so that
#: a look-alike is refused afterwards and not lost.
NORMALISERS: Mapping[str, Callable[[str], str]] = {
    "trim": str.strip,
    "upper": str.upper,
    "lower": str.lower,
    "digits": lambda text: "".join([c for c in text if c.isdecimal()]),
    "no_spaces": lambda text: "".join([c for c in text if not c.isspace()]),
    "clock": lambda text: _time_of_day(text),
    "dashed": lambda text: _dashed(text),
}
_TIME_OF_DAY = regex(r"(?:[Kk]l\.? ?)?([0-9]{1,2})(?:[:.]([0-9]{2}))?")

#: What pages and writing programs leave in a text that is copied, and nobody means: soft hyphens, breaks of no width,
#: marks of byte order; their own line and paragraph breaks are line breaks.
_LEFT = str.maketrans(
    {"\u00ad": "", "\u200b": "", "\u2060": "", "\ufeff": "", "\u2028": "\n", "\u2029": "\n"}
)
#: Zero-width joiners belong to scripts and emoji; every other format character hides or turns text.
_JOINERS = "\u200c\u200d"
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2212"
_LETTERS_AND_NUMBER = regex(rf"([^\W\d_]+)[ \{_DASHES}]*([0-9]+)")
_DIGIT = regex(r"[0-9]")
_BLANKS = str.maketrans("\t\n\r\v\f", "     ")
_DOUBLED = {digit: (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)[int(digit)] for digit in "0123456789"}
_CPR = regex(r"(?<![0-9])([0-9]{6})([ -]*)([0-9]{4})(?![0-9])")
_RUN = regex(r"[0-9]+(?:[ -]{1,3}[0-9]+)*")
_GROUPED_CARD = regex(r"(?<![0-9])[3-6][0-9]{3}(?:[ -][0-9]{4}){3}(?![0-9])")
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_WEIGHTS = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def _time_of_day(text: str) -> str:
    """`9.05`, `kl. 9.05` and `9` as `09:05` and `09:00`; any other text as it is."""
    found = _TIME_OF_DAY.fullmatch(text.strip())
    return f"{found[1]:0>2}:{found[2] or '00'}" if found else text


def _dashed(text: str) -> str:
    """`P2001`, `P 2001` and `P–2001` as `P-2001`, so that one number is one; any other text as it is."""
    found = _LETTERS_AND_NUMBER.fullmatch(text.strip())
    return f"{found[1]}-{found[2]}" if found else text


def clean(text: str) -> str:
    """The text in Unicode NFC; raises Wrong for what no text may hold: NUL, half characters, over 64 KiB."""
    if len(text) > MAX_TEXT:
        raise Wrong("text_too_large", limit=MAX_TEXT // 1024)
    if text.isascii():
        if "\x00" in text:
            raise Wrong("nul")
        return str(text)  # a text that knows its place in a file stays there
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Wrong("broken_text") from None
    if size > MAX_TEXT:
        raise Wrong("text_too_large", limit=MAX_TEXT // 1024)
    if "\x00" in text:
        raise Wrong("nul")
    return str(unicodedata.normalize("NFC", text))


def is_blank(text: str) -> bool:
    """Whether nothing visible stands in the text."""
    if not text.strip():
        return True
    return not text.isascii() and all(c.isspace() or unicodedata.category(c) == "Cf" for c in text)


def no_control(text: str) -> str:
    """The text; raises Wrong for control characters other than tab and line break."""
    if text.isprintable():
        return text
    if any(unicodedata.category(c) == "Cc" and c not in "\t\n\r" for c in text):
        raise Wrong("control")
    return text


def free_text(text: str) -> str:
    """Words that a person wrote, with line breaks as `\\n` (PRO-14).

    What is left of copying is taken out. Raises Wrong for control, other invisible and direction-turning characters,
    for what looks like a CPR or card number however it is written, and where no letter stands in it.
    """
    text = text if text.isascii() else text.translate(_LEFT)
    text = no_control(text.replace("\r\n", "\n").replace("\r", "\n"))
    if not text.isascii() and any(
        unicodedata.category(c) in ("Cf", "Zl", "Zp") and c not in _JOINERS for c in text
    ):
        raise Wrong("invisible")
    if number := personal_number(text):
        raise Wrong(number)
    if not any(c.isalpha() for c in text):
        raise Wrong("no_letter")
    return text


def personal_number(text: str) -> str:
    """What kind of number of a person the text seems to hold: cpr, card_number, or "" for none."""
    digits = _as_digits(text)
    if len(_DIGIT.findall(digits)) < 10:
        return ""
    return "cpr" if has_cpr(digits) else "card_number" if has_card_number(digits) else ""


def no_sensitive_words(text: Value, never: str) -> Value:
    """The text; raises Wrong where the organisation's pattern of what is never written down is found in it."""
    from procflow.core.patterns import pattern  # only where an organisation says what is never kept

    if isinstance(text, str) and pattern(never).search(text, lambda cost: None):
        raise Wrong("sensitive")
    return text


def _as_digits(text: str) -> str:
    """The text as its numbers are read: digits of any script as ASCII, dashes and spaces as one kind."""
    if text.isascii():
        return text.translate(_BLANKS)
    found = []
    for c in text:
        if c in _JOINERS:
            continue
        if c in _DASHES:
            found.append("-")
        elif c.isspace():
            found.append(" ")
        elif c.isdigit() and not c.isascii():
            found.append(str(unicodedata.digit(c)))
        else:
            found.append(c)
    return "".join(found)


def has_cpr(text: str) -> bool:
    """Whether a number stands in the text that looks like a Danish civil registration number.

    DDMMYY-XXXX with a day that can be; without the dash only where its check digit also fits, since customer
    numbers have ten digits too.
    """
    for day_month_year, between, last in _CPR.findall(text):
        day, month = int(day_month_year[:2]), int(day_month_year[2:4])
        if not 1 <= month <= 12 or not 1 <= day <= _DAYS[month - 1]:
            continue
        if "-" in between:
            return True
        number = day_month_year + last
        if len(between) <= 1 and sum(int(d) * w for d, w in zip(number, _WEIGHTS, strict=True)) % 11 == 0:
            return True
    return False


def has_card_number(text: str) -> bool:
    """Whether 13 to 19 digits stand in the text, with spaces or dashes or without, that pass Luhn's check.

    Digits written in one go or in groups of four (or 4-6-5) are judged by the check alone; in any other
    grouping they must also begin like a card (2 to 6), else two phone numbers in a row would be refused.
    Four groups of four that begin like a card are one, even mistyped so that the check fails (S66).
    """
    if _GROUPED_CARD.search(text):
        return True
    for run in _RUN.findall(text):
        groups = re.split("[ -]+", run)
        for first in range(len(groups)):
            number = ""
            for last in range(first, len(groups)):
                number += groups[last]
                if len(number) > 19:
                    break
                if (
                    len(number) >= 13
                    and _passes_luhn(number)
                    and _card_like(groups[first : last + 1], number)
                ):
                    return True
    return False


def _card_like(groups: list[str], number: str) -> bool:
    sizes = [len(group) for group in groups]
    in_fours = all(size == 4 for size in sizes[:-1]) and sizes[-1] <= 4
    return len(groups) == 1 or in_fours or sizes in ([4, 6, 5], [4, 6, 4]) or number[0] in "23456"


def _passes_luhn(number: str) -> bool:
    backwards = number[::-1]
    total = sum(map(int, backwards[::2])) + sum(map(_DOUBLED.__getitem__, backwards[1::2]))
    return total % 10 == 0 and len(set(number)) > 1

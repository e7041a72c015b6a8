"""The functions that every expression has: CEL's standard library and strings, and a few plain words.

Each is pure and its cost is counted before it is paid. Functions that know the case or the organisation
(`count`, `due`, `table` …) are not here: the scope answers them.
It must not know trees: it gets values and gives values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP
from typing import Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct

from procflow.core.arithmetic import check_list, check_text, combine, negative, rounded
from procflow.core.regex import regex
from procflow.core.times import Span, parse_time
from procflow.core.values import Number, Value, elapsed, is_number, kind, number, order, plain
from procflow.errors import EvaluationError, ProcflowError


class Meter(Protocol):
    """What a function may ask of the evaluation around it."""

    def spend(self, steps: int) -> None:
        """Count `steps`; raises EvaluationError when the budget is used up."""

    @property
    def zone(self) -> str:
        """The organisation's time zone."""


class Pure(Struct, frozen=True):
    """One function: how it is called, with how many values (a method's target is the first), and null."""

    run: Callable[..., Value]
    least: int
    most: int
    style: str = "method"  # method, function or both
    null: str = "error"  # error, or no: it answers no when any value is null
    steps: int = (
        2  # what a call costs, beside what `run` counts itself: one is about a third of a microsecond
    )


def _text(x: Value, what: str = "this") -> str:
    if isinstance(x, str):
        return x
    raise EvaluationError(f"{what} wants a text, not {kind(x)}")


def _whole(x: Value, what: str) -> int:
    if is_number(x) and isinstance(x, int):
        return x
    raise EvaluationError(f"{what} wants a whole number, not {_shown(x)}")


def _number(x: Value, what: str) -> Number:
    if is_number(x):
        return number(x)
    raise EvaluationError(f"{what} wants a number, not {kind(x)}")


# texts


def _size(meter: Meter, x: Value) -> int:
    if type(x) is str or isinstance(x, (str, list, tuple, Mapping)):
        return len(x)
    raise EvaluationError(f"{kind(x)} has no size")


def _scan(meter: Meter, *texts: str) -> None:
    length = sum(map(len, texts))
    if length > 64:
        meter.spend(length // 64)


def _contains(meter: Meter, x: Value, part: Value) -> bool:
    whole, piece = _text(x, "contains"), _text(part, "contains")
    _scan(meter, whole, piece)
    return piece in whole


def _starts(meter: Meter, x: Value, part: Value) -> bool:
    return _text(x, "startsWith").startswith(_text(part, "startsWith"))


def _ends(meter: Meter, x: Value, part: Value) -> bool:
    return _text(x, "endsWith").endswith(_text(part, "endsWith"))


def _matches(meter: Meter, x: Value, wanted: Value) -> bool:
    from procflow.core.patterns import pattern

    return pattern(_text(wanted, "matches")).search(_text(x, "matches"), meter.spend)


def _mapped(change: Callable[[str], str]) -> Callable[[Meter, Value], str]:
    def run(meter: Meter, x: Value) -> str:
        text = _text(x)
        check_text(len(text), meter.spend)
        changed = change(text)
        check_text(len(changed), meter.spend)  # some letters become two: ß
        return changed

    return run


#: Unicode's White_Space, as CEL trims it; `str.strip` alone would also take four control characters.
_BLANKS = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_LOWER = {code: code + 32 for code in range(65, 91)}
_UPPER = {code + 32: code for code in range(65, 91)}


def _replace(meter: Meter, x: Value, old: Value, new: Value, limit: Value = -1) -> str:
    text, before, after = _text(x, "replace"), _text(old, "replace"), _text(new, "replace")
    most = _whole(limit, "replace")
    _scan(meter, text, before)
    found = text.count(before)
    times = found if most < 0 else min(found, most)
    check_text(len(text) + times * (len(after) - len(before)), meter.spend)
    return text.replace(before, after, times)


def _split(meter: Meter, x: Value, by: Value, limit: Value = -1) -> tuple[str, ...]:
    text, mark, most = _text(x, "split"), _text(by, "split"), _whole(limit, "split")
    check_text(len(text), meter.spend)
    if most == 0:
        return ()
    found = len(text) if not mark else text.count(mark) + 1
    pieces = found if most < 0 else min(found, most)
    check_list(pieces, meter.spend)
    if not mark:
        return (*text[: pieces - 1], text[pieces - 1 :]) if text else ("",)
    return tuple(text.split(mark, pieces - 1))


def _join(meter: Meter, x: Value, mark: Value = "") -> str:
    between = _text(mark, "join")
    if not isinstance(x, list | tuple):
        raise EvaluationError(f"join wants a list of texts, not {kind(x)}")
    meter.spend(len(x) // 4)
    pieces = [_text(item, "join") for item in x]
    check_text(sum(map(len, pieces)) + max(0, len(pieces) - 1) * len(between), meter.spend)
    return between.join(pieces)


def _substring(meter: Meter, x: Value, begin: Value, end: Value = None) -> str:
    text = _text(x, "substring")
    first = _whole(begin, "substring")
    last = len(text) if end is None else _whole(end, "substring")
    if not 0 <= first <= last <= len(text):
        raise EvaluationError(f"substring from {first} to {last} of a text of {len(text)} characters")
    check_text(last - first, meter.spend)
    return text[first:last]


def _char_at(meter: Meter, x: Value, place: Value) -> str:
    text, index = _text(x, "charAt"), _whole(place, "charAt")
    if not 0 <= index <= len(text):
        raise EvaluationError(f"charAt {index} of a text of {len(text)} characters")
    return text[index : index + 1]


def _index_of(meter: Meter, x: Value, part: Value, begin: Value = 0) -> int:
    text, piece, first = _text(x, "indexOf"), _text(part, "indexOf"), _whole(begin, "indexOf")
    if not 0 <= first <= len(text):
        raise EvaluationError(f"indexOf from {first} of a text of {len(text)} characters")
    _scan(meter, text, piece)
    return text.find(piece, first)


def _last_index_of(meter: Meter, x: Value, part: Value, begin: Value = None) -> int:
    text, piece = _text(x, "lastIndexOf"), _text(part, "lastIndexOf")
    last = len(text) if begin is None else _whole(begin, "lastIndexOf")
    if not 0 <= last <= len(text):
        raise EvaluationError(f"lastIndexOf from {last} of a text of {len(text)} characters")
    _scan(meter, text, piece)
    return text.rfind(piece, 0, last + len(piece))


# conversions

_DIGITS = regex(r"[+-]?[0-9]{1,40}")
_DECIMAL = regex(r"[+-]?([0-9]{1,40}(\.[0-9]{0,40})?|\.[0-9]{1,40})([eE][+-]?[0-9]{1,4})?")
_INSTANT = regex(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)"
    r"(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})?"
)
_DAY = regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LENGTH = regex(r"(-?)((?:[0-9]{1,12}(?:\.[0-9]{1,9})?(?:h|ms|us|ns|m|s))+)")
_PIECE = regex(r"([0-9]+(?:\.[0-9]+)?)(h|ms|us|ns|m|s)")
_MICROSECONDS = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def _shown(x: Value) -> str:
    """What a value is, never what it says: it may have been entered, and errors are kept and shown."""
    return "this text" if isinstance(x, str) else "this number" if is_number(x) else kind(x)


def _int(meter: Meter, x: Value) -> Number:
    if is_number(x):
        return rounded(number(x), ROUND_DOWN)
    if isinstance(x, str) and _DIGITS.fullmatch(x):
        return number(int(x))
    if isinstance(x, datetime):
        return (x - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1)
    raise EvaluationError(f"{_shown(x)} is not a whole number")


def _decimal(meter: Meter, x: Value) -> Number:
    if is_number(x):
        return number(x)
    if isinstance(x, str) and _DECIMAL.fullmatch(x):
        return number(x)
    raise EvaluationError(f"{_shown(x)} is not a number")


def _string(meter: Meter, x: Value) -> str:
    return plain(x)


def _bool(meter: Meter, x: Value) -> bool:
    if isinstance(x, bool):
        return x
    if x in ("true", "True", "TRUE", "t", "1"):
        return True
    if x in ("false", "False", "FALSE", "f", "0"):
        return False
    raise EvaluationError(f"{_shown(x)} is not a yes/no")


def zone_of(name: str) -> tzinfo:
    """A time zone by IANA name, or by offset (`+02:00`); raises EvaluationError for any other text."""
    offset = re.fullmatch(r"([+-]?)([0-9]{2}):([0-5][0-9])", name)
    if offset:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise EvaluationError("this time zone is not known", "write one such as Europe/Copenhagen") from None


def instant_of(text: str, zone: str) -> datetime:
    """The instant (UTC) of `2026-05-11T10:05:00Z` or `2026-05-11 10:05`; without an offset, in `zone`."""
    found = _INSTANT.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        fraction = (found[3] or "")[:7].ljust(7, "0") if found[3] else ""
        local = datetime.fromisoformat(
            f"{found[1]}T{found[2] if len(found[2]) > 5 else found[2] + ':00'}{fraction}"
        )
        offset = found[4]
        aware = local.replace(tzinfo=zone_of(zone if offset is None else "UTC" if offset == "Z" else offset))
        return aware.astimezone(UTC)
    except (ValueError, OverflowError):
        raise EvaluationError(
            "this text is not an instant", "write it as 2026-05-11T10:05:00Z or 2026-05-11 10:05"
        ) from None


def _timestamp(meter: Meter, x: Value) -> datetime:
    if isinstance(x, datetime):
        return x
    if is_number(x):
        try:
            return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=_whole(x, "timestamp"))
        except OverflowError:
            raise EvaluationError("the instant lies outside the years 1 to 9999") from None
    return instant_of(_text(x, "timestamp"), meter.zone)


def day_of(text: str) -> date:
    """The date that `2026-05-11` says; raises EvaluationError for any other text."""
    try:
        if not _DAY.fullmatch(text):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise EvaluationError("this text is not a date", "write it as 2026-05-11") from None


def _date(meter: Meter, x: Value, zone: Value = None) -> date:
    if isinstance(x, datetime):
        return x.astimezone(zone_of(meter.zone if zone is None else _text(zone, "date"))).date()
    if isinstance(x, date):
        return x
    return day_of(_text(x, "date"))


def span_of(text: str) -> Span:
    """The duration that `60 minutes`, `4 working days` or CEL's `1h30m` says."""
    found = _LENGTH.fullmatch(text)
    if found:
        from fractions import Fraction

        total = sum(
            (Fraction(amount) * (_MICROSECONDS[unit] if unit != "ns" else Fraction(1, 1000)))
            for amount, unit in _PIECE.findall(found[2])
        )
        try:
            length = timedelta(microseconds=int(total))
        except OverflowError:
            raise EvaluationError("this duration is too long") from None
        return elapsed(-length if found[1] else length)
    try:
        time = parse_time(text)
    except (ProcflowError, ValueError, OverflowError):
        raise EvaluationError("this text is not a duration", "write it as 60 minutes or 1h30m") from None
    if isinstance(time, Span):
        return time
    raise EvaluationError("this text is a time, but not a duration", "write it as 60 minutes")


def _duration(meter: Meter, x: Value) -> Span:
    return x if isinstance(x, Span) else span_of(_text(x, "duration"))


# parts of times


def _part(
    name: str,
    of_day: Callable[[date], int] | None,
    of_time: Callable[[datetime], int] | None,
    of_length: int = 0,
) -> Pure:
    """`of_length` is what an elapsed duration is divided by, in microseconds; 0 where it has no such part."""

    def run(meter: Meter, x: Value, zone: Value = None) -> int:
        if isinstance(x, datetime):
            local = x.astimezone(zone_of(meter.zone if zone is None else _text(zone, name)))
            if of_day is not None:
                return of_day(local.date())
            if of_time is not None:
                return of_time(local)
        elif isinstance(x, date) and of_day is not None:
            return of_day(x)
        elif isinstance(x, Span) and of_length:
            length = x.elapsed()
            if length is None:
                raise EvaluationError(f"{x} depends on the calendar, so it has no {name}()")
            total = abs(length) // timedelta(microseconds=1)
            if name == "getMilliseconds":
                total %= 1_000_000
            return total // of_length * (-1 if length < timedelta() else 1)
        raise EvaluationError(f"{kind(x)} has no {name}()")

    return Pure(run, 1, 2)


# numbers


def _round(rounding: str) -> Callable[..., Number]:
    def run(meter: Meter, x: Value, digits: Value = 0) -> Number:
        places = _whole(digits, "round")
        exact = _number(x, "round")
        if not 0 <= places <= 30:
            raise EvaluationError("round keeps from 0 to 30 digits after the point")
        if places == 0:
            return rounded(exact, rounding)
        scale = 10**places
        shifted = rounded(combine("*", exact, scale, meter.spend), rounding)
        return number(combine("/", shifted, scale, meter.spend))

    return run


def _abs(meter: Meter, x: Value) -> Number:
    exact = _number(x, "abs")
    return negative(exact) if exact < 0 else exact


def _sign(meter: Meter, x: Value) -> int:
    exact = _number(x, "sign")
    return (exact > 0) - (exact < 0)


def _best(sign: int, what: str) -> Callable[..., Value]:
    """The largest (sign 1) or smallest (-1) of the values, or of the one list."""

    def run(meter: Meter, *values: Value) -> Value:
        found = values[0] if len(values) == 1 and isinstance(values[0], list | tuple) else values
        if not found:
            raise EvaluationError(f"an empty list has no {what}")
        meter.spend(len(found) // 4)
        best = found[0]
        for value in found:
            if value is None:
                raise EvaluationError(f"{what} wants values that are set")
            if order(value, best) == sign:
                best = value
        return best

    return run


_MANY = 64

LIBRARY: Mapping[str, Pure] = {
    "size": Pure(_size, 1, 1, "both"),
    "contains": Pure(_contains, 2, 2, null="no"),
    "startsWith": Pure(_starts, 2, 2, null="no"),
    "endsWith": Pure(_ends, 2, 2, null="no"),
    "matches": Pure(_matches, 2, 2, "both", null="no", steps=6),
    "lowerAscii": Pure(_mapped(lambda text: text.translate(_LOWER)), 1, 1),
    "upperAscii": Pure(_mapped(lambda text: text.translate(_UPPER)), 1, 1),
    "lower": Pure(_mapped(str.lower), 1, 1),
    "upper": Pure(_mapped(str.upper), 1, 1),
    "trim": Pure(_mapped(lambda text: text.strip(_BLANKS)), 1, 1),
    "reverse": Pure(_mapped(lambda text: text[::-1]), 1, 1),
    "replace": Pure(_replace, 3, 4),
    "split": Pure(_split, 2, 3),
    "join": Pure(_join, 1, 2),
    "substring": Pure(_substring, 2, 3),
    "charAt": Pure(_char_at, 2, 2),
    "indexOf": Pure(_index_of, 2, 3),
    "lastIndexOf": Pure(_last_index_of, 2, 3),
    "int": Pure(_int, 1, 1, "function", steps=4),
    "double": Pure(_decimal, 1, 1, "function", steps=4),
    "decimal": Pure(_decimal, 1, 1, "function", steps=4),
    "string": Pure(_string, 1, 1, "function", steps=4),
    "bool": Pure(_bool, 1, 1, "function"),
    "timestamp": Pure(_timestamp, 1, 1, "function", steps=10),
    "duration": Pure(_duration, 1, 1, "function", steps=24),
    "date": Pure(_date, 1, 2, "function", steps=6),
    "getFullYear": _part("getFullYear", lambda day: day.year, None),
    "getMonth": _part("getMonth", lambda day: day.month - 1, None),
    "getDate": _part("getDate", lambda day: day.day, None),
    "getDayOfMonth": _part("getDayOfMonth", lambda day: day.day - 1, None),
    "getDayOfWeek": _part("getDayOfWeek", lambda day: day.isoweekday() % 7, None),
    "getDayOfYear": _part("getDayOfYear", lambda day: day.timetuple().tm_yday - 1, None),
    "getHours": _part("getHours", None, lambda time: time.hour, 3_600_000_000),
    "getMinutes": _part("getMinutes", None, lambda time: time.minute, 60_000_000),
    "getSeconds": _part("getSeconds", None, lambda time: time.second, 1_000_000),
    "getMilliseconds": _part("getMilliseconds", None, lambda time: time.microsecond // 1000, 1_000),
    "min": Pure(_best(-1, "smallest"), 1, _MANY, "function", steps=4),
    "max": Pure(_best(1, "largest"), 1, _MANY, "function", steps=4),
    "abs": Pure(_abs, 1, 1, "function"),
    "round": Pure(_round(ROUND_HALF_UP), 1, 2, "function", steps=16),
    "floor": Pure(_round(ROUND_FLOOR), 1, 1, "function", steps=16),
    "ceil": Pure(_round(ROUND_CEILING), 1, 1, "function", steps=16),
    "math.least": Pure(_best(-1, "smallest"), 1, _MANY, "function", steps=4),
    "math.greatest": Pure(_best(1, "largest"), 1, _MANY, "function", steps=4),
    "math.abs": Pure(_abs, 1, 1, "function"),
    "math.sign": Pure(_sign, 1, 1, "function"),
    "math.round": Pure(_round(ROUND_HALF_UP), 1, 1, "function", steps=16),
    "math.floor": Pure(_round(ROUND_FLOOR), 1, 1, "function", steps=16),
    "math.ceil": Pure(_round(ROUND_CEILING), 1, 1, "function", steps=16),
    "math.trunc": Pure(_round(ROUND_DOWN), 1, 1, "function", steps=16),
}

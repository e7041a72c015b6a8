"""Civil time and the UTC line: where the wall clock jumps, and which instant a wall clock means.

A wall clock that is skipped (spring) means the first moment after the gap; one that comes twice (autumn)
means its first coming. It must not know opening hours or documents.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo

from msgspec import to_builtins

_SECOND = timedelta(seconds=1)
_NO_TIME = timedelta()
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def in_iso(instant: datetime) -> str:
    """What `isoformat` says of an instant; of one in UTC, as most are, in a tenth of the time."""
    if instant.tzinfo is UTC:
        text: str = to_builtins(instant)
        return f"{text[:-1]}+00:00"
    return instant.isoformat()


def utc(instant: datetime) -> datetime:
    """The same instant in UTC; ValueError for one without a zone."""
    if instant.tzinfo is UTC:
        return instant
    if instant.tzinfo is None:
        raise ValueError(f"the instant {instant.isoformat()} has no zone")
    return instant.astimezone(UTC)


def utc_of(wall: datetime, zone: tzinfo) -> tuple[datetime, str]:
    """The UTC instant of a naive wall clock, and "gap" or "overlap" where the clock jumps there, else "".

    A time that comes twice is its first, whatever `wall` says of its fold.
    """
    aware = wall.replace(tzinfo=zone, fold=0)
    first = aware.utcoffset() or _NO_TIME
    second = aware.replace(fold=1).utcoffset() or _NO_TIME
    if first == second:
        return (wall - first).replace(tzinfo=UTC), ""
    if first > second:
        return (wall - first).replace(tzinfo=UTC), "overlap"
    return change_between(
        (wall - second).replace(tzinfo=UTC), (wall - first).replace(tzinfo=UTC), zone
    ), "gap"


def change_between(low: datetime, high: datetime, zone: tzinfo) -> datetime:
    """The first instant of the new offset, where the offset at `low` differs from the one at `high`."""
    before = offset_at(low, zone)
    steps = -((low - high) // _SECOND)
    below, above = 0, steps
    while above - below > 1:
        middle = (below + above) // 2
        if offset_at(low + middle * _SECOND, zone) == before:
            below = middle
        else:
            above = middle
    found = low + above * _SECOND
    return found.replace(microsecond=0) if found.microsecond else found


def offset_at(instant: datetime, zone: tzinfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or _NO_TIME


def is_repeated(local: datetime) -> bool:
    """Whether this wall clock of an aware local time comes twice on its day."""
    return local.replace(fold=0).utcoffset() > local.replace(fold=1).utcoffset()  # type: ignore[operator]


def zone_name(local: datetime) -> str:
    """`CEST`, or `UTC-03:00` where the zone has no letters of its own."""
    name = local.tzname() or ""
    if name[:1].isalpha():
        return name
    offset = local.utcoffset() or _NO_TIME
    minutes = abs(offset) // timedelta(minutes=1)
    return f"UTC{'-' if offset < _NO_TIME else '+'}{minutes // 60:02}:{minutes % 60:02}"


def months_on(day: date, months: int) -> tuple[date, bool]:
    """The date so many months later (or earlier); True where the month is too short and its last day is taken.

    Raises OverflowError outside the years 1 to 9999.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9999:
        raise OverflowError("the date lies outside the years 1 to 9999")
    last = 29 if month == 1 and _is_leap(year) else _LENGTHS[month]
    return date(year, month + 1, min(day.day, last)), day.day > last


def _is_leap(year: int) -> bool:
    return not year % 4 and (year % 100 != 0 or not year % 400)

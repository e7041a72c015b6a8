"""Running time between two instants: what of it counts, and when a clock warns.

Which clock runs says what counts: open days from midnight to midnight, open hours, or all of it; while the clock stood
still no time ran. It must not know deadlines or cases.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from procflow.core.civil import utc
from procflow.core.reckoning import Reckoning
from procflow.core.times import CLOSING, Span, Time, Warn
from procflow.errors import CalendarError

if TYPE_CHECKING:
    from procflow.core.calendar import Calendar

_NO_TIME = timedelta()
_MICRO = timedelta(microseconds=1)
#: The spans of which only open time counts.
_COUNTED_OPEN = frozenset({"hours_on_open_days", "working_days", "open_hours"})


class Stretches(tuple[tuple[datetime, datetime], ...]):
    """Running time in pieces, in order, and how much of it there is up to the end of each."""

    _upto: list[timedelta]

    def __new__(cls, pieces: Iterable[tuple[datetime, datetime]]) -> Stretches:
        made = super().__new__(cls, pieces)
        made._upto, upto = [], _NO_TIME
        for begin, end in made:
            upto += end - begin
            made._upto.append(upto)
        return made

    def part(self, percent: int | Decimal, start: datetime, end: datetime) -> datetime | None:
        """The instant at which this part of the running time between two instants is used up; None where there is
        none between them."""
        upto, low, high = self._upto, 0, len(self) - 1
        while low <= high and self[low][1] <= start:
            low += 1
        while low <= high and self[high][0] >= end:
            high -= 1
        if low > high:
            return None
        (begin, until), (_, close) = self[low], self[high]
        before = upto[low] - (until - (start if start > begin else begin))
        whole = upto[high] - before
        if close > end:
            whole -= close - end
        used = before + _share(percent, whole)
        at = bisect_left(upto, used, low, high)
        return self[at][1] - (upto[at] - used)


def warn_at(
    calendar: Calendar,
    warn: Warn,
    what: Time | None,
    start: datetime,
    due_at: datetime,
    pauses: Sequence[tuple[datetime, datetime]] = (),
) -> datetime:
    """See `Calendar.warn_at`."""
    if start.tzinfo is not UTC or due_at.tzinfo is not UTC:
        start, due_at = utc(start), utc(due_at)
    if due_at <= start:
        return due_at
    if warn.before is not None:
        try:
            at = Reckoning(calendar, CLOSING).shift(warn.before, due_at, back=True)
        except (CalendarError, OverflowError):  # before the known years, so before the start
            at = start
    else:
        at = _part_of(calendar, warn.percent or 0, what, start, due_at, pauses)
    at = max(at.replace(microsecond=0) if at.microsecond else at, start)
    moved = calendar.last_open(at, start)
    return moved if moved is not None and moved > start else at


def _part_of(
    calendar: Calendar,
    percent: int | Decimal,
    what: Time | None,
    start: datetime,
    due_at: datetime,
    pauses: Sequence[tuple[datetime, datetime]],
) -> datetime:
    """The instant at which this part of the clock's running time between start and due is used up."""
    if isinstance(what, Span) and what.unit in _COUNTED_OPEN:
        first, last = calendar.civil_date(start), calendar.civil_date(due_at - _MICRO)
        found = calendar.stretches(first, last, what.unit == "hours_on_open_days")
        if pauses:
            found = Stretches(_between(found, start, due_at) or [(start, due_at)])
    else:
        found = Stretches([(start, due_at)])
    for pause in pauses:
        found = Stretches([piece for run in found for piece in _without(run, pause)])
    at = found.part(percent, start, due_at)
    if at is not None:
        return at
    return due_at if pauses else start + _share(percent, due_at - start)


def _share(percent: int | Decimal, whole: timedelta) -> timedelta:
    if isinstance(percent, int):
        return whole * percent // 100
    return int(percent * (whole // _MICRO) / 100) * _MICRO


def _without(
    run: tuple[datetime, datetime], pause: tuple[datetime, datetime]
) -> list[tuple[datetime, datetime]]:
    """What is left of a stretch of running time when the clock stood still in the pause."""
    pieces = ((run[0], min(run[1], pause[0])), (max(run[0], pause[1]), run[1]))
    return [piece for piece in pieces if piece[0] < piece[1]]


def runs(
    calendar: Calendar, start: datetime, end: datetime, whole_days: bool
) -> list[tuple[datetime, datetime]]:
    """The stretches between two instants that count: open days from midnight to midnight, or open hours."""
    if start >= end:
        return []
    first, last = calendar.civil_date(start), calendar.civil_date(end - _MICRO)
    return _between(calendar.stretches(first, last, whole_days), start, end)


def _between(stretches: Stretches, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
    """What of the stretches lies between two instants."""
    found = list(stretches)
    while found and found[0][1] <= start:
        del found[0]
    while found and found[-1][0] >= end:
        del found[-1]
    if found:
        if found[0][0] < start:
            found[0] = start, found[0][1]
        if found[-1][1] > end:
            found[-1] = found[-1][0], end
    return found

"""Lengths of time: elapsed (`90 minutes`), on open days, in open hours, by the calendar, in working days.

A span is exact and frozen. What it means from a given instant is `reckoning`'s matter: this module must not
know calendars.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from msgspec import Struct
from msgspec.structs import force_setattr

#: Units that are real time on the UTC line, in microseconds.
_MICROSECONDS = {"seconds": 1_000_000, "minutes": 60_000_000, "hours": 3_600_000_000}
#: Units that count real time, but not all of it; their amounts may have decimals too.
_RUNNING = ("hours_on_open_days", "open_hours")
#: Units that count civil days.
CIVIL_UNITS = frozenset({"days", "weeks", "months", "years", "working_days"})

UNIT_WORDS = {
    "seconds": ("second", "seconds"),
    "minutes": ("minute", "minutes"),
    "hours": ("hour", "hours"),
    "hours_on_open_days": ("hour on open days", "hours on open days"),
    "days": ("day", "days"),
    "weeks": ("week", "weeks"),
    "months": ("month", "months"),
    "years": ("year", "years"),
    "working_days": ("working day", "working days"),
    "open_hours": ("open hour", "open hours"),
}


class Span(Struct, frozen=True):
    """A length of time. `amount` is exact; decimals only where the unit counts hours or less.

    `seconds`, `minutes` and `hours` are elapsed time: such spans compare, add and subtract, and `60 minutes`
    equals `1 hour`. All other units depend on a calendar; ordering them is a TypeError.
    A negative amount exists for elapsed time only (one instant minus a later one).
    """

    amount: int | Decimal
    unit: str

    def __post_init__(self) -> None:
        if self.unit not in UNIT_WORDS:
            raise ValueError(f"{self.unit!r} is no unit of time")
        amount = self.amount
        if isinstance(amount, Decimal):
            if not amount.is_finite():
                raise ValueError("a length of time is a finite number")
            whole = int(amount)
            amount = whole if whole == amount else amount.normalize()
            force_setattr(self, "amount", amount)
        if self.unit in _MICROSECONDS:
            self._delta("microseconds", _MICROSECONDS[self.unit])
        elif amount < 0:
            raise ValueError(f"{self.unit.replace('_', ' ')} cannot be less than none")
        elif self.unit in _RUNNING:
            self._delta("microseconds", 3_600_000_000)
        elif not isinstance(amount, int):
            raise ValueError(f"{self.unit.replace('_', ' ')} are counted whole")
        elif self.unit == "working_days" and not amount:
            raise ValueError("at least 1 working day is counted")

    def _delta(self, _: str, each: int) -> timedelta:
        micro = self.amount * each
        if micro != int(micro):
            raise ValueError("time is counted in microseconds, no smaller")
        return timedelta(microseconds=int(micro))

    @classmethod
    def of(cls, delta: timedelta) -> Span:
        """The elapsed span of exactly `delta`, in the largest unit that says it in a whole number."""
        micro = delta // timedelta(microseconds=1)
        for unit in ("hours", "minutes", "seconds"):
            if not micro % _MICROSECONDS[unit]:
                return cls(micro // _MICROSECONDS[unit], unit)
        return cls(Decimal(micro).scaleb(-6), "seconds")

    def elapsed(self) -> timedelta | None:
        """The real time it lasts, or None where only a calendar can say."""
        each = _MICROSECONDS.get(self.unit)
        return None if each is None else self._delta("microseconds", each)

    def running(self) -> timedelta:
        """The time that has to run for a unit of hours or less, whatever stops it; ValueError for others."""
        if self.unit in CIVIL_UNITS:
            raise ValueError(f"{self} counts days, no running time")
        return self._delta("microseconds", _MICROSECONDS.get(self.unit, 3_600_000_000))

    def __str__(self) -> str:
        one, many = UNIT_WORDS[self.unit]
        return (
            f"{self.amount:f} {many}"
            if isinstance(self.amount, Decimal)
            else (f"{self.amount} {one if self.amount == 1 else many}")
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        mine, its = self.elapsed(), other.elapsed()
        if mine is None or its is None:
            return self.unit == other.unit and self.amount == other.amount
        return mine == its

    def __hash__(self) -> int:
        mine = self.elapsed()
        return hash((self.unit, self.amount)) if mine is None else hash(mine)

    def _both(self, other: Span, verb: str) -> tuple[timedelta, timedelta]:
        mine, its = self.elapsed(), other.elapsed()
        if mine is None or its is None:
            raise TypeError(f"{self if mine is None else other} depends on the calendar and cannot be {verb}")
        return mine, its

    def __lt__(self, other: Span) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        mine, its = self._both(other, "compared")
        return mine < its

    def __le__(self, other: Span) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        mine, its = self._both(other, "compared")
        return mine <= its

    def __gt__(self, other: Span) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return other < self

    def __ge__(self, other: Span) -> bool:
        if not isinstance(other, Span):
            return NotImplemented
        return other <= self

    def __add__(self, other: Span) -> Span:
        if not isinstance(other, Span):
            return NotImplemented
        mine, its = self._both(other, "added")
        return Span.of(mine + its)

    def __sub__(self, other: Span) -> Span:
        if not isinstance(other, Span):
            return NotImplemented
        mine, its = self._both(other, "subtracted")
        return Span.of(mine - its)

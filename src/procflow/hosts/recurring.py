"""What recurs: cases that procedures open by themselves (`starts: every`), each instant once.

An instant is done when its case is opened (or its guard says no), under an id that names the instant; what was missed
while no host ran is made up for, at its own instants and in their order.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from procflow.core.calendar import Calendar
from procflow.core.decide import Command
from procflow.core.times import EveryOpenDay, parse_recurring
from procflow.engine import Answer, Engine

_A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Occurrence:
    """A case to be opened at an instant; `start` is the time as the procedure writes it."""

    at: datetime
    procedure: str
    start: str

    @property
    def name(self) -> str:
        return f"{self.procedure}/{self.start}"


def _after(last: datetime, name: str, calendar: Calendar) -> Occurrence:
    """The one that comes next, when `last` is done."""
    procedure, _, start = name.partition("/")
    time = parse_recurring(start)
    if isinstance(time, EveryOpenDay):
        at = calendar.every_after(time, last)
    else:
        at = max(calendar.add(last, time), last + _A_SECOND)
    return Occurrence(at, procedure, start)


@dataclass
class Recurring:
    engine: Engine
    #: By name what came next after an instant by a calendar: a host asks at every look, and the answer seldom changes.
    _reckoned: dict[str, tuple[datetime, Calendar, Occurrence]] = field(default_factory=dict, init=False)

    def next(self, among: Collection[str] | None = None) -> Occurrence | None:
        """What comes next, past or future, of all procedures or some; None where nothing recurs."""
        upcoming = (each for each in self._upcoming() if among is None or each.procedure in among)
        return min(upcoming, key=lambda each: (each.at, each.name), default=None)

    def _upcoming(self) -> Iterator[Occurrence]:
        """The next instant of everything that recurs; the store knows what that is since it was put in force."""
        for name, last in self.engine.store.ticks().items():
            calendar, known = self.engine.surroundings().calendar, self._reckoned.get(name)
            if known is None or known[0] != last or known[1] is not calendar:
                known = self._reckoned[name] = last, calendar, _after(last, name, calendar)
            yield known[2]

    def take(self, occurrence: Occurrence) -> Answer:
        """Open the case of an occurrence, or see that its guard says no; either way it is done."""
        command = Command(
            f"every:{occurrence.name}:{occurrence.at.isoformat()}", "open", occurrence.procedure, source="time",
            at=occurrence.at, mark=f"every:{occurrence.start}",
        )  # fmt: skip
        answer = self.engine.open(occurrence.procedure, command)
        self.engine.store.tick(occurrence.name, occurrence.at)
        return answer

"""Who goes on next: actors that stop at every point at which something else could happen, and the dice that choose.

An actor is a greenlet: code of the product, running as it is, that comes to a point whenever it asks the store, the world
or a plugin. There it may die. The clock moves only here. The same seed makes the same choices.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from math import inf
from random import Random
from zlib import crc32

from greenlet import getcurrent, greenlet

#: Points of one run, after which it is said never to end.
MOST_POINTS = 60_000
#: How long somebody stands still, in seconds: mostly so that others go by, at times longer than a lease lasts.
_STALLS = (
    (0.01, 0.1),
    (0.01, 0.1),
    (0.05, 0.5),
    (0.05, 0.5),
    (0.5, 5.0),
    (0.5, 5.0),
    (5.0, 30.0),
    (45.0, 90.0),
)
#: Parts into which all kinds of points fall.
TENDER = 8
#: Seconds that go by between two points.
_A_POINT = 0.003


class Killed(BaseException):
    """The process dies here. No `except Exception` may catch it."""


class NoEnd(BaseException):
    """The run does not come to rest."""


@dataclass
class Clock:
    """`true` are the seconds that have really gone by; `off` is how wrong the machine's clock is, in seconds."""

    start: datetime
    true: float = 0.0
    off: float = 0.0
    asleep: float = 0.0  # seconds that the machine slept, which its monotonic clock does not count
    latest: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.latest = self.start

    def now(self) -> datetime:
        now = self.start + timedelta(microseconds=round((self.true + self.off) * 1e6))
        self.latest = max(self.latest, now)
        return now

    def monotonic(self) -> float:
        return self.true - self.asleep


@dataclass(frozen=True)
class Jump:
    """The clock is wrong by `by` more seconds; or the machine sleeps so long."""

    by: float
    asleep: bool
    at: float = 0.0  # true seconds; 0.0 where it comes at a point


class Actor:
    """One who acts. It goes on when `until` has come, or before when `free` says so."""

    def __init__(self, name: str, stays: bool) -> None:
        self.name, self.stays = name, stays
        self.until = 0.0
        self.free: Callable[[], bool] | None = None
        self.greenlet: greenlet


@cache
def _part(kind: str) -> int:
    """Which of the parts of all points those of this kind fall into."""
    return crc32(kind.encode()) % TENDER


class Turns:
    """The scheduler. `restless` is how likely somebody else goes on at a point; `stalls`, how likely the one who came
    there stands still for a while, as a process does that the system has no time for."""

    def __init__(self, dice: Random, clock: Clock, restless: float, stalls: float) -> None:
        self.clock, self.dice, self.restless, self.stalls = clock, dice, restless, stalls
        self.points = 0
        self.trace: list[tuple[int, float, str, str]] = []
        self.fired: Counter[str] = Counter()
        self.ending = False
        self.overslept: list[float] = []  # when somebody began to stand still for longer than a lease lasts
        self.deaths: dict[str, set[int]] = {}  # kind of point -> at which ones of that kind somebody dies
        # kind of point -> at which ones of that kind the clock jumps
        self.moments: dict[str, dict[int, Jump]] = {}
        self.tender: int | None = (
            None  # which one of so many parts of all points everybody stops at for a moment
        )
        self.jumped: list[float] = []  # when it did, in true seconds, and when a sleep was over
        self.came: Counter[str] = Counter()
        self._actors: list[Actor] = []
        self._hub: greenlet = getcurrent()

    def add(self, name: str, work: Callable[[], None], *, after: float = 0.0, stays: bool = False) -> Actor:
        """`stays`: it goes on until it is told that the run is ending."""
        actor = Actor(name, stays)
        actor.until = self.clock.true + after
        actor.greenlet = greenlet(work, parent=self._hub)
        self._actors.append(actor)
        return actor

    def told(self, who: str, what: str) -> None:
        """For the trace."""
        self.trace.append((self.points, self.clock.true + self.clock.off, who, what))

    def point(self, who: str, what: str, kind: str = "") -> bool:
        """Here others may go on; -> whether it is the end of the one who came here."""
        self.points += 1
        if self.points > MOST_POINTS:
            raise NoEnd(f"after {MOST_POINTS} points it has not come to rest")
        self.clock.true += _A_POINT
        self.trace.append((self.points, self.clock.true + self.clock.off, who, what))
        roll = self.dice.random()
        if (
            self.tender is not None
            and self._is_tender(what)
            and roll < 0.5
            and not self.ending
            and self._me()
        ):
            self.sleep(self.dice.uniform(0.02, 1.0), lambda: self.ending)
        elif roll < self.restless:
            self.give_way()
        elif roll > 1 - self.stalls and not self.ending and self._me() is not None:
            self.fired["stalled"] += 1
            low, high = _STALLS[int(self.dice.random() * len(_STALLS))]
            if high > 30:
                self.overslept.append(self.clock.true)
            self.sleep(self.dice.uniform(low, high), lambda: self.ending)
        dies = False
        for each in ("any", kind) if kind else ("any",):
            self.came[each] += 1
            dies |= self.came[each] in self.deaths.get(each, ())
            moment = self.moments.get(each, {}).get(self.came[each])
            if moment is not None and not self.ending:
                self.jump(moment)
                self.sleep(self.dice.uniform(0.1, 3.0), lambda: self.ending)  # the others see it first
        return dies and not self.ending

    def _is_tender(self, what: str) -> bool:
        """Whether it is at points like this one that whoever comes there stops in this run, so that others go by
        between what they saw and what they do."""
        return _part(what.partition(" ")[0] if "/" in what else what) == self.tender

    def jump(self, jump: Jump) -> None:
        """The machine's clock is wrong from now on, or it sleeps."""
        clock = self.clock
        self.jumped.append(clock.true)
        if jump.asleep:
            clock.true += jump.by
            clock.asleep += jump.by
            self.jumped.append(clock.true)
        else:
            clock.off += jump.by
        self.fired["asleep" if jump.asleep else "jumped"] += 1
        self.told("clock", f"{'SLEEPS' if jump.asleep else 'JUMPS'} {jump.by / 3600:g} h")

    def give_way(self) -> None:
        """Somebody goes on; perhaps the same."""
        if getcurrent() is not self._hub:
            self._hub.switch()

    def sleep(self, seconds: float, free: Callable[[], bool] | None = None) -> None:
        """So long; with `free` no longer than until that says yes."""
        me = self._me()
        if me is None:
            self.clock.true += max(seconds, 0.0)
            return
        me.until, me.free = self.clock.true + max(seconds, 0.0), free
        self._hub.switch()

    def wait(self, free: Callable[[], bool]) -> None:
        """As long as it takes."""
        while not free():
            if self._me() is None:
                raise NoEnd("somebody waits for what nobody will give")
            self.sleep(inf, free)

    def _me(self) -> Actor | None:
        current = getcurrent()
        return next((actor for actor in self._actors if actor.greenlet is current), None)

    def run(self) -> None:
        """Until everybody who does not stay has come to an end, and then those who stay."""
        while self._actors:
            if not self.ending and all(actor.stays for actor in self._actors):
                self.ending = True
                for actor in self._actors:
                    actor.until = self.clock.true
            now = self.clock.true
            ready = [a for a in self._actors if a.until <= now or (a.free is not None and a.free())]
            if not ready:
                self.clock.true = min(actor.until for actor in self._actors)
                if self.clock.true == inf:
                    raise NoEnd(f"{', '.join(actor.name for actor in self._actors)}: all wait for each other")
                continue
            actor = ready[0] if len(ready) == 1 else ready[int(self.dice.random() * len(ready))]
            actor.until, actor.free = now, None
            actor.greenlet.switch()
            if actor.greenlet.dead:
                self._actors.remove(actor)

    def end(self) -> None:
        """Whoever has not come to an end dies."""
        for actor in self._actors:
            if actor.greenlet:
                actor.greenlet.throw(Killed)
        self._actors.clear()

"""What is no case's own, done by one worker at a time: messages in, what recurs, the record kept; and the workflows
told of steps that they did not take.

The feed reads the store's own list of changes from a place on, so that no step is missed, whoever stored it. The net
looks for what should have happened a while ago and did not: a workflow that somebody ended, a timer that was lost. It
must not know how a worker is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import timedelta
from time import monotonic  # how long ago it was; no deadline hangs on it

from procflow.engine import Engine
from procflow.hosts.local import LocalHost, Round
from procflow.hosts.temporal.connection import Loop
from procflow.hosts.temporal.front import AT_ONCE, Lines
from procflow.hosts.temporal.hands import Tally, may_be_tried

#: What is late by less than this may be on its way.
GRACE = timedelta(seconds=5)
#: Seconds between two casts of the net, and before a case is woken by it again.
_CAST_EVERY, _AGAIN_AFTER = 10.0, 30.0
_BATCH = 500


class Rounds:
    """Of one process, over an engine of its own."""

    def __init__(self, local: LocalHost, loop: Loop, lines: Lines, tally: Tally) -> None:
        self._local, self._loop, self._lines, self._tally = local, loop, lines, tally
        self._cast = float("-inf")
        self._woken: dict[str, float] = {}

    @property
    def _engine(self) -> Engine:
        return self._local.engine

    def one(self, place: int, reached: Callable[[int], None]) -> tuple[int, Round]:
        """One round; -> up to which place every step has been told, and what was done. `reached` hears of places on the
        way. Raises what speaking to the server raises: the place stays where it was."""
        done = self._local.besides()
        place = self.feed(place, reached)
        clock = monotonic()
        if clock - self._cast >= _CAST_EVERY:
            self._cast = clock
            self.cast(GRACE, _AGAIN_AFTER)
        return place, done

    def feed(self, place: int, reached: Callable[[int], None] = lambda place: None) -> int:
        """Tell every step behind a place; with place 0, or one that the store does not have (it was set back), begin the
        workflow of each open case. -> the place of the newest step."""
        store = self._engine.store
        newest = store.last_change()
        if place == 0 or place > newest:
            self._begin_all()
            reached(newest)
            return newest
        while changes := store.changes(place, _BATCH):
            steps: dict[str, int] = {}
            for change in changes:
                if change.number and change.sequence > self._tally.known.get(change.case_id, 0):
                    steps[change.case_id] = change.sequence
            self._wake(steps)
            place = changes[-1].place
            reached(place)
        return place

    def _begin_all(self) -> None:
        after = 0
        while rows := self._engine.store.cases(open_only=True, after=after, limit=_BATCH):
            self._wake({row.id: 0 for row in rows})
            after = rows[-1].number

    def cast(self, grace: timedelta = timedelta(0), again_after: float = 0.0) -> int:
        """Wake every case with something late by `grace`; -> how many there are."""
        late, clock = self.late(grace), monotonic()
        self._woken = {case: at for case, at in self._woken.items() if clock - at < again_after}
        fresh = [case for case in late if case not in self._woken]
        self._wake(dict.fromkeys(fresh, 0))
        self._woken.update(dict.fromkeys(fresh, clock))
        return len(late)

    def late(self, grace: timedelta) -> list[str]:
        """The cases in which something should have been done by `grace` ago."""
        store, by = self._engine.store, self._engine.world.now() - grace
        cases = [case for _, case in store.due(by, _BATCH)]
        effects = store.waiting_effects(by + timedelta(microseconds=1), _BATCH)
        cases += [row.case_id for row in effects if may_be_tried(row, by)]
        return list(dict.fromkeys(cases))

    def _wake(self, steps: Mapping[str, int]) -> None:
        if not steps:
            return
        store, lines = self._engine.store, self._lines
        wanted = [(id, at, row.closed) for id, at in steps.items() if (row := store.load(id)) is not None]

        async def all_of_them() -> None:
            turn = asyncio.Semaphore(AT_ONCE)

            async def one(case_id: str, sequence: int, closed: bool) -> None:
                async with turn:
                    await lines.wake(case_id, sequence, closed=closed)

            await asyncio.gather(*(one(*each) for each in wanted))

        self._loop.run(all_of_them())

"""The threads in which a plugin's process answers, where its channel can do several things at a time.

Two work at first, so that one talks to the outside while the other waits for it; when nothing is begun for a moment,
because the outside takes its time, twice as many, up to what the channel allows. When nothing is left to do it begins
with two again: a quick server never sees a third connection. It must not know what the work is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition, Thread
from time import monotonic  # how long work has waited; no deadline hangs on it
from typing import Generic, TypeVar

T = TypeVar("T")
#: How many work at first, and seconds without a beginning after which there are more.
FIRST, IMPATIENT = 2, 0.025


class Crew(Generic[T]):
    """`do` is called with each piece of work, in one of the threads; it raises nothing."""

    def __init__(self, do: Callable[[T], None]) -> None:
        self._do = do
        self._turn = Condition()
        self._waiting: deque[tuple[T, int]] = deque()
        self._working = self._idle = 0
        self._most = FIRST
        self._begun = 0.0

    def take(self, work: T, at_once: int) -> None:
        """To be done as soon as it can be; `at_once` is how many of this kind may ever be done at a time."""
        with self._turn:
            if not self._waiting:
                self._begun = monotonic()
            self._waiting.append((work, at_once))
            self._wake()

    def patience(self) -> float | None:
        """Seconds until `hurry` should be called; None where nothing waits that could be begun then."""
        with self._turn:
            if not self._waiting or self._working >= self._waiting[0][1]:
                return None
            return max(self._begun + IMPATIENT - monotonic(), 0.0)

    def hurry(self) -> None:
        """What waits has waited for long: more may work."""
        with self._turn:
            if self._waiting and self._begun + IMPATIENT <= monotonic():
                self._most = min(self._most * 2, self._waiting[0][1])
                self._begun = monotonic()
                self._wake()

    def _wake(self) -> None:
        if not self._may_begin():
            return
        free = min(self._most, self._waiting[0][1]) - self._working
        while self._idle < min(free, len(self._waiting)):
            Thread(target=self._work, daemon=True).start()
            self._idle += 1
        self._turn.notify(free)

    def _may_begin(self) -> bool:
        return bool(self._waiting) and self._working < min(self._most, self._waiting[0][1])

    def _work(self) -> None:
        did = False
        while True:
            with self._turn:
                if did:
                    self._working -= 1
                    self._idle += 1
                    if not self._working and not self._waiting:
                        self._most = FIRST
                while not self._may_begin():
                    self._turn.wait()
                self._idle -= 1
                self._working += 1
                self._begun = monotonic()
                work, _ = self._waiting.popleft()
            self._do(work)
            did = True

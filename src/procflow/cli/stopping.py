"""How `run` and `serve` stop: at the first signal nothing new is begun and what was begun is finished, within a time; at
the second the process ends at once. Nothing that was acknowledged is lost either way: it was stored before."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence
from threading import Event, Thread
from time import monotonic  # how long it takes to stop
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procflow.cli.seeing import Seeing


class Stopping:
    """Hears the signals from its making on, which must be in the main thread."""

    def __init__(self) -> None:
        self._ended = Event()
        self._finished = Event()
        self._by = 0
        self._at = 0.0
        self._closing: Thread | None = None
        for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # the last when a terminal is closed
            if wanted != signal.SIGHUP or signal.getsignal(wanted) != signal.SIG_IGN:  # nohup: it is to stay
                signal.signal(wanted, self._hear)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._ended.is_set():
            os._exit(128 + number)
        self._by, self._at = number, monotonic()
        self._ended.set()

    @property
    def asked(self) -> bool:
        return self._ended.is_set()

    @property
    def since(self) -> float:
        """Seconds since it was asked to stop."""
        return monotonic() - self._at if self._at else 0.0

    def wait(self, seconds: float) -> bool:
        """Whether it was asked to stop within the time."""
        return self._ended.wait(seconds)

    def then(self, close: Sequence[Callable[[], None]], seeing: Seeing) -> None:
        """When it is asked to stop: close these at once, while the host finishes, and end it all when that lasts."""
        from procflow.cli.hosting import STOP_WITHIN

        def closing() -> None:
            self._ended.wait()
            if self._by:
                seeing.stopping(signal.Signals(self._by).name)
            closers = [Thread(target=one, daemon=True) for one in close]
            for one in closers:
                one.start()
            for one in closers:
                one.join()

        def enough() -> None:
            self._ended.wait()
            if not self._finished.wait(STOP_WITHIN):
                seeing.watching.tell("stopped", clean=False, duration=self.since)
                os._exit(1)

        self._closing = Thread(target=closing, name="closing", daemon=True)
        self._closing.start()
        Thread(target=enough, name="enough", daemon=True).start()

    def finish(self) -> None:
        """The host is done, in whichever way: what listens is closed when this returns."""
        self._ended.set()
        if self._closing is not None:
            self._closing.join()
        self._finished.set()

"""A bound in seconds for what a hostile mail may make slow. It must not know mails."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any


class TookTooLong(Exception):
    """The seconds were up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in what stands inside after so many seconds. Only the main thread can be stopped: elsewhere
    there is no bound but the one of the host for the whole call."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def up(*_: Any) -> None:
        raise TookTooLong(f"took more than {seconds:g} seconds")

    began = monotonic()
    before = signal.signal(signal.SIGALRM, up)
    around, _ = signal.setitimer(signal.ITIMER_REAL, seconds)  # what a bound around this one has left
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
        if around:
            signal.setitimer(signal.ITIMER_REAL, max(around - (monotonic() - began), 0.001))

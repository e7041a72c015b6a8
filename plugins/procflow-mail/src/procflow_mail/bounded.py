"""A bound for what a hostile mail may make slow, in seconds of the processor: a busy machine makes no mail hostile.

It must not know mails.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any


class TookTooLong(Exception):
    """The seconds were up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TookTooLong in what stands inside after so many seconds, and every second from then on, for who catches it
    inside. Bounds may stand in each other. Only the main thread can be stopped: elsewhere there is no bound but the
    one of the host for the whole call."""
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        yield
        return

    def up(*_: Any) -> None:
        raise TookTooLong(f"took more than {seconds:g} seconds")

    began = process_time()
    around, _ = signal.getitimer(signal.ITIMER_PROF)  # what a bound around this one has left
    before = signal.signal(signal.SIGPROF, up)
    signal.setitimer(signal.ITIMER_PROF, min(seconds, around) if around else seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if around:
            signal.setitimer(signal.ITIMER_PROF, max(around - (process_time() - began), 0.001), 1.0)

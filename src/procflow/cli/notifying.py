"""Tells the service manager (systemd's `Type=notify`) that the process is ready, works, and stops. Without one it is silent.

It must not know what the process does.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from time import monotonic  # how long nothing was said


class Notifying:
    """`NOTIFY_SOCKET` says where to tell it, `WATCHDOG_USEC` how often it wants to hear that the process works."""

    def __init__(self) -> None:
        self._path = os.environ.get("NOTIFY_SOCKET", "")
        micros = os.environ.get("WATCHDOG_USEC", "")
        self._every = int(micros) / 2_000_000 if micros.isdigit() else 0.0
        self._last = float("-inf")

    def ready(self) -> None:
        self._say("READY=1")

    def stopping(self) -> None:
        self._say("STOPPING=1")

    def works(self) -> None:
        """Called ever and again by what must not hang."""
        if self._every and monotonic() - self._last >= self._every / 2:
            self._last = monotonic()
            self._say("WATCHDOG=1")

    def _say(self, what: str) -> None:
        if not self._path:
            return
        address = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
            line.sendto(what.encode(), address)

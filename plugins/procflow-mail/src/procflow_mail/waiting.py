"""Waits in a thread for news of an IMAP folder (IDLE) and rings; connects again, ever more slowly, where the line breaks.

What it misses costs nothing but time: the folder is looked at every few seconds all the same. It must not know mails.
"""

from __future__ import annotations

import imaplib
import re
import select
import threading
from collections.abc import Callable
from contextlib import suppress

from procflow.errors import ProcflowError

#: Seconds after which IDLE is begun anew: servers end it after half an hour, and routers forget a line much earlier.
ANEW = 9 * 60.0
#: Seconds before another try, after one, two, ... failures.
BACK_OFF = (1.0, 5.0, 15.0, 60.0)
_NEWS = re.compile(rb"\* \d+ (EXISTS|RECENT)\b", re.I)


class Waiting(threading.Thread):
    """`connect` gives a connection that is logged in."""

    def __init__(self, connect: Callable[[], imaplib.IMAP4], folder: str, ring: Callable[[], None]) -> None:
        super().__init__(name="waits for mail", daemon=True)
        self._connect, self._folder, self._ring = connect, folder, ring
        self._stopped = threading.Event()
        self._server: imaplib.IMAP4 | None = None

    def stop(self) -> None:
        self._stopped.set()
        server = self._server
        if server is not None:
            with suppress(imaplib.IMAP4.error, OSError):
                server.shutdown()

    def run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                self._server = server = self._connect()
                if "IDLE" not in server.capabilities:
                    return  # then it is looked at every few seconds, and no more
                from .imap import examine

                examine(server, self._folder)
                failures = 0
                while not self._stopped.is_set():
                    self._once(server)
            except (imaplib.IMAP4.error, OSError, ProcflowError, ValueError):
                failures += 1
            finally:
                server_left, self._server = self._server, None
                if server_left is not None:
                    with suppress(imaplib.IMAP4.error, OSError):
                        server_left.shutdown()
            self._stopped.wait(BACK_OFF[min(failures, len(BACK_OFF)) - 1])

    def _once(self, server: imaplib.IMAP4) -> None:
        """One IDLE: until there is news, or it is time to begin anew. Raises where the line breaks."""
        tag = server._new_tag()  # imaplib knows no IDLE before Python 3.14
        server.send(tag + b" IDLE\r\n")
        first = server.readline()
        while first.startswith(b"* "):
            first = server.readline()
        if not first.startswith(b"+"):
            raise imaplib.IMAP4.error("the server does not want to wait")
        self._ring()  # what came before it waited
        if _readable(server, ANEW):
            line = server.readline()
            if not line or line.upper().startswith(b"* BYE"):
                raise imaplib.IMAP4.abort("the server let go")
            if _NEWS.match(line):
                self._ring()
        server.send(b"DONE\r\n")
        while (line := server.readline()) and not line.startswith(tag):
            if _NEWS.match(line):
                self._ring()
        if not line:
            raise imaplib.IMAP4.abort("the server let go")


def _readable(server: imaplib.IMAP4, seconds: float) -> bool:
    pending = getattr(server.sock, "pending", None)
    if pending is not None and pending():
        return True
    return bool(select.select([server.sock], [], [], seconds)[0])

"""A line between a channel and what it talks to, which can be cut, held and garbled: a TCP proxy on loopback.

It carries any protocol; whether the other side took what was sent, `taken` tells. It must not know channels.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

#: What a line can do to those who talk over it.
FAULTS = ("silent", "half", "torn", "slow", "garbage", "doubled", "gone")
#: Seconds by which a slow line holds an answer back, once for each connection.
SLOW = 0.3
_NONSENSE = b"\x00\xff<html>nonsense\r\n\r\n"


class Line:
    """Listens on `port` and carries to `to`. `state` is "well" or one of FAULTS; see `set`."""

    def __init__(self, to: int, taken: Callable[[], int]) -> None:
        """`to` is the port of the real server; `taken` counts what has reached the outside."""
        self._to, self._taken = to, taken
        self.state = "well"
        self._calls = 0
        self._knocks: dict[tuple[str, int], threading.Event] = {}  # our own connections, which are no calls
        self._before = 0
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self.port = 0
        self._listen()

    @property
    def calls(self) -> int:
        """Connections that came in until now, those included that the thread which accepts has not come to yet."""
        self._catch_up()
        return self._calls

    def set(self, state: str) -> None:
        """From now on:

        well: carries everything. silent: takes the words, and nobody answers. half: breaks at the very moment when
        the other side has taken something. torn: breaks in the middle of an answer. slow: answers late, but well. garbage: answers nonsense. doubled: says
        every answer twice. gone: nobody listens.
        """
        self._drop()
        self._before = self._taken()
        self.state = state
        if state == "gone":
            self._close_listener()
            self._drop()  # also who came back in between
        elif self._listener is None:
            self._listen()

    def close(self) -> None:
        self._close_listener()
        self._drop()

    def _listen(self) -> None:
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(64)
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _catch_up(self) -> None:
        """Waits until all who have connected are counted: who connects after them is accepted after them."""
        if self._listener is None:
            return
        with socket.socket() as knock:
            knock.bind(("127.0.0.1", 0))
            heard = self._knocks[knock.getsockname()] = threading.Event()
            knock.settimeout(10)
            knock.connect(("127.0.0.1", self.port))
            if not heard.wait(20):
                raise TimeoutError("the line does not accept connections any more")

    def _close_listener(self) -> None:
        self._catch_up()
        listener, self._listener = self._listener, None
        if listener is not None:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits in accept
            listener.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, caller = listener.accept()
            except OSError:
                return
            if knock := self._knocks.pop(caller, None):
                near.close()
                knock.set()
                continue
            self._calls += 1
            self._keep(near)
            if self.state == "silent":
                threading.Thread(target=self._swallow, args=(near,), daemon=True).start()
                continue
            if self.state == "garbage":
                threading.Thread(target=self._babble, args=(near,), daemon=True).start()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._to), timeout=10)
            except OSError:
                self._end(near)
                continue
            far.settimeout(None)
            self._keep(far)
            for source, sink, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._carry, args=(source, sink, answers), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        held = False
        try:
            while part := source.recv(1 << 16):
                if answers and self.state == "half" and self._taken() > self._before:
                    break
                if answers and self.state == "torn":
                    sink.sendall(part[: len(part) // 2])
                    break
                if answers and self.state == "slow" and not held:
                    held = True
                    time.sleep(SLOW)
                sink.sendall(part * 2 if answers and self.state == "doubled" else part)
            else:
                with suppress(OSError):
                    sink.shutdown(socket.SHUT_WR)
                if not answers:
                    return  # the answer is still to come
        except OSError:
            pass
        self._end(source)
        self._end(sink)

    def _swallow(self, near: socket.socket) -> None:
        with suppress(OSError):
            while near.recv(1 << 16):
                pass
        self._end(near)

    def _babble(self, near: socket.socket) -> None:
        """The nonsense comes unasked to those who wait for a greeting, and again to those who speak first."""
        with suppress(OSError):
            near.settimeout(0.05)
            with suppress(TimeoutError):
                near.recv(1 << 16)
            near.sendall(_NONSENSE)
            near.settimeout(0.2)
            while near.recv(1 << 16):
                near.sendall(_NONSENSE)
        self._end(near)

    def _keep(self, end: socket.socket) -> None:
        end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # small words wait for nothing
        with self._lock:
            self._open.add(end)

    def _end(self, end: socket.socket) -> None:
        with self._lock:
            self._open.discard(end)
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()

    def _drop(self) -> None:
        with self._lock:
            ends = list(self._open)
        for end in ends:
            self._end(end)

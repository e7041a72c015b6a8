"""A cable between a program and a server on this machine that can be cut, at the worst instant or in the middle, or fall
silent as when a network is parted. It must not know what goes through it.
"""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self

_AT_ONCE = 1 << 16


class Cable:
    """Listens at `port` on loopback and carries everything to the server's port, until it is told otherwise.

    `cut_after` (bytes): the next connection that sends something with these bytes is cut once the server has them, so
    that its answer never comes. `silent`: nothing is carried in either direction, and new connections hang.
    """

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._listener.getsockname()[1])
        self.cut_after = b""
        self.cuts = 0
        self._whole = threading.Event()
        self._whole.set()
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        threading.Thread(target=self._listen, name="cable", daemon=True).start()

    def part(self) -> None:
        """The two sides hear nothing of each other, and nobody tells them."""
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def cut(self) -> int:
        """Every connection ends at once; -> how many there were."""
        with self._lock:
            those, self._open = self._open, []
        for one in those:
            _end(one)
        self.cuts += bool(those)
        return len(those) // 2

    def close(self) -> None:
        _end(self._listener)
        self.mend()
        self.cut()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                near.close()
                continue
            for end in (near, far):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, True), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, False), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, asks: bool) -> None:
        with suppress(OSError):
            while part := source.recv(_AT_ONCE):
                self._whole.wait()
                last = asks and self.cut_after and self.cut_after in part
                if last:
                    self.cut_after = b""
                    _end(source)  # whoever asked hears nothing any more
                    self.cuts += 1
                target.sendall(part)
                if last:
                    _read_to_its_end(target)
                    break
        _end(source)
        _end(target)


def _read_to_its_end(server: socket.socket) -> None:
    """The server is given the time to carry out what it has: half of the connection stays."""
    server.settimeout(0.5)
    with suppress(OSError):
        server.shutdown(socket.SHUT_WR)
        while server.recv(_AT_ONCE):
            continue


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()

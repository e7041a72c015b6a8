"""Answers HTTP on one address in a thread of its own: the only place that names uvicorn.

It must not know what is answered.
"""

from __future__ import annotations

import asyncio
import resource
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from threading import Thread
from typing import Any
from urllib.parse import unquote

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from procflow.errors import UsageError

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answering = Callable[[Message, Receive, Send], Awaitable[None]]

_MOST_WAITING = 1000
#: Seconds in which a connection must ask something whole, or be answered; else it goes.
PATIENCE = 30.0
#: Connections that are taken in one go: where there are no more open files, each of them is an error in the log.
_AT_ONCE = 64


class _Patient(H11Protocol):
    """A connection that asks nothing does not stay: else whoever opens many keeps everybody else out."""

    patience, most = PATIENCE, _MOST_WAITING
    _answered: RequestResponseCycle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self.most:
            transport.abort()
            return
        self._later = self.loop.call_later(self.patience, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        if later := getattr(self, "_later", None):
            later.cancel()

    def _look(self) -> None:
        cycle = self.cycle
        if cycle is None or (cycle.response_complete and cycle is self._answered):
            self.transport.abort()
            return
        self._answered = cycle
        self._later = self.loop.call_later(self.patience, self._look)


def _by_path(app: Answering) -> Answering:
    """What is asked by its whole address (`GET http://desk.example/cases`, RFC 9112, 3.2.2) is asked by its path, of the
    host that the address names."""

    async def answering(scope: Message, receive: Receive, send: Send) -> None:
        scheme, found, rest = scope.get("raw_path", b"").partition(b"://")
        if found and scheme.lower() in (b"http", b"https"):
            host, slash, path = rest.partition(b"/")
            raw = slash + path or b"/"
            others = [pair for pair in scope["headers"] if pair[0] != b"host"]
            scope = {
                **scope,
                "raw_path": raw,
                "path": unquote(raw.decode("ascii")),
                "headers": [(b"host", host), *others],
            }
        await app(scope, receive, send)

    return answering


class Listening:
    """Listens from its making on; `start` answers, until `stop`."""

    def __init__(
        self, app: Answering, listen: str, *, behind_proxy: bool = False, setting: str = "web.listen",
        certificate: tuple[str, str] | None = None, most: int = _MOST_WAITING, stopping: Callable[[], None] = lambda: None,
        patience: float = PATIENCE,
    ) -> None:  # fmt: skip
        """`listen` is HOST:PORT (port 0: any that is free); `certificate` the files of the certificate and its key.

        `behind_proxy`: the address of who asks is taken from X-Forwarded-For of a proxy on this machine.
        `most`: connections at a time, and never more than half of the files that this process may open; one that asks
        nothing for `patience` seconds is ended. `stopping` is called, from the thread that stops, before answers that last
        long are waited for. Raises UsageError, which names `setting`, when it cannot listen there.
        """
        host, _, port = listen.rpartition(":")
        host = host.strip("[]")
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            # named, so that asyncio knows it for TCP and sends small answers at once (TCP_NODELAY)
            self._socket = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind((host, int(port)))
            self._socket.listen(256)
        except (OSError, ValueError, OverflowError) as why:
            raise UsageError(
                f"{setting}: nothing can listen at {listen}: {getattr(why, 'strerror', '') or why}",
                'write listen = "127.0.0.1:8390" with a port that is free',
            ) from why
        self.port = int(self._socket.getsockname()[1])
        self._stopping = stopping
        most = max(8, min(most, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2))
        connection = type("Patient", (_Patient,), {"patience": patience, "most": most})
        config = uvicorn.Config(
            _by_path(app), lifespan="off", interface="asgi3", log_config=None, access_log=False, server_header=False, ws="none",
            limit_concurrency=most, timeout_keep_alive=5, timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=32 << 10, http=connection, loop="asyncio",
            backlog=_AT_ONCE,
            proxy_headers=behind_proxy, forwarded_allow_ips="127.0.0.1,::1",
            ssl_certfile=certificate[0] if certificate else None, ssl_keyfile=certificate[1] if certificate else None,
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._thread = Thread(target=self._run, name="web", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Answer what is being asked, then close."""
        self._stopping()
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(10.0)
        self._socket.close()

    def _run(self) -> None:
        self._server.run(sockets=[self._socket])

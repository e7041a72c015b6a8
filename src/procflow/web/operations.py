"""What machines ask of a running process: `/health/live`, `/health/ready` and `/metrics`; all else is passed on.

Health is told to everybody and says no more than which check fails, and it is told soon: whether the process lives is
answered without the store, and who asks whether it is ready is not kept until a store that does not answer gives up. The figures are told to this machine alone; where a
proxy stands in front nobody can be told from it, so there, and from other machines, they are at `/api/metrics`, for a
token. It must not know what is checked or counted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from procflow.seen.watching import Watching
from procflow.web.safety import HEADERS, host_is_ours

_HERE = frozenset({"127.0.0.1", "::1"})
_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
#: Seconds for which an answer about being ready is given again, however often it is asked.
AGAIN_AFTER = 1.0
#: Seconds after which a store that has not answered fails; `procflow health --at` waits somewhat longer.
PATIENCE = 2.5


class Checks(Protocol):
    """See `app.health`."""

    def ready(self) -> Mapping[str, bool]: ...


class Operations:
    """Stands in front of `inner`; None: nothing else is answered. `alive` waits for nothing; `open_checks` is called once, in
    the one thread that looks at the store; `anyone` gives the figures to whoever asks, for an address of its own that somebody chose."""

    def __init__(
        self, watching: Watching, alive: Callable[[], bool], open_checks: Callable[[], Checks],
        inner: ASGIApp | None = None, *, behind_proxy: bool = False, anyone: bool = False,
    ) -> None:  # fmt: skip
        self._watching, self._alive, self._open_checks, self._inner = watching, alive, open_checks, inner
        self._behind_proxy, self._anyone = behind_proxy, anyone
        self._pool, self._figures = ThreadPoolExecutor(1, "operations"), ThreadPoolExecutor(1, "asked")
        self._asked: asyncio.Future[Mapping[str, bool]] | None = None
        self._checks: Checks | None = None
        self._last: tuple[float, Mapping[str, bool]] | None = None
        self._failing: frozenset[str] = frozenset()
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http":
            if self._inner is not None:
                await self._inner(scope, receive, send)
            return
        reading = scope["method"] in ("GET", "HEAD")
        if path == "/health/live" and reading:
            alive = self._alive()
            await self._answer(scope, send, *_told(alive, {"host": alive}, "live"))
        elif path == "/health/ready" and reading:
            await self._answer(scope, send, *await self._ready())
        elif path == "/metrics" and reading and self._watching.figures is not None and self._may(scope):
            text = await asyncio.get_running_loop().run_in_executor(self._figures, self._watching.figures)
            await self._answer(scope, send, 200, text, "text/plain; version=0.0.4; charset=utf-8")
        elif self._inner is not None:
            await self._inner(scope, receive, send)
        else:
            await self._answer(scope, send, 404, b"There is nothing here.\n", "text/plain; charset=utf-8")

    def close(self) -> None:
        for pool in (self._pool, self._figures):
            pool.shutdown(wait=True, cancel_futures=True)

    def _may(self, scope: Scope) -> bool:
        if self._anyone:
            return True
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
        peer = str((scope.get("client") or ("",))[0])
        return not self._behind_proxy and peer in _HERE and host_is_ours(host, _NAMES)

    async def _ready(self) -> tuple[int, bytes, str]:
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().run_in_executor(self._pool, self._looked)
        answered, _ = await asyncio.wait({self._asked}, timeout=PATIENCE)
        checks = self._asked.result() if answered else {**(self._last or (0.0, {}))[1], "store": False}
        failing = frozenset(name for name, holds in checks.items() if not holds)
        for name in sorted(failing - self._failing):
            self._watching.tell("not_ready", check=name)
        for name in sorted(self._failing - failing):
            self._watching.tell("ready", check=name)
        self._failing = failing
        if self.stopping:
            return _told(False, {**checks, "stopping": False}, "ready")
        return _told(not failing, checks, "ready")

    def _looked(self) -> Mapping[str, bool]:
        if self._checks is None:
            self._checks = self._open_checks()
        now = self._watching.world.monotonic()
        if self._last is None or now - self._last[0] >= AGAIN_AFTER:
            self._last = (now, self._checks.ready())
        return self._last[1]

    async def _answer(self, scope: Scope, send: Send, status: int, body: bytes, kind: str) -> None:
        headers = [(name.encode(), value.encode()) for name, value in HEADERS]
        headers += [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _told(well: bool, checks: Mapping[str, bool], what: str) -> tuple[int, bytes, str]:
    said = {"status": what if well else f"not {what}", "checks": {name: "ok" if holds else "failing" for name, holds in checks.items()}}  # fmt: skip
    return 200 if well else 503, json.dumps(said).encode() + b"\n", "application/json"

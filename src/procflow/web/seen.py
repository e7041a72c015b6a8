"""Every request as an operator sees it: its method, the template of its route, how it was answered and how long that took.

The path itself, what was sent and who asked are not looked at. Each request has an id, which the answer's header
`x-request-id` says, and under which the log has every step that was taken in it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from procflow.seen.watching import REQUEST, Watching

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class SeenRequests:
    """Passes every request on to `app`; `route_of` gives the template of the route that answered, "" for none."""

    def __init__(self, app: ASGIApp, watching: Watching, route_of: Callable[[Scope], str]) -> None:
        self._app, self._watching, self._route_of = app, watching, route_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = self._watching.world.new_id()[:16]
        before = REQUEST.set(request)
        try:
            with self._watching.place(_said(scope)):
                await self._answered(scope, receive, send, request)
        finally:
            REQUEST.reset(before)

    async def _answered(self, scope: Scope, receive: Receive, send: Send, request: str) -> None:
        begun, status = self._watching.world.monotonic(), 0

        async def noted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = [*message["headers"], (b"x-request-id", request.encode())]
                message = {**message, "headers": headers}
            await send(message)

        method = scope["method"] if scope["method"] in _METHODS else "other"
        try:
            await self._app(scope, receive, noted)
        except Exception as problem:
            self._watching.tell("http_fault", problem, method=method, route=self._route_of(scope) or "none")
            if status == 0:
                raise
        finally:
            took = self._watching.world.monotonic() - begun
            route = self._route_of(scope) or "none"
            self._watching.tell("http", method=method, route=route, status=status or None, duration=took)


def _said(scope: Scope) -> str:
    """The `traceparent` of whoever asks; "" where none is said."""
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == b"traceparent"), "")

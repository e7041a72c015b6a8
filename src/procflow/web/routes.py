"""Routes, each with what it needs: a route that names no action of the policy cannot be made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from msgspec import Struct

from procflow.core.policy import ACTIONS
from procflow.web.calls import Call, Reply

Handler = Callable[[Call], Reply]
#: A handler that answers for a long time, such as a stream of events: it runs on the server's loop.
Streamer = Callable[..., Any]

READING = frozenset({"GET", "HEAD"})


class Route(Struct, frozen=True):
    """`path` as Starlette writes it (`/cases/{case}`); `may` is the action of `core.policy` that it needs."""

    method: str
    path: str
    may: str
    handler: Handler | None = None
    stream: Streamer | None = None
    name: str = ""
    about: str = ""
    passive: bool = False  # a page asks this by itself: it is no sign that somebody works


class Routes:
    """The routes of one room."""

    def __init__(self) -> None:
        self._routes: list[Route] = []

    def __iter__(self) -> Iterator[Route]:
        return iter(self._routes)

    def add(self, route: Route) -> None:
        if route.may not in ACTIONS:
            raise ValueError(f"{route.method} {route.path}: {route.may!r} is no action of the policy")
        self._routes.append(route)

    def route(
        self, method: str, path: str, *, may: str, passive: bool = False
    ) -> Callable[[Handler], Handler]:
        """Decorates a handler, which is called in a thread of its own with a workspace that only it uses."""

        def decorated(handler: Handler) -> Handler:
            about = (handler.__doc__ or "").strip()
            self.add(Route(method, path, may, handler, name=handler.__name__, about=about, passive=passive))
            return handler

        return decorated

    def stream(self, path: str, *, may: str) -> Callable[[Streamer], Streamer]:
        """Decorates an `async` function (site, request, actor) -> a Starlette response, for streams of events."""

        def decorated(streamer: Streamer) -> Streamer:
            self.add(Route("GET", path, may, stream=streamer, name=streamer.__name__, passive=True))
            return streamer

        return decorated

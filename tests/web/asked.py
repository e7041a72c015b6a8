"""A site asked without a network: as its server calls it, message by message."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from procflow.app import App
from procflow.cli.access_reference import rooms
from procflow.core.policy import Actor
from procflow.errors import ProcflowError
from procflow.web.access import Known
from procflow.web.calls import Call, Reply
from procflow.web.routes import Route, Routes
from procflow.web.site import Site
from procflow.web.telling import Asking, Room


class Doorman:
    """Knows people by the header `as`, in a way that each test chooses; a login says from where it sends."""

    def who(
        self,
        app: App,
        headers: Mapping[str, str],
        cookies: Mapping[str, str],
        address: str,
        *,
        using: bool = True,
    ) -> Known:
        person, way = headers.get("as", ""), headers.get("way", "login")
        session = {"id": "s", "secret": "s"} if way == "login" and person else {}
        return Known(Actor(person, way), cookie=way != "token", session=session)


class Reached:
    """A room whose routes only say that they were reached: what stands before them is the site's own."""

    def __init__(self, room: Room) -> None:
        self.routes = Routes()
        self.calls: list[tuple[str, str, str]] = []
        for route in room.routes:
            self.routes.add(
                Route(
                    route.method, route.path, route.may, self._reached, name=route.name, passive=route.passive
                )
            )

    def _reached(self, call: Call) -> Reply:
        self.calls.append((call.person, call.method, call.route))
        return Reply(status=204)

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply:
        return Reply(problem.message, status)


@contextmanager
def standing(house: Path) -> Iterator[Site]:
    """The site of a workspace with all its rooms, as long as a test asks it."""
    site = Site(lambda: App(str(house)), Doorman(), rooms())
    yield site
    site.close()


def ask(
    site: Site, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] = {}
) -> tuple[int, dict[str, str], bytes]:
    """(status, headers, body) of one request to 127.0.0.1."""
    told: list[Mapping[str, Any]] = []
    place, _, query = path.partition("?")
    sent = {"host": "127.0.0.1", "content-type": "application/x-www-form-urlencoded", **headers}

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        told.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
        "path": place, "raw_path": place.encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 80),
    }  # fmt: skip
    asyncio.run(site(scope, receive, send))
    start = told[0]
    return (
        int(start["status"]),
        {name.decode(): value.decode("latin-1") for name, value in start["headers"]},
        b"".join(bytes(part.get("body", b"")) for part in told[1:]),
    )


def filled(path: str, **values: str) -> str:
    """A route's path with its parts filled in: those that are given, and `x` for the others."""
    parts = [
        values.get(part[1:-1].partition(":")[0], "x") if part.startswith("{") else part
        for part in path.split("/")
    ]
    return "/".join(parts)


def routes_of(rooms: Sequence[Room]) -> Iterable[Route]:
    return [route for room in rooms for route in room.routes]

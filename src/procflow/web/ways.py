"""Finds the route of a path in a few looks, however many there are: by its parts, one after the other.

Which route is meant is Starlette's to say: of several that fit, the one that stands first; what none fits goes its way.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field
from starlette.routing import Match, Route, Router
from starlette.types import Receive, Scope, Send

#: The part that stands for any.
_ANY = ""


class _Place(Struct):
    """What comes behind some parts of a path: the next part -> its place; the routes that end here, by method."""

    behind: dict[str, _Place] = field(default_factory=dict)
    ends: dict[str, tuple[int, Route]] = field(default_factory=dict)


class Ways(Router):
    """Starlette's router, which is asked in turn only for what is not found by its parts: files, pages below a page,
    what is not there at all."""

    def __init__(self, router: Router) -> None:
        self.__dict__.update(router.__dict__)
        self.middleware_stack = self.app
        self._first = _Place()
        for order, route in enumerate(self.routes):
            if isinstance(route, Route) and ":" not in route.path:
                self._add(order, route)

    def _add(self, order: int, route: Route) -> None:
        place = self._first
        for part in route.path.split("/")[1:]:
            place = place.behind.setdefault(_ANY if part.startswith("{") else part or "/", _Place())
        for method in route.methods or ():
            place.ends.setdefault(method, (order, route))

    def found(self, method: str, path: str) -> Route | None:
        """The route of a path, as it stands in the address."""
        fits = [
            place.ends[method] for place in _places(self._first, path.split("/")[1:]) if method in place.ends
        ]
        return min(fits, key=lambda one: one[0])[1] if fits else None

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = self.found(scope["method"], scope["path"]) if scope["type"] == "http" else None
        if route is not None:
            match, within = route.matches(scope)
            if match is Match.FULL:
                scope.setdefault("router", self)
                scope["route"] = route
                scope.update(within)
                await route.handle(scope, receive, send)
                return
        await super().app(scope, receive, send)


def _places(place: _Place, parts: list[str], at: int = 0) -> Iterator[_Place]:
    """Every place that a path leads to."""
    if at == len(parts):
        yield place
        return
    for part in (parts[at] or "/", _ANY):
        behind = place.behind.get(part)
        if behind is not None:
            yield from _places(behind, parts, at + 1)

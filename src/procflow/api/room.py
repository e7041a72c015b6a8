"""The API as a room of the site: its routes, and its form for what went wrong (RFC 9457)."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

from procflow.api import cases, changes, guided, messages, operating, people, procedures, things, work  # noqa: F401 - declare routes
from procflow.api import given_house as g
from procflow.api.declared import RESOURCES, Answered, Asked, resource, routes
from procflow.api.problems import reply
from procflow.errors import ProcflowError
from procflow.web.calls import Reply
from procflow.web.hints import at_terminal
from procflow.web.telling import Asking

__all__ = ["RESOURCES", "ApiRoom"]


class ApiRoom:
    """See `web.site.Room`."""

    routes = routes
    forms = False

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply:
        return reply(status, problem, asking.language, terminal=at_terminal(asking.headers))


@resource("GET", "/api", may="page.public", tag="about", gives=g.Root)
def root(asked: Asked) -> Answered:
    """What this is, where its description stands, and the zone and time of the house."""
    organisation = asked.app.engine.surroundings().organisation
    return Answered(
        {
            "name": "procflow", "version": version("procflow"), "openapi": "/api/openapi.json",
            "events": "/api/events", "timezone": organisation.zone, "languages": list(organisation.languages),
            "now": asked.app.world.now(),
        }
    )  # fmt: skip


@resource("GET", "/api/openapi.json", may="page.public", tag="about", gives=dict, media=("application/json",))
def openapi(asked: Asked) -> Answered:
    """This description, in OpenAPI 3.1."""
    return Answered(_openapi())


@cache
def _openapi() -> bytes:
    from procflow.api.openapi import document, written

    return written(document(RESOURCES)).encode()

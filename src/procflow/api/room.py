"""The API as a room of the site: its routes, and its form for what went wrong (RFC 9457)."""

from __future__ import annotations

import json
from importlib.metadata import version

from procflow.errors import ProcflowError
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes
from procflow.web.site import Asking

routes = Routes()


class ApiRoom:
    """See `web.site.Room`."""

    routes = routes

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply:
        told = {
            "type": f"urn:procflow:{problem.code}",
            "title": problem.message,
            "status": status,
            "code": problem.code,
        }
        if problem.hint:
            told["hint"] = problem.hint
        return Reply(json.dumps(told, ensure_ascii=False), status, "application/problem+json")


@routes.route("GET", "/api", may="page.public")
def root(call: Call) -> Reply:
    """What this is."""
    return Reply(json.dumps({"name": "procflow", "version": version("procflow")}), type="application/json")

"""The inbox: all that waits for the person who asks, and what they may begin."""

from __future__ import annotations

from procflow.desk.case_page import whole
from procflow.desk.frame import page
from procflow.desk.opening_page import openings
from procflow.desk.queue import queue_of
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/", may="inbox.read")
def inbox(call: Call) -> Reply:
    """What waits for the person who asks, soonest first."""
    queue = queue_of(call, most=200)
    return page(call, "inbox.html", queue=queue, openings=openings(call), came_from=whole(call.query.get("from", "")))  # fmt: skip

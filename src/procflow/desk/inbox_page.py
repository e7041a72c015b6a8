"""The inbox: what waits for the person who asks."""

from __future__ import annotations

from procflow.desk.frame import page
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/", may="inbox.read")
def inbox(call: Call) -> Reply:
    """What waits for the person who asks."""
    found = call.app.whole_inbox(call.person)
    rows = [(row, *call.app.called(row, call.person, call.language)) for row in found.mine]
    return page(call, "inbox.html", rows=rows)

"""The inbox: all that waits for the person who asks, and what they may begin."""

from __future__ import annotations

from procflow.app.inboxes import LISTED
from procflow.desk.case_page import whole
from procflow.desk.frame import page
from procflow.desk.opening_page import openings
from procflow.desk.queue import queue_of
from procflow.errors import UsageError, words_in_both
from procflow.views.places import TASK, place_of
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/", may="inbox.read")
def inbox(call: Call) -> Reply:
    """What waits for the person who asks, soonest first, page by page; `limit` is for shorter pages."""
    limit = whole(call.query.get("limit", ""))
    try:
        after = place_of(call.query.get("after", ""), TASK)
    except ValueError as why:
        raise UsageError(
            *words_in_both(
                "this link leads nowhere", "det link fører ingen steder hen",
                "begin at the first page of the inbox", "begynd ved indbakkens første side",
            )
        ) from why  # fmt: skip
    queue = queue_of(call, most=min(limit or LISTED, LISTED), after=after)
    return page(
        call, "inbox.html", queue=queue, openings=openings(call), came_from=whole(call.query.get("from", "")),
        further=after is not None, limit=limit,
    )  # fmt: skip

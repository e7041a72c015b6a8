"""The desk as a room of the site: its routes, and its page for what went wrong."""

from __future__ import annotations

from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from procflow.desk.drawn import drawn
from procflow.desk.words import desk_words
from procflow.errors import ProcflowError
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes
from procflow.web.site import Asking

routes = Routes()


class DeskRoom:
    """See `web.site.Room`."""

    routes = routes

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply:
        page = drawn(
            "trouble.html", w=desk_words(asking.language), language=asking.language, status=status, problem=problem
        )  # fmt: skip
        return Reply(page, status)


@routes.route("GET", "/", may="inbox.read")
def inbox(call: Call) -> Reply:
    """What waits for the person who asks."""
    found = call.app.whole_inbox(call.person)
    rows = [(row, *call.app.called(row, call.person, call.language)) for row in found.mine]
    page = drawn("inbox.html", w=desk_words(call.language), language=call.language, person=call.person, rows=rows)  # fmt: skip
    return Reply(page)


def static() -> Mount:
    """Styles, scripts and pictures of our own."""
    return Mount("/static", StaticFiles(packages=[("procflow.desk", "static")]), name="static")

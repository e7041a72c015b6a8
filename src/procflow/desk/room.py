"""The desk as a room of the site: its routes, its page for what went wrong, and its own files."""

from __future__ import annotations

import re
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from procflow.desk import (
    board_page,
    case_page,
    case_steps,
    case_tabs,
    coaching_page,
    find_page,
    frame,
    inbox_page,
    live_pages,
    login_pages,
    messages_page,
    opening_page,
    people_page,
    plugin_pages,
    procedures_page,
    reports_page,
)
from procflow.errors import ProcflowError
from procflow.web.calls import Reply, see_other
from procflow.web.routes import READING, Routes
from procflow.web.telling import Asking

#: Every group of the desk's pages; whoever adds pages adds their routes here.
PAGES = (
    frame,
    inbox_page,
    case_page,
    case_steps,
    case_tabs,
    opening_page,
    find_page,
    messages_page,
    live_pages,
    login_pages,
    board_page,
    coaching_page,
    people_page,
    plugin_pages,
    procedures_page,
    reports_page,
)

routes = Routes()
for pages in PAGES:
    for each in pages.routes:
        routes.add(each)
frame.known_routes[:] = [routes]


class DeskRoom:
    """See `web.site.Room`."""

    routes = routes

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply:
        if status == 405 and asking.method in READING:  # where a form went; its answer kept that address
            return see_other(quote(_page_of(asking.path)))
        if (
            problem.facts.get("reason") == "not_known"
            and asking.headers.get("sec-fetch-mode", "navigate") == "navigate"
        ):
            if asking.method in READING:
                return see_other(login_pages.way_in(asking.path, asking.query))
            return see_other(login_pages.way_in(_page_of(asking.path)))
        return frame.bare_page(
            asking, "trouble.html", status, told=frame.told(problem, asking.language, status)
        )


def _page_of(path: str) -> str:
    """The page on which a form stood that was sent to `path`: the page of that address, else the one above (of
    `/cases/4/do` the case), else the first page."""
    above = path.rpartition("/")[0]
    for page in (path, above if above.count("/") > 1 else ""):
        for route in routes:
            form = "/".join("[^/]+" if part[:1] == "{" else re.escape(part) for part in route.path.split("/"))
            if page and route.method == "GET" and not route.passive and re.fullmatch(form, page):
                return page
    return "/"


class _Own(StaticFiles):
    """Our own files: kept for ever where the address names their bytes, else asked for anew each time."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        for_ever = scope["query_string"].startswith(b"v=") or path.startswith("fonts/")
        answer.headers["cache-control"] = "public, max-age=31536000, immutable" if for_ever else "no-cache"
        return answer


def static() -> Mount:
    """Styles, scripts, pictures and fonts of our own."""
    return Mount("/static", _Own(packages=[("procflow.desk", "static")]), name="static")

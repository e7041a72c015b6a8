"""What pages hear: `/live` tells them what changed, and `POST /live/here` is how they say who looks at which case."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from procflow.errors import UsageError
from procflow.web.access import Known
from procflow.web.calls import Call, Reply
from procflow.web.events import event, seen, streamed
from procflow.web.live import News, Reader
from procflow.web.routes import Routes
from procflow.web.site import Site
from procflow.web.stream import heard

routes = Routes()

#: More changes at once than this are told as one: a page looks at everything anew.
_TOO_MANY = 100


@routes.stream("/live", may="desk.use")
async def live(site: Site, request: Request, known: Known, language: str) -> Response:
    """What changes, as server-sent events: `case`, `organisation`, `procedures`, `messages`, `here`, `all`, `beat`."""
    reader = site.live.reader(known.actor.person, seen(request))
    return streamed(heard(site, request, known, reader, "desk.use", partial(_told, site, known, reader)))


async def _told(site: Site, known: Known, reader: Reader, news: list[News]) -> list[bytes]:
    scoped, only = "case.read", known.actor.procedures
    if len(news) > _TOO_MANY:
        return [event("all", {}, reader.place)]
    if known.actor.scopes is not None and scoped not in known.actor.scopes:
        news = [one for one in news if one.kind not in ("case", "here")]
    if only is not None:  # presence names no procedure
        news = [one for one in news if one.kind != "here" and (one.kind != "case" or _is_of(one, only))]
    names = await site.in_thread(partial(_names, news=news))
    return [event(one.kind, _data(one, names), one.place or None) for one in news]


def _is_of(news: News, procedures: tuple[str, ...]) -> bool:
    return news.change is not None and news.change.procedure in procedures


def _names(app: Any, news: list[News]) -> dict[str, str]:
    """How the people at a case are called; nobody asks for it where nobody is told of."""
    people = {here.person for one in news for here in one.people}
    if not people:
        return {}
    organisation = app.engine.surroundings().organisation
    return {person: organisation.name_of(person) for person in people}


def _data(news: News, names: dict[str, str]) -> dict[str, Any]:
    if news.change is None or news.kind == "organisation":
        return {}
    told: dict[str, Any] = {"number": news.change.number}
    if news.kind == "here":
        told["people"] = [
            {"person": one.person, "name": names.get(one.person, one.person), "typing": one.typing}
            for one in news.people
        ]
    else:
        told |= {"sequence": news.change.sequence, "procedure": news.change.procedure}
    return told


@routes.route("POST", "/live/here", may="case.read", passive=True)
def here(call: Call) -> Reply:
    """A page says that somebody looks at a case, types in it, or has gone."""
    number, doing = str(call.form.get("case", "")), str(call.form.get("doing", ""))
    page = str(call.form.get("page", ""))
    if not (number.isascii() and number.isdigit()) or doing not in ("looking", "typing", "gone") or not page:
        raise UsageError("say the case, the page and what is done there: looking, typing or gone")
    if call.app.sees(number, call.person) and call.live is not None:
        row = call.app.engine.load(number).row
        call.live.here(call.app.ring, row.id, row.number, call.person, page, doing)
    return Reply(status=204)

"""`GET /api/events`: what changes, as server-sent events, to go on from wherever a reader was."""

from __future__ import annotations

from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from procflow.api.declared import routes
from procflow.errors import UsageError, words_in_both
from procflow.web.access import Known
from procflow.web.events import event, seen, streamed
from procflow.web.live import News
from procflow.web.site import Site
from procflow.web.stream import heard

#: The action that a stream needs.
MAY = "case.read"
PATH = "/api/events"
ABOUT = (
    "What changes, as server-sent events: `case` (`number`, `sequence`, `procedure`), `organisation`, `procedures`, "
    "`messages`, and `beat` where nothing did for a while. Each has an `id`; a reader who comes back with it in "
    "`Last-Event-ID` (or `?after=`) hears what happened meanwhile. Cases that the reader may not see are not told of; "
    "`gone` says that the reader may no longer listen."
)


@routes.stream(PATH, may=MAY)
async def events(site: Site, request: Request, known: Known, language: str) -> Response:
    for name in request.query_params:
        if name != "after":
            raise UsageError(
                *words_in_both(
                    f"the query does not fit: {name[:40]!r} is not known; there is after",
                    f"forespørgslen passer ikke: {name[:40]!r} kendes ikke; der er after",
                )
            )
    _check_place(request)
    reader = site.live.reader(known.actor.person, seen(request))
    return streamed(heard(site, request, known, reader, MAY, partial(_told, only=known.actor.procedures)))


def _check_place(request: Request) -> None:
    """Raises UsageError for a place that is none: a reader who meant to go on would miss events and not know it."""
    for name, said in (
        ("Last-Event-ID", request.headers.get("last-event-id")),
        ("after", request.query_params.get("after")),
    ):
        if said is not None and not (said.isascii() and said.isdigit() and len(said) < 19):
            raise UsageError(
                *words_in_both(
                    f"{name} is no id of an event", f"{name} er ikke id for en hændelse",
                    "send the `id` of the last event that was heard, or leave it out",
                    "send `id` for den sidste hændelse, der blev hørt, eller udelad den",
                )
            )  # fmt: skip


async def _told(news: list[News], only: tuple[str, ...] | None) -> list[bytes]:
    return [
        event(one.kind, _data(one), one.place or None)
        for one in news
        if one.kind != "here" and _concerns(one, only)
    ]


def _concerns(news: News, procedures: tuple[str, ...] | None) -> bool:
    """Whether a token that is held to some procedures may hear of this."""
    return (
        procedures is None
        or news.kind != "case"
        or (news.change is not None and news.change.procedure in procedures)
    )


def _data(news: News) -> dict[str, Any]:
    if news.kind != "case" or news.change is None:
        return {}
    change = news.change
    return {"number": change.number, "sequence": change.sequence, "procedure": change.procedure}

"""What changes, told to one reader until it goes or may no longer listen: the same for pages and for programs.

It must not know how a change is told.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial

from starlette.requests import Request

from procflow.web.access import Known
from procflow.web.events import RETRY, event
from procflow.web.live import News, Reader, visible
from procflow.web.site import Site


async def heard(
    site: Site,
    request: Request,
    known: Known,
    reader: Reader,
    may: str,
    tell: Callable[[list[News]], Awaitable[Sequence[bytes]]],
) -> AsyncIterator[bytes]:
    """The events of a stream that needs the action `may`; `tell` makes them of what this reader may see. A `beat` comes
    where nothing did for a while, and `gone` ends it for somebody who may no longer listen."""
    watch = site.watch(request, known, may)
    try:
        yield f"retry: {RETRY}\n\n".encode()
        async for news in site.live.news(reader, site.in_thread):
            if not await watch.still(pause=not news):
                yield event("gone", {})
                return
            if not news:
                yield event("beat", {"place": reader.place}, reader.place)
                continue
            if any(one.restricted for one in news):
                news = await site.in_thread(partial(visible, news=news, person=known.actor.person))
            for told in await tell(news):
                yield told
    finally:
        site.live.leave(reader)

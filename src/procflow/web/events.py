"""Server-sent events (the HTML standard's `text/event-stream`): one form of them for pages and for programs.

It must not know what is told.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse

#: Milliseconds after which a browser comes back when the stream broke off.
RETRY = 1000


def event(name: str, data: Mapping[str, Any], id: int | None = None) -> bytes:
    """One event; `id` is what a reader who comes back says it has seen. Line ends within data cannot end it."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    place = f"id: {id}\n" if id is not None else ""
    return f"event: {name}\n{place}data: {written}\n\n".encode()


def seen(request: Request) -> int | None:
    """The id after which a reader goes on: what the browser says by itself when it comes back, else `?after=`."""
    for said in (request.headers.get("last-event-id", ""), request.query_params.get("after", "")):
        if said.isascii() and said.isdigit() and len(said) < 19:
            return int(said)
    return None


def streamed(events: AsyncIterator[bytes]) -> StreamingResponse:
    headers = {"content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no"}
    return StreamingResponse(events, headers=headers)

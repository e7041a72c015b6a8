"""One HTTP request as a route sees it, with an open workspace and with who asks; and what a route answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from starlette.datastructures import Headers, UploadFile

from procflow.app import App
from procflow.core.policy import Actor
from procflow.web.access import Access
from procflow.web.live import Live


class Call(Struct, frozen=True):
    """A request. `path` are the parts that the route names; `form` is what a page sent, a name given twice as a list;
    `body` is what a program sent; `live` tells open pages what changed; `access` is how people are known here;
    `place` is the newest change when it came: what the handler reads is that or newer."""

    app: App
    actor: Actor
    language: str
    method: str
    route: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    twice: Sequence[str] = ()  # names that stand in the query more than once; `query` has the last of each
    headers: Headers = field(default_factory=Headers)
    form: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, Sequence[UploadFile]] = field(default_factory=dict)
    body: bytes = b""
    session: Mapping[str, Any] = field(default_factory=dict)
    address: str = ""
    live: Live | None = None
    access: Access | None = None
    place: int = 0

    @property
    def person(self) -> str:
        return self.actor.person


class Reply(Struct, frozen=True):
    """What goes back. `headers` are set beside those that every answer carries."""

    body: bytes | str = b""
    status: int = 200
    type: str = "text/html; charset=utf-8"
    headers: Sequence[tuple[str, str]] = ()


def see_other(place: str, headers: Sequence[tuple[str, str]] = ()) -> Reply:
    """Go and look there: the answer to a form that was taken, so that looking again sends nothing again."""
    return Reply(status=303, headers=(("location", place), *headers))

"""How a route of the API is declared: what it takes and gives as types, from which both the checks and the OpenAPI
document are made, so that the two cannot differ.

It must not know what any route does.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from procflow.api.bodies import Impossible, Unprocessable, body_of, check_media, query_of, told
from procflow.api.preconditions import matches, request_of, tag
from procflow.core.decide import Request
from procflow.errors import Conflict, UsageError
from procflow.web.calls import Call, Reply
from procflow.web.routes import READING, Routes

JSON = "application/json"

routes = Routes()


class Asked(Struct, frozen=True):
    """A request to the API, checked. `query` and `body` are of the types that the route declares."""

    call: Call
    request: Request
    query: Any = None
    body: Any = None

    @property
    def app(self) -> Any:
        return self.call.app

    @property
    def by(self) -> str:
        return self.call.person

    @property
    def language(self) -> str:
        return self.call.language

    def path(self, name: str) -> str:
        return self.call.path[name]


class Answered(Struct, frozen=True):
    """What goes back. `result` is what becomes JSON, or bytes of `type`. `sequence` is the step that a case is at;
    `next` the query of the page that follows; `place` where what was made is found."""

    result: Any
    status: int = 200
    sequence: int | None = None
    next: Mapping[str, Any] | None = None
    place: str = ""
    type: str = JSON
    headers: Sequence[tuple[str, str]] = ()


Handler = Callable[[Asked], Answered]


class Resource(Struct, frozen=True):
    """One method of one path, as it is declared. `status` is that of a good answer; `gives` the type of its body;
    `media` what it may be asked as; `sends` the media types of its body, where that is no JSON.

    `command`: it takes `Idempotency-Key`; `of_case`: it takes `If-Match` too, or as a reading one `If-None-Match`.
    """

    method: str
    path: str
    may: str
    handler: Handler
    tag: str
    name: str
    about: str
    query: Any = None
    takes: Any = None
    gives: Any = None
    status: int = 200
    media: tuple[str, ...] = (JSON,)
    sends: tuple[str, ...] = ()
    command: bool = False
    of_case: bool = False
    pages: bool = False
    refuses: tuple[int, ...] = ()
    link: Mapping[str, Any] = field(default_factory=dict)


#: Every resource, in the order declared: what the OpenAPI document is made of.
RESOURCES: list[Resource] = []


def resource(
    method: str, path: str, *, may: str, tag: str, gives: Any = None, takes: Any = None, query: Any = None,
    status: int = 200, media: tuple[str, ...] = (JSON,), sends: tuple[str, ...] = (), command: bool = False,
    of_case: bool = False, pages: bool = False, refuses: tuple[int, ...] = (),
) -> Callable[[Handler], Handler]:  # fmt: skip
    """Declares a route of the API; see `Resource`."""

    def decorated(handler: Handler) -> Handler:
        about = " ".join((handler.__doc__ or "").split())
        declared = Resource(
            method, path, may, handler, tag, handler.__name__, about, query, takes, gives, status, media, sends,
            command, of_case, pages, refuses,
        )  # fmt: skip
        RESOURCES.append(declared)
        routes.route(method, path, may=may)(_checked(declared))
        return handler

    return decorated


def _checked(declared: Resource) -> Callable[[Call], Reply]:
    """The handler, behind the checks of everything that the route declares."""

    def answer(call: Call) -> Reply:
        check_media(call.headers.get("accept", ""), declared.media)
        query = query_of(call.query, call.twice, declared.query)
        body = body_of(call, declared.takes, declared.sends)
        request = request_of(call, command=declared.command, of_case=declared.of_case)
        try:
            found = declared.handler(Asked(call, request, query, body))
        except Conflict as conflict:
            if not request.expects:
                raise
            raise Conflict(
                conflict.message, conflict.hint, {**conflict.facts, "precondition": True}
            ) from None
        except UsageError as problem:
            if isinstance(problem, Unprocessable):
                raise
            raise Impossible(problem.message, problem.hint, problem.facts) from None
        return _reply(call, declared, found)

    answer.__name__, answer.__doc__ = declared.name, declared.about
    return answer


def _reply(call: Call, declared: Resource, found: Answered) -> Reply:
    content = found.result if isinstance(found.result, bytes) else told(found.result)
    headers = [
        ("content-language", call.language),
        ("vary", "accept, accept-language, authorization, cookie"),
    ]
    if found.sequence is not None:
        etag = tag(found.sequence, zlib.crc32(content) if call.method in READING else None)
        headers.append(("etag", etag))
        if call.method in READING and matches(call.headers.get("if-none-match", ""), etag):
            return Reply(b"", 304, found.type, headers)
    if found.next is not None:
        headers.append(("link", _next(call, found.next)))
    if found.place:
        headers.append(("location", found.place))
    return Reply(content, found.status, found.type, [*headers, *found.headers])


def _next(call: Call, more: Mapping[str, Any]) -> str:
    from urllib.parse import quote, urlencode

    path = call.route
    for name, value in call.path.items():
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return f'<{path}?{urlencode({**call.query, **more})}>; rel="next"'

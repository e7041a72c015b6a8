"""The site: every request finds out who asks, asks the policy, and is answered in a thread that has a workspace open.

One way for all routes: host, size, who, from where, policy, handler. It must not know what the routes do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Lock, local
from typing import Any, Protocol

from msgspec import Struct
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from procflow.app import App
from procflow.app.allowing import HOUSE
from procflow.core.policy import Actor, verdict
from procflow.errors import NotAllowed, ProcflowError, in_language
from procflow.web.access import Access, Known
from procflow.web.calls import Call, Reply
from procflow.web.live import Live
from procflow.web.routes import READING, Route, Routes
from procflow.web.safety import HEADERS, from_elsewhere, host_is_ours

#: Requests answered side by side, each with a workspace of its own; the others wait their turn.
WORKERS = 8
#: The largest request in bytes: a file of 25 MB and the fields around it.
LARGEST = 28 << 20
#: Seconds in which a whole request has to come.
PATIENCE = 30.0


class Asking(Struct, frozen=True):
    """As much of a request as an error is told with."""

    language: str
    headers: Mapping[str, str]
    path: str
    known: Known | None = None


class Room(Protocol):
    """Pages that belong together, and how they tell what went wrong."""

    routes: Routes

    def trouble(self, asking: Asking, status: int, problem: ProcflowError) -> Reply: ...


class Site:
    """The desk and the API as one ASGI application; `close` when nothing is asked any more."""

    def __init__(
        self, open_app: Callable[[], App], access: Access, rooms: Sequence[Room], *,
        hosts: Iterable[str] = ("127.0.0.1", "localhost", "::1"), mounts: Sequence[BaseRoute] = (),
    ) -> None:  # fmt: skip
        """`open_app` is called once in each thread that answers; `hosts` are the names that we answer to."""
        self._open_app = open_app
        self._access = access
        self._hosts = frozenset(hosts)
        self._mine = local()
        self._opened: list[App] = []
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(WORKERS, "site")
        self.live = Live(open_app)
        self.rooms = tuple(rooms)
        routes: list[BaseRoute] = list(mounts)
        for room in rooms:
            for route in room.routes:
                endpoint = self._streaming(room, route) if route.stream else self._answering(room, route)
                routes.append(StarletteRoute(route.path, endpoint, methods=[route.method], name=route.name))
        self._star = Starlette(
            routes=routes, exception_handlers={HTTPException: self._no_route, 500: self._fault}
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")

        async def safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                more = [(n.encode(), v.encode()) for n, v in HEADERS if n.encode() not in said]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if not host_is_ours(host, self._hosts):
            answer = Response("This is not served under that name.\n", 421, media_type="text/plain")
            await answer(scope, receive, safely)
            return
        await self._star(scope, receive, safely)

    async def in_thread(self, work: Callable[[App], Any], actor: Actor = HOUSE) -> Any:
        """What `work` answers, called with a workspace in a thread of its own; what it asks for is asked for by
        `actor`: a stream gives the one it is for, what belongs to nobody in particular is the house's own."""

        def asked() -> Any:
            app = self._app()
            with app.asked_by(actor):
                return work(app)

        return await asyncio.get_running_loop().run_in_executor(self._pool, asked)

    def stop(self) -> None:
        """What lasts long ends; from any thread."""
        self.live.stop()

    def close(self) -> None:
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for app in self._opened:
            app.close()

    def _app(self) -> App:
        app: App | None = getattr(self._mine, "app", None)
        if app is None:
            app = self._open_app()
            app.must_write()  # a look at a full disk must not stay open for good
            self._mine.app = app
            with self._lock:
                self._opened.append(app)
        return app

    # one request

    def _answering(self, room: Room, route: Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            form, files, body = await _read(request)
            if form is None:
                return _response(room.trouble(_asking(request, "en"), 413, _too_large()))
            return _response(
                await self.in_thread(lambda app: self._call(app, room, route, request, form, files, body))
            )

        return endpoint

    def _call(
        self, app: App, room: Room, route: Route, request: Request, form: Mapping[str, Any],
        files: Mapping[str, Sequence[UploadFile]], body: bytes,
    ) -> Reply:  # fmt: skip
        language, known = app.language, Known()
        try:
            known, language = self._let_in(app, route, request)
            handler = route.handler
            assert handler is not None
            call = Call(
                app=app,
                actor=known.actor,
                language=language,
                method=request.method,
                route=route.path,
                path=dict(request.path_params),
                query=dict(request.query_params),
                headers=request.headers,
                form=form,
                files=files,
                body=body,
                session=known.session,
                address=_address(request),
                live=self.live,
            )
            with app.asked_by(known.actor):
                return handler(call)
        except ProcflowError as problem:
            asking = _asking(request, language, known)
            return room.trouble(asking, status_of(problem), in_language(problem, language))

    def _let_in(self, app: App, route: Route, request: Request) -> tuple[Known, str]:
        """Who asks, in which language; raises NotAllowed where they may not, and keeps that in the access log."""
        known = self._access.who(app, request.headers, request.cookies, _address(request))
        language = language_of(app, request)
        if known.cookie and route.method not in READING and from_elsewhere(request.headers):
            raise NotAllowed(
                "this came from a page of another site, so it was not taken",
                "open the desk itself and do it there",
                {"reason": "cross_site"},
            )
        said = verdict(known.actor, route.may, app.grounds(route.may))
        if not said.allowed:
            app.keep_denial(route.may, said, known.actor.person, place=route.path)
            facts = {"reason": said.code, "action": route.may, "reasons": said.reasons}
            raise NotAllowed(said.words(language), "", facts)
        return known, language

    def still_let_in(self, app: App, request: Request, known: Known, may: str) -> bool:
        """Whether who asked some time ago is still who they were, and still may: for what lasts long."""
        try:
            now = self._access.who(app, request.headers, request.cookies, _address(request))
        except ProcflowError:
            return False
        return now.actor == known.actor and verdict(now.actor, may, app.grounds(may)).allowed

    def _streaming(self, room: Room, route: Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            def let_in(app: App) -> tuple[Known, str] | Reply:
                try:
                    return self._let_in(app, route, request)
                except ProcflowError as problem:
                    return room.trouble(_asking(request, app.language), status_of(problem), problem)

            allowed = await self.in_thread(let_in)
            if isinstance(allowed, Reply):
                return _response(allowed)
            assert route.stream is not None
            try:
                streamed: Response = await route.stream(self, request, *allowed)
            except ProcflowError as problem:
                known, language = allowed
                return _response(room.trouble(_asking(request, language, known), status_of(problem), problem))
            return streamed

        return endpoint

    async def _no_route(self, request: Request, error: Exception) -> Response:
        """No such page, or not in this way: told by the room whose place it would be."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        said = {404: "There is nothing here.", 405: "This cannot be asked in that way."}
        problem = ProcflowError(said.get(status, "This was not taken."))
        room = self._room_of(request.url.path)
        reply = room.trouble(_asking(request, "en"), status, problem)
        answer = _response(reply)
        if isinstance(error, HTTPException) and error.headers:
            answer.headers.update(error.headers)
        return answer

    async def _fault(self, request: Request, error: Exception) -> Response:
        """A fault of ours is an answer too, without its words."""
        problem = ProcflowError("Something went wrong here; nothing of it is known to be kept. Look again.")
        return _response(self._room_of(request.url.path).trouble(_asking(request, "en"), 500, problem))

    def _room_of(self, path: str) -> Room:
        """The room with the longest beginning of a path in common with this one."""
        first = path.split("/")[1] if path.count("/") else ""
        for room in self.rooms:
            if any(route.path.split("/")[1] == first for route in room.routes):
                return room
        return self.rooms[0]


#: error code -> HTTP status.
_STATUS = {
    "not-allowed": 403, "not-found": 404, "conflict": 409, "busy": 503, "usage": 400, "storage": 503,
    "broken-document": 422, "evaluation": 422, "calendar": 422, "plugin": 502,
}  # fmt: skip


def status_of(problem: ProcflowError) -> int:
    if problem.facts.get("reason") in ("not_known", "unknown_person") and problem.code == "not-allowed":
        return 401
    return _STATUS.get(problem.code, 500)


def language_of(app: App, request: Request) -> str:
    """What the cookie `lang` says, else the first of the browser's languages that the organisation speaks, else its first."""
    spoken = app.engine.surroundings().organisation.languages
    wanted = request.cookies.get("lang", "")
    if wanted in spoken:
        return wanted
    for part in request.headers.get("accept-language", "").split(","):
        word = part.split(";")[0].strip().lower().split("-")[0]
        if word in spoken:
            return word
    return app.language


async def _read(
    request: Request,
) -> tuple[dict[str, Any] | None, dict[str, list[UploadFile]], bytes]:
    """(fields, files, raw body) of a request; fields None where it is too large or too slow."""
    if request.method in READING:
        return {}, {}, b""
    size = 0
    inner = request._receive

    async def counted() -> Any:
        nonlocal size
        message = await inner()
        size += len(message.get("body", b""))
        if size > LARGEST:
            raise _TooLarge
        return message

    request._receive = counted
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    try:
        async with asyncio.timeout(PATIENCE):
            if kind not in ("multipart/form-data", "application/x-www-form-urlencoded"):
                return {}, {}, await request.body()
            form = await request.form(max_files=50, max_fields=500, max_part_size=1 << 20)
    except (_TooLarge, TimeoutError):
        return None, {}, b""
    fields: dict[str, Any] = {}
    files: dict[str, list[UploadFile]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            files.setdefault(name, []).append(value)
        elif name in fields:
            old = fields[name]
            fields[name] = [*old, value] if isinstance(old, list) else [old, value]
        else:
            fields[name] = value
    return fields, files, b""


class _TooLarge(Exception):
    """More bytes than are taken."""


def _too_large() -> ProcflowError:
    return ProcflowError(
        f"At most {LARGEST >> 20} MB are taken, and all of it within {PATIENCE:.0f} seconds.",
        "send less at a time",
    )


def _asking(request: Request, language: str, known: Known | None = None) -> Asking:
    return Asking(language, request.headers, request.url.path, known)


def _address(request: Request) -> str:
    return request.client.host if request.client is not None else ""


def _response(reply: Reply) -> Response:
    answer = Response(reply.body, reply.status, media_type=None)
    answer.raw_headers.append((b"content-type", reply.type.encode("latin-1")))
    for name, value in reply.headers:
        answer.raw_headers.append((name.lower().encode("latin-1"), value.encode("latin-1")))
    return answer

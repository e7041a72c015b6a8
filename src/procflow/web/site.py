"""The site: every request finds out who asks, asks the policy, and is answered in a thread that has a workspace open.

One way for all routes: host, size, who, from where, policy, handler. It must not know what the routes do.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from contextvars import copy_context
from threading import Lock, local
from time import monotonic
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.routing import Route as StarletteRoute
from starlette.types import Receive, Scope, Send

from procflow.app import App
from procflow.app.allowing import HOUSE
from procflow.core.policy import About, Actor, verdict
from procflow.errors import Busy, NotAllowed, NotFound, ProcflowError, StorageError, words_in_both
from procflow.web.access import Access, Known
from procflow.web.bodies import read_body, too_large
from procflow.web.calls import Call, Reply
from procflow.web.live import BEAT, Live
from procflow.web.rates import Rates
from procflow.web.routes import READING, Route
from procflow.web.safety import (
    HEADERS,
    STRICT,
    from_elsewhere,
    host_is_ours,
    is_for_whom_it_was_drawn,
    says_from_where,
)
from procflow.web.telling import (
    Room,
    address_of,
    asking_of,
    language_of,
    not_that_host,
    response,
    told,
    twice,
)
from procflow.web.ways import Ways

#: Requests answered side by side, each with a workspace of its own; the others wait their turn.
WORKERS = 8
#: The largest request in bytes: a file of 25 MB and the fields around it.
LARGEST = 28 << 20
#: A route is reached by whoever may do a thing of its kind for themselves; of what it is about, the app decides.
AT_LEAST_ONES_OWN = About(own=True)
#: The largest of somebody whom nobody knows.
LARGEST_OF_STRANGERS = 64 << 10
#: What every answer carries, as it is sent.
_ALWAYS = tuple((name.encode(), value.encode()) for name, value in HEADERS)
_ALWAYS_OVER_TLS = (*_ALWAYS, (STRICT[0].encode(), STRICT[1].encode()))


#: What is said where the folder is not there any more that this server was started in.
_AWAY = words_in_both(
    "the workspace is not where it was when this server began", "arbejdsområdet er ikke, hvor det var, da serveren begyndte",
    "whoever runs the server brings its folder back there, or starts the server where it is now", "den, der kører serveren, flytter mappen tilbage eller starter serveren, hvor den nu er",
)  # fmt: skip


class Site:
    """The desk and the API as one ASGI application; `close` when nothing is asked any more."""

    def __init__(
        self, open_app: Callable[[], App], access: Access, rooms: Sequence[Room], *,
        hosts: Iterable[str] = ("127.0.0.1", "localhost", "::1"), mounts: Sequence[BaseRoute] = (),
        clock: Callable[[], float] = monotonic,
    ) -> None:  # fmt: skip
        """`open_app` is called once in each thread that answers; `hosts` are the names that we answer to; `clock`, in
        seconds, says which minute it is for who asks too often."""
        self._open_app = open_app
        self._access = access
        self._hosts = frozenset(hosts)
        self._mine = local()
        self._opened: list[App] = []
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(WORKERS, "site")
        self.live = Live(open_app)
        self._rates = Rates(clock)
        self.rooms = tuple(rooms)
        self._templates: dict[Any, str] = {}
        routes: list[BaseRoute] = list(mounts)
        methods = {route.method for room in rooms for route in room.routes}
        self._allowed = ", ".join(sorted({*methods, "HEAD", "OPTIONS"}))
        for room in rooms:
            for route in room.routes:
                endpoint = self._streaming(room, route) if route.stream else self._answering(room, route)
                routes.append(StarletteRoute(route.path, endpoint, methods=[route.method], name=route.name))
                self._templates[endpoint] = route.path
        self._star = Starlette(
            routes=routes, exception_handlers={HTTPException: self._no_route, 500: self._fault}
        )
        self._star.router = Ways(self._star.router)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")

        async def safely(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                always = _ALWAYS_OVER_TLS if scope.get("scheme") == "https" else _ALWAYS
                more = [header for header in always if header[0] not in said]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        if not host_is_ours(host, self._hosts):
            answer = Response(not_that_host(host, Request(scope).headers), 421, media_type="text/plain")
            await answer(scope, receive, safely)
            return
        if scope["path"] == "*":  # what the server as a whole may be asked with (RFC 9110)
            await Response(None, 204, {"allow": self._allowed})(scope, receive, safely)
            return
        await self._star(scope, receive, safely)

    def route_of(self, scope: Scope) -> str:
        """The template of the route that answered a request, or the folder of a file; "" where there was none."""
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return ""
        return self._templates.get(endpoint) or f"{scope.get('root_path', '')}/{{file}}"

    async def in_thread(self, work: Callable[[App], Any], actor: Actor = HOUSE) -> Any:
        """What `work` answers, called with a workspace in a thread of its own; what it asks for is asked for by
        `actor`: a stream gives the one it is for, what belongs to nobody in particular is the house's own."""

        def asked() -> Any:
            app = self._app()
            with app.asked_by(actor):
                return work(app)

        return await self._in_thread(asked)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        here = copy_context()  # which request it is
        return await asyncio.get_running_loop().run_in_executor(self._pool, here.run, work)

    def stop(self) -> None:
        """What lasts long ends; from any thread."""
        self.live.stop()

    def close(self) -> None:
        self.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        for app in self._opened:
            app.close()

    def _app(self) -> App:
        with self._workspace() as app:
            app.must_write()
            return app

    @contextmanager
    def _workspace(self) -> Iterator[App]:
        """The one of this thread. Opened where nothing can be written now (a full disk), it is for this look alone."""
        app: App | None = getattr(self._mine, "app", None)
        if app is None:
            try:
                app = self._open_app()
                app.store  # noqa: B018 - opened where it is asked for first
            except NotFound as why:
                raise StorageError(*_AWAY) from why
            if app.reading_only:
                with closing(app):
                    yield app
                return
            self._mine.app = app
            with self._lock:
                self._opened.append(app)
        yield app

    # one request

    def _answering(self, room: Room, route: Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                return await answering(request)
            except ProcflowError as problem:  # the workspace itself cannot be opened now
                return response(told(room, asking_of(request), problem))

        async def answering(request: Request) -> Response:
            if route.method in READING:
                return response(await self._in_thread(lambda: self._look(room, route, request)))
            # Nothing is read of somebody who may not send it.
            allowed = await self.in_thread(lambda app: self._at_the_door(app, room, route, request))
            if isinstance(allowed, Reply):
                return response(allowed)
            largest = LARGEST if allowed[0].actor.person else LARGEST_OF_STRANGERS
            try:
                form, files, body = await read_body(request, largest, getattr(room, "forms", True))
            except ClientDisconnect:
                # they went away in the middle; nothing is done, and nobody hears it
                return Response(status_code=400)
            except asyncio.CancelledError:  # we stop, and what has not come whole is not begun
                stopping = Busy(
                    *words_in_both(
                        "this server is stopping; nothing of this was taken", "serveren er ved at stoppe; intet af dette er taget imod",
                        "send it again in a moment", "send det igen om et øjeblik",
                    )
                )  # fmt: skip
                return response(told(room, asking_of(request), stopping))
            if form is None:
                return response(told(room, asking_of(request), too_large(largest), 413))
            return response(
                await self.in_thread(
                    lambda app: self._call(app, room, route, request, allowed, form, files, body)
                )
            )

        return endpoint

    def _look(self, room: Room, route: Route, request: Request) -> Reply:
        """The answer to a question: all of it as of the moment at which it began, or newer."""
        with self._workspace() as app, app.asked_by(HOUSE), app.engine.at_one_moment():
            return self._call(app, room, route, request, None)

    def _at_the_door(self, app: App, room: Room, route: Route, request: Request) -> tuple[Known, str] | Reply:
        """Who asks, and in which language; or the answer to somebody who may not."""
        known, language = Known(), "en"
        try:
            language = language_of(app, request)
            known = self._who(app, route, request)
            self._let_in(app, route, request, known, language)
        except ProcflowError as problem:
            return told(room, asking_of(request, language, known), problem)
        return known, language

    def _call(
        self, app: App, room: Room, route: Route, request: Request, allowed: tuple[Known, str] | None,
        form: Mapping[str, Any] = {}, files: Mapping[str, Sequence[UploadFile]] = {}, body: bytes = b"",
    ) -> Reply:  # fmt: skip
        let_in = allowed or self._at_the_door(app, room, route, request)
        if isinstance(let_in, Reply):
            return let_in
        known, language = let_in
        try:
            handler = route.handler
            assert handler is not None
            is_for_whom_it_was_drawn(form, known.actor.person)
            call = Call(
                app=app,
                actor=known.actor,
                language=language,
                method=request.method,
                route=route.path,
                path=dict(request.path_params),
                query=dict(request.query_params),
                twice=twice(request),
                headers=request.headers,
                form=form,
                files=files,
                body=body,
                session=known.session,
                address=address_of(request),
                live=self.live,
                access=self._access,
                place=self.live.place(app) if route.method in READING else 0,
            )
            with app.asked_by(known.actor):
                return handler(call)
        except ProcflowError as problem:
            return told(room, asking_of(request, language, known), problem)

    def _who(self, app: App, route: Route, request: Request) -> Known:
        """Who asks; raises NotAllowed for a token that is none, and Busy for whoever asks too often."""
        by_itself = "x-live" in request.headers  # a page that is drawn anew, with nobody at it perhaps
        address, using = address_of(request), not (route.passive or by_itself)
        try:
            known = self._access.who(app, request.headers, request.cookies, address, using=using)
        except NotAllowed as why:
            if "server" in why.facts:  # it is the house that may not
                raise
            self._rates.count(Actor(), address)
            raise
        self._rates.count(known.actor, address)
        return known

    def _let_in(self, app: App, route: Route, request: Request, known: Known, language: str) -> None:
        """Raises NotAllowed where they may not, and keeps that in the access log."""
        if route.method not in READING and known.actor.way != "token" and _is_doubtful(request, known):
            reasons = {
                "en": "this came from a page of another site, so it was not taken",
                "da": "dette kom fra et andet websteds side, så det blev ikke taget imod",
            }
            hint = "open the desk itself and do it there; a program shows a token"
            raise NotAllowed(reasons["en"], hint, {"reason": "cross_site", "reasons": reasons})
        said = verdict(known.actor, route.may, app.grounds(route.may), AT_LEAST_ONES_OWN)
        if not said.allowed:
            app.keep_denial(route.may, said, known.actor.person, place=route.path)
            facts = {"reason": said.code, "action": route.may, "reasons": said.reasons}
            hints = app.what_would_help(route.may, said, known.actor.person)
            raise NotAllowed(
                said.words(language), hints.get(language, hints["en"]), {**facts, "hints": hints}
            )

    def still_let_in(self, app: App, request: Request, known: Known, may: str) -> bool:
        """Whether who asked some time ago is still who they were, and still may: for what lasts long."""
        try:
            address = address_of(request)
            now = self._access.who(app, request.headers, request.cookies, address, using=False)
        except ProcflowError:
            return False
        return (
            now.actor == known.actor and verdict(now.actor, may, app.grounds(may), AT_LEAST_ONES_OWN).allowed
        )

    def watch(self, request: Request, known: Known, may: str) -> Watch:
        """Looks now and then whether who listens still may."""
        return Watch(self, request, known, may)

    def _streaming(self, room: Room, route: Route) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            try:
                allowed = await self.in_thread(lambda app: self._at_the_door(app, room, route, request))
            except ProcflowError as problem:
                return response(told(room, asking_of(request), problem))
            if isinstance(allowed, Reply):
                return response(allowed)
            assert route.stream is not None
            try:
                streamed: Response = await route.stream(self, request, *allowed)
            except ProcflowError as problem:
                known, language = allowed
                return response(told(room, asking_of(request, language, known), problem))
            return streamed

        return endpoint

    async def _no_route(self, request: Request, error: Exception) -> Response:
        """No such page, or not in this way: told by the room whose place it would be."""
        status = error.status_code if isinstance(error, HTTPException) else 404
        said = {
            404: ("There is nothing here.", "Her er ikke noget."),
            405: ("This cannot be asked in that way.", "Sådan kan man ikke spørge her."),
        }
        problem = ProcflowError(
            *words_in_both(*said.get(status, ("This was not taken.", "Det blev ikke taget imod.")))
        )
        room = self._room_of(request.url.path)
        reply = told(room, asking_of(request), problem, status)
        if allowed := self._methods(request) if status in (404, 405) else "":
            if request.method == "OPTIONS":
                return response(Reply(status=204, headers=(("allow", allowed),)))
            ways = words_in_both(*said[405], f"here there are {allowed}", f"her er der {allowed}")
            reply = told(room, asking_of(request), ProcflowError(*ways), 405)
        answer = response(reply)
        if allowed:
            answer.headers["allow"] = allowed
        return answer

    def _methods(self, request: Request) -> str:
        """What a path may be asked with; "" where there is nothing."""
        found = {"OPTIONS"}
        for route in self._star.routes:
            if isinstance(route, StarletteRoute) and route.matches(request.scope)[0] is not Match.NONE:
                found |= route.methods or set()
        return ", ".join(sorted(found)) if len(found) > 1 else ""

    async def _fault(self, request: Request, error: Exception) -> Response:
        """A fault of ours is an answer too, without its words."""
        problem = ProcflowError(
            *words_in_both(
                "Something went wrong here; nothing of it is known to be kept. Look again.",
                "Noget gik galt her; om noget af det er gemt, vides ikke. Se efter.",
            )
        )
        return response(told(self._room_of(request.url.path), asking_of(request), problem, 500))

    def _room_of(self, path: str) -> Room:
        """The room with the longest beginning of a path in common with this one."""
        first = path.split("/")[1] if path.count("/") else ""
        for room in self.rooms:
            if any(route.path.split("/")[1] == first for route in room.routes):
                return room
        return self.rooms[0]


class Watch:
    """Whether who listens to a stream is still who they were and still may: looked at in every pause, and now and then
    where there is none, so that a busy house tells nobody anything after a login has ended."""

    def __init__(
        self, site: Site, request: Request, known: Known, may: str, clock: Callable[[], float] = monotonic
    ) -> None:
        self._site, self._request, self._known, self._may = site, request, known, may
        self._clock, self._looked = clock, clock()

    async def still(self, *, pause: bool) -> bool:
        now = self._clock()
        if not pause and now - self._looked < BEAT:
            return True
        self._looked = now
        found: bool = await self._site.in_thread(
            lambda app: self._site.still_let_in(app, self._request, self._known, self._may)
        )
        return found


def _is_doubtful(request: Request, known: Known) -> bool:
    """Whether what would change something may come from another site's page. A browser with a login says from where
    it sends; a program has a token, and no cookie."""
    if from_elsewhere(request.headers):
        return True
    return known.cookie and bool(known.session) and not says_from_where(request.headers)

"""Serves the house's web door over HTTP: the only place that names the rate limiter.

A body that is too large or too slow is turned away before anything else happens. TLS ends in front of it: it
listens on loopback unless the settings say otherwise, behind the house's reverse proxy. It must not know channels.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import local

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from procflow.hosts.door import COME_AGAIN, LARGEST_BODY, NOT_NOW, NOTHING_HERE, Door, plain
from procflow.hosts.listening import Listening, Message, Receive, Send
from procflow.hosts.whose import whose
from procflow.ports import WebReply, WebRequest

#: Seconds in which a whole body has to come.
PATIENCE = 20.0
#: Requests that are answered side by side, each with a store of its own; the others wait their turn.
WORKERS = 2
_MOST_WAITING = 200
#: A body up to this many bytes is always read; the larger ones that are here at a time have so many bytes together, so
#: that nobody fills the memory of a host from outside.
SMALL_BODY = 1 << 20
MOST_AT_ONCE = 4 * LARGEST_BODY
#: What every answer carries; a channel that shows a page may widen it: no scripts, in no frame, kept by nobody.
_SAFE = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


_FAULT = {
    "en": "Something went wrong here. Try again later.",
    "da": "Noget gik galt her. Prøv igen senere.",
}
_TOO_SLOW = {
    "en": f"That took too long: all of it is to be here within {PATIENCE:.0f} seconds. Nothing of it was kept.",
    "da": f"Det tog for lang tid: det hele skal være her inden for {PATIENCE:.0f} sekunder. Intet af det er gemt.",
}
_TOO_LARGE = {
    "en": f"At most {LARGEST_BODY >> 20} MB are taken. Nothing of it was kept.",
    "da": f"Der tages højst {LARGEST_BODY >> 20} MB imod. Intet af det er gemt.",
}


class PerMinute:
    """At most so many requests a minute for each channel and address, over the last sixty seconds.

    An IPv6 address counts by its /64, of which one person has many.
    """

    def __init__(self, most: Callable[[str], int]) -> None:
        """`most` gives the number of a channel."""
        self._most = most
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def seconds_to_wait(self, channel: str, address: str) -> float:
        item = RateLimitItemPerMinute(self._most(channel))
        who = whose(address)
        return 0.0 if self._limiter.hit(item, channel, who) else 60.0


class DoorApp:
    """Answers as ASGI what comes to `/in/<channel>`; whatever listens may mount it."""

    def __init__(self, open_door: Callable[[], Door]) -> None:
        """`open_door` is called once in each thread that answers."""
        self._open_door = open_door
        self._mine = local()
        self._held = 0  # bytes of large bodies that are here
        self._pool = ThreadPoolExecutor(WORKERS, "door")

    def close(self) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            reply = await self._answer(scope, receive)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:  # a fault of ours is an answer too, without its words
            reply = plain(500, _FAULT, _headers(scope))
        headers = {"content-type": reply.type, **_SAFE, **{k.lower(): v for k, v in reply.headers.items()}}
        head = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
        head.append((b"content-length", str(len(reply.body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": head})
        body = b"" if scope["method"] == "HEAD" else reply.body
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Message, receive: Receive) -> WebReply:
        parts = str(scope["path"]).split("/", 3)
        headers = _headers(scope)
        if len(parts) < 3 or parts[:2] != ["", "in"]:
            return plain(404, NOTHING_HERE, headers)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > 18 or int(length) > LARGEST_BODY:
            return plain(413, _TOO_LARGE, headers, {"connection": "close"})
        large = _Large(self)
        try:
            body = await asyncio.wait_for(_body(receive, large), PATIENCE)
            if body is None:
                return plain(413, _TOO_LARGE, headers, {"connection": "close"})
            request = WebRequest(
                str(scope["method"]),
                parts[3] if len(parts) > 3 else "",
                bytes(scope["query_string"]).decode("latin-1"),
                headers,
                body,
                str((scope.get("client") or ("",))[0]),
            )
            return await asyncio.get_running_loop().run_in_executor(self._pool, self._ask, parts[2], request)
        except TimeoutError:
            return plain(408, _TOO_SLOW, headers, {"connection": "close"})
        except _TooMuchAtOnce:
            later = {"connection": "close", "retry-after": str(COME_AGAIN)}
            return plain(503, NOT_NOW, headers, later)
        finally:
            large.let_go()

    def _ask(self, channel: str, request: WebRequest) -> WebReply:
        door = getattr(self._mine, "door", None)
        if door is None:
            door = self._mine.door = self._open_door()
        answer: WebReply = door.answer(channel, request)
        return answer


class DoorServer:
    """Listens from its making on; `start` answers in a thread of its own, until `stop`."""

    def __init__(self, listen: str, behind_proxy: bool, open_door: Callable[[], Door]) -> None:
        """See `Listening` and `DoorApp`. Raises UsageError when it cannot listen there."""
        self._app = DoorApp(open_door)
        self._listening = Listening(
            self._app,
            listen,
            behind_proxy=behind_proxy,
            setting="procflow.toml: web.listen",
            most=_MOST_WAITING,
        )
        self.port = self._listening.port

    def start(self) -> None:
        self._listening.start()

    def stop(self) -> None:
        """Answer what is being asked, then close."""
        self._listening.stop()
        self._app.close()


def _headers(scope: Message) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


class _TooMuchAtOnce(Exception):
    """More large bodies are here than are taken at a time."""


class _Large:
    """What one request holds of the bytes that large bodies may have together."""

    def __init__(self, app: DoorApp) -> None:
        self._app, self._mine = app, 0

    def has(self, size: int) -> None:
        """So many bytes are here now. Raises _TooMuchAtOnce."""
        if size <= SMALL_BODY:
            return
        more = size - self._mine
        if self._app._held + more > MOST_AT_ONCE:
            raise _TooMuchAtOnce
        self._app._held += more
        self._mine = size

    def let_go(self) -> None:
        self._app._held -= self._mine
        self._mine = 0


async def _body(receive: Receive, large: _Large) -> bytes | None:
    """The whole body; None where it is too large. Raises _TooMuchAtOnce."""
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("whoever asked has gone")
        part = bytes(message.get("body") or b"")
        size += len(part)
        if size > LARGEST_BODY:
            return None
        large.has(size)
        parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts)

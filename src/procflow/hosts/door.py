"""The house's web door: what comes by HTTP for a channel is checked, given to the channel, stored, then answered.

Nothing is acknowledged before it is stored. Who asks too often, or for what is not there, is sent away before a
plugin is bothered. It must not know sockets, servers or what the channels speak.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Protocol

from procflow.errors import ProcflowError
from procflow.hosts.intake import Intake
from procflow.hosts.spoken import first_spoken
from procflow.hosts.whose import whose
from procflow.ports import WebReply, WebRequest

#: The largest body that is read, in bytes: a form with photos, a mail of 25 MB handed over by a gateway.
LARGEST_BODY = 40 << 20
#: Seconds after which somebody who could not be served may come again.
COME_AGAIN = 30

NOTHING_HERE = {"en": "There is nothing here.", "da": "Her er ikke noget."}
_TOO_OFTEN = {"en": "Too many requests. Try again later.", "da": "For mange forespørgsler. Prøv igen senere."}
NOT_NOW = {
    "en": "This could not be taken now, and nothing of it was kept. Try again later.",
    "da": "Det kunne ikke tages imod nu, og intet af det er gemt. Prøv igen senere.",
}


class Channels(Protocol):
    """What answers web requests; see `hosts.channels`."""

    def has_door(self, channel: str) -> bool: ...
    def away(self, channel: str) -> str: ...
    def web(self, channel: str, request: WebRequest) -> WebReply: ...


class Limits(Protocol):
    """Counts requests; see `hosts.door_http`."""

    def seconds_to_wait(self, channel: str, address: str) -> float:
        """0 where the request may pass, and counts it."""
        ...


class Refusals:
    """What was not taken at the door since somebody last looked, counted by channel and reason; for several threads."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = Lock()

    def note(self, channel: str, reason: str) -> None:
        with self._lock:
            if len(self._counts) < 1000 or (channel, reason) in self._counts:
                self._counts[channel, reason] += 1

    def counted(self) -> list[tuple[str, str, int]]:
        """(channel, reason, how many); then the counting begins anew."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        return [(*what, count) for what, count in sorted(counts.items())]

    def taken(self) -> list[str]:
        """The same, one line for each channel and reason."""
        return [
            f"{channel}: {count} web {'request was' if count == 1 else 'requests were'} not taken: {reason}"
            for channel, reason, count in self.counted()
        ]


class Door:
    """Answers requests to `/in/<channel>`. One for each thread; the channels and the counts may be shared."""

    def __init__(
        self,
        channels: Channels,
        intake: Intake,
        limits: Limits,
        refusals: Refusals,
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        """`stored` is called when a new message was stored, so that a host need not wait to look."""
        self._channels = channels
        self._intake = intake
        self._limits = limits
        self._refusals = refusals
        self._stored = stored

    def answer(self, channel: str, request: WebRequest) -> WebReply:
        """The channel's own answer once its messages are stored; 404, 429, 503 of our own. Never raises."""
        if not self._channels.has_door(channel):
            if self._channels.away(channel):
                return self._not_now(channel, request, "no plugin brings the channel now")
            return plain(404, NOTHING_HERE, request.headers)
        wait = self._limits.seconds_to_wait(channel, request.address)
        if wait > 0:
            self._refusals.note(channel, _too_many(request))
            return plain(429, _TOO_OFTEN, request.headers, {"retry-after": str(int(wait) + 1)})
        try:
            reply = self._channels.web(channel, request)
            new = [row for message in reply.messages if (row := self._intake.take(message)) is not None]
        except ProcflowError as why:
            return self._not_now(channel, request, f"{why.code}: {type(why).__name__}")
        except Exception as why:
            return self._not_now(channel, request, f"a fault: {type(why).__name__}")
        if reply.reason:
            self._refusals.note(channel, reply.reason)
        if new:
            self._stored()
        return reply

    def _not_now(self, channel: str, request: WebRequest, why: str) -> WebReply:
        self._refusals.note(channel, why)
        return plain(503, NOT_NOW, request.headers, {"retry-after": str(COME_AGAIN)})


def _too_many(request: WebRequest) -> str:
    """Why it was sent away, for the house: behind a proxy that nobody told us of, everybody has its address."""
    if "x-forwarded-for" in request.headers and whose(request.address) in ("127.0.0.1", whose("::1")):
        return "too many from one address, which is a proxy's: write behind_proxy = true in [web]"
    return "too many from one address"


def plain(
    status: int, words: Mapping[str, str], asked: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> WebReply:
    """An answer of the house itself, in the first language that `asked` (headers) accepts; programs read English."""
    said = words[first_spoken(asked, words) or "en"]
    return WebReply(status, f"{said}\n".encode(), headers={"vary": "accept-language", **(headers or {})})

"""Messages on their way into the house: fetched from channels that are asked, or brought by who calls at the web door.

A channel that cannot be asked is a trouble in words, never an exception, and is asked again later. Where a channel
stands is kept in the workspace once its messages are stored. It must not know effects, or where messages are stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs

from procflow.errors import PluginError, ProcflowError
from procflow.hosts.asking import Asking, NotPrepared, again
from procflow.hosts.files_out import write_once
from procflow.hosts.plugin_calls import Trouble
from procflow.plugin_own import number_of
from procflow.ports import Inbound, WebReply, WebRequest

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

#: Seconds before a channel that could not be asked for messages is asked again.
_FETCH_BACK_OFF = (5.0, 15.0, 60.0)


class Failing(Struct, frozen=True):
    """A channel that cannot be asked: since when, for how many tries in a row, and the seconds until the next one. What was
    said is in `troubles`: it may name anybody."""

    channel: str
    since: datetime
    times: int
    again_in: float


class MessagesIn(Asking):
    """The part of the house that hears. Safe for several threads."""

    troubles: dict[str, str]  # channel -> why its messages could not be fetched, now
    failing: dict[str, Failing]  # the same channels, since when and how often

    def _nothing_asked(self) -> None:
        """Before the first look."""
        self.troubles, self.failing = {}, {}
        self._failed: list[Failing] = []  # tries that nobody was told of yet
        self._asked: dict[str, tuple[float, int]] = {}  # channel -> when last asked for messages, failures
        self._called: set[str] = set()  # channels that have something to fetch, and were not asked since
        self._answered_to: Callable[[str], None] | None = None
        self._under_way: dict[str, Future[tuple[list[Inbound], str]]] = {}
        #: channels that have something under way aside
        self.handing_over: Callable[[], Collection[str]] = tuple

    def receiving(self) -> list[str]:
        """The channels that are asked for messages: `real` ones that have any to fetch, and those with an `inbox` in
        their table."""
        return [
            name
            for name, found in sorted(self._plugins.channels.items())
            if (self.mode(name) == "real" and _fetches(found.channel))
            or (self.mode(name) != "off" and "inbox" in self._settings.get(name, {}))
        ]

    def fetch(self, channel: str, cursor: str) -> tuple[list[Inbound], str]:
        """New messages since `cursor` ("" at first), and the cursor to come back with once they are stored.

        Raises PluginError when they cannot be fetched now. What claims to come from the future came now.
        """
        answer = self._heard(channel, "fetch", {"cursor": cursor})
        now = self._world.now()
        return [_inbound(each, now) for each in answer["messages"]], answer["cursor"]

    def has_door(self, channel: str) -> bool:
        """Whether web requests from outside are given to a channel: it knows how, and its mode is real."""
        found = self._plugins.channels.get(channel)
        return found is not None and hasattr(found.channel, "web") and self.mode(channel) == "real"

    def web(self, channel: str, request: WebRequest) -> WebReply:
        """What a channel answers to a web request, with the messages that are to be stored before it goes out.

        Raises PluginError when the plugin cannot answer now. What claims to come from the future came now.
        """
        answer = self._heard(channel, "web", {"request": structs.asdict(request)})
        now = self._world.now()
        messages = [_inbound(each, now) for each in answer["messages"]]
        reason = self._unsecret(channel, "web", answer["reason"])
        return WebReply(**{**answer, "messages": messages, "reason": reason})

    def wake(self, channels: Collection[str]) -> None:
        """Have those that are to be asked for messages now get ready, all at the same time."""
        for channel in channels:
            with suppress(ProcflowError):  # a secret is not set: told by `inbound`
                if self._is_to_be_asked(channel):
                    self._wake(channel, "fetch")

    def inbound(self, channel: str) -> Iterator[tuple[Inbound, Callable[[], None]]]:
        """New messages, each with what to call once it is safely stored; the cursor is kept in the workspace.

        A channel that cannot be asked now stands in `troubles` and is asked again later; nothing is raised.
        """
        path = self._own_file("cursors", f"{channel}.json")
        try:
            if not self._is_to_be_asked(channel):
                return
            cursor = _kept_cursor(path)
            found = self._fetched(channel, cursor)
        except ProcflowError as why:  # the other side is away, or a secret is not set
            self._could_not(channel, why.message)
            return
        if found is None:
            return  # it is being asked, and the host is called when there is an answer
        messages, after = found
        self.troubles.pop(channel, None)
        self.failing.pop(channel, None)
        # what brought something, or called meanwhile, is asked again at once: there may be more
        more = bool(messages) or channel in self._called
        self._asked[channel] = (float("-inf") if more else self._world.monotonic(), 0)
        waiting = set(range(len(messages)))

        def stored(number: int) -> None:
            waiting.discard(number)
            if not waiting:
                keep()

        def keep() -> None:
            if after != cursor:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                write_once(path, json.dumps({"cursor": after}).encode(), replace=True)

        if not messages:
            keep()
        for number, message in enumerate(messages):
            yield message, lambda number=number: stored(number)  # type: ignore[misc]

    def _is_to_be_asked(self, channel: str) -> bool:
        """Whether it is time again. Raises UsageError where a secret is not set."""
        asked, failures = self._asked.get(channel, (float("-inf"), 0))
        ago = self._world.monotonic() - asked
        return not (failures and ago < _back_off(failures)) and ago >= self._fetch_every(channel)

    def _could_not(self, channel: str, why: str) -> None:
        self.troubles[channel] = why
        failures = self._asked[channel][1] + 1 if channel in self._asked else 1
        self._asked[channel] = (self._world.monotonic(), failures)
        before = self.failing.get(channel)
        since, times = (before.since, before.times) if before is not None else (self._world.now(), 0)
        again_in = max(_back_off(failures), self._every(channel))
        failed = Failing(channel, since, times + 1, again_in)
        self.failing[channel] = failed
        self._failed.append(failed)

    def failed(self) -> list[Failing]:
        """The tries that have failed since this was asked last."""
        told, self._failed = self._failed, []
        return told

    def _fetched(self, channel: str, cursor: str) -> tuple[list[Inbound], str] | None:
        """What `fetch` gives; None while a channel that is asked in the background has not answered yet."""
        self._called.discard(channel)
        answered = self._answered_to
        if answered is None or not self._is_slow(channel):
            return self.fetch(channel, cursor)
        under_way = self._under_way.pop(channel, None)
        if under_way is None:
            under_way = self._pool.submit(self.fetch, channel, cursor)
            under_way.add_done_callback(lambda _: answered(channel))
        if not under_way.done():
            self._under_way[channel] = under_way
            return None
        return under_way.result()

    def _is_slow(self, channel: str) -> bool:
        """Whether asking may take long: its other side is far away, or its plugin is handing something over."""
        if channel in self._under_way or getattr(
            self._plugins.channels[channel].channel, "fetches_apart", False
        ):
            return True
        return self.seat_of(channel) in {self.seat_of(each) for each in self.handing_over()}

    def in_background(self, answered: Callable[[str], None] | None) -> None:
        """From now on channels that are slow to ask (`fetches_apart`) are asked in the background, and `answered` is
        called with their name, from another thread, when `inbound` has their answer; None: as before."""
        self._answered_to = answered

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        from concurrent.futures import ThreadPoolExecutor

        return ThreadPoolExecutor(8, thread_name_prefix="asks for messages")

    def call(self, channel: str) -> None:
        """It has something to fetch: the next look asks it, however short ago it was asked."""
        self._called.add(channel)
        if channel in self._asked:
            self._asked[channel] = (float("-inf"), self._asked[channel][1])

    def _fetch_every(self, channel: str) -> float:
        """Seconds between two looks: `inbox.every`, else the channel's own. Raises UsageError where a secret is not set."""
        inbox = self._settings.get(channel, {}).get("inbox")
        every: Any = inbox.get("every") if isinstance(inbox, Mapping) else None
        if every is None:
            every = number_of(self._plugins.channels[channel].channel, "fetch_every", 0.0)
        return float(every)

    def _every(self, channel: str) -> float:
        try:
            return self._fetch_every(channel)
        except ProcflowError:
            return 0.0

    def _heard(self, channel: str, call: str, request: Mapping[str, Any]) -> Any:
        """What a channel answers; raises PluginError when it cannot now."""
        try:
            return self._ask(channel, call, request)
        except Trouble as why:
            raise again(why) from why
        except NotPrepared as why:
            raise PluginError(why.message, why.hint, {"channel": channel}) from why

    def _own_file(self, *names: str) -> str:
        return os.path.join(self._folder, ".procflow", *names)


def _back_off(failures: int) -> float:
    return _FETCH_BACK_OFF[min(failures, len(_FETCH_BACK_OFF)) - 1]


def _fetches(channel: Any) -> bool:
    """Whether it has messages to fetch, as far as it says. Where it cannot say (a secret is not set), it is asked, and
    its trouble is told."""
    try:
        return bool(getattr(channel, "fetches", True))
    except Exception:
        return True


def _inbound(fields: Mapping[str, Any], now: datetime) -> Inbound:
    given = dict(fields)
    received = datetime.fromisoformat(given["received"])
    if received > now:
        given["facts"] = {**given["facts"], "claimed_received": given["received"]}
        received = now
    given["received"] = received
    given["files"] = [(str(name), content) for name, content in given["files"]]
    return Inbound(**given)


def _kept_cursor(path: str) -> str:
    """ "" where there is none, or none that can be read: then everything is looked at again, and taken once."""
    try:
        with open(path, "rb") as file:
            cursor = json.loads(file.read())["cursor"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return cursor if isinstance(cursor, str) else ""

"""Asks the plugins' own processes for the house of the channels: one call or several at a time, with a deadline, and
without secrets in what is answered.

It must not know modes, files or what an answer leads to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any, Protocol

from procflow.errors import PluginError, ProcflowError
from procflow.hosts.plugin_calls import PluginCalls, Trouble
from procflow.hosts.questions import Questions
from procflow.plugin_guard import as_written, without
from procflow.plugin_own import number_of
from procflow.ports import Channel, World

#: Seconds that a plugin has for one call, where `deadline` of its channel's table gives no other number.
DEADLINE = 30.0
#: The process of a plugin that what goes out goes through, and everything that has no other.
OUT = "out"
#: The calls whose answers are words for people.
_SAYING = ("deliver", "health")
#: Letters that a secret has at least; a shorter one would be found in every other word.
_SECRET = 4


class NotPrepared(ProcflowError):
    """An effect that can never go out as it is; `message` says why, in words."""

    code = "not-prepared"


class Found(Protocol):
    """A loaded channel: see `plugins.LoadedChannel`."""

    @property
    def channel(self) -> Channel: ...
    @property
    def plugin(self) -> str: ...
    @property
    def source(self) -> Any: ...
    @property
    def modes(self) -> tuple[str, ...]: ...


class HasChannels(Protocol):
    """The loaded plugins: see `plugins.Plugins`."""

    @property
    def channels(self) -> Mapping[str, Found]: ...


class Asking:
    """The part of the house that talks to plugins. Safe for several threads."""

    _plugins: HasChannels
    _settings: Mapping[str, Mapping[str, Any]]
    _folder: str
    _world: World
    _limit: int
    _calls: dict[tuple[str, str], PluginCalls]
    _lock: Lock
    _closed: bool
    hidden: list[str]
    mode: Callable[[str], str]

    def _ask(self, channel: str, call: str, request: Mapping[str, Any]) -> Any:
        """Raises Trouble (try again) and NotPrepared (the channel refused it, in words)."""
        try:
            answer = self._seat(channel, call).ask(
                self._question(channel, call, request), self._deadline(channel)
            )
        except Trouble as why:
            raise self._unsecret_trouble(channel, call, why) from None
        return self._value(channel, call, answer)

    def _value(self, channel: str, call: str, answer: Mapping[str, Any]) -> Any:
        if "refused" in answer:
            refused = self._unsecret(channel, call, answer["refused"])
            raise NotPrepared(f"{channel}: {refused['message']}", refused.get("hint", ""))
        # what customers wrote is theirs, and parameters are checked already
        return self._unsecret(channel, call, answer["value"]) if call in _SAYING else answer["value"]

    def _unsecret_trouble(self, channel: str, call: str, why: Trouble) -> Trouble:
        return Trouble(why.plugin, self._unsecret(channel, call, why.message), why.after)

    def ask_all(
        self, channel: str, questions: Questions, going: Callable[[], bool]
    ) -> Iterator[list[tuple[str, Any]]]:
        """(key, the value, or PluginError or NotPrepared) of what waits to be asked, in batches as it is answered."""
        try:
            seat = self._seat(channel, "deliver")
        except Trouble as why:
            while (each := questions.take()) is not None:
                questions.settled(each.key)
                yield [(each.key, again(why))]
            return
        for batch in seat.ask_all(questions, self._deadline(channel), self.at_once(channel), going):
            yield [
                (each.key, self._value_or_why(channel, each.request["call"], answer))
                for each, answer in batch
            ]

    def _question(self, channel: str, call: str, request: Mapping[str, Any]) -> dict[str, Any]:
        """The whole question."""
        return {"call": call, "channel": channel, "now": self._world.now().isoformat(), **request}

    def _value_or_why(self, channel: str, call: str, answer: Mapping[str, Any] | Trouble) -> Any:
        if isinstance(answer, Trouble):
            return again(self._unsecret_trouble(channel, call, answer))
        try:
            return self._value(channel, call, answer)
        except NotPrepared as why:
            return why

    def at_once(self, channel: str) -> int:
        """How many effects the channel can prepare or deliver at a time; 1 where it does not say."""
        found = self._plugins.channels.get(channel)
        if found is None or self.mode(channel) != "real":
            return 1
        return max(int(number_of(found.channel, "at_once", 1)), 1)

    def seat_of(self, channel: str) -> str:
        """What is asked one call at a time: the plugin that the channel is of."""
        found = self._plugins.channels.get(channel)
        return found.plugin if found is not None else channel

    def longest_call(self) -> float:
        """Seconds that a call to any channel may take at the most."""
        return max((self._deadline(name) for name in self._settings), default=DEADLINE)

    def _deadline(self, channel: str) -> float:
        return float(self._settings.get(channel, {}).get("deadline") or DEADLINE)

    def _wake(self, channel: str, call: str) -> None:
        """Have the plugin's process started, if there is none, while others are asked."""
        with suppress(Trouble):  # the house is closed
            self._seat(channel, call).wake()

    def _seat(self, channel: str, call: str) -> PluginCalls:
        """Who calls from outside does not wait for a delivery: web requests are answered in a process of their own,
        and so is a mailbox looked at that may be slow to answer (`fetches_apart`)."""
        found = self._plugins.channels[channel]
        with self._lock:
            if self._closed:
                raise Trouble(found.plugin, "the house of the channels is closed")
            apart = call == "fetch" and getattr(found.channel, "fetches_apart", False)
            seat = (found.plugin, "web" if call == "web" else "in" if apart else OUT)
            calls = self._calls.get(seat)
            if calls is None:
                names = [n for n, each in self._plugins.channels.items() if each.plugin == found.plugin]
                own = {name: self._settings[name] for name in names if name in self._settings}
                calls = PluginCalls(
                    found.plugin, found.source, own, self._folder, self._limit, self._world.monotonic
                )
                self._calls[seat] = calls
        return calls

    def _unsecret(self, channel: str, call: str, said: Any) -> Any:
        """What a plugin said, without the secrets of its settings."""
        known: Callable[[], tuple[str, ...]] = getattr(self._settings.get(channel), "secrets", tuple)
        secrets = [one for secret in known() if len(secret) >= _SECRET for one in as_written(secret)]
        said, found = without(said, secrets) if secrets else (said, False)
        if found:
            self.hidden.append(f"{channel} {call}")
        return said


def again(why: Trouble) -> PluginError:
    return PluginError(why.message, "", {"plugin": why.plugin, "retry": True, "after": why.after})

"""A channel that delivers to a list, for tests and contracts: it can be told to fail, to hang up and to die.

It keeps what it was handed, under which key, and answers a key that it has taken with `duplicate`, as every
channel must. It must not know hosts.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from procflow.ports import Channel, Delivery, Inbound


class Killed(BaseException):
    """The process dies here. No `except Exception` may catch it."""


class RecordingChannel:
    """`Channel` over lists. `tries` is every delivery tried, `taken` what was accepted, by key.

    `script` is answered first, one a try: a Delivery, an exception to raise, or `KILL_AFTER` for a death between
    the channel's yes and whoever waits for it. After that everything is `done`.
    """

    verified = "stand-in"
    KILL_AFTER = "kill after"

    def __init__(self, name: str = "mail", operations: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        self.name = name
        self.operations: Mapping[str, Mapping[str, Any]] = operations or {"send": {"type": "object"}}
        self.tries: list[tuple[str, str, bytes]] = []
        self.prepared: list[str] = []
        self.taken: dict[str, tuple[str, bytes]] = {}
        self.script: deque[Any] = deque()
        self.incoming: list[Inbound] = []

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The bytes of a try: no two calls give the same, so that making them anew would show."""
        self.prepared.append(key)
        made = {"operation": operation, "parameters": parameters, "made": len(self.prepared)}
        return json.dumps(made, sort_keys=True, default=str).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        self.tries.append((operation, key, wire))
        answer = self.script.popleft() if self.script else None
        if isinstance(answer, BaseException):
            raise answer
        if isinstance(answer, Delivery):
            if answer.status == "done":
                self.taken.setdefault(key, (operation, wire))
            return answer
        repeated = key in self.taken
        self.taken.setdefault(key, (operation, wire))
        if answer == self.KILL_AFTER:
            raise Killed
        return Delivery("duplicate" if repeated else "done", {"reference": key})

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        start = int(cursor or 0)
        return self.incoming[start:], str(len(self.incoming))

    def health(self) -> str:
        return ""


class ChannelsOf:
    """Channels in this very process, as an outbox wants them; all in mode `real`. For tests only: a channel that
    raises or hangs is not kept apart here."""

    def __init__(self, channels: Iterable[Channel]) -> None:
        self._channels = {channel.name: channel for channel in channels}

    def mode(self, channel: str) -> str:
        return "real" if channel in self._channels else "manual"

    def away(self, channel: str) -> str:
        return ""

    def prepare(self, channel: str, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return self._channels[channel].prepare(operation, key, parameters)

    def deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Delivery:
        return self._channels[channel].deliver(operation, key, wire)

"""Signed webhooks for procflow: `webhook.post` tells another system, `/in/webhook/<source>` hears from one.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound, WebReply, WebRequest

POST: Mapping[str, Any] = {
    "type": "object",
    "title": "Tell another system",
    "required": ["to", "event"],
    "additionalProperties": False,
    "properties": {
        "to": {"type": "string", "minLength": 1, "description": "A target of procflow.toml, by its name."},
        "event": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_.-]{1,100}$",
            "description": "What happened, in the words of the other system: policy.changed.",
        },
        "data": {"description": "What it is told: a text, a number, a list or named values."},
    },
    "x-manual": {"da": "Giv {to} besked om {event}:\n{data}", "en": "Tell {to} about {event}:\n{data}"},
}


class WebhookChannel:
    """See `ports.Channel`."""

    name = "webhook"
    operations: Mapping[str, Mapping[str, Any]] = {"post": POST}
    settings = ("targets", "sources", "timeout")
    verified = "stand-in"  # a server on loopback that checks signatures as the public description says
    fetches = False
    at_once = 4

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The JSON that is posted. Raises UsageError for a target that procflow.toml does not name."""
        from .posting import compose

        return compose(self._settings, key, parameters)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .posting import post

        return post(self._settings, key, wire, self.now)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor  # what comes is pushed: see `web`

    def web(self, request: WebRequest) -> WebReply:
        from .hearing import hear

        return hear(self._settings, request, self.now)

    def health(self) -> str:
        from .posting import problem_of_targets

        return problem_of_targets(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [WebhookChannel(settings.get("webhook", {}))]

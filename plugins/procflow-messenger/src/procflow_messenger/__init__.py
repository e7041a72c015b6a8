"""Facebook Messenger for procflow: `messenger.send` answers a customer, `/in/messenger` hears what they write.

A customer is known here by an id that belongs to the page, never by a name or number. The channel knows its own
table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound, WebReply, WebRequest

SEND: Mapping[str, Any] = {
    "type": "object",
    "title": "Answer in Messenger",
    "required": ["to", "text"],
    "additionalProperties": False,
    "properties": {
        "to": {"type": "string", "minLength": 1, "description": "The page's id of the customer: message.from."},
        "text": {"type": "string", "minLength": 1, "description": "What it says; at most 2,000 characters."},
        "human": {"type": "boolean", "description": "true: a person wrote it, which holds for 7 days instead of 24 hours."},
        "heard": {"type": "string", "format": "date-time", "description": "When the customer last wrote: message.received."},
    },
    "x-manual": {"da": "Svar {to} i Messenger:\n{text}", "en": "Answer {to} in Messenger:\n{text}"},
}  # fmt: skip


class MessengerChannel:
    """See `ports.Channel`."""

    name = "messenger"
    operations: Mapping[str, Mapping[str, Any]] = {"send": SEND}
    settings = ("page_token", "app_secret", "verify_token", "page_id", "url", "timeout", "ca_file")
    verified = "stand-in"  # the platform's public description, played by a server on loopback
    fetches = False

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The message as the platform takes it. Raises UsageError for one that is too long or too late."""
        from .sending import compose

        return compose(key, parameters, self.now)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .sending import send

        return send(self._settings, wire, self.now)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor  # what comes is pushed: see `web`

    def web(self, request: WebRequest) -> WebReply:
        from .hearing import answer

        return answer(self._settings, request, self.now)

    def health(self) -> str:
        from .sending import health

        return health(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [MessengerChannel(settings.get("messenger", {}))]

"""SMS for procflow: `sms.send` through an HTTP gateway or a centre that speaks SMPP; messages and delivery reports fetched from it or pushed by it.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound, WebReply, WebRequest

if TYPE_CHECKING:
    from .smpp import Centre

SEND: Mapping[str, Any] = {
    "type": "object",
    "title": "Send an SMS",
    "required": ["to", "text"],
    "additionalProperties": False,
    "properties": {
        "to": {
            "type": "string",
            "minLength": 1,
            "x-address": "phone",
            "description": "One number: +4571999901, 004571999901 or 71999901.",
        },
        "text": {"type": "string", "minLength": 1, "description": "What it says."},
        "sender": {
            "type": "string",
            "description": "A number that can be answered, or at most 11 letters and digits that cannot.",
        },
        "replyable": {
            "type": "boolean",
            "description": "true: an answer is wanted, so that the sender must be a number.",
        },
    },
    "x-manual": {"da": "Send en SMS til {to}:\n{text}", "en": "Send an SMS to {to}:\n{text}"},
}


class SmsChannel:
    """See `ports.Channel`."""

    name = "sms"
    operations: Mapping[str, Mapping[str, Any]] = {"send": SEND}
    settings = (
        "gateway", "token", "user", "sender", "country_code", "max_parts", "url", "callback_url", "callback_secret",
        "callback_token", "callback_addresses", "inbox", "host", "port", "tls", "system_type", "timeout", "ca_file",
    )  # fmt: skip
    verified = "stand-in"  # the gateway's public description, played by a server on loopback

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None
        self._kept: Centre | None = None

    @property
    def _by_smpp(self) -> bool:
        return self._settings.get("gateway") == "smpp"

    @property
    def at_once(self) -> int:
        """A gateway answers each request by itself, and slowly; a centre is spoken to over one line."""
        return 1 if self._by_smpp else 8

    @property
    def one_session(self) -> bool:
        """A centre takes one session of ours: whoever begins another may end the one that works."""
        return self._by_smpp

    @property
    def fetches(self) -> bool:
        """A gateway that pushes what comes has nothing to fetch; a centre is there only while it is asked."""
        return self._by_smpp or bool(self._settings.get("inbox"))

    @property
    def fetches_apart(self) -> bool:
        """A bridge may be slow, and nothing else waits for it; a centre is heard over the line that it is spoken to by."""
        return self.fetches and not self._by_smpp

    @property
    def fetch_every(self) -> float:
        """A centre wants to be heard: it asks now and then whether we are there."""
        return 2.0 if self._by_smpp else 10.0

    @property
    def _centre(self) -> Centre:
        from .smpp import Centre

        if self._kept is None:
            self._kept = Centre(self._settings)
        return self._kept

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The message, checked. Raises UsageError for what cannot be sent."""
        from .message import compose

        return compose(self._settings, key, parameters)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        if self._by_smpp:
            from .smpp import sms_of

            return self._centre.send(sms_of(wire), wire)
        from .sending import send

        return send(self._settings, key, wire)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        if self._by_smpp:
            return self._centre.fetch(cursor, self.now)
        if not self._settings.get("inbox"):
            return [], cursor
        from .incoming import fetch

        return fetch(self._settings, cursor, self.now)

    def web(self, request: WebRequest) -> WebReply:
        from .pushed import answer

        return answer(self._settings, request, self.now)

    def health(self) -> str:
        if self._by_smpp:
            return self._centre.health()
        from .sending import health

        return health(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [SmsChannel(settings.get("sms", {}))]

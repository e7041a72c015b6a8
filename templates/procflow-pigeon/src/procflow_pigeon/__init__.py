"""Pigeon for procflow: `pigeon.send` hands a text to an HTTP service, messages are fetched from it.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from procflow.errors import PluginError, UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

from .service import NotReached, ask, not_reached

#: Letters that the service takes.
LONGEST = 100_000
#: Answers that may be another one tomorrow; every other 4xx is for good.
PASSING = (401, 408, 425, 429)

SEND: Mapping[str, Any] = {
    "type": "object",
    "title": "Send a text by pigeon",
    "required": ["to", "text"],
    "additionalProperties": False,
    "properties": {
        "to": {"type": "string", "minLength": 1, "description": "Who gets it."},
        "text": {"type": "string", "minLength": 1, "description": "What it says."},
    },
    "x-manual": {"da": "Send med pigeon til {to}:\n{text}", "en": "Send by pigeon to {to}:\n{text}"},
}


class PigeonChannel:
    """See `ports.Channel`. It is asked for its settings only when it works, so that it loads without any."""

    name = "pigeon"
    operations: Mapping[str, Mapping[str, Any]] = {"send": SEND}
    verified = "stand-in"  # against the server of peer.py, which is our own
    fetch_every = 10.0
    settings = ("url", "token", "timeout")

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None  # set before each call

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """What goes over the line, made once; each retry sends the same. Raises UsageError for what never can."""
        text = str(parameters["text"])
        if len(text) > LONGEST:
            raise UsageError(f"text: has {len(text)} letters; at most {LONGEST} are taken", "make it shorter")
        message = {"to": parameters["to"], "text": text, "reference": key}
        return json.dumps(message, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        """done with the service's id; failed for what it refuses; retry for all that may pass."""
        try:
            answer = ask(self._settings, "POST", "/messages", wire, {"Idempotency-Key": key})
        except NotReached as why:
            return Delivery("retry", {}, str(why))
        if answer.status in (200, 201):
            id_ = answer.content.get("id")
            if not id_:
                return Delivery("retry", {}, "the service gave no id: it is asked again under the same key")
            return Delivery("duplicate" if answer.content.get("known") else "done", {"id": str(id_)})
        said = f"the service answered {answer.status}: {answer.words}"
        if answer.status in PASSING or not 400 <= answer.status < 500:
            return Delivery("retry", {}, said, answer.retry_after)
        return Delivery("failed", {}, said)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        """What was written since the cursor. It is kept once the messages are stored, so nothing is lost."""
        after = f"?{urlencode({'after': cursor})}" if cursor else ""
        try:
            answer = ask(self._settings, "GET", f"/messages{after}")
        except NotReached as why:
            raise PluginError(str(why)) from why
        found = answer.content.get("messages")
        if answer.status != 200 or not isinstance(found, list):
            raise PluginError(f"the service gave no messages: {answer.status} {answer.words}")
        return [self._message(each) for each in found], str(answer.content.get("cursor") or cursor)

    def _message(self, given: Any) -> Inbound:
        """What nobody understands comes as its bytes, for a person: it must not hold up the messages behind it."""
        raw = json.dumps(given, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace")
        try:
            return Inbound(
                source=self.name,
                external_id=str(given["id"]),
                channel=self.name,
                sender=str(given["from"]),
                to="",
                received=datetime.fromisoformat(str(given["at"])).astimezone(UTC),
                text=str(given["text"]),
                raw=raw,
            )
        except (KeyError, TypeError, ValueError) as why:
            facts = {"unreadable": [f"not as the service describes a message: {type(why).__name__} {why}"]}
            id_, at = hashlib.sha256(raw).hexdigest(), self.now or datetime.fromtimestamp(0, UTC)
            return Inbound(self.name, id_, self.name, "", "", at, facts=facts, raw=raw)

    def health(self) -> str:
        missing = [name for name in ("url", "token") if not self._settings.get(name)]
        if missing:
            return f"procflow.toml: channels.pigeon: {' and '.join(missing)} missing"
        return not_reached(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [PigeonChannel(settings.get("pigeon", {}))]

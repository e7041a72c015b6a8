"""Relatel, the telephone system: messages to colleagues and transfers of calls.

Modes manual, file and off only: nobody has seen its API do either. The person at the desk does it, and
confirms. It must not know cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

#: A person is an id, a name or an address, or what procflow knows of one.
_PERSON = {"type": ["string", "object"], "minLength": 1, "minProperties": 1}

MESSAGE: Mapping[str, Any] = {
    "type": "object",
    "title": "Write to a colleague in Relatel",
    "required": ["to", "text"],
    "additionalProperties": False,
    "properties": {
        "to": {"description": "Who gets it: one, or a list.",
               "anyOf": [_PERSON, {"type": "array", "minItems": 1, "items": _PERSON}]},
        "text": {"type": "string", "minLength": 1, "description": "What it says."},
    },
    "x-manual": {
        "da": "Skriv i Relatel til {to}:\n{text}",
        "en": "Write to {to} in Relatel:\n{text}",
    },
}  # fmt: skip

TRANSFER: Mapping[str, Any] = {
    "type": "object",
    "title": "Transfer the call in Relatel",
    "additionalProperties": False,
    "anyOf": [{"required": ["to"]}, {"required": ["group"]}],
    "properties": {
        "to": {**_PERSON, "description": "The person who takes the call."},
        "group": {"type": "string", "minLength": 1, "description": "The group that takes the call, instead."},
        "text": {"type": "string", "description": "What to tell whoever takes it."},
    },
    "x-manual": {
        "da": "Stil opkaldet om i Relatel til {group}{to}, og bekræft, når det er gjort.",
        "en": "Transfer the call in Relatel to {group}{to}, and confirm when it is done.",
    },
}


class RelatelChannel:
    """See `ports.Channel`."""

    name = "relatel"
    operations: Mapping[str, Mapping[str, Any]] = {"message": MESSAGE, "transfer": TRANSFER}
    verified = "stand-in"  # never spoken to
    modes = ("manual", "file", "off")

    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "transfer" and parameters.get("to") and parameters.get("group"):
            raise UsageError("to, group: a call goes to a person or to a group, not to both")
        return parameters

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        return Delivery("manual", {}, "Relatel is worked by hand")

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor

    def health(self) -> str:
        return ""


@hookimpl
def register_channels() -> list[Channel]:
    return [RelatelChannel()]

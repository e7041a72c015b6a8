"""Relatel, the telephone system: messages to colleagues, transfers of calls, and missed calls from exported lists.

Modes manual, file and off only: nobody has seen its API write to one colleague or move a running call. The person at the
desk does it, and confirms. It must not know cases.
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
        "da": "Skriv i Relatel til {to}:\n{text}\n\n"
        "Åbn Beskeder, vælg modtageren, sæt teksten ind, og send. Skriv bagefter, hvem den gik til, og hvornår.",
        "en": "Write to {to} in Relatel:\n{text}\n\n"
        "Open Messages, choose who gets it, paste the text, and send. Then write down to whom it went, and when.",
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
        "da": "Stil opkaldet om i Relatel til {group}{to}, og bekræft, når det er gjort.\n"
        "Sig til kunden, at du stiller om. Tryk Omstil, vælg {group}{to}, vent, til nogen svarer, og læg på.\n"
        "Sig til den, der svarer: {text}\n"
        "Svarer ingen, så tag kunden tilbage, og vælg, at det ikke kunne lade sig gøre.",
        "en": "Transfer the call in Relatel to {group}{to}, and confirm when it is done.\n"
        "Tell the customer that you transfer the call. Press Transfer, choose {group}{to}, wait until somebody answers, and hang up.\n"
        "Tell whoever answers: {text}\n"
        "If nobody answers, take the customer back, and choose that it was not possible.",
    },
}


class RelatelChannel:
    """See `ports.Channel`."""

    name = "relatel"
    operations: Mapping[str, Mapping[str, Any]] = {"message": MESSAGE, "transfer": TRANSFER}
    settings = (
        "inbox.folder", "inbox.zone", "inbox.columns", "inbox.missed", "inbox.answered",
    )  # fmt: skip
    verified = "stand-in"  # never spoken to
    modes = ("manual", "file", "off")
    fetch_every = 10.0

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings

    def normalise(self, operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        if operation == "transfer" and parameters.get("to") and parameters.get("group"):
            raise UsageError("to, group: a call goes to a person or to a group, not to both")
        return parameters

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        return Delivery("manual", {}, "Relatel is worked by hand")

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        inbox = self._settings.get("inbox")
        if not inbox:
            return [], cursor
        from .calls import fetch

        return fetch(inbox, cursor)

    def health(self) -> str:
        return ""


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [RelatelChannel(settings.get("relatel", {}))]

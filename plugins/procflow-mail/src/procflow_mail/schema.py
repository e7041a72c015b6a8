"""The parameters of `mail.send`, as JSON Schema with help for an editor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def _addresses(help_text: str) -> dict[str, Any]:
    return {
        "description": help_text,
        "x-address": "mail",
        "anyOf": [
            {"type": "string", "minLength": 1},
            {"type": "array", "minItems": 1, "items": {"type": "string", "minLength": 1}},
        ],
    }


_FILE = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "hash": {"type": "string"},
        "name": {"type": "string"},
        "type": {"type": "string"},
        "size": {"type": "integer"},
        "content": {"type": "string", "description": "base64; the host puts it in"},
    },
}

SEND: Mapping[str, Any] = {
    "type": "object",
    "title": "Send a mail",
    "required": ["to", "subject", "text"],
    "additionalProperties": False,
    "properties": {
        "to": _addresses("The receivers: an address, several with commas, or a list."),
        "cc": _addresses("Those who get a copy."),
        "bcc": _addresses("Those who get a copy that the others do not see."),
        "subject": {"type": "string", "description": "One line."},
        "text": {"type": "string", "description": "Plain text."},
        "attach": {"type": "array", "items": _FILE, "description": "Files of the case."},
        "reply_to": _addresses("Where answers go, if not to the sender."),
        "sender": {"type": "string", "description": "Instead of the sender of procflow.toml."},
        "automatic": {
            "enum": ["no", "generated", "replied"],
            "x-house": "automatic",
            "description": "Whether a person had it sent (no), or it answers a mail by itself (replied), or neither (generated). Left out, the house says it by who took the step.",
        },
        "answers": {
            "type": "array",
            "items": {"type": "string", "pattern": "^<[!-;=?-~]{1,900}>$"},
            "x-house": "answers",
            "description": "The Message-IDs of the conversation, the mail that is answered last. Left out, the house names the newest mail that the case had of who gets this one.",
        },
        "language": {"type": "string", "pattern": "^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"},
    },
    "x-manual": {
        "da": "Send en mail til {to} med emnet “{subject}”:\n{text}",
        "en": "Send a mail to {to} with the subject “{subject}”:\n{text}",
    },
}

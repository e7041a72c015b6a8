"""The customer file: documents are put under a customer's number.

Modes manual, file and off only: the system has no public interface. It must not know cases.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

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

UPLOAD: Mapping[str, Any] = {
    "type": "object",
    "title": "Put documents into the customer file",
    "required": ["kn", "files", "title"],
    "additionalProperties": False,
    "properties": {
        "kn": {"type": "string", "minLength": 1, "description": "The customer's number."},
        "files": {"type": "array", "minItems": 1, "items": _FILE, "description": "Files of the case."},
        "title": {"type": "string", "minLength": 1, "description": "What the documents are called there."},
        "text": {"type": "string", "description": "A remark."},
    },
    "x-manual": {
        "da": "Læg {files} i kundens mappe (kundenummer {kn}) med titlen “{title}”.",
        "en": "Put {files} into the customer file (customer number {kn}) under the title “{title}”.",
    },
}


class CrmChannel:
    """See `ports.Channel`."""

    name = "crm"
    operations: Mapping[str, Mapping[str, Any]] = {"upload": UPLOAD}
    verified = "stand-in"  # never spoken to
    modes = ("manual", "file", "off")

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps(parameters, ensure_ascii=False, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        return Delivery("manual", {}, "the customer file is worked by hand")

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor

    def health(self) -> str:
        return ""


@hookimpl
def register_channels() -> list[Channel]:
    return [CrmChannel()]

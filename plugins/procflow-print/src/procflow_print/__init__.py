"""Letters on paper for procflow: `print.letter` makes a PDF from a template and lays it where letters are printed.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

LETTER: Mapping[str, Any] = {
    "type": "object",
    "title": "Print a letter",
    "required": ["to", "text"],
    "additionalProperties": False,
    "properties": {
        "to": {"description": "Name and address as they stand on the envelope: lines, or one text with line breaks.",
               "anyOf": [{"type": "string", "minLength": 1},
                         {"type": "array", "minItems": 1, "maxItems": 8, "items": {"type": "string"}}]},
        "subject": {"type": "string", "description": "The heading."},
        "text": {"type": "string", "minLength": 1, "description": "The letter; an empty line begins a paragraph."},
        "template": {"type": "string", "description": "A template of procflow.toml; the plain one without it."},
        "date": {"type": "string", "format": "date", "description": "The letter's day; today without it."},
    },
    "x-manual": {"da": "Skriv og send et brev til {to}:\n{text}", "en": "Write and post a letter to {to}:\n{text}"},
}  # fmt: skip


class PrintChannel:
    """See `ports.Channel`."""

    name = "print"
    operations: Mapping[str, Mapping[str, Any]] = {"letter": LETTER}
    settings = ("folder", "head", "foot", "closing", "place", "language", "zone", "templates")
    verified = "live"  # the folder is the other side; what a printer does with it, nobody here sees
    fetches = False
    file_type = "pdf"

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.now: datetime | None = None

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The PDF. Raises UsageError for a template that is not there and signs that the font does not have."""
        from .letter import compose

        return compose(self._settings, key, parameters, self.now)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .laying import lay

        return lay(self._settings, key, wire)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        return [], cursor  # paper does not come back this way

    def health(self) -> str:
        from .laying import health

        return health(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [PrintChannel(settings.get("print", {}))]

"""Files for procflow: `file.write` lays a file where another program picks it up; files laid in a folder come in.

The channel knows its own table of procflow.toml and nothing of cases.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery, Inbound

_FILE = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
WRITE: Mapping[str, Any] = {
    "type": "object",
    "title": "Write a file",
    "required": ["name"],
    "additionalProperties": False,
    "anyOf": [{"required": ["text"]}, {"required": ["file"]}],
    "properties": {
        "to": {"type": "string", "minLength": 1, "description": "A folder of procflow.toml, by its name; `folder` without it."},
        "name": {"type": "string", "minLength": 1, "description": "What the file is called, with its ending: note.txt."},
        "text": {"type": "string", "description": "What stands in it."},
        "file": {**_FILE, "description": "A file of the case, instead."},
    },
    "x-manual": {"da": "Gem filen {name} med dette indhold:\n{text}", "en": "Save the file {name} with this in it:\n{text}"},
}  # fmt: skip


class FileChannel:
    """See `ports.Channel`."""

    name = "file"
    operations: Mapping[str, Mapping[str, Any]] = {"write": WRITE}
    settings = ("folder", "folders", "inbox.folder")
    verified = "live"  # the folder is the other side

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._settings = settings
        self.fetch_every = 5.0
        self.fetches = bool(settings.get("inbox"))

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        """The file with its name. Raises UsageError for a name that is none, or a folder that is not named."""
        from .writing import compose

        return compose(self._settings, key, parameters)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        from .writing import write

        return write(self._settings, wire)

    def fetch(self, cursor: str) -> tuple[Sequence[Inbound], str]:
        from .reading import fetch

        return fetch(self._settings, cursor)

    def health(self) -> str:
        from .writing import health

        return health(self._settings)


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [FileChannel(settings.get("file", {}))]

"""What a person is shown of a message that waits, and of a letter that came back. Pure; it must not know channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core.case import Item
from procflow.core.journal import Personal
from procflow.core.values import Value


def message_summary(message: Mapping[str, Value]) -> dict[str, Any]:
    keys = ("channel", "form", "from", "to", "subject", "text", "received")
    shown = {key: message.get(key) for key in keys if message.get(key) is not None}
    if message.get("fields"):
        shown["fields"] = message["fields"]
    if names := [str(file["name"]) for file in message.get("files") or () if isinstance(file, Mapping)]:
        shown["files"] = tuple(names)
    if message.get("not_read"):
        shown["not_read"] = message["not_read"]
    return shown


def told_of(items: Mapping[str, Item], id: str, receiver: str) -> bool:
    """Whether a failure of this letter (its item's id) at this receiver is to be looked at already: a report comes for
    each part of a long text, and for each state that it goes through."""
    for name, item in items.items():
        about = item.about.value if isinstance(item.about, Personal) else item.about
        error = about.get("error") if isinstance(about, Mapping) else None
        if name.startswith(id) and f"{error or ''} ".startswith(f"{receiver} "):
            return True
    return False

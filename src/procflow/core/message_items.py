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


#: Bytes of a message's text that people and expressions see; notes and data hold little more.
MOST_TEXT = 48 << 10
#: Line ends of other kinds; what else controls something is shown by its sign (U+2400 and up), or as no letter.
_LINE_ENDS = dict.fromkeys((0x0B, 0x0C, 0x85), "\n")
_SIGNS = {code: chr(0x2400 + code) for code in range(32) if chr(code) not in "\t\n\r"}
_CONTROL = {**_SIGNS, 0x7F: "\u2421", **dict.fromkeys(range(0x80, 0xA0), "\ufffd"), **_LINE_ENDS}


def shown_text(text: str) -> str:
    """What a message says, without characters that nobody sees and no field takes."""
    return text.translate(_CONTROL)


def as_steps_see(message: Mapping[str, Any]) -> dict[str, Any]:
    """A message with no more text than notes and fields hold; one that is cut says so. It is kept whole."""
    text = str(message.get("text") or "")
    if len(text) * 4 <= MOST_TEXT or len(content := text.encode("utf-8", "replace")) <= MOST_TEXT:
        return dict(message)
    told = f"text: only the first {MOST_TEXT >> 10} KiB are shown"
    facts = dict(message.get("facts") or {})
    known = facts.get("unreadable") or ()
    before = tuple(known) if isinstance(known, list | tuple) else (known,)
    return {
        **message,
        "text": content[:MOST_TEXT].decode("utf-8", "ignore"),
        "not_read": (*(message.get("not_read") or ()), told),
        "facts": {**facts, "unreadable": (*before, told)},
    }


def told_of(items: Mapping[str, Item], id: str, receiver: str) -> bool:
    """Whether a failure of this letter (its item's id) at this receiver is to be looked at already: a report comes for
    each part of a long text, and for each state that it goes through."""
    for name, item in items.items():
        about = item.about.value if isinstance(item.about, Personal) else item.about
        error = about.get("error") if isinstance(about, Mapping) else None
        if name.startswith(id) and f"{error or ''} ".startswith(f"{receiver} "):
            return True
    return False

"""Files that somebody lays into the inbox folder: each is one message, and stays where it is.

Whoever lays a file there writes it under another name and renames it: what begins with a dot, or ends as files in
the making do, is not looked at. It must not know files out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Inbound

from .writing import inbox_of

LARGEST = 40 << 20
#: Files at one look; the next look goes on.
MOST = 100
_IN_THE_MAKING = (".part", ".tmp", ".crdownload", "~", ".swp")


def fetch(settings: Mapping[str, Any], cursor: str) -> tuple[list[Inbound], str]:
    """What the cursor does not know yet, oldest first. Raises PluginError where the folder cannot be read."""
    folder = inbox_of(settings)
    if not folder:
        return [], cursor
    try:
        entries = [
            (entry, entry.stat()) for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False)
        ]
    except OSError as why:
        raise PluginError(f"channels.file.inbox: {why.strerror}") from why
    seen = _seen(cursor)
    there: set[str] = set()
    new: list[tuple[int, str, str]] = []
    for entry, stat in entries:
        if entry.name.startswith(".") or entry.name.endswith(_IN_THE_MAKING):
            continue
        mark = hashlib.sha256(
            f"{entry.name}\0{stat.st_size}\0{stat.st_mtime_ns}".encode(errors="surrogateescape")
        )
        short = mark.hexdigest()[:12]
        if short in seen:
            there.add(short)
        else:
            new.append((stat.st_mtime_ns, entry.name, short))
    messages: list[Inbound] = []
    for changed, name, short in sorted(new)[:MOST]:
        found = _message(folder, name, changed)
        if found is not None:
            messages.append(found)
            there.add(short)
    return messages, json.dumps(sorted(there), separators=(",", ":"))


def _message(folder: str, name: str, changed: int) -> Inbound | None:
    path = os.path.join(folder, name)
    try:
        if os.path.getsize(path) > LARGEST:
            content, facts = b"", {"left_out": f"larger than {LARGEST >> 20} MB"}
        else:
            with open(path, "rb") as file:
                content, facts = file.read(), {}
    except OSError:
        return None  # gone, or not to be read yet: the next look sees
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    try:
        text = content.decode("utf-8") if len(content) <= 1 << 20 and b"\0" not in content else ""
    except UnicodeDecodeError:
        text = ""
    own = hashlib.sha256(shown.encode() + b"\0" + content).hexdigest()
    return Inbound(
        source="file",
        external_id=own,
        channel="file",
        sender="folder",
        to=os.path.basename(folder.rstrip("/")),
        received=datetime.fromtimestamp(changed / 1e9, UTC),
        subject=shown,
        text=text.removeprefix("\ufeff"),
        fields={"name": shown},
        files=[(shown, content)] if content and not text else [],
        facts=facts,
        raw=content or shown.encode(),
    )


def _seen(cursor: str) -> set[str]:
    try:
        found = json.loads(cursor)
    except ValueError:
        return set()
    return {each for each in found if isinstance(each, str)} if isinstance(found, list) else set()

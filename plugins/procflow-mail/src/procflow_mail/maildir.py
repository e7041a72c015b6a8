"""Messages from a Maildir: `new` and `cur`, as received, each taken once. Nothing in the folder is changed.

The cursor holds a short hash of the unique name of every mail that was taken and is still there, so a mail
is found whenever it comes into the folder, also an old one that somebody moves there.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from time import monotonic  # how long a look takes; no deadline hangs on it
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Inbound

from .incoming import ALL_SECONDS, LARGEST, marked_cut, read_mail
from .zone import Zone

#: At most so many mails, and bytes, at a time; the host comes back for the rest.
MOST, MOST_BYTES = 50, 20 << 20


def fetch_maildir(settings: Mapping[str, Any], cursor: str) -> tuple[list[Inbound], str]:
    """The oldest mails that were not taken yet. The time received is the file's, as mail servers keep it."""
    path = str(settings["inbox"].get("path") or "")
    if not path:
        raise PluginError("procflow.toml: channels.mail.inbox: path is missing")
    if not os.path.isdir(os.path.join(path, "new")) and not os.path.isdir(os.path.join(path, "cur")):
        raise PluginError(f"{path} is not a Maildir: it has no folder new")
    taken = _taken(cursor)
    there: dict[str, tuple[float, str]] = {}
    for folder in ("cur", "new"):
        for name, file, at in _listed(os.path.join(path, folder)):
            there[name] = (at, file)
    waiting = sorted((at, name, file) for name, (at, file) in there.items() if _short(name) not in taken)
    messages: list[Inbound] = []
    size, zone, began = 0, Zone(settings), monotonic()
    kept = taken & {_short(name) for name in there}
    for at, name, file in waiting:
        if len(messages) >= MOST or size >= MOST_BYTES or monotonic() - began > ALL_SECONDS:
            break
        try:
            with open(file, "rb") as opened:
                raw = opened.read(LARGEST)
                cut = bool(opened.read(1))
        except FileNotFoundError:
            continue  # moved from new to cur just now; found again next time
        size += len(raw)
        kept.add(_short(name))
        message = read_mail(raw, datetime.fromtimestamp(at, UTC), settings, zone)
        messages.append(marked_cut(message, os.path.getsize(file)) if cut else message)
    return messages, json.dumps({"taken": sorted(kept)}, separators=(",", ":"))


def _listed(folder: str) -> list[tuple[str, str, float]]:
    """(unique name, file, when it was delivered)."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(".") or not entry.is_file():
                    continue
                try:
                    found.append((entry.name.partition(":")[0], entry.path, entry.stat().st_mtime))
                except FileNotFoundError:
                    continue
    except FileNotFoundError:
        return []
    return found


def _short(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _taken(cursor: str) -> set[str]:
    if not cursor:
        return set()
    try:
        return set(json.loads(cursor)["taken"])
    except (ValueError, KeyError, TypeError):
        return set()  # the inbox was of another kind before; the host takes nothing twice

"""Writes one file, whole or not at all, under a name that holds the effect's mark: a retry finds it there.

It must not know files in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
from collections.abc import Mapping
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.errors import PluginError, UsageError
from procflow.hosts.files_out import write_once
from procflow.ports import Delivery

_BAD = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))}


def compose(settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any]) -> bytes:
    """A line of JSON (where, and the name), then the content."""
    to = str(parameters.get("to") or "")
    known = folders(settings)
    if to and to not in known:
        raise UsageError(f"to: procflow.toml names no folder {to!r}", did_you_mean(to, known))
    name = clean_name(str(parameters["name"]))
    file = parameters.get("file")
    if file is not None:
        content = base64.b64decode(str(file.get("content") or ""))
    else:
        content = str(parameters["text"]).encode()
    stem, ending = os.path.splitext(name)
    mark = hashlib.sha256(key.encode()).hexdigest()[:10]
    head = json.dumps({"to": to, "name": f"{stem}.{mark}{ending}"}, ensure_ascii=False)
    return head.encode() + b"\n" + content


def clean_name(written: str) -> str:
    """A name that every system takes. Raises UsageError for one that leads elsewhere, or is none."""
    name = written.strip().strip(".")
    if not name or _BAD.search(name) or name.split(".")[0].casefold() in _DEVICES:
        raise UsageError(f"name: {written!r} is no name of a file", "write letters, digits, . - and _")
    if len(name.encode()) > 150:
        raise UsageError("name: is longer than 150 bytes", "make it shorter")
    return name


def folders(settings: Mapping[str, Any]) -> Mapping[str, str]:
    """name -> folder, beside the one that has no name."""
    found = settings.get("folders")
    return {str(name): str(path) for name, path in found.items()} if isinstance(found, Mapping) else {}


def write(settings: Mapping[str, Any], wire: bytes) -> Delivery:
    """done or duplicate; retry where it cannot be written now; failed where the name belongs to something else."""
    line, _, content = wire.partition(b"\n")
    head = json.loads(line)
    folder = folders(settings).get(head["to"]) if head["to"] else str(settings.get("folder") or "")
    if not folder:
        raise PluginError(f"procflow.toml: channels.file: no folder{' ' + head['to'] if head['to'] else ''}")
    path = os.path.join(folder, head["name"])
    try:
        os.makedirs(folder, exist_ok=True)
        if write_once(path, content):
            return Delivery("done", {"file": head["name"]})
        with open(path, "rb") as there:
            same = there.read() == content
    except OSError as why:
        return Delivery("retry", {}, f"{head['name']} cannot be written: {why.strerror}")
    if same:
        return Delivery("duplicate", {"file": head["name"]})
    return Delivery("failed", {}, f"{head['name']} is there already and holds something else")


def health(settings: Mapping[str, Any]) -> str:
    """ "" when every folder can be written, and the inbox read."""
    named = {
        "folder": str(settings.get("folder") or ""),
        **{f"folders.{n}": p for n, p in folders(settings).items()},
    }
    inbox = inbox_of(settings)
    if not any(named.values()) and not inbox:
        return "procflow.toml: channels.file: neither folder nor inbox"
    for name, path in named.items():
        if path and os.path.exists(path) and not (os.path.isdir(path) and os.access(path, os.W_OK)):
            return f"channels.file.{name}: nothing can be written there"
    if inbox and not os.path.isdir(inbox):
        return "channels.file.inbox: there is no such folder"
    return ""


def inbox_of(settings: Mapping[str, Any]) -> str:
    inbox = settings.get("inbox")
    return str(inbox.get("folder") or "") if isinstance(inbox, Mapping) else str(inbox or "")

"""Lays a letter into the folder from which letters are printed, once. It must not know how a letter looks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from procflow.errors import PluginError
from procflow.hosts.files_out import write_once
from procflow.ports import Delivery


def lay(settings: Mapping[str, Any], key: str, wire: bytes) -> Delivery:
    """done or duplicate; retry where nothing can be written now."""
    folder = str(settings.get("folder") or "")
    if not folder:
        raise PluginError("procflow.toml: channels.print: folder missing")
    name = f"{key.replace('/', '-')}.pdf"
    try:
        os.makedirs(folder, exist_ok=True)
        new = write_once(os.path.join(folder, name), wire)
    except OSError as why:
        return Delivery("retry", {}, f"{name} cannot be laid into the folder of letters: {why.strerror}")
    return Delivery("done" if new else "duplicate", {"file": name, "bytes": len(wire)})


def health(settings: Mapping[str, Any]) -> str:
    folder = str(settings.get("folder") or "")
    if not folder:
        return "procflow.toml: channels.print: folder missing"
    if os.path.exists(folder) and not (os.path.isdir(folder) and os.access(folder, os.W_OK)):
        return "channels.print.folder: nothing can be laid there"
    try:
        import font_roboto  # noqa: F401
        import fpdf  # noqa: F401
    except ImportError as why:
        return f"channels.print wants {why.name}, which is not installed here: pip install 'procflow[print]'"
    return ""

"""What an item of a case is about, in lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def spoken(facts: Any) -> str:
    """What an item is about, a line each; the values as people read them."""
    if not isinstance(facts, Mapping):
        return str(facts) if facts is not None else ""
    lines = []
    for key, value in facts.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{k}: {v}" for k, v in value.items() if v not in (None, "", (), []))
        elif isinstance(value, list | tuple):
            value = ", ".join(str(item) for item in value)
        lines.append(f"{key}: {value}")
    return "\n".join(lines)

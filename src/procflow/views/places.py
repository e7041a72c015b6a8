"""Where a page of a list ended, as letters that mean nothing by themselves: what follows is found by them, whatever was
opened, done or moved meanwhile."""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any

from msgspec import json

#: `procflow.ports.TaskPlace`, as msgspec reads it.
TASK = tuple[datetime | None, datetime | None, datetime, int, str, str]


def cursor(*place: Any) -> str:
    return base64.urlsafe_b64encode(json.encode(place)).decode().rstrip("=")


def place_of(text: str, kind: Any) -> Any:
    """What `cursor` wrote, as `kind`; None for the first page. Raises ValueError for anything else."""
    if not text:
        return None
    try:
        return json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), type=kind)
    except Exception as why:
        raise ValueError("this cursor is none of ours") from why

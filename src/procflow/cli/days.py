"""Days as people type them on the command line."""

from __future__ import annotations

from datetime import date

from procflow.core.field_formats import read_date
from procflow.core.field_problems import Wrong
from procflow.errors import UsageError


def a_day(text: str, today: date) -> date:
    """`2026-03-19`, `19-03-2026`, `today`. Raises UsageError."""
    if text.strip().lower() in ("today", "i dag"):
        return today
    try:
        return read_date(text)
    except Wrong as problem:
        raise UsageError(f"{text!r} is no day", "write it as 2026-03-19") from problem

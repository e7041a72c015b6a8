"""What went wrong, without naming anybody: for what is stored in the clear."""

from __future__ import annotations

import re

_NAMES_SOMEBODY = re.compile(r"[^\s<>\"']+@[^\s<>\"']+|\+?\d[\d .-]{5,}\d")


def masked(error: str) -> str:
    """The words without numbers and addresses, and short."""
    return _NAMES_SOMEBODY.sub("…", error)[:300]

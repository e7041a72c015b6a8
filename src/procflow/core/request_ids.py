"""What the id of a request may be, on every way in: `--request-id`, here and with `--server`, and `Idempotency-Key`. Pure.

It is the id of the command in the engine; its letters are those that no id of the engine's own is made of alone.
"""

from __future__ import annotations

from typing import Any

from procflow.core.regex import regex
from procflow.errors import UsageError

PATTERN = "[A-Za-z0-9][A-Za-z0-9._~+=-]{0,99}"
_ID = regex(PATTERN)


def must_be_id(given: str, called: str, facts: dict[str, Any] | None = None) -> str:
    """The id. Raises UsageError, which names it as it was `called`."""
    if not _ID.fullmatch(given):
        raise UsageError(
            f"{called} is 1 to 100 letters, digits and . _ ~ + = - and begins with a letter or digit",
            "a UUID does well",
            facts or {},
        )
    return given

"""What the id of a request may be, on every way in: `--request-id`, here and with `--server`, and `Idempotency-Key`. Pure.

It is the id of the command in the engine; its letters are those that no id of the engine's own is made of alone.
"""

from __future__ import annotations

from typing import Any

from procflow.core.regex import regex
from procflow.errors import UsageError, words_in_both

PATTERN = "[A-Za-z0-9][A-Za-z0-9._~+=-]{0,99}"
_ID = regex(PATTERN)


def must_be_id(given: str, called: str, **facts: Any) -> str:
    """The id. Raises UsageError, which names it as it was `called`."""
    if not _ID.fullmatch(given):
        raise UsageError(
            *words_in_both(
                f"{called} is 1 to 100 letters, digits and . _ ~ + = - and begins with a letter or digit",
                f"{called} er 1 til 100 bogstaver, cifre og . _ ~ + = - og begynder med et bogstav eller ciffer",
                "a UUID does well", "et UUID passer godt", **facts,
            )
        )  # fmt: skip
    return given

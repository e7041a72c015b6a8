"""Phone numbers as Relatel writes them (`4571999901`) and as the desk does (`+4571999901`). It must not know calls."""

from __future__ import annotations

import re

#: What may stand where a number was withheld.
WITHHELD = frozenset(
    ("", "-", "anonymous", "private", "withheld", "unknown", "hidden", "skjult", "hemmeligt", "ukendt", "null", "none")
)  # fmt: skip


def normal_number(written: str) -> str:
    """`4571999901`, `+45 71 99 99 01`, `0045 71999901` and `71 99 99 01` -> `+4571999901`; "" where it was withheld.

    Raises ValueError for what is no number.
    """
    text = written.strip()
    if text.casefold() in WITHHELD:
        return ""
    bare = re.sub(r"[\s().\-/]", "", text)
    if not re.fullmatch(r"\+?[0-9]+", bare):
        raise ValueError(f"{written!r} is no phone number")
    if bare.startswith("+"):
        digits = bare[1:]
    elif bare.startswith("00"):
        digits = bare[2:]
    else:
        digits = f"45{bare}" if len(bare) == 8 else bare
    if not 8 <= len(digits) <= 15 or digits.startswith("0"):
        raise ValueError(f"{written!r} is no phone number with its country")
    return f"+{digits}"


def relatel_number(written: str) -> str:
    """As Relatel writes it: the country's code and the number, without a plus. Raises ValueError."""
    return normal_number(written).removeprefix("+")

"""What a channel says of itself beside its methods, read so that nothing it says can stop who reads it.

A property may want settings that are not there, and a plugin may write anything. It must not know what the words mean.
"""

from __future__ import annotations

import math
from typing import Any


def own(channel: Any, word: str) -> Any:
    """None where it says nothing, or cannot say it now."""
    try:
        return getattr(channel, word, None)
    except Exception:
        return None


def number_of(channel: Any, word: str, otherwise: float) -> float:
    """`otherwise` where it says nothing that is a number from 0."""
    said = own(channel, word)
    return said if is_number(said) and 0 <= said < math.inf else otherwise


def is_number(value: Any) -> bool:
    """Whether it is one; yes and no are none."""
    return isinstance(value, int | float) and not isinstance(value, bool)

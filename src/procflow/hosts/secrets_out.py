"""Takes secrets out of what a plugin says, as a second line: a channel does not say them in the first place.

It must not know channels.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "***"


def without(value: Any, secrets: Sequence[str]) -> tuple[Any, bool]:
    """The value with every secret in its texts hidden, and whether there was one. Bytes stay as they are."""
    if isinstance(value, str):
        hidden = value
        for secret in secrets:
            hidden = hidden.replace(secret, HIDDEN)
        return hidden, hidden != value
    if isinstance(value, Mapping):
        pairs = {without(name, secrets)[0]: without(item, secrets) for name, item in value.items()}
        return {name: item for name, (item, _) in pairs.items()}, any(found for _, found in pairs.values())
    if isinstance(value, list | tuple):
        items = [without(item, secrets) for item in value]
        return [item for item, _ in items], any(found for _, found in items)
    return value, False

"""Which operations leave the house, and which are the language's own. It must not know channels."""

from __future__ import annotations

from procflow.core.between_cases import BETWEEN_CASES
from procflow.core.house import HOUSE_CHANNELS

#: What no channel may be called: what the language does itself, between cases, or in the organisation.
OWN = frozenset({"note", "notify", "raise", *BETWEEN_CASES, *HOUSE_CHANNELS})


def goes_out(operation: str) -> bool:
    """Whether an effect of this operation leaves the house, by a channel."""
    return operation.partition(".")[0] not in OWN

"""The other side of the vehicle_register channel for the contract: nobody. People work it by hand.

It must not know the channel's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.testing import Peer, Reached, Through


class Register(Peer):
    channel = "vehicle_register"
    operation = "lookup"
    receives = False

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"plate": "AB12345", "purpose": text}

    def reached(self) -> Sequence[Reached]:
        return []

    def behave(self, how: str, words: str = "") -> None:
        """Nobody is there who could."""

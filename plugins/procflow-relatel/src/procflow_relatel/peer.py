"""The other side of the relatel channel for the contract: nobody. People work it by hand.

It must not know the channel's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.testing import Peer, Reached, Through


class Switchboard(Peer):
    channel = "relatel"
    operation = "message"
    receives = False

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "Bo Test", "text": text}

    def others(self) -> Mapping[str, Mapping[str, Any]]:
        return {"transfer": {"group": "Rejsegruppen", "text": "Rejser i morgen"}}

    def reached(self) -> Sequence[Reached]:
        return []

    def behave(self, how: str, words: str = "") -> None:
        """Nobody is there who could."""

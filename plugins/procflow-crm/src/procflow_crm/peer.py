"""The other side of the crm channel for the contract: nobody. People work it by hand.

It must not know the channel's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from procflow.testing import Peer, Reached, Through


class CustomerFile(Peer):
    channel = "crm"
    operation = "upload"
    receives = False

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"kn": "104233", "title": text, "files": [{"name": "bevis.png", "type": "image/png"}]}

    def reached(self) -> Sequence[Reached]:
        return []

    def behave(self, how: str, words: str = "") -> None:
        """Nobody is there who could."""

"""What a workspace has heard, for the desks of both contracts: its stored messages, known by their texts."""

from __future__ import annotations

from typing import Any

from procflow.app import App
from procflow.stored import InboundRow

_STATES = ("new", "taken", "unmatched", "ignored")


def messages(app: App) -> list[InboundRow]:
    """Every stored message, whatever became of it."""
    return [row for state in _STATES for row in app.store.messages(state, 10_000)]


class Heard:
    """Finds messages of one desk. What a message says never changes: each is unsealed once, however often it is asked."""

    def __init__(self) -> None:
        self._read: dict[str, dict[str, Any]] = {}

    def __call__(self, app: App, text: str) -> list[tuple[InboundRow, dict[str, Any]]]:
        """The stored messages with this text, whole or not: known by the number with which the desks' texts begin."""
        found = [(row, self._content(app, row)) for row in messages(app)]
        return [(row, content) for row, content in found if text[:6] in str(content["text"])]

    def _content(self, app: App, row: InboundRow) -> dict[str, Any]:
        if row.id not in self._read:
            self._read[row.id] = app.intake.content(row)
        return self._read[row.id]

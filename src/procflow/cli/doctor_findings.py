"""What a look of `procflow doctor` gives, and what several looks ask."""

from __future__ import annotations

import os
from dataclasses import dataclass

from procflow.app import App

Languages = tuple[str, str]  # English, Danish


@dataclass(frozen=True)
class Finding:
    """`level`: good, note (nothing has to be done now) or wrong."""

    look: str
    level: str
    message: Languages
    advice: Languages = ("", "")


def good(name: str, english: str, danish: str) -> Finding:
    return Finding(name, "good", (english, danish))


def is_stored(app: App) -> bool:
    """Whether there is a store already."""
    kind, _, rest = app.settings.store.partition(":")
    return kind != "sqlite" or os.path.exists(app.path(rest))

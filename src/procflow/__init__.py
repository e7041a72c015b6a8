"""procflow: business procedures as YAML state machines, run by a durable engine.

The face is short; everything else is reached through its room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from procflow.app import App as App
    from procflow.core.decide import Command as Command
    from procflow.engine import Answer as Answer
    from procflow.engine import Engine as Engine

_HOMES = {
    "Answer": "procflow.engine",
    "App": "procflow.app",
    "Command": "procflow.core.decide",
    "Engine": "procflow.engine",
}

__version__ = "0.1.0"
__all__ = ["Answer", "App", "Command", "Engine", "__version__"]


def __getattr__(name: str) -> object:
    """Names are imported when they are first used, so that `procflow --help` stays light."""
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'procflow' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(home), name)

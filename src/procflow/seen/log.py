"""Events as lines: JSON for programs, or text for people. What a library says becomes an event without its words.

It must not know where the lines go.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Lock
from typing import Any

from procflow.seen.events import LEVELS, Told
from procflow.seen.faults import short

FORMATS = ("json", "text")


class Lines:
    """A listener that writes each event of a level and above as one line; `write` gets the line with its end."""

    def __init__(self, write: Callable[[str], Any], form: str, level: str = "info") -> None:
        self._write = write
        self._made = _as_json if form == "json" else _as_text
        self._levels = frozenset(LEVELS[LEVELS.index(level) :])
        self._turn = Lock()

    def __call__(self, told: Told) -> None:
        if told.event.level not in self._levels:
            return
        line = self._made(told)
        with self._turn, suppress(OSError, ValueError):  # nobody reads any more, or the disk is full
            self._write(line)


def _as_json(told: Told) -> str:
    shown = {"at": _instant(told), "level": told.event.level, "event": told.event.name, **told.fields}
    return json.dumps(shown, ensure_ascii=True, separators=(",", ":")) + "\n"


def _as_text(told: Told) -> str:
    fields = "  ".join(f"{name}={_shown(value)}" for name, value in told.fields.items())
    return f"{_instant(told)}  {told.event.level:<7}  {told.event.name:<15}  {fields}".rstrip() + "\n"


def _instant(told: Told) -> str:
    return told.at.isoformat(timespec="microseconds")


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(value)
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = str(value)
    return f'"{text}"' if " " in text else text


class OfLibraries(logging.Handler):
    """What libraries say with Python's own `logging`, from `warning` on: who, and where, and never the words."""

    def __init__(self, tell: Callable[..., None]) -> None:
        super().__init__(logging.WARNING)
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            self._tell("library", record.exc_info[1], logger=record.name)
            return
        place = f"{short(record.pathname)}:{record.lineno}:{record.funcName}"
        self._tell("library", logger=record.name, place=place.replace("<", "[").replace(">", "]"))

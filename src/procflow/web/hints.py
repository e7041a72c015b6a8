"""Hints that name a command of a terminal, said for those who are not at one: programs, and people at the desk.

What only whoever runs the house can do (`procflow token add`, `procflow check`) stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from starlette.datastructures import Headers

#: How `procflow --server` calls itself: a terminal, to which the hints of a terminal are said.
TERMINAL = "procflow"

_COMMAND = re.compile(r"`procflow (\w+)[^`]*`")
_WHO = re.compile(r"(?:; )?--as (?:says who you are|siger, hvem du er)")
_WAYS: Mapping[str, str] = {
    "inbox": "GET /api/inbox?everything=true", "case": "GET /api/cases/{case}", "claim": "POST /api/cases/{case}/claim",
    "note": "POST /api/cases/{case}/notes", "roster": "GET /api/roster", "mates": "GET /api/mates",
    "report": "GET /api/reports",
}  # fmt: skip
_PAGES: Mapping[str, Mapping[str, str]] = {
    "en": {"inbox": "“Inbox”", "case": "“Story”", "claim": "“Work”", "note": "a note there", "roster": "“People”",
           "mates": "“People”", "report": "“Reports”"},
    "da": {"inbox": "“Indbakke”", "case": "“Forløb”", "claim": "“Arbejde”", "note": "en note der", "roster": "“Personer”",
           "mates": "“Personer”", "report": "“Rapporter”"},
}  # fmt: skip


def at_terminal(headers: Headers | Mapping[str, str]) -> bool:
    """Whether what was asked is shown in a terminal."""
    return headers.get("user-agent", "") == TERMINAL


def for_programs(hint: str) -> str:
    """A hint with the routes of the API."""
    return _said(hint, {name: f"`{way}`" for name, way in _WAYS.items()})


def for_people(hint: str, language: str) -> str:
    """A hint with what the desk calls its pages and parts."""
    return _said(hint, _PAGES["da" if language == "da" else "en"])


def _said(hint: str, names: Mapping[str, str]) -> str:
    if "procflow" not in hint and "--as" not in hint:
        return hint
    return _COMMAND.sub(lambda found: names.get(found[1], found[0]), _WHO.sub("", hint))

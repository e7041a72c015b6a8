"""Cases in lists, and what belongs to a case beside itself, as plain values: notes, effects, promises, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procflow.app import App
from procflow.core.journal import NoteWritten
from procflow.core.render import text_in
from procflow.core.step import plain
from procflow.engine import Loaded
from procflow.errors import CalendarError, EvaluationError
from procflow.views.scopes import scope_of


def case_line(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """A case in a list: what says nothing of a person."""
    case = loaded.plain
    procedure = app.procedure_of(loaded)
    scope = scope_of(app, loaded, by)
    try:
        title = text_in(procedure.title, scope, language)
    except (EvaluationError, CalendarError):
        title = ""
    return {
        "number": case.number, "id": case.id, "procedure": case.procedure,
        "title": title or case.procedure.replace("_", " "), "state": list(case.active), "closed": case.is_closed,
        "outcome": case.outcome or None, "opened": case.opened, "sequence": case.sequence,
    }  # fmt: skip


def notes_view(app: App, loaded: Loaded) -> dict[str, Any]:
    """The notes of a case, oldest first."""
    notes = [
        {
            "sequence": row.sequence, "at": row.at, "by": entry.by, "about": entry.about or None,
            "text": plain(entry.text),
        }
        for row, entries in app.engine.journal(loaded.row.id)
        for entry in entries
        if isinstance(entry, NoteWritten)
    ]  # fmt: skip
    return {"number": loaded.row.number, "notes": notes}


def effects_view(app: App, loaded: Loaded) -> dict[str, Any]:
    """The effects of a case and how their delivery goes; what they carry stays sealed."""
    return {
        "number": loaded.row.number,
        "effects": [
            {
                "key": row.key, "channel": row.channel, "operation": row.operation, "state": row.state,
                "attempts": row.tried, "asked_at": row.asked_at,
                "next_try": row.next_try if row.state == "waiting" else None, "error": app.engine.words_of(row) or None,
            }
            for row in app.store.effects(loaded.row.id)
        ],
    }  # fmt: skip


def promises_view(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """The promises of a case's procedure, each with how it stands."""
    case, procedure = loaded.plain, app.procedure_of(loaded)
    scope = scope_of(app, loaded, by)
    found = []
    for promise in procedure.promises:
        monitor = case.promises.get(promise.name)
        found.append(
            {
                "name": promise.name, "says": text_in(promise.says, scope, language),
                "state": monitor.state if monitor is not None else "idle",
                "until": monitor.until if monitor is not None else None,
            }
        )  # fmt: skip
    return {"number": loaded.row.number, "promises": found}


def files_of(app: App, loaded: Loaded) -> list[dict[str, Any]]:
    """Every file that the case's journal names, in the order in which they came, each once."""
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for _, entries in app.engine.journal(loaded.row.id):
        for entry in entries:
            for value in _files([plain(getattr(entry, name)) for name in entry.__struct_fields__]):
                place = value["hash"], value.get("slot", loaded.row.key_slot)
                found.setdefault(place, {**value, "slot": place[1]})
    return list(found.values())


def _files(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, Mapping):
        if {"hash", "size", "type", "name"} <= value.keys() and isinstance(value["hash"], str):
            names = ("hash", "size", "type", "name", "slot", "width", "height")
            yield {name: value[name] for name in names if value.get(name) is not None}
            return
        for inner in value.values():
            yield from _files(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _files(inner)

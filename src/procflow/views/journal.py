"""A case's journal as plain values, each step with its entries and told in words."""

from __future__ import annotations

from typing import Any

from procflow.app import App
from procflow.core.journal import entry_to_record
from procflow.core.step import plain
from procflow.engine import Loaded


def journal_view(
    app: App, loaded: Loaded, language: str, *, after: int = 0, limit: int | None = None
) -> dict[str, Any]:
    """The steps after a sequence, at most `limit` of them."""
    from procflow.records.story import step_in_words

    organisation, procedure = app.engine.surroundings().organisation, app.procedure_of(loaded)
    steps = []
    for row, entries in app.engine.journal(loaded.row.id, after)[:limit]:
        told = step_in_words(entries, procedure, organisation, language, titles=True, whole=True)
        steps.append(
            {
                "sequence": row.sequence, "at": row.at, "ran_at": row.ran_at, "command": row.command_id,
                "hash": row.hash.hex(),
                "entries": [{"kind": entry_to_record(entry)[0], **_fields(entry)} for entry in entries],
                "words": [line for words in told for line in words.splitlines() if line],
            }
        )  # fmt: skip
    return {"number": loaded.row.number, "steps": steps}


def _fields(entry: Any) -> dict[str, object]:
    found = {}
    for name in entry.__struct_fields__:
        value = getattr(entry, name)
        if isinstance(value, dict):
            value = {key: plain(inner) for key, inner in value.items()}
        found[name] = plain(value)
    return found

"""A case's journal as a story: each step with when, who, and what followed, in words."""

from __future__ import annotations

from typing import Any

from procflow.app import App
from procflow.core.journal import CommandTaken
from procflow.core.words import instant_in_words
from procflow.engine import Loaded


def story_view(
    app: App, loaded: Loaded, language: str, after: int = 0, *, whole: bool = False
) -> list[dict[str, Any]]:
    """The steps after a sequence, oldest first; with `whole` what people wrote is not cut."""
    from procflow.records.story import step_in_words

    organisation = app.engine.surroundings().organisation
    procedure = app.procedure_of(loaded)
    told = []
    for row, entries in app.engine.journal(loaded.row.id, after):
        command = next((e for e in entries if isinstance(e, CommandTaken)), None)
        words = step_in_words(entries, procedure, organisation, language, titles=True, whole=whole)
        told.append(
            {
                "sequence": row.sequence, "at": row.at, "at_words": instant_in_words(row.at, organisation.zone, language),
                "kind": command.kind if command else "", "by": command.by if command else "",
                "by_name": organisation.name_of(command.by) if command and command.by else "",
                "lines": [line for part in words for line in part.splitlines() if line],
            }
        )  # fmt: skip
    return told

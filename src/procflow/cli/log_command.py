"""`procflow log CASE`: its journal as a story."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.cli.style import fitted
from procflow.core.journal import entry_to_record
from procflow.core.words import instant_in_words


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Tell the story of CASE, step by step: who did what, when, and what followed."""
    s = session()
    app = s.app
    loaded = app.look(case, s.anybody)
    steps = app.engine.journal(case)
    app.store.log_access(app.world.now(), s.anybody, "log", loaded.row.id, "", "read")
    if s.json:
        shown = []
        for row, entries in steps:
            records = [entry_to_record(entry) for entry in entries]
            shown.append(
                {
                    "sequence": row.sequence, "at": row.at, "ran_at": row.ran_at, "command": row.command_id,
                    "hash": row.hash.hex(),
                    "entries": [{"kind": kind, **_fields(entry)} for (kind, _), entry in zip(records, entries, strict=True)],
                }
            )  # fmt: skip
        s.show({"number": loaded.row.number, "steps": shown}, "")
        return
    from procflow.records.story import step_in_words

    organisation = app.engine.surroundings().organisation
    procedure = app.procedure_of(loaded)
    lines = []
    for row, entries in steps:
        lines.append(f"{row.sequence:>3}  {instant_in_words(row.at, organisation.zone, s.language)}")
        told = step_in_words(entries, procedure, organisation, s.language, titles=True)
        for line in (line for words in told for line in words.splitlines() if line):
            lines.append(f"       {line}")
    s.show({}, "\n".join(fitted(lines)))


def _fields(entry: Any) -> dict[str, object]:
    from procflow.core.step import plain

    found = {}
    for name in entry.__struct_fields__:
        value = getattr(entry, name)
        if isinstance(value, dict):
            value = {key: plain(inner) for key, inner in value.items()}
        found[name] = plain(value)
    return found

"""`procflow inbox`: what waits, soonest first."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.session import COMMON, session
from procflow.core.words import relative_in_words
from procflow.ports import InboundRow, TaskRow


@click.command()
@click.option("--all", "everything", is_flag=True, help="Everybody's work, not only yours.")
@COMMON
def command(everything: bool) -> None:
    """List what waits for you, stand-in work included, by the instant to act by."""
    s = session()
    app = s.app
    rows = app.inbox("" if everything else s.person)
    unmatched = app.store.messages("unmatched")
    now = app.world.now()
    zone = app.engine.surroundings().organisation.zone

    def one(row: TaskRow) -> dict[str, Any]:
        return {
            "number": row.number, "case": row.case_id, "procedure": row.procedure, "task": row.task,
            "kind": row.kind, "roles": list(row.roles), "people": list(row.people), "since": row.since,
            "deadline": row.deadline or None, "due": row.due, "act_by": row.act_by,
        }  # fmt: skip

    def message(row: InboundRow) -> dict[str, Any]:
        return {"id": row.id, "source": row.source, "received": row.received, "reason": row.reason}

    def text() -> str:
        lines = []
        for row in rows:
            when = relative_in_words(row.act_by, now, zone, s.language) if row.act_by else "-"
            late = " !" if row.due is not None and row.due <= now else ""
            whom = ", ".join((*row.people, *row.roles))
            lines.append(
                f"{row.number:>6}  {row.procedure:<18} {row.task:<22} {row.kind:<7} {when}{late}  [{whom}]"
            )
        lines += [f"message {row.id[:8]}  {row.source}: {row.reason}" for row in unmatched]
        return "\n".join(lines) or ("Intet venter." if s.language == "da" else "Nothing waits.")

    s.show({"tasks": [one(r) for r in rows], "messages": [message(m) for m in unmatched]}, text)

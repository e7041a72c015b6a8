"""`procflow inbox`: what waits, soonest first."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.session import COMMON, session
from procflow.cli.views import reason_in_words, words
from procflow.core.words import relative_in_words
from procflow.ports import InboundRow, TaskRow


@click.command()
@click.option("--all", "everything", is_flag=True, help="Everybody's work, not only yours.")
@COMMON
def command(everything: bool) -> None:
    """List what waits for you, stand-in work included, by the instant to act by."""
    s = session()
    app = s.app
    rows = app.inbox("", s.anybody) if everything else app.inbox(s.person)
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
        w = words(s.language)
        organisation = app.engine.surroundings().organisation
        lines = []
        for row in rows:
            when = relative_in_words(row.act_by, now, zone, s.language) if row.act_by else "-"
            late = " !" if row.due is not None and row.due <= now else ""
            names = [organisation.name_of(person) for person in row.people]
            whom = ", ".join((*names, *(organisation.role_name(role, s.language) for role in row.roles)))
            what = row.task if row.kind == "work" else w.get(row.kind, row.kind)
            lines.append(f"{row.number:>6}  {row.procedure:<18} {what:<24} {when}{late}  [{whom}]")
        for each in unmatched:
            lines.append(
                f"{w['message']} {each.id[:8]}  {each.source}: {reason_in_words(each.reason, s.language)}"
            )
        return "\n".join(lines) or w["waits_not"]

    s.show({"tasks": [one(r) for r in rows], "messages": [message(m) for m in unmatched]}, text)

"""`procflow inbox`: what waits, soonest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from procflow.cli.session import COMMON, session
from procflow.cli.views import reason_in_words, words
from procflow.core.words import relative_in_words
from procflow.ports import InboundRow, TaskRow

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "head": ("case", "procedure", "what", "act by", "for"), "late": "late", "why": "why",
        "not_mine": "For somebody else (four eyes):", "more": "There is more; these are the {n} to do first.",
        "messages": "Messages without a case (procflow receive --message MESSAGE --case CASE):",
    },
    "da": {
        "head": ("sag", "procedure", "opgave", "gør det inden", "hos"), "late": "for sent", "why": "hvorfor",
        "not_mine": "Til en anden (fire øjne):", "more": "Der er flere; disse {n} skal gøres først.",
        "messages": "Beskeder uden sag (procflow receive --message BESKED --case SAG):",
    },
}  # fmt: skip


@click.command()
@click.option("--all", "everything", is_flag=True, help="Everybody's work, not only yours.")
@COMMON
def command(everything: bool) -> None:
    """List what waits for you, stand-in work included, by the instant to act by.

    Work that four eyes leave to somebody else stands below, with the reason.
    """
    s = session()
    app = s.app
    found = app.whole_inbox("", s.anybody) if everything else app.whole_inbox(s.person)
    unmatched = app.store.messages("unmatched")
    now = app.world.now()
    organisation = app.engine.surroundings().organisation

    def one(row: TaskRow) -> dict[str, Any]:
        title, what = app.called(row, s.anybody, s.language)
        return {
            "number": row.number, "case": row.case_id, "procedure": row.procedure, "title": title,
            "task": row.task, "what": what, "kind": row.kind, "roles": list(row.roles),
            "people": list(row.people), "since": row.since, "deadline": row.deadline or None, "due": row.due,
            "act_by": row.act_by,
        }  # fmt: skip

    def message(row: InboundRow) -> dict[str, Any]:
        return {"id": row.id, "source": row.source, "received": row.received, "reason": row.reason}

    mine = [one(row) for row in found.mine]
    others = [{**one(row), "because": why.as_json(s.language)} for row, why in found.not_mine]

    def cells(row: Mapping[str, Any]) -> Sequence[str]:
        what = row["what"]
        if row["kind"] != "work":
            kind = words(s.language).get(row["kind"], row["kind"])
            what = f"{kind}: {what}" if what else kind
        when = relative_in_words(row["act_by"], now, organisation.zone, s.language) if row["act_by"] else "-"
        if row["due"] is not None and row["due"] <= now:
            when += f" ({w['late']})"
        names = [organisation.name_of(person) for person in row["people"]]
        whom = ", ".join((*names, *(organisation.role_name(role, s.language) for role in row["roles"])))
        return (str(row["number"]), row["title"], what, when, whom or "-")

    w = _WORDS.get(s.language, _WORDS["en"])

    def text() -> str:
        from procflow.cli.columns import columns

        parts = []
        if mine:
            parts.append("\n".join(columns(w["head"], [cells(row) for row in mine], right=(0,))))
        elif others or not unmatched:
            parts.append(words(s.language)["waits_not"])
        if found.more:
            parts.append(w["more"].format(n=len(mine)))
        if others:
            head = (*w["head"][:3], w["why"])
            rows = [(*cells(row)[:3], row["because"]["message"]) for row in others]
            parts.append(w["not_mine"] + "\n" + "\n".join(columns(head, rows, right=(0,))))
        if unmatched:
            lines = [
                f"  {words(s.language)['message']} {each.id[:8]}  {each.source}: {reason_in_words(each.reason, s.language)}"
                for each in unmatched
            ]
            parts.append("\n".join([w["messages"], *lines]))
        return "\n\n".join(parts)

    result = {"tasks": mine, "not_mine": others, "messages": [message(m) for m in unmatched]}
    s.show({**result, "more": found.more}, text)

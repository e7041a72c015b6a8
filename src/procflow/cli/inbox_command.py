"""`procflow inbox`: what waits, soonest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from procflow.cli.session import COMMON, Session, as_instant, session
from procflow.cli.views import words
from procflow.core.words import relative_in_words
from procflow.views.inbox import inbox_view
from procflow.views.messages import reason_in_words

_WORDS: Mapping[str, Mapping[str, Any]] = {
    "en": {
        "head": ("case", "procedure", "what", "act by", "for"), "late": "late", "why": "why",
        "not_mine": "For somebody else (four eyes):", "more": "There is more; these are the {n} to do first.",
        "messages": "Messages without a case (procflow receive --message MESSAGE reads one):",
    },
    "da": {
        "head": ("sag", "procedure", "opgave", "gør det inden", "hos"), "late": "for sent", "why": "hvorfor",
        "not_mine": "Til en anden (fire øjne):", "more": "Der er flere; disse {n} skal gøres først.",
        "messages": "Beskeder uden sag (procflow receive --message BESKED viser en):",
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
    view = s.there.inbox(everything) if s.there else _here(s, everything)
    names, now = s.names, s.now

    def cells(row: Mapping[str, Any]) -> Sequence[str]:
        what = row["what"]
        if row["kind"] != "work":
            kind = words(s.language).get(row["kind"], row["kind"])
            what = f"{kind}: {what}" if what else kind
        due, act_by = as_instant(row["due"]), as_instant(row["act_by"])
        when = relative_in_words(act_by, now, names.zone, s.language) if act_by else "-"
        if due is not None and due <= now:
            when += f" ({w['late']})"
        people = [names.name_of(person) for person in row["people"]]
        whom = ", ".join((*people, *(names.role_name(role, s.language) for role in row["roles"])))
        return (str(row["number"]), row["title"], what, when, whom or "-")

    w = s.words(_WORDS)

    def text() -> str:
        from procflow.cli.columns import columns

        mine, others, unmatched = view["tasks"], view["not_mine"], view["messages"]
        parts = []
        if mine:
            parts.append("\n".join(columns(w["head"], [cells(row) for row in mine], right=(0,))))
        elif others or not unmatched:
            parts.append(words(s.language)["waits_not"])
        if view["more"]:
            parts.append(w["more"].format(n=len(mine)))
        if others:
            head = (*w["head"][:3], w["why"])
            rows = [(*cells(row)[:3], row["because"]["message"]) for row in others]
            parts.append(w["not_mine"] + "\n" + "\n".join(columns(head, rows, right=(0,))))
        if unmatched:
            lines = [
                f"  {words(s.language)['message']} {each['id'][:8]}  {_came_by(each['source'], s.language)}: {reason_in_words(each['reason'], s.language)}"
                for each in unmatched
            ]
            parts.append("\n".join([w["messages"], *lines]))
        return "\n\n".join(parts)

    s.show(view, text)


def _here(s: Session, everything: bool) -> Mapping[str, Any]:
    app = s.app
    found = app.whole_inbox("", s.anybody) if everything else app.whole_inbox(s.person)
    return inbox_view(app, found, app.store.messages("unmatched"), s.anybody, s.language)


def _came_by(source: str, language: str) -> str:
    """The channel that a message came by; one that a person took in says so in the reader's language."""
    _, by_hand, channel = source.rpartition("by hand: ")
    return words(language)["by_hand_in"].format(channel) if by_hand else source

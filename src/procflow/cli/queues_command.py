"""`procflow queues`: how much open work each role and person has."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.session import COMMON, as_instant, session
from procflow.core.words import relative_in_words
from procflow.views.people import queue_view

_HEAD = {
    "da": ("hos", "opgaver", "andet", "for sent", "i dag", "ældste", "næste"),
    "en": ("with", "work", "other", "late", "today", "oldest", "next"),
}


@click.command()
@COMMON
def command() -> None:
    """Count the open work of every role and person: how much, how old, what is late, what is for today."""
    s = session()
    view: dict[str, Any]
    if s.there:
        view = s.there.get("/queues")
    else:
        s.app.allow("board.read", s.anybody)
        view = {"queues": [queue_view(queue) for queue in s.app.queues()]}

    def text() -> str:
        from procflow.cli.columns import columns

        names, now = s.names, s.now
        head = _HEAD.get(s.language, _HEAD["en"])
        rows: list[tuple[str, ...]] = []
        for one in view["queues"]:
            name = (
                names.role_name(one["role"], s.language)
                if one["role"]
                else names.name_of(one["person"] or "")
            )
            times = [
                relative_in_words(at, now, names.zone, s.language) if at is not None else "-"
                for at in (as_instant(one["oldest"]), as_instant(one["act_by"]))
            ]
            counted = [str(one[key]) for key in ("work", "items", "late", "today")]
            rows.append((name or "-", *counted, *times))
        return "\n".join(columns(head, rows, right=(1, 2, 3, 4)))

    s.show(view, text)

"""`procflow queues`: how much open work each role and person has."""

from __future__ import annotations

import click

from procflow.cli.session import COMMON, session
from procflow.core.words import relative_in_words
from procflow.ports import Queue

_HEAD = {
    "da": ("hos", "opgaver", "andet", "for sent", "i dag", "ældste", "næste"),
    "en": ("with", "work", "other", "late", "today", "oldest", "next"),
}


@click.command()
@COMMON
def command() -> None:
    """Count the open work of every role and person: how much, how old, what is late, what is for today."""
    s = session()
    app = s.app
    queues, now = app.queues(), app.world.now()
    organisation = app.engine.surroundings().organisation

    def text() -> str:
        from procflow.cli.columns import columns

        head = _HEAD.get(s.language, _HEAD["en"])
        rows: list[tuple[str, ...]] = []
        for one in queues:
            name = (
                organisation.role_name(one.role, s.language) if one.role else organisation.name_of(one.person)
            )
            times = [
                relative_in_words(at, now, organisation.zone, s.language) if at is not None else "-"
                for at in (one.oldest, one.act_by)
            ]
            rows.append((name or "-", *map(str, (one.work, one.items, one.late, one.soon)), *times))
        return "\n".join(columns(head, rows, right=(1, 2, 3, 4)))

    s.show({"queues": [_one(queue) for queue in queues]}, text)


def _one(queue: Queue) -> dict[str, object]:
    return {
        "role": queue.role or None, "person": queue.person or None, "work": queue.work, "items": queue.items,
        "late": queue.late, "today": queue.soon, "oldest": queue.oldest, "act_by": queue.act_by,
    }  # fmt: skip

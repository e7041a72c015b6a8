"""Queues, turns and work done for others in the PostgreSQL store. It must not know why somebody gets a task.

The counters stand in parts, one for each server process that moves them; the sum counts (see `sql/postgres`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from procflow.core.record import from_microseconds, microseconds
from procflow.stored import DoneFor, Queue
from procflow.stores.postgres_session import Session
from procflow.stores.rows import NEVER, roles_and_people

_QUEUES = """
SELECT q.whose, q.work, q.items,
    (SELECT count(*) FROM tasks t WHERE t.whose = q.whose AND t.act_by <= %(until)s AND t.due <= %(now)s),
    (SELECT count(*) FROM tasks t WHERE t.whose = q.whose AND t.act_by <= %(until)s AND t.due > %(now)s),
    (SELECT min(since) FROM tasks t WHERE t.whose = q.whose),
    (SELECT min(act_by) FROM tasks t WHERE t.whose = q.whose)
FROM (
    SELECT whose, sum(work)::bigint AS work, sum(items)::bigint AS items FROM queues
    GROUP BY whose HAVING sum(work) + sum(items) > 0
) AS q ORDER BY q.whose
"""


class People(Session):
    """Who has how much work, and whose turn it is."""

    def work_of(self, people: Sequence[str]) -> dict[str, int]:
        found: dict[str, int] = dict(
            self._rows(
                "SELECT substr(whose, 3), sum(work)::bigint FROM queues WHERE whose = ANY (%s::text[]) GROUP BY whose",
                ([f"p:{one}" for one in people],),
            )
        )
        return {one: int(found.get(one, 0)) for one in people}

    def turn(self, place: str) -> str:
        row = self._row("SELECT last FROM turns WHERE place = %s", (place,))
        return "" if row is None else str(row[0])

    def queues(self, now: datetime, until: datetime) -> list[Queue]:
        rows = self._rows(_QUEUES, {"now": microseconds(now), "until": microseconds(until)})
        return [
            Queue(
                role=whose[2:] if whose.startswith("r:") else "",
                person=whose[2:] if whose.startswith("p:") else "",
                work=work,
                items=items,
                late=late,
                soon=soon,
                oldest=None if oldest is None else from_microseconds(oldest),
                act_by=None if act_by is None or act_by == NEVER else from_microseconds(act_by),
            )
            for whose, work, items, late, soon, oldest, act_by in rows
        ]

    def asked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return roles_and_people(
            self._rows(
                "SELECT whose FROM queues GROUP BY whose HAVING sum(work) + sum(items) > 0 ORDER BY whose"
            )
        )

    def done_for(self, person: str, since: datetime, until: datetime | None = None) -> list[DoneFor]:
        rows = self._rows(
            "SELECT d.person, d.at, c.case_id, d.number, d.sequence, d.choice, d.done_by FROM done_for d"
            " JOIN cases c ON c.number = d.number WHERE d.person = %s AND d.at >= %s AND d.at < %s"
            " ORDER BY d.at, d.number, d.sequence",
            (person, microseconds(since), NEVER if until is None else microseconds(until)),
        )
        return [DoneFor(one, from_microseconds(at), *rest) for one, at, *rest in rows]

"""Open tasks in the PostgreSQL store: the inboxes, each one stretch of the primary key."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.json import decode

from procflow.core.record import from_microseconds
from procflow.stored import TaskPlace, TaskRow
from procflow.stores.postgres_session import Session
from procflow.stores.rows import NEVER, place_row

_ALONG = """
SELECT t.act_by, t.due, t.since, t.number, t.task, t.kind, t.roles, t.people, t.deadline, c.case_id, c.procedure,
    c.definition, c.sequence
FROM unnest(%s::text[]) AS w (whose) CROSS JOIN LATERAL (
    SELECT * FROM tasks t WHERE t.whose = w.whose{behind} ORDER BY t.act_by, t.due, t.since, t.number, t.task, t.kind
    LIMIT %s
) AS t JOIN cases c ON c.number = t.number
ORDER BY t.act_by, t.due, t.since, t.number, t.task, t.kind
"""
_STRETCH = _ALONG.format(behind="")
_BEHIND = _ALONG.format(
    behind=" AND (t.act_by, t.due, t.since, t.number, t.task, t.kind) > (%s, %s, %s, %s, %s, %s)"
)
#: Everyone who has a task, one step through the index for each.
_EVERYBODY = """
WITH RECURSIVE w (whose) AS (
    SELECT min(whose) FROM tasks
    UNION ALL SELECT (SELECT min(whose) FROM tasks t WHERE t.whose > w.whose) FROM w WHERE whose IS NOT NULL
) SELECT whose FROM w WHERE whose IS NOT NULL
"""


class Tasks(Session):
    """What is open for people."""

    def tasks(
        self, *, roles: Sequence[str] = (), people: Sequence[str] = (), limit: int = 200,
        after: TaskPlace | None = None,
    ) -> list[TaskRow]:  # fmt: skip
        whose = [*(f"r:{role}" for role in roles), *(f"p:{one}" for one in people)]
        if not whose:
            whose = [row[0] for row in self._rows(_EVERYBODY)]
        found: dict[tuple[int, str, str], TaskRow] = {}
        sql, behind = (_STRETCH, ()) if after is None else (_BEHIND, place_row(after))
        for row in self._rows(sql, ([*dict.fromkeys(whose)], *behind, limit)):
            if len(found) == limit:
                break
            act_by, due, since, number, task, kind, roles_, people_, deadline, *of_case = row
            case_id, procedure, definition, sequence = of_case
            found.setdefault(
                (number, task, kind),
                TaskRow(
                    case_id=case_id,
                    number=number,
                    procedure=procedure,
                    task=task,
                    kind=kind,
                    roles=tuple(roles_.split("\n")) if roles_ else (),
                    people=tuple(people_.split("\n")) if people_ else (),
                    since=from_microseconds(since),
                    due=None if due == NEVER else from_microseconds(due),
                    act_by=None if act_by == NEVER else from_microseconds(act_by),
                    deadline=deadline,
                    definition=definition,
                    sequence=sequence,
                ),
            )
        return list(found.values())

    def tasks_of(self, case_id: str) -> list[TaskRow]:
        row = self._row(
            "SELECT number, procedure, definition, sequence, tasks FROM cases WHERE case_id = %s", (case_id,)
        )
        if row is None:
            return []
        number, procedure, definition, sequence, kept = row
        found = [
            (act_by, due, since, task, kind, roles, people, deadline)
            for task, kind, roles, people, since, act_by, due, deadline in decode(kept)
        ]
        return [
            TaskRow(
                case_id=case_id,
                number=number,
                procedure=procedure,
                task=task,
                kind=kind,
                roles=tuple(roles),
                people=tuple(people),
                since=from_microseconds(since),
                due=None if due == NEVER else from_microseconds(due),
                act_by=None if act_by == NEVER else from_microseconds(act_by),
                deadline=deadline,
                definition=definition,
                sequence=sequence,
            )
            for act_by, due, since, task, kind, roles, people, deadline in sorted(found)
        ]

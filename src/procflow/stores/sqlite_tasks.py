"""Open tasks in the SQLite store: the inboxes, each one stretch of the primary key, and how a step moves them.

A case's row keeps its own tasks as JSON, so a step sees what changed among them without asking their table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from msgspec.json import decode

from procflow.core.record import from_microseconds
from procflow.stored import TaskPlace, TaskRow
from procflow.stores.rows import NEVER, KeptTask, place_row, task_rows
from procflow.stores.sqlite_people import move_queues
from procflow.stores.sqlite_session import Execute, Row, Session

_ALONG = """
SELECT t.act_by, t.due, t.since, t.number, t.task, t.kind, t.roles, t.people, t.deadline, c.case_id, c.procedure,
    c.definition, c.sequence
FROM tasks t JOIN cases c ON c.number = t.number
WHERE t.whose = ?1{behind} ORDER BY t.act_by, t.due, t.since, t.number, t.task LIMIT ?2
"""
_STRETCH = _ALONG.format(behind="")
_BEHIND = _ALONG.format(
    behind=" AND (t.act_by, t.due, t.since, t.number, t.task, t.kind) > (?3, ?4, ?5, ?6, ?7, ?8)"
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
        from heapq import merge  # a step reads no inbox

        whose = [*(f"r:{role}" for role in roles), *(f"p:{one}" for one in people)]
        if not whose:
            whose = [row[0] for row in self._rows(_EVERYBODY)]
        found: dict[tuple[int, str, str], TaskRow] = {}
        sql, behind = (_STRETCH, ()) if after is None else (_BEHIND, place_row(after))
        for row in merge(*(self._rows(sql, (one, limit, *behind)) for one in dict.fromkeys(whose))):
            if len(found) == limit:
                break
            found.setdefault(row[3:6], _task(row))
        return list(found.values())

    def tasks_of(self, case_id: str) -> list[TaskRow]:
        row = self._row(
            "SELECT number, procedure, definition, sequence, tasks FROM cases WHERE case_id = ?", (case_id,)
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


@lru_cache(maxsize=4096)
def _task(row: Row) -> TaskRow:
    """A row of an inbox as a value: lists are looked at all day, and most of their rows are as they were."""
    (
        act_by,
        due,
        since,
        number,
        task,
        kind,
        roles,
        people,
        deadline,
        case_id,
        procedure,
        definition,
        sequence,
    ) = row
    return TaskRow(
        case_id=case_id,
        number=number,
        procedure=procedure,
        task=task,
        kind=kind,
        roles=tuple(roles.split("\n")) if roles else (),
        people=tuple(people.split("\n")) if people else (),
        since=from_microseconds(since),
        due=None if due == NEVER else from_microseconds(due),
        act_by=None if act_by == NEVER else from_microseconds(act_by),
        deadline=deadline,
        definition=definition,
        sequence=sequence,
    )


def move_tasks(execute: Execute, number: int, was: str, now: Sequence[KeptTask]) -> None:
    """Part of a step: the tasks of a case are these now; rows that stay as they are are not touched."""
    there, wanted = task_rows(number, decode(was)), task_rows(number, now)
    gone, come = there - wanted, wanted - there
    for row in gone:
        execute(
            "DELETE FROM tasks WHERE whose = ? AND act_by = ? AND due = ? AND since = ? AND number = ?"
            " AND task = ? AND kind = ?",
            row[:7],
        )
    move_queues(execute, gone, come)
    for row in come:
        execute("INSERT OR REPLACE INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

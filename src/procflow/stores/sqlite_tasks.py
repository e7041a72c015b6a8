"""Open tasks in the SQLite store: the inboxes, each one stretch of the primary key, and how a step moves them.

A case's row keeps its own tasks as JSON, so a step sees what changed among them without asking their table.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.json import decode, encode

from procflow.core.record import from_microseconds, microseconds
from procflow.ports import TaskPlace, TaskRow
from procflow.stores.sqlite_people import move_queues
from procflow.stores.sqlite_session import NEVER, Execute, Row, Session

_ALONG = """
SELECT t.act_by, t.due, t.since, t.number, t.task, t.kind, t.roles, t.people, t.deadline, c.case_id, c.procedure,
    c.definition
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
        sql, behind = (_STRETCH, ()) if after is None else (_BEHIND, _place(after))
        for row in merge(*(self._rows(sql, (one, limit, *behind)) for one in dict.fromkeys(whose))):
            if len(found) == limit:
                break
            act_by, due, since, number, task, kind, roles_, people_, deadline, *of_case = row
            case_id, procedure, definition = of_case
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
                ),
            )
        return list(found.values())

    def tasks_of(self, case_id: str) -> list[TaskRow]:
        row = self._row(
            "SELECT number, procedure, definition, tasks FROM cases WHERE case_id = ?", (case_id,)
        )
        if row is None:
            return []
        number, procedure, definition, kept = row
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
            )
            for act_by, due, since, task, kind, roles, people, deadline in sorted(found)
        ]


def _place(place: TaskPlace) -> Row:
    """A place in the order to work in, as the rows have it."""
    act_by, due, since, number, task, kind = place
    return (
        NEVER if act_by is None else microseconds(act_by),
        NEVER if due is None else microseconds(due),
        microseconds(since),
        number,
        task,
        kind,
    )


#: A task as the row of its case keeps it: task, kind, roles, people, since, act_by, due, deadline.
KeptTask = Sequence[Any]


def kept_tasks(tasks: Sequence[TaskRow]) -> list[KeptTask]:
    """The open tasks of a case as its row keeps them."""
    kept: list[KeptTask] = []
    for task in tasks:
        due = NEVER if task.due is None else microseconds(task.due)
        act_by = due
        if task.act_by is not task.due:
            act_by = NEVER if task.act_by is None else microseconds(task.act_by)
        since = microseconds(task.since)
        kept.append((task.task, task.kind, task.roles, task.people, since, act_by, due, task.deadline))
    return kept


def tasks_text(kept: Sequence[KeptTask]) -> str:
    return encode(kept).decode()


def task_rows(number: int, kept: Sequence[KeptTask]) -> set[Row]:
    """The rows of the table of tasks that a case with these tasks has: one for each role and person."""
    rows: set[Row] = set()
    for task, kind, roles, people, since, act_by, due, deadline in kept:
        rest = (act_by, due, since, number, task, kind, "\n".join(roles), "\n".join(people), deadline)
        for role in roles:
            rows.add((f"r:{role}", *rest))
        for one in people:
            rows.add((f"p:{one}", *rest))
        if not roles and not people:
            rows.add(("", *rest))
    return rows


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

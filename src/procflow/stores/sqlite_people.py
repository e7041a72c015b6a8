"""Queues, turns and work done for others in the SQLite store.

The counters move in the transaction of the step that moves the tasks, so they are exact; a step that was decided on
them is refused when they have moved. It must not know why somebody gets a task.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from procflow.core.record import from_microseconds, microseconds
from procflow.stored import DoneFor, PeopleFacts, Queue
from procflow.stores.conflicts import queue_moved, turn_taken
from procflow.stores.rows import NEVER, roles_and_people
from procflow.stores.sqlite_session import Execute, Row, Session

_WORK = "SELECT work FROM queues WHERE whose = ?"
_TURN = "SELECT last FROM turns WHERE place = ?"


class People(Session):
    """Who has how much work, and whose turn it is."""

    def work_of(self, people: Sequence[str]) -> dict[str, int]:
        found = {}
        for one in people:
            row = self._row(_WORK, (f"p:{one}",))
            found[one] = 0 if row is None else int(row[0])
        return found

    def turn(self, place: str) -> str:
        row = self._row(_TURN, (place,))
        return "" if row is None else str(row[0])

    def queues(self, now: datetime, until: datetime) -> list[Queue]:
        return [
            self._queue(row, microseconds(now), microseconds(until))
            for row in self._rows(
                "SELECT whose, work, items FROM queues WHERE work + items > 0 ORDER BY whose"
            )
        ]

    def _queue(self, row: Row, now: int, until: int) -> Queue:
        whose, work, items = row
        ((late, soon),) = self._rows(
            "SELECT coalesce(sum(due <= ?2), 0), coalesce(sum(due > ?2), 0) FROM tasks"
            " WHERE whose = ?1 AND act_by <= ?3",
            (whose, now, until),
        )
        ((oldest,),) = self._rows("SELECT min(since) FROM tasks WHERE whose = ?", (whose,))
        ((next_act,),) = self._rows("SELECT min(act_by) FROM tasks WHERE whose = ?", (whose,))
        return Queue(
            role=whose[2:] if whose.startswith("r:") else "",
            person=whose[2:] if whose.startswith("p:") else "",
            work=work,
            items=items,
            late=late,
            soon=soon,
            oldest=None if oldest is None else from_microseconds(oldest),
            act_by=None if next_act is None or next_act == NEVER else from_microseconds(next_act),
        )

    def asked(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        return roles_and_people(self._rows("SELECT whose FROM queues WHERE work + items > 0 ORDER BY whose"))

    def done_for(self, person: str, since: datetime, until: datetime | None = None) -> list[DoneFor]:
        rows = self._rows(
            "SELECT d.person, d.at, c.case_id, d.number, d.sequence, d.choice, d.done_by FROM done_for d"
            " JOIN cases c ON c.number = d.number WHERE d.person = ? AND d.at >= ? AND d.at < ?"
            " ORDER BY d.at, d.number, d.sequence",
            (person, microseconds(since), NEVER if until is None else microseconds(until)),
        )
        return [DoneFor(one, from_microseconds(at), *rest) for one, at, *rest in rows]


def check_people(execute: Execute, case_id: str, facts: PeopleFacts) -> None:
    """Part of a step, before its tasks move: what it was decided on still holds, and turns are taken."""
    for person, expected in facts.work:
        row = execute(_WORK, (f"p:{person}",)).fetchone()
        actual = 0 if row is None else int(row[0])
        if actual != expected:
            raise queue_moved(case_id, person, expected, actual)
    for place, last, now in facts.turns:
        row = execute(_TURN, (place,)).fetchone()
        actual_turn = "" if row is None else str(row[0])
        if actual_turn != last:
            raise turn_taken(case_id, place, last, actual_turn)
        execute("INSERT OR REPLACE INTO turns VALUES (?, ?)", (place, now))


def keep_done_for(execute: Execute, number: int, done: Sequence[DoneFor]) -> None:
    """Part of a step: what was done in somebody's name."""
    for one in done:
        execute(
            "INSERT OR REPLACE INTO done_for VALUES (?, ?, ?, ?, ?, ?)",
            (one.person, microseconds(one.at), number, one.sequence, one.choice, one.by),
        )


def move_queues(execute: Execute, gone: Iterable[Row], come: Iterable[Row]) -> None:
    """Part of a step: the counters follow the rows of tasks; a queue that stays as long is not touched."""
    moved: dict[tuple[str, bool], int] = {}
    for rows, by in ((come, 1), (gone, -1)):
        for row in rows:
            queue = row[0], row[6] == "work"
            moved[queue] = moved.get(queue, 0) + by
    for (whose, is_work), by in moved.items():
        if by:
            work, items = (by, 0) if is_work else (0, by)
            execute(
                "INSERT INTO queues VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE"
                " SET work = work + ?2, items = items + ?3",
                (whose, work, items),
            )

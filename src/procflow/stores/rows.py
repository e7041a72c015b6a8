"""Rows of the stores with tables, as values and back; the SQL is each store's own.

Open tasks stand in the row of their case as JSON, so that a step sees what changed among them without asking, and in one
row for each role and person, so that each inbox is one stretch of an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from msgspec.json import decode, encode

from procflow.core.record import from_microseconds, microseconds
from procflow.stored import InboundRow, Kept, StoredCase, TaskPlace, TaskRow

Row = tuple[Any, ...]
#: Stands for "not set" where an index must keep what is not set at its end.
NEVER = 2**63 - 1
#: A task as the row of its case keeps it: task, kind, roles, people, since, act_by, due, deadline.
KeptTask = Sequence[Any]


def place_row(place: TaskPlace) -> Row:
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


def kept_text(tasks: Sequence[TaskRow]) -> str:
    """The open tasks of a case as the text that its row has."""
    return tasks_text(kept_tasks(tasks))


def tasks_apart(cases: Iterable[tuple[int, str]], tasks: Iterable[Row]) -> Iterator[int]:
    """The numbers of the cases whose rows of the table of tasks are not those that they keep themselves, as text. Both
    come by number, so that however many there are each is looked at once."""
    by_case = ((number, set(rows)) for number, rows in groupby(tasks, key=itemgetter(4)))
    there = next(by_case, None)
    for number, kept in cases:
        while there is not None and there[0] < number:
            yield there[0]
            there = next(by_case, None)
        found: set[Row] = set()
        if there is not None and there[0] == number:
            found = there[1]
            there = next(by_case, None)
        if _rows_of(number, kept) != found:
            yield number
    while there is not None:
        yield there[0]
        there = next(by_case, None)


def _rows_of(number: int, kept: str) -> set[Row] | None:
    """None where the text is none of ours."""
    try:
        return task_rows(number, decode(kept))
    except (ValueError, TypeError):
        return None


def queues_moved(gone: set[Row], come: set[Row]) -> list[tuple[str, int, int]]:
    """By how much (work, items) of each queue moves, by name; a queue that stays as long is not among them."""
    moved: dict[str, list[int]] = {}
    for rows, by in ((come, 1), (gone, -1)):
        for row in rows:
            moved.setdefault(row[0], [0, 0])[row[6] != "work"] += by
    return [(whose, work, items) for whose, (work, items) in sorted(moved.items()) if work or items]


def roles_and_people(rows: Sequence[Row]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of queues, as (roles, people)."""
    roles, people = (
        tuple(str(whose)[2:] for (whose,) in rows if str(whose).startswith(kind)) for kind in ("r:", "p:")
    )
    return roles, people


def effect_parts(key: str) -> tuple[str, int, int] | None:
    """(case, sequence, n) of an effect's key, or None for a text that is none."""
    case_id, _, rest = key.partition("/")
    sequence, _, n = rest.partition("/")
    if not (sequence.isdecimal() and n.isdecimal() and len(rest) < 20):
        return None
    return case_id, int(sequence), int(n)


def is_number(case: str | int) -> bool:
    """Whether a case is named by its number, and not by its id."""
    return isinstance(case, int) or (case.isascii() and case.isdigit() and len(case) < 19)


def stored_case(row: Sequence[Any]) -> StoredCase:
    id_, number, procedure, definition, sequence, head, key_slot, snapshot, closed = row
    return StoredCase(id_, number, procedure, definition, sequence, head, key_slot, snapshot, bool(closed))


def inbound_row(row: Row) -> InboundRow:
    values = list(row)
    values[3] = from_microseconds(values[3])
    return InboundRow(*values)


def kept_thing(row: Row) -> Kept:
    name, value, until = row
    return Kept(name, bytes(value), None if until == NEVER else from_microseconds(until))

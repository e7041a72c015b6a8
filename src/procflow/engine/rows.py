"""The rows that a step leaves beside its journal: tasks for the inbox, effects settled, texts to find a case by."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core.case import FOLD, Case, Folding
from procflow.core.decide import Command
from procflow.core.due import Due
from procflow.core.record import (
    chain_hash,
)
from procflow.stored import EffectRow, JournalRow, StoredCase, TaskRow

#: The entries that put values into a case, which may be personal; and the ones that say when.
_WITH_VALUES = frozenset(
    {j.CaseOpened, j.CommandTaken, j.DataSet, j.EvidenceVoided, j.ItemOpened, j.ItemSettled}
)
#: Those of them that do more than to set data, and to say when.
_MORE_THAN_DATA = frozenset({j.EvidenceVoided, j.ItemOpened, j.ItemSettled})
#: The entries after which an effect needs no further delivery.
SETTLING = frozenset({j.CaseInvoked, j.EffectAnswered})


def sealed_after(before: Case, after: Case, entries: tuple[Any, ...], kinds: set[type[Any]]) -> Case:
    """The case as the sealed entries, which are of these kinds, leave it: like the plain one, but for what holds
    values."""
    if kinds.isdisjoint(_MORE_THAN_DATA):
        data = before.data
        for entry in entries:
            if type(entry) is j.DataSet:
                data = {**data, **entry.values}
        return replace(after, data=data, items=before.items)
    folding = Folding.of(before)
    for entry in entries:
        if type(entry) in _WITH_VALUES:
            FOLD[type(entry)](folding, entry)
    return replace(after, data=folding.data, items=folding.items)


def hash_of(row: JournalRow) -> bytes:
    """The chain's hash of a journal row."""
    return chain_hash(
        row.previous, row.case_id, row.sequence, row.command_id, row.at, row.ran_at, row.definition,
        row.surroundings, row.entries,
    )  # fmt: skip


def task_rows(case: Case, row: StoredCase) -> tuple[TaskRow, ...]:
    """The open tasks and items of a case as the inbox lists them; the clock is the one that is due first. Where none
    runs any more it is the one that was missed last, so that what is too late stands first and counts as late."""
    due, act_by, first = None, None, ""
    for name, clock in case.clocks.items():
        if clock.state == "running" and clock.due and clock.paused is None:
            at = Due.instant(clock.due)
            if due is None or (at, name) < (due, first):
                due, first = at, name
    if due is None:
        missed = [
            (Due.instant(c.due), name) for name, c in case.clocks.items() if c.state == "missed" and c.due
        ]
        if missed:
            due, first = max(missed)
    if due is not None:
        act_by = Due.last_open(case.clocks[first].due) or due
    rows = []
    for state, task in case.tasks.items():
        if task.suspended is None:
            roles = () if task.claimed_by or task.allotted else task.roles
            people = (task.claimed_by,) if task.claimed_by else task.people
            rows.append(
                TaskRow(
                    row.id, row.number, row.procedure, state, "work", roles, people, task.since, due, act_by, first
                )
            )  # fmt: skip
    for key, item in case.items.items():
        if item.kind != "kept":  # nobody has to do anything about it yet
            rows.append(
                TaskRow(
                    row.id, row.number, row.procedure, key, item.kind, item.roles, item.people, item.since, due,
                    act_by, first,
                )
            )  # fmt: skip
    return tuple(rows)


def settled(entries: tuple[Any, ...], command: Command) -> Any:
    """(effect, state, "") of what needs no further delivery; the words are sealed in the journal."""
    for entry in entries:
        if isinstance(entry, j.CaseInvoked):
            yield entry.key, "invoked", ""  # its answer comes when that case ends
        if not isinstance(entry, j.EffectAnswered) or entry.status in ("late", "returned"):
            continue
        if command.again and entry.key == command.name:
            continue  # it was settled when its answer got stuck
        status = entry.status
        if status == "stuck":
            status = "done" if command.status in ("done", "duplicate") else command.status
        yield entry.key, {"done": "done", "failed": "failed"}.get(status, "dropped"), ""


def asked_and_settled(
    effects: tuple[EffectRow, ...], gone: tuple[tuple[str, str, str], ...]
) -> tuple[tuple[EffectRow, ...], tuple[tuple[str, str, str], ...]]:
    """Effects that a step asks for, and those that it settles; one that it asks for and settles itself, because the
    state that invokes was left again at once, is never waiting."""
    states = {key: state for key, state, _ in gone}
    asked = tuple([replace(row, state=states[row.key]) if row.key in states else row for row in effects])
    own = {row.key for row in effects}
    return asked, tuple([row for row in gone if row[0] not in own])


def identity_texts(value: Any) -> list[str]:
    """The texts by which a value is found again: one for each item of a list, without case and spaces."""
    if type(value) is str:
        return ["".join(value.split()).casefold()] if value else []
    items = value if isinstance(value, list | tuple) else (value,)
    return ["".join(str(item).split()).casefold() for item in items if item not in (None, "")]

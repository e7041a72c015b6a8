"""The steps, tasks, effects and messages that the contract of stores is told with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.json import encode
from msgspec.structs import replace

from procflow.core.journal import EventDropped
from procflow.core.record import (
    START,
    chain_hash,
    encode_entries,
)
from procflow.errors import Conflict
from procflow.ports import Store
from procflow.stored import Append, EffectRow, InboundRow, JournalRow, TaskRow

MORNING = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def told(case_id: str, number: int, sequence: int) -> bytes:
    """The answer to the command of a step, as the engine keeps it."""
    return encode({"case": case_id, "number": number, "sequence": sequence})


def opening(store: Store, name: str, **changes: Any) -> Append:
    """The step that opens a case called `name`, with the next number and slot of the store."""
    number = changes.get("number", store.next_number())
    given: dict[str, Any] = {
        "snapshot": f"{name} opened".encode(),
        "answer": told(id_of(name), number, 1),
        "key_slot": store.next_slot(),
        "procedure": "policy_change",
        "number": number,
        "opens": True,
    }
    return Append(
        row=row_of(id_of(name), 1, START, changes.pop("command", f"open {name}")), **given | changes
    )


def following(before: Append, command: str = "", **changes: Any) -> Append:
    """The step after `before` in its case; by default a command of its own, and nothing but the journal moves."""
    row = before.row
    command = command or f"{row.case_id} {row.sequence + 1}"
    given: dict[str, Any] = {
        "snapshot": before.snapshot + b".",
        "answer": told(row.case_id, before.number, row.sequence + 1),
        "key_slot": before.key_slot,
        "procedure": before.procedure,
        "number": before.number,
    }
    return Append(row=row_of(row.case_id, row.sequence + 1, row.hash, command), **given | changes)


def id_of(name: str) -> str:
    """The id of the case or message that the contract calls `name`."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


def row_of(case_id: str, sequence: int, previous: bytes, command: str) -> JournalRow:
    """A journal row with one entry, chained to the one before."""
    at, entries = MORNING + sequence * MINUTE, encode_entries((EventDropped(command),))
    hash_ = chain_hash(previous, case_id, sequence, command, at, at, "d1", 0, entries)
    return JournalRow(case_id, sequence, command, at, at, "d1", 0, entries, previous, hash_)


def task(step: Append, state: str = "wish", **changes: Any) -> TaskRow:
    """Open work in the case of `step`, for the role agent."""
    row = TaskRow(
        case_id=step.row.case_id,
        number=step.number,
        procedure=step.procedure,
        task=state,
        kind="work",
        roles=("agent",),
        people=(),
        since=MORNING,
        due=None,
        act_by=None,
        definition=step.row.definition,
        sequence=step.row.sequence,
    )
    return replace(row, **changes)


def effect(step: Append, n: int = 1, **changes: Any) -> EffectRow:
    """A mail that `step` asks for."""
    key = f"{step.row.case_id}/{step.row.sequence}/{n}"
    row = EffectRow(key, step.row.case_id, "mail", "send", b"sealed", next_try=MORNING, asked_at=MORNING)
    return replace(row, **changes)


def message(store: Store, name: str, **changes: Any) -> InboundRow:
    row = InboundRow(
        id_of(name), "mail", name, MORNING, store.next_slot(), b"sealed " + name.encode(), "ab" * 32
    )
    return replace(row, **changes)


@contextmanager
def conflict(reason: str) -> Iterator[None]:
    """What is inside must be refused as a lost race of this kind."""
    try:
        yield
    except Conflict as why:
        assert why.facts["reason"] == reason, f"refused as {why.facts['reason']}, not as {reason}: {why}"
        assert why.message, "a conflict says what happened"
        assert why.hint, "a conflict says what to do"
    else:
        raise AssertionError(f"this must be refused as a conflict of {reason}")

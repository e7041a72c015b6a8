"""The store on SQLite: cases, journals, outbox and inbox in one file, one transaction a step.

Several processes may use one file: whoever writes goes through the gate. A file in a place that cannot be
written is opened for reading only; in a read-only folder it is read as it stands, so such a store object must
not live long. It knows nothing of procedures.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import apsw
from msgspec.json import encode

from procflow.core.digest import sha256
from procflow.core.record import from_microseconds, microseconds
from procflow.stored import ORGANISATION, Append, Look, Projection, StoredCase
from procflow.stores.conflicts import (
    case_exists,
    cases_moved,
    changed_document,
    check_step,
    command_known,
    no_document,
    number_taken,
    sequence_moved,
    slot_taken,
    surroundings_moved,
)
from procflow.stores.rows import is_number, kept_tasks, stored_case, tasks_text
from procflow.stores.sqlite_kept import KeptThings
from procflow.stores.sqlite_people import People, check_people, keep_done_for
from procflow.stores.sqlite_record import Record
from procflow.stores.sqlite_session import Execute, instant, stamp
from procflow.stores.sqlite_tasks import Tasks, move_tasks
from procflow.stores.sqlite_work import Work, settle_effects, take_message, write_effects

_CASES = (
    "SELECT case_id, number, procedure, definition, sequence, head, key_slot, snapshot, closed FROM cases"
)
_ASIDE = (
    "(SELECT answer FROM answers WHERE command_id = ?1),"
    " coalesce((SELECT sequence FROM cases WHERE number = 0), 0)"
)
_LOOK = _CASES.replace(" FROM", f", next_due, {_ASIDE} FROM")
_LOOK_BY_NUMBER = f"{_LOOK} WHERE number = ?2 AND number > 0"
_LOOK_BY_ID = f"{_LOOK} WHERE case_id = ?2"
_FIND = """
SELECT c.case_id, count(*) FROM identities i JOIN cases c ON c.number = i.number
WHERE i.fingerprint IN (SELECT unhex(value) FROM json_each(?)) AND i.open IN (1, ?)
GROUP BY i.number ORDER BY i.number DESC
"""
_LOOK_UP = """
SELECT c.number, c.sequence FROM identities i JOIN cases c ON c.number = i.number
WHERE i.fingerprint IN (SELECT unhex(value) FROM json_each(?1)) AND i.open = 1 AND c.procedure = ?2
GROUP BY i.number HAVING count(*) = ?3 ORDER BY i.number
"""
_OPEN = "SELECT number, sequence FROM cases INDEXED BY cases_open WHERE procedure = ? AND closed = 0 ORDER BY number"
_MOVE = """
UPDATE cases SET sequence = ?1, head = ?2, snapshot = ?3, definition = ?4, next_due = ?5,
    tasks = coalesce(?9, tasks)"""
_JUDGE = """,
    closed = max(closed, ?10), late = coalesce(?11, late), outcome = CASE WHEN ?10 THEN ?12 ELSE outcome END"""
_WHERE = """
WHERE case_id = ?6 AND sequence = ?1 - 1 AND head = ?7
    AND (?8 IS NULL OR ?8 = coalesce((SELECT sequence FROM cases WHERE number = 0), 0))
RETURNING number
"""
_STEP = _MOVE + _WHERE
_JUDGED_STEP = _MOVE + _JUDGE + _WHERE


class SqliteStore(Tasks, People, Work, KeptThings, Record):
    """`Store` on one file: `create=True` makes it; `reading=True` asks for no right to write."""

    # --- documents

    def publish(self, documents: Iterable[tuple[str, str, str, bytes]], at: datetime) -> None:
        self._transact(self._publish, list(documents), microseconds(at))

    @staticmethod
    def _publish(execute: Execute, documents: list[tuple[str, str, str, bytes]], at: int) -> None:
        for hash_, kind, name, compiled in documents:
            execute(
                "INSERT INTO documents (hash, kind, name, published_at, sha256, compiled)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (hash_, kind, name, at, sha256(compiled).digest(), compiled),
            )
            execute(
                "INSERT INTO in_force (kind, name, hash, since) VALUES (?, ?, ?, ?)"
                " ON CONFLICT DO UPDATE SET hash = excluded.hash, since = excluded.since"
                " WHERE hash <> excluded.hash",
                (kind, name, hash_, at),
            )

    def in_force(self, kind: str, name: str) -> str | None:
        row = self._row("SELECT hash FROM in_force WHERE kind = ? AND name = ?", (kind, name))
        return None if row is None else str(row[0])

    def document(self, hash: str) -> bytes:
        row = self._row("SELECT compiled, sha256 FROM documents WHERE hash = ?", (hash,))
        if row is None:
            raise no_document(hash)
        if sha256(row[0]).digest() != row[1]:
            raise changed_document(hash)
        return bytes(row[0])

    def names_in_force(self, kind: str) -> list[tuple[str, str]]:
        return [
            (row[0], row[1])
            for row in self._rows("SELECT name, hash FROM in_force WHERE kind = ? ORDER BY name", (kind,))
        ]

    # --- cases

    def load(self, case: str | int) -> StoredCase | None:
        if is_number(case):
            row = self._row(f"{_CASES} WHERE number = ? AND number > 0", (int(case),))
        else:
            row = self._row(f"{_CASES} WHERE case_id = ?", (case,))
        return None if row is None else stored_case(row)

    def look(self, case: str | int, command_id: str) -> Look:
        if isinstance(case, int) or is_number(case):
            found = self._rows(_LOOK_BY_NUMBER, (command_id, int(case)))
        else:
            found = self._rows(_LOOK_BY_ID, (command_id, case))
        if not found:
            ((answer, surroundings),) = self._rows(f"SELECT {_ASIDE}", (command_id,))
            return Look(None, answer, surroundings)
        *row, next_due, answer, surroundings = found[0]
        return Look(stored_case(row), answer, surroundings, instant(next_due))

    def projection(self, case_id: str) -> Projection | None:
        row = self._row(
            "SELECT next_due, late, outcome, tasks, number FROM cases WHERE case_id = ?", (case_id,)
        )
        if row is None:
            return None
        due, late, outcome, tasks, number = row
        found = self._rows("SELECT fingerprint FROM identities WHERE number = ?", (number,))
        return Projection(
            instant(due), bool(late), outcome, tasks, frozenset(bytes(each) for (each,) in found)
        )

    def answered(self, command_id: str) -> bytes | None:
        row = self._row("SELECT answer FROM answers WHERE command_id = ?", (command_id,))
        return None if row is None else bytes(row[0])

    def next_number(self) -> int:
        return self._counters()["number"] + 1

    def next_slot(self) -> int:
        return self._counters()["slot"] + 1

    def counts(self) -> Mapping[str, int]:
        found = self._counters()
        return {name: found[name] for name in ("open", "closed", "late")}

    def _counters(self) -> dict[str, int]:
        names = ("number", "slot", "open", "closed", "late")
        row = self._row("SELECT number, slot, open, closed, late FROM counters")
        return dict(zip(names, row or (0,) * len(names), strict=True))

    def append(self, step: Append) -> None:
        check_step(step)
        self._transact(self._append, step)

    def _append(self, execute: Execute, step: Append) -> None:
        row = step.row
        for looked in step.looked:
            if self._looked_up(execute, looked.procedure, looked.fingerprints) != looked.found:
                raise cases_moved(row.case_id, looked.procedure)
        slot = take_message(execute, step.message, row.case_id) if step.message else 0
        kept = None if step.tasks is None else kept_tasks(step.tasks)
        tasks = None if kept is None else tasks_text(kept)
        if step.people is not None:
            check_people(execute, row.case_id, step.people)
        if row.sequence == 1:
            was, number = "[]", self._open(execute, step, slot, tasks or "[]")
        else:
            was, number = self._move(execute, step, tasks)
        at = microseconds(row.at)
        execute(
            "INSERT INTO journal (number, sequence, command_id, at, ran_at, definition, surroundings, previous,"
            " hash, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                row.sequence,
                row.command_id,
                at,
                at if row.ran_at is row.at else microseconds(row.ran_at),
                row.definition,
                row.surroundings,
                row.previous,
                row.hash,
                row.entries,
            ),
        )
        try:
            execute("INSERT INTO answers VALUES (?, ?)", (row.command_id, step.answer))
        except apsw.ConstraintError as why:
            raise command_known(row.case_id, row.command_id) from why
        if kept is not None and was != tasks:
            move_tasks(execute, number, was, kept)
        if step.people is not None:
            keep_done_for(execute, number, step.people.done_for)
        if step.settled:
            settle_effects(execute, step.settled, step.holder)
        if step.effects:
            write_effects(execute, number, step.effects)
        if step.identities is not None:
            self._identify(execute, number, step.identities)
        if step.closes:
            execute("UPDATE identities SET open = 0 WHERE number = ? AND open = 1", (number,))

    def _move(self, execute: Execute, step: Append, tasks: str | None) -> tuple[str, int]:
        """-> the tasks that there were, and the case's number."""
        row, was = step.row, ""
        if tasks is not None:
            there = execute("SELECT tasks FROM cases WHERE case_id = ?", (row.case_id,)).fetchone()
            was = there[0] if there else ""
        values = (
            row.sequence,
            row.hash,
            step.snapshot,
            row.definition,
            stamp(step.next_due),
            row.case_id,
            row.previous,
            step.surroundings,
            tasks,
        )
        if step.closes or step.late is not None:
            late = None if step.late is None else int(step.late)
            found = execute(_JUDGED_STEP, (*values, int(step.closes), late, step.outcome)).fetchall()
        else:
            found = execute(_STEP, values).fetchall()
        if found:
            return was, int(found[0][0])
        there = execute("SELECT sequence, head FROM cases WHERE case_id = ?", (row.case_id,)).fetchone()
        if there is None:
            raise sequence_moved(row.case_id, row.sequence - 1, None)
        if there != (row.sequence - 1, row.previous) or step.surroundings is None:
            raise sequence_moved(row.case_id, row.sequence - 1, there[0])
        raise surroundings_moved(row.case_id, step.surroundings, self._organisation(execute))

    def _open(self, execute: Execute, step: Append, message_slot: int, tasks: str) -> int:
        row = step.row
        organisation = row.case_id == ORGANISATION
        number = 0 if organisation else step.number
        if execute("SELECT 1 FROM cases WHERE case_id = ?", (row.case_id,)).fetchone():
            raise case_exists(row.case_id)
        if step.surroundings is not None and step.surroundings != (now := self._organisation(execute)):
            raise surroundings_moved(row.case_id, step.surroundings, now)
        last, slot = execute("SELECT number, slot FROM counters").fetchone()
        if not organisation and number != last + 1:
            raise number_taken(row.case_id, number, last + 1)
        takes = not (organisation and step.key_slot == 0) and not (
            step.message and step.key_slot == message_slot
        )
        if takes and step.key_slot != slot + 1:
            raise slot_taken(row.case_id, step.key_slot, slot + 1)
        closed, late = int(step.closes), int(bool(step.late))
        execute(
            "UPDATE counters SET number = number + ?1, slot = slot + ?2, open = open + (?1 AND NOT ?3),"
            " closed = closed + (?1 AND ?3), late = late + (?1 AND ?4 AND NOT ?3)",
            (int(not organisation), int(takes), closed, late),
        )
        execute(
            "INSERT INTO cases (number, case_id, procedure, definition, sequence, head, key_slot, closed, late,"
            " outcome, next_due, tasks, snapshot) VALUES (?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                number,
                row.case_id,
                step.procedure,
                row.definition,
                row.hash,
                step.key_slot,
                closed,
                late,
                step.outcome,
                stamp(step.next_due),
                tasks,
                step.snapshot,
            ),
        )
        return number

    @staticmethod
    def _organisation(execute: Execute) -> int:
        found = execute("SELECT sequence FROM cases WHERE number = 0").fetchone()
        return 0 if found is None else int(found[0])

    @staticmethod
    def _identify(execute: Execute, number: int, identities: Sequence[bytes]) -> None:
        (closed,) = execute("SELECT closed FROM cases WHERE number = ?", (number,)).fetchone()
        there = {row[0] for row in execute("SELECT fingerprint FROM identities WHERE number = ?", (number,))}
        for fingerprint in there - set(identities):
            execute("DELETE FROM identities WHERE fingerprint = ? AND number = ?", (fingerprint, number))
        for fingerprint in set(identities) - there:
            execute("INSERT INTO identities VALUES (?, ?, ?)", (fingerprint, int(not closed), number))

    def cases(
        self, *, open_only: bool = False, closed_only: bool = False, procedure: str = "", after: int = 0,
        limit: int = 100, newest_first: bool = False,
    ) -> list[StoredCase]:  # fmt: skip
        sql = f"{_CASES} INDEXED BY cases_open" if open_only and procedure else _CASES
        sql += (
            " WHERE number > 0 AND (?1 <= 0 OR number < ?1)" if newest_first else " WHERE number > max(?1, 0)"
        )
        sql += " AND procedure = ?3" if procedure else ""
        sql += " AND closed = 0" if open_only else " AND closed = 1" if closed_only else ""
        sql += f" ORDER BY number {'DESC' if newest_first else ''} LIMIT ?2"
        values = (after, limit, procedure) if procedure else (after, limit)
        return [stored_case(row) for row in self._rows(sql, values)]

    def find(self, identities: Sequence[bytes], *, open_only: bool = True) -> dict[str, int]:
        wanted = encode([fingerprint.hex() for fingerprint in identities]).decode()
        rows = self._rows(_FIND, (wanted, int(open_only)))
        return {row[0]: row[1] for row in rows}

    def look_up(self, procedure: str, fingerprints: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
        return self._looked_up(lambda sql, values: _Rows(self._rows(sql, values)), procedure, fingerprints)

    @staticmethod
    def _looked_up(
        execute: Execute, procedure: str, fingerprints: Sequence[bytes]
    ) -> tuple[tuple[int, int], ...]:
        if not fingerprints:
            return tuple(execute(_OPEN, (procedure,)).fetchall())
        wanted = encode([fingerprint.hex() for fingerprint in fingerprints]).decode()
        return tuple(execute(_LOOK_UP, (wanted, procedure, len(set(fingerprints)))).fetchall())

    def identify(self, case_id: str, sequence: int, identities: Sequence[bytes]) -> bool:
        return self._transact(self._identify_again, case_id, sequence, identities)

    def _identify_again(
        self, execute: Execute, case_id: str, sequence: int, identities: Sequence[bytes]
    ) -> bool:
        sql = "SELECT number FROM cases WHERE case_id = ? AND sequence = ?"
        found = execute(sql, (case_id, sequence)).fetchone()
        if found is not None:
            self._identify(execute, found[0], identities)
        return found is not None

    # --- time

    def ticks(self) -> Mapping[str, datetime]:
        return {row[0]: from_microseconds(row[1]) for row in self._rows("SELECT name, last FROM ticks")}

    def tick(self, name: str, at: datetime | None) -> None:
        self._transact(self._tick, name, stamp(at))

    @staticmethod
    def _tick(execute: Execute, name: str, at: int | None) -> None:
        if at is None:
            execute("DELETE FROM ticks WHERE name = ?", (name,))
            return
        execute(
            "INSERT INTO ticks VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET last = max(last, ?2)",
            (name, at),
        )

    def due(self, now: datetime, limit: int = 100) -> list[tuple[datetime, str]]:
        rows = self._rows(
            "SELECT next_due, case_id FROM cases WHERE next_due <= ? ORDER BY next_due, number LIMIT ?",
            (microseconds(now), limit),
        )
        return [(from_microseconds(row[0]), row[1]) for row in rows]

    def next_due(self) -> datetime | None:
        row = self._row("SELECT min(next_due) FROM cases WHERE next_due IS NOT NULL")
        return None if row is None or row[0] is None else from_microseconds(row[0])


class _Rows(list[Any]):
    """Rows that are there already, asked for like those of a cursor."""

    def fetchall(self) -> list[Any]:
        return self

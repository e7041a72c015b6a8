"""The store on PostgreSQL: cases, journals, outbox and inbox in one database that any number of nodes share.

A step is one statement. Steps of different cases wait for nothing of each other: what SQLite keeps right by letting one
write at a time is kept right here by the sequence that a step expects, and by a lock of its own for what two steps must
not both decide on (a queue, a turn, other cases, the organisation). It knows nothing of procedures.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import psycopg
from msgspec.json import decode
from psycopg import errors

from procflow.core.digest import sha256
from procflow.core.record import from_microseconds, microseconds
from procflow.errors import Busy, Conflict
from procflow.stored import ORGANISATION, Append, Look, Projection, StoredCase
from procflow.stores.conflicts import (
    case_exists,
    cases_moved,
    changed_document,
    check_step,
    command_known,
    effect_moved,
    message_taken,
    no_document,
    number_taken,
    queue_moved,
    sequence_moved,
    slot_taken,
    surroundings_moved,
    turn_taken,
)
from procflow.stores.postgres_connection import in_words, is_lost, is_race
from procflow.stores.postgres_kept import KeptThings
from procflow.stores.postgres_people import People
from procflow.stores.postgres_record import Record
from procflow.stores.postgres_session import Execute
from procflow.stores.postgres_step import step
from procflow.stores.postgres_tasks import Tasks
from procflow.stores.postgres_work import Work
from procflow.stores.rows import Row, is_number, kept_tasks, stored_case, task_rows, tasks_text

T = TypeVar("T")

_CASES = (
    "SELECT case_id, number, procedure, definition, sequence, head, key_slot, snapshot, closed FROM cases"
)
_ASIDE = "(SELECT answer FROM answers WHERE command_id = %s), coalesce((SELECT sequence FROM cases WHERE number = 0), 0)"
_LOOK = _CASES.replace(" FROM", f", tasks, next_due, {_ASIDE} FROM")
_LOOK_BY_NUMBER = f"{_LOOK} WHERE number = %s AND number > 0"
_LOOK_BY_ID = f"{_LOOK} WHERE case_id = %s"
_FIND = """
SELECT c.case_id, count(*) FROM identities i JOIN cases c ON c.number = i.number
WHERE i.fingerprint = ANY (%s::bytea[]) AND i.open IN (1, %s) GROUP BY c.number, c.case_id ORDER BY c.number DESC
"""
#: How many cases' open tasks are kept as they were seen last.
_MOST_SEEN = 1024
_RACES = 8


class PostgresStore(Tasks, People, Work, KeptThings, Record):
    """`Store` in the database at `url`: `create=True` makes the tables; `password` where the address has none."""

    def _ready(self) -> None:
        super()._ready()
        self._seen: OrderedDict[tuple[str, bytes], str] = OrderedDict()  # (case, head) -> its open tasks

    # --- documents

    def publish(self, documents: Iterable[tuple[str, str, str, bytes]], at: datetime) -> None:
        self._transact(self._publish, list(documents), microseconds(at))

    @staticmethod
    def _publish(execute: Execute, documents: list[tuple[str, str, str, bytes]], at: int) -> None:
        for hash_, kind, name, compiled in documents:
            execute(
                "INSERT INTO documents (hash, kind, name, published_at, sha256, compiled)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (hash_, kind, name, at, sha256(compiled).digest(), compiled),
            )
        for hash_, kind, name, _ in documents:
            execute(
                "INSERT INTO in_force AS f (kind, name, hash, since) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT (kind, name) DO UPDATE SET hash = excluded.hash, since = excluded.since"
                " WHERE f.hash <> excluded.hash",
                (kind, name, hash_, at),
            )

    def in_force(self, kind: str, name: str) -> str | None:
        row = self._row("SELECT hash FROM in_force WHERE kind = %s AND name = %s", (kind, name))
        return None if row is None else str(row[0])

    def document(self, hash: str) -> bytes:
        row = self._row("SELECT compiled, sha256 FROM documents WHERE hash = %s", (hash,))
        if row is None:
            raise no_document(hash)
        if sha256(row[0]).digest() != row[1]:
            raise changed_document(hash)
        return bytes(row[0])

    def names_in_force(self, kind: str) -> list[tuple[str, str]]:
        return [
            (row[0], row[1])
            for row in self._rows("SELECT name, hash FROM in_force WHERE kind = %s ORDER BY name", (kind,))
        ]

    # --- cases

    def load(self, case: str | int) -> StoredCase | None:
        if is_number(case):
            row = self._row(f"{_CASES} WHERE number = %s AND number > 0", (int(case),))
        else:
            row = self._row(f"{_CASES} WHERE case_id = %s", (case,))
        return None if row is None else stored_case(row)

    def look(self, case: str | int, command_id: str) -> Look:
        if isinstance(case, int) or is_number(case):
            found = self._row(_LOOK_BY_NUMBER, (command_id, int(case)))
        else:
            found = self._row(_LOOK_BY_ID, (command_id, case))
        if found is None:
            ((answer, surroundings),) = self._rows(f"SELECT {_ASIDE}", (command_id,))
            return Look(None, answer, surroundings)
        *row, tasks, next_due, answer, surroundings = found
        stored = stored_case(row)
        self._saw(stored.id, stored.head, tasks)
        return Look(stored, answer, surroundings, None if next_due is None else from_microseconds(next_due))

    def _saw(self, case_id: str, head: bytes, tasks: str) -> None:
        self._seen[case_id, head] = tasks
        if len(self._seen) > _MOST_SEEN:
            self._seen.popitem(last=False)

    def projection(self, case_id: str) -> Projection | None:
        row = self._row(
            "SELECT next_due, late, outcome, tasks, ARRAY(SELECT fingerprint FROM identities i WHERE i.number = c.number)"
            " FROM cases c WHERE case_id = %s",
            (case_id,),
        )
        if row is None:
            return None
        due, late, outcome, tasks, identities = row
        at = None if due is None else from_microseconds(due)
        return Projection(at, bool(late), outcome, tasks, frozenset(map(bytes, identities)))

    def answered(self, command_id: str) -> bytes | None:
        row = self._row("SELECT answer FROM answers WHERE command_id = %s", (command_id,))
        return None if row is None else bytes(row[0])

    def next_number(self) -> int:
        ((number,),) = self._rows("SELECT number FROM counters")
        return int(number) + 1

    def next_slot(self) -> int:
        ((slot,),) = self._rows("SELECT slot FROM counters")
        return int(slot) + 1

    def counts(self) -> Mapping[str, int]:
        names = ("open", "closed", "late")
        row = self._row(
            "SELECT coalesce(sum(open), 0)::bigint, coalesce(sum(closed), 0)::bigint, coalesce(sum(late), 0)::bigint"
            " FROM tallies"
        )
        return dict(zip(names, row or (0, 0, 0), strict=True))

    # --- steps

    def append(self, step: Append) -> None:
        """As `Store.append`. Where nobody heard whether the server stored the step, its journal is asked before
        anything is done again."""
        check_step(step)
        with self._lock:
            if self._closed:
                raise self._is_closed()
            if self._together:
                self._within(lambda: self._append(step))
                return
            in_doubt = False
            for _ in range(_RACES):
                try:
                    self._append(step)
                    return
                except psycopg.Error as why:
                    if is_race(why):
                        continue
                    if not is_lost(why):
                        raise in_words(why, self._url) from why
                    in_doubt = True
                    self._come_back(why)
                    if self._is_stored(step):
                        return
                except Conflict:
                    # the server process that we lost may have come to its end after we had asked
                    if in_doubt and self._is_stored(step):
                        return
                    raise
            raise Busy(f"the store at {self.place} is busy: others are always faster", "try again")

    def _is_stored(self, step: Append) -> bool:
        row = self._row(
            "SELECT j.hash FROM journal j JOIN cases c ON c.number = j.number WHERE c.case_id = %s AND j.sequence = %s",
            (step.row.case_id, step.row.sequence),
        )
        return row is not None and bytes(row[0]) == step.row.hash

    def _append(self, append: Append) -> None:
        row = append.row
        gone: set[Row] = set()
        come: set[Row] = set()
        was, kept = "[]", None
        if append.tasks is not None:
            tasks = kept_tasks(append.tasks)
            kept = tasks_text(tasks)
            if row.sequence > 1:
                was = self._was(row.case_id, row.previous)
            if was == kept and row.sequence > 1:
                kept = None
            elif was != kept:
                there, wanted = task_rows(0, decode(was)), task_rows(0, tasks)
                gone, come = there - wanted, wanted - there
        statement, values = step(append, self._together, kept, gone, come)
        try:
            found = self._run(statement, values).fetchall()
        except errors.UniqueViolation as why:
            raise self._taken(append, why.diag.constraint_name or "") from why
        except psycopg.Error as why:
            if why.sqlstate == "PF001":
                raise self._unsettled(append) from why
            raise
        if not found:
            raise self._moved(append)
        if kept is None:
            kept = self._seen.pop((row.case_id, row.previous), None)
        if kept is not None:
            self._saw(row.case_id, row.hash, kept)

    def _was(self, case_id: str, head: bytes) -> str:
        """The open tasks that the case had at this head; "[]" where it is not there any more: then it does not move."""
        seen = self._seen.get((case_id, head))
        if seen is None:
            row = self._row("SELECT tasks FROM cases WHERE case_id = %s AND head = %s", (case_id, head))
            seen = "[]" if row is None else str(row[0])
        return seen

    def _taken(self, append: Append, constraint: str) -> Conflict:
        """What is there already and must be there once."""
        row = append.row
        if constraint == "effects_pkey":
            keys = [effect.key for effect in append.effects]
            there = next((key for key in keys if self._effect_is_there(key)), keys[0])
            return effect_moved(there, "is in the outbox already")
        if constraint == "cases_case_id_key":
            return case_exists(row.case_id)
        return command_known(row.case_id, row.command_id)

    def _unsettled(self, append: Append) -> Conflict:
        for key, _, _ in append.settled:
            effect = self._after_failure(partial(self.effect, key))
            if effect is None:
                return effect_moved(key, "is not in the outbox")
            if effect.state in ("done", "dropped"):
                return effect_moved(key, f"is {effect.state} already")
            if append.holder and effect.holder != append.holder:
                return effect_moved(key, f"is held by {effect.holder or 'nobody'}, not by {append.holder}")
        return effect_moved(append.settled[0][0], "has moved meanwhile")

    def _effect_is_there(self, key: str) -> bool:
        return self._after_failure(partial(self.effect, key)) is not None

    def _after_failure(self, question: Callable[[], T]) -> T:
        """A question after a statement failed: inside a transaction that part of it is taken back first."""
        if self._together:
            self._run("ROLLBACK TO one")
        return question()

    def _moved(self, append: Append) -> Conflict:
        """What the step was decided on and does not hold any more, in words."""
        row = append.row
        for looked in append.looked:
            if self.look_up(looked.procedure, looked.fingerprints) != looked.found:
                return cases_moved(row.case_id, looked.procedure)
        if append.message:
            message = self.message(append.message)
            if message is None or message.state == "taken":
                return message_taken(append.message, None if message is None else message.state)
        if append.people is not None:
            for person, had in append.people.work:
                if (now := self.work_of((person,))[person]) != had:
                    return queue_moved(row.case_id, person, had, now)
            for place, last, _ in append.people.turns:
                if (now_at := self.turn(place)) != last:
                    return turn_taken(row.case_id, place, last, now_at)
        there = self.load(row.case_id)
        organisation = self.load(ORGANISATION)
        surroundings = 0 if organisation is None else organisation.sequence
        if row.sequence == 1 and there is not None:
            return case_exists(row.case_id)
        if row.sequence > 1 and (
            there is None or (there.sequence, there.head) != (row.sequence - 1, row.previous)
        ):
            return sequence_moved(row.case_id, row.sequence - 1, None if there is None else there.sequence)
        if append.surroundings is not None and append.surroundings != surroundings:
            return surroundings_moved(row.case_id, append.surroundings, surroundings)
        if row.sequence == 1:
            if row.case_id != ORGANISATION and append.number != (number := self.next_number()):
                return number_taken(row.case_id, append.number, number)
            return slot_taken(row.case_id, append.key_slot, self.next_slot())
        return sequence_moved(row.case_id, row.sequence - 1, row.sequence - 1)

    # --- lists

    def cases(
        self, *, open_only: bool = False, closed_only: bool = False, procedure: str = "", after: int = 0,
        limit: int = 100, newest_first: bool = False,
    ) -> list[StoredCase]:  # fmt: skip
        sql, values = f"{_CASES} WHERE number > 0", list[Any]()
        if not newest_first or after > 0:
            sql += " AND number < %s" if newest_first else " AND number > %s"
            values.append(max(after, 0))
        if procedure:
            sql += " AND procedure = %s"
            values.append(procedure)
        sql += " AND closed = 0" if open_only else " AND closed = 1" if closed_only else ""
        sql += f" ORDER BY number {'DESC' if newest_first else ''} LIMIT %s"
        return [stored_case(row) for row in self._rows(sql, (*values, limit))]

    def find(self, identities: Sequence[bytes], *, open_only: bool = True) -> dict[str, int]:
        return dict(self._rows(_FIND, ([*identities], int(open_only))))

    def look_up(self, procedure: str, fingerprints: Sequence[bytes]) -> tuple[tuple[int, int], ...]:
        ((found,),) = self._rows("SELECT procflow_found(%s, %s::bytea[])", (procedure, [*fingerprints]))
        pairs = [one.split(":") for one in found.split()]
        return tuple((int(number), int(sequence)) for number, sequence in pairs)

    def identify(self, case_id: str, sequence: int, identities: Sequence[bytes]) -> bool:
        return self._transact(self._identify, case_id, sequence, [*dict.fromkeys(identities)])

    @staticmethod
    def _identify(execute: Execute, case_id: str, sequence: int, identities: list[bytes]) -> bool:
        sql = "SELECT number, closed FROM cases WHERE case_id = %s AND sequence = %s FOR NO KEY UPDATE"
        found = execute(sql, (case_id, sequence)).fetchone()
        if found is None:
            return False
        number, closed = found
        execute(
            "DELETE FROM identities WHERE number = %s AND fingerprint <> ALL (%s::bytea[])",
            (number, identities),
        )
        execute(
            "INSERT INTO identities SELECT one, %s, %s FROM unnest(%s::bytea[]) AS one ON CONFLICT DO NOTHING",
            (1 - closed, number, identities),
        )
        return True

    # --- time

    def ticks(self) -> Mapping[str, datetime]:
        return {row[0]: from_microseconds(row[1]) for row in self._rows("SELECT name, last FROM ticks")}

    def tick(self, name: str, at: datetime | None) -> None:
        self._transact(self._tick, name, None if at is None else microseconds(at))

    @staticmethod
    def _tick(execute: Execute, name: str, at: int | None) -> None:
        if at is None:
            execute("DELETE FROM ticks WHERE name = %s", (name,))
            return
        execute(
            "INSERT INTO ticks AS t VALUES (%s, %s) ON CONFLICT (name) DO UPDATE"
            " SET last = greatest(t.last, excluded.last)",
            (name, at),
        )

    def due(self, now: datetime, limit: int = 100) -> list[tuple[datetime, str]]:
        rows = self._rows(
            "SELECT next_due, case_id FROM cases WHERE next_due <= %s ORDER BY next_due, number LIMIT %s",
            (microseconds(now), limit),
        )
        return [(from_microseconds(row[0]), row[1]) for row in rows]

    def next_due(self) -> datetime | None:
        row = self._row("SELECT min(next_due) FROM cases WHERE next_due IS NOT NULL")
        return None if row is None or row[0] is None else from_microseconds(row[0])

"""The record in the SQLite store: journals, the access log and the seals, each a chain, and a look at the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec.json import encode

from procflow.core.digest import sha256
from procflow.core.record import ACCESS_CHAIN, SEAL_CHAIN, START, from_microseconds, link_hash, microseconds
from procflow.errors import StorageError
from procflow.stored import Change, JournalRow
from procflow.stores.rows import tasks_apart
from procflow.stores.sqlite_connection import changed_migrations, migration_files
from procflow.stores.sqlite_names import sqlite_name
from procflow.stores.sqlite_session import Execute, Session

_HEADS_A_SEAL = 10_000
_UNSEALED = """
SELECT 1 FROM counters WHERE sealed < (SELECT coalesce(max(id), 0) FROM journal)
    OR sealed_access < (SELECT coalesce(max(sequence), 0) FROM access_log)
"""
_BEGINNING = -(2**63)
_CASES_A_READ = 100
_JOURNALS = """
SELECT c.number, c.procedure, c.case_id, j.sequence, j.command_id, j.at, j.ran_at, j.definition, j.surroundings,
    j.entries, j.previous, j.hash
FROM cases c CROSS JOIN journal j ON j.number = c.number
WHERE c.number > ?1 AND c.number <= ?2
    AND (?3 = '[]' OR c.procedure IN (SELECT value FROM json_each(?3)))
ORDER BY j.number, j.sequence
"""


_CHANGES = """
SELECT j.id, c.case_id, c.number, j.sequence, c.procedure FROM journal j JOIN cases c ON c.number = j.number
WHERE j.id > ? ORDER BY j.id LIMIT ?
"""

#: How SQLite calls what goes wrong where a copy is written, which is on another disk than the store perhaps.
_NOT_WRITTEN = (
    "SQLITE_FULL",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
)


class Record(Session):
    """What is only ever added to."""

    def journal(self, case_id: str, after: int = 0) -> Iterator[JournalRow]:
        found = self._row("SELECT number FROM cases WHERE case_id = ?", (case_id,))
        if found is None:
            return
        for row in self._stream(
            "SELECT sequence, command_id, at, ran_at, definition, surroundings, entries, previous, hash"
            " FROM journal WHERE sequence > ? AND number = ? ORDER BY sequence LIMIT ?",
            after,
            found,
        ):
            sequence, command_id, at, ran_at, definition, surroundings, entries, previous, hash_ = row
            yield JournalRow(
                case_id,
                sequence,
                command_id,
                from_microseconds(at),
                from_microseconds(ran_at),
                definition,
                surroundings,
                entries,
                previous,
                hash_,
            )

    def journals(self, procedures: Sequence[str] = ()) -> Iterator[tuple[int, str, JournalRow]]:
        wanted = encode(list(procedures)).decode()
        (last,) = self._row("SELECT number FROM counters") or (0,)
        for after in range(0, last, _CASES_A_READ):
            upto = min(after + _CASES_A_READ, last)
            for number, procedure, case_id, *columns in self._rows(_JOURNALS, (after, upto, wanted)):
                sequence, command_id, at, ran_at, *rest = columns
                yield (
                    number,
                    procedure,
                    JournalRow(
                        case_id, sequence, command_id, from_microseconds(at), from_microseconds(ran_at), *rest
                    ),
                )

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        # written inside one gate, so that no id comes to stand behind one that was seen
        return [Change(*row) for row in self._rows(_CHANGES, (after, limit))]

    def last_change(self) -> int:
        (last,) = self._row("SELECT max(id) FROM journal") or (None,)
        return int(last or 0)

    def mark(self) -> object:
        # What others committed moves the first, what was done here the second; both begin anew with a connection.
        (others,) = self._row("PRAGMA data_version") or (0,)
        return others, self._connection.total_changes(), self._renewed

    def log_access(self, at: datetime, person: str, what: str, case_id: str, choice: str, code: str) -> None:
        self._transact(self._log_access, microseconds(at), person, what, case_id, choice, code)

    @staticmethod
    def _log_access(execute: Execute, *columns: int | str) -> None:
        last = execute("SELECT sequence, hash FROM access_log ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = last or (0, START)
        hash_ = link_hash(ACCESS_CHAIN, previous, sequence + 1, *columns)
        execute(
            "INSERT INTO access_log VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (sequence + 1, *columns, previous, hash_),
        )

    def access_log(self) -> Iterator[tuple[int, bytes, bytes, Mapping[str, str]]]:
        for sequence, previous, hash_, at, *rest in self._stream(
            "SELECT sequence, previous, hash, at, person, what, case_id, choice, code FROM access_log"
            " WHERE sequence > ? ORDER BY sequence LIMIT ?",
            _BEGINNING,
        ):
            words = dict(zip(("person", "what", "case_id", "choice", "code"), rest, strict=True))
            yield sequence, previous, hash_, {"at": from_microseconds(at).isoformat(), **words}

    def seal_heads(self, at: datetime) -> bytes | None:
        last: bytes | None = None
        while self._row(_UNSEALED):
            last = self._transact(self._seal, microseconds(at))
        return last

    @staticmethod
    def _seal(execute: Execute, at: int) -> bytes | None:
        from procflow.stores.heads import ACCESS_LOG, write_heads  # a host seals, never a step

        sealed, sealed_access = execute("SELECT sealed, sealed_access FROM counters").fetchone()
        last = execute("SELECT sequence, hash FROM seals ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = last or (0, START)
        stretch = execute(
            "SELECT id, number FROM journal WHERE id > ? ORDER BY id LIMIT ?", (sealed, _HEADS_A_SEAL)
        ).fetchall()
        heads = [
            execute("SELECT case_id, sequence, head FROM cases WHERE number = ?", (number,)).fetchone()
            for number in sorted({number for _, number in stretch})
        ]
        access = execute(
            "SELECT ?, sequence, hash FROM access_log WHERE sequence > ? ORDER BY sequence DESC LIMIT 1",
            (ACCESS_LOG, sealed_access),
        ).fetchall()
        heads += access
        if not heads:
            return None if last is None else bytes(previous)  # somebody else sealed them meanwhile
        upto = stretch[-1][0] if stretch else sealed
        content = write_heads(at, upto, heads)
        hash_ = link_hash(SEAL_CHAIN, previous, sequence + 1, content)
        execute("INSERT INTO seals VALUES (?, ?, ?, ?)", (sequence + 1, previous, hash_, content))
        execute(
            "UPDATE counters SET sealed = ?, sealed_access = ?",
            (upto, access[0][1] if access else sealed_access),
        )
        return hash_

    def seals(self) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        yield from self._stream(
            "SELECT sequence, previous, hash, content FROM seals WHERE sequence > ? ORDER BY sequence LIMIT ?",
            _BEGINNING,
        )

    def copy_into(self, path: str) -> None:
        """Write the whole store as it is at one instant into a new file, while others read and write. Raises
        StorageError, and leaves a part of the file behind then."""
        try:
            self._rows("VACUUM INTO ?", (sqlite_name(path),))
        except StorageError as why:
            if not str(why.facts.get("code", "")).startswith(_NOT_WRITTEN):
                raise
            raise StorageError(
                f"the store could not be copied to {path}: the disk there is full, or refuses",
                "look at the free space and at the rights there, and try again; the store itself is as it was",
                {**why.facts, "file": path},
            ) from why

    def self_check(self) -> list[str]:
        """SQLite's own check, the migrations, the counters, and each table that repeats what another says, all at one
        instant."""
        with self.at_one_instant():
            return self._check()

    def _check(self) -> list[str]:
        found = [
            f"SQLite: {'; '.join(str(row[0]).splitlines())}"
            for row in self._rows("PRAGMA integrity_check(20)")
            if row[0] != "ok"
        ]
        found += [
            f"a row of {table} names a row of {parent} that is not there"
            for table, _, parent, _ in self._rows("PRAGMA foreign_key_check")
        ]
        found += changed_migrations(self._connection, migration_files())
        found += [
            f"the document {name} ({kind}, {hash_}) was changed"
            for _, hash_, kind, name, made_of, compiled in self._stream(
                "SELECT rowid, hash, kind, name, sha256, compiled FROM documents WHERE rowid > ? ORDER BY rowid LIMIT ?",
                0,
            )
            if sha256(compiled).digest() != made_of
        ]
        for sql, words in _CHECKS:
            row = self._row(sql)
            if row is not None and row[0]:
                found.append(words.format(*row))
        cases = self._stream(
            "SELECT number, tasks FROM cases WHERE number > ? ORDER BY number LIMIT ?", _BEGINNING
        )
        found += [
            f"the open tasks of case {number} are not in the inboxes as its row has them"
            for number in tasks_apart(
                cases,
                self._sorted("SELECT * FROM tasks ORDER BY number"),
            )
        ]
        return found


_CHECKS = (
    (
        "SELECT count(*) FROM (SELECT whose, sum(kind = 'work') w, sum(kind <> 'work') i FROM tasks GROUP BY whose) t"
        " FULL JOIN queues q ON q.whose = t.whose"
        " WHERE coalesce(t.w, 0) <> coalesce(q.work, 0) OR coalesce(t.i, 0) <> coalesce(q.items, 0)",
        "{0} counters of queues are not the number of their tasks",
    ),
    (
        "SELECT count(*) FROM journal j WHERE NOT EXISTS (SELECT 1 FROM answers a WHERE a.command_id = j.command_id)",
        "{0} steps of the journal have no kept answer",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.number <> (SELECT coalesce(max(number), 0) FROM cases)",
        "the counter of case numbers is not the highest number",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.late <> (SELECT count(*) FROM cases WHERE late AND NOT closed)",
        "the counter of late cases is not their number",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.slot < (SELECT max(s) FROM (SELECT coalesce(max(key_slot), 0) s"
        " FROM cases UNION ALL SELECT coalesce(max(key_slot), 0) FROM inbound))",
        "the counter of key slots is below a slot in use",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.sealed > (SELECT coalesce(max(id), 0) FROM journal)",
        "the counter of sealed rows is ahead of the journal",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.sealed > 0 AND NOT EXISTS (SELECT 1 FROM seals)",
        "rows were sealed, and the seals are missing",
    ),
    (
        "SELECT count(*) FROM identities i JOIN cases c ON c.number = i.number WHERE i.open <> 1 - c.closed",
        "{0} fingerprints stand with the wrong cases (open or closed)",
    ),
    (
        "SELECT count(*) FROM (SELECT min(id) AS lo, max(id) AS hi, count(*) AS n FROM journal) WHERE n <> hi - lo + 1",
        "rows are missing from the journal",
    ),
)

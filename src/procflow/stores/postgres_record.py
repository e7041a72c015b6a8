"""The record in the PostgreSQL store: journals, the access log and the seals, each a chain, and a look at the tables.

The place of a step is its transaction's number: transactions end in another order than they began, so a step is told of
only when every transaction that could come to stand before it has ended.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from procflow.core.record import ACCESS_CHAIN, SEAL_CHAIN, START, from_microseconds, link_hash, microseconds
from procflow.stored import Change, JournalRow
from procflow.stores.postgres_connection import changed_migrations, migration_files
from procflow.stores.postgres_session import Execute, Session
from procflow.stores.postgres_step import numbers
from procflow.stores.rows import tasks_apart

_HEADS_A_SEAL = 10_000
_UNSEALED = """
SELECT 1 FROM counters WHERE sealed < (SELECT coalesce(max(place), 0) FROM journal)
    OR sealed_access < (SELECT coalesce(max(sequence), 0) FROM access_log)
"""
_BEGINNING = -(2**63)
_CASES_A_READ = 100
#: How long a watcher waits for the steps that are just being stored, in seconds.
_SETTLE = 0.5
_ROW = "j.sequence, j.command_id, j.at, j.ran_at, j.definition, j.surroundings, j.entries, j.previous, j.hash"
_JOURNAL = """
SELECT ROW FROM journal j WHERE j.sequence > %s AND j.number = %s ORDER BY j.sequence LIMIT %s
""".replace("ROW", _ROW)  # nosec: B608 - our own words, no value
_JOURNALS = """
SELECT c.number, c.procedure, c.case_id, ROW
FROM cases c JOIN journal j ON j.number = c.number
WHERE c.number > %s AND c.number <= %s AND (%s OR c.procedure = ANY (%s::text[]))
ORDER BY j.number, j.sequence
""".replace("ROW", _ROW)  # nosec: B608 - our own words, no value
_CHANGES = """
SELECT j.place, c.case_id, c.number, j.sequence, c.procedure FROM journal j JOIN cases c ON c.number = j.number
WHERE j.place > %s AND j.place < procflow_settled() ORDER BY j.place LIMIT %s
"""
_NOT_YET = "SELECT 1 FROM journal WHERE place >= procflow_settled() LIMIT 1"
_AHEAD = "coalesce((SELECT max(place) FROM journal), 0) >= base + (pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 10)"
_IS_AHEAD = "SELECT 1 FROM house WHERE AHEAD".replace("AHEAD", _AHEAD)  # nosec: B608 - our own words, no value
_KEEP_ORDER = """
UPDATE house SET base = (SELECT max(place) FROM journal) + 1024
    - (pg_snapshot_xmax(pg_current_snapshot())::text::bigint << 10) WHERE AHEAD
""".replace("AHEAD", _AHEAD)  # nosec: B608 - our own words, no value
#: What the user of the store needs beside reading and adding to what is copied (`copying.TABLES`), by right.
_NEEDED = {
    "SELECT": ("case_keys", "evidence", "migrations", "house", "tallies"),
    "INSERT": ("case_keys", "evidence"),
    "UPDATE": ("cases", "counters", "effects", "inbound", "in_force", "kept", "queues", "tallies", "ticks", "turns"),
    "DELETE": ("drafts", "identities", "kept", "tasks", "ticks"),
}  # fmt: skip
_MISSING = """
SELECT name, string_agg(needed, ', ') FROM unnest(%s::text[], %s::text[]) AS pairs (name, needed)
WHERE NOT has_table_privilege(to_regclass(name), needed) GROUP BY name ORDER BY name
"""


class Record(Session):
    """What is only ever added to."""

    def _ready(self) -> None:
        super()._ready()
        # a store that was brought to another server: that counts its transactions anew, and what comes stays behind
        if not self.about.standby and self._run(_IS_AHEAD).fetchall():
            self._run(_KEEP_ORDER)

    def journal(self, case_id: str, after: int = 0) -> Iterator[JournalRow]:
        found = self._row("SELECT number FROM cases WHERE case_id = %s", (case_id,))
        if found is None:
            return
        for row in self._stream(
            _JOURNAL,
            after,
            found,
        ):
            yield _journal_row(case_id, row)

    def journals(self, procedures: Sequence[str] = ()) -> Iterator[tuple[int, str, JournalRow]]:
        (last,) = self._row("SELECT number FROM counters") or (0,)
        for after in range(0, last, _CASES_A_READ):
            upto = min(after + _CASES_A_READ, last)
            for number, procedure, case_id, *columns in self._rows(
                _JOURNALS, (after, upto, not procedures, [*procedures])
            ):
                yield number, procedure, _journal_row(case_id, columns)

    def changes(self, after: int, limit: int = 1000) -> list[Change]:
        self._settle()
        return [Change(*row) for row in self._rows(_CHANGES, (after, limit))]

    def last_change(self) -> int:
        self._settle()
        (last,) = self._row("SELECT max(place) FROM journal WHERE place < procflow_settled()") or (None,)
        return int(last or 0)

    def mark(self) -> object:
        # Which transactions are finished: with the same ones, the same is there.
        (snapshot,) = self._row("SELECT pg_current_snapshot()::text") or (None,)
        return snapshot

    def _settle(self) -> None:
        """Wait for the steps that are just being stored, but for no longer transaction of somebody else."""
        until = time.monotonic() + _SETTLE
        while self._row(_NOT_YET) and time.monotonic() < until:
            time.sleep(0.002)

    def log_access(self, at: datetime, person: str, what: str, case_id: str, choice: str, code: str) -> None:
        words = [word.replace("\0", "␀") for word in (person, what, case_id, choice, code)]
        self._transact(self._log_access, microseconds(at), *words)

    @staticmethod
    def _log_access(execute: Execute, *columns: int | str) -> None:
        execute("SELECT pg_advisory_xact_lock(procflow_lock(4))")
        last = execute("SELECT sequence, hash FROM access_log ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = last or (0, START)
        hash_ = link_hash(ACCESS_CHAIN, bytes(previous), sequence + 1, *columns)
        execute(
            "INSERT INTO access_log VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (sequence + 1, *columns, previous, hash_),
        )

    def access_log(self) -> Iterator[tuple[int, bytes, bytes, Mapping[str, str]]]:
        for sequence, previous, hash_, at, *rest in self._stream(
            "SELECT sequence, previous, hash, at, person, what, case_id, choice, code FROM access_log"
            " WHERE sequence > %s ORDER BY sequence LIMIT %s",
            _BEGINNING,
        ):
            words = dict(zip(("person", "what", "case_id", "choice", "code"), rest, strict=True))
            yield sequence, previous, hash_, {"at": from_microseconds(at).isoformat(), **words}

    def seal_heads(self, at: datetime) -> bytes | None:
        if not self._row(_UNSEALED):
            return None
        self._settle()
        last: bytes | None = None
        while (sealed := self._transact(self._seal, microseconds(at))) is not None:
            last = sealed
        return last

    @staticmethod
    def _seal(execute: Execute, at: int) -> bytes | None:
        from procflow.stores.heads import ACCESS_LOG, write_heads  # a host seals, never a step

        execute("SELECT pg_advisory_xact_lock(procflow_lock(5))")
        ((sealed, sealed_access),) = execute("SELECT sealed, sealed_access FROM counters").fetchall()
        last = execute("SELECT sequence, hash FROM seals ORDER BY sequence DESC LIMIT 1").fetchone()
        sequence, previous = last or (0, START)
        stretch = execute(
            "SELECT place, number FROM journal WHERE place > %s AND place < procflow_settled() ORDER BY place LIMIT %s",
            (sealed, _HEADS_A_SEAL),
        ).fetchall()
        heads = execute(
            "SELECT case_id, sequence, head FROM cases WHERE number = ANY (%s::bigint[]) ORDER BY number",
            (numbers(sorted({number for _, number in stretch})),),
        ).fetchall()
        access = execute(
            "SELECT %s::text, sequence, hash FROM access_log WHERE sequence > %s ORDER BY sequence DESC LIMIT 1",
            (ACCESS_LOG, sealed_access),
        ).fetchall()
        heads = [(case, number, bytes(head)) for case, number, head in [*heads, *access]]
        if not heads:
            return None
        upto = stretch[-1][0] if stretch else sealed
        content = write_heads(at, upto, heads)
        hash_ = link_hash(SEAL_CHAIN, bytes(previous), sequence + 1, content)
        execute("INSERT INTO seals VALUES (%s, %s, %s, %s)", (sequence + 1, previous, hash_, content))
        execute(
            "UPDATE counters SET sealed = %s, sealed_access = %s",
            (upto, access[0][1] if access else sealed_access),
        )
        return hash_

    def seals(self) -> Iterator[tuple[int, bytes, bytes, bytes]]:
        yield from self._stream(
            "SELECT sequence, previous, hash, content FROM seals WHERE sequence > %s ORDER BY sequence LIMIT %s",
            _BEGINNING,
        )

    def missing_rights(self) -> list[str]:
        """What the user of the store may not do in its tables, in words: whoever restored them is their owner."""
        from procflow.stores.copying import TABLES  # not on the way of a step

        needed = [(name, right) for right, names in _NEEDED.items() for name in names]
        needed += [(table.name, right) for table in TABLES for right in ("SELECT", "INSERT")]
        names, rights = [name for name, _ in needed], [right for _, right in needed]
        return [f"{missing} on {name}" for name, missing in self._rows(_MISSING, (names, rights))]

    def self_check(self) -> list[str]:
        """The migrations, the counters, and each table that repeats what another says, all at one instant."""
        with self.at_one_instant():
            return self._check()

    def _check(self) -> list[str]:
        self._asked(lambda: self._run("SET LOCAL enable_seqscan = on"))
        self._asked(lambda: self._run("SET LOCAL enable_hashjoin = on"))
        found = changed_migrations(self._connection, migration_files())
        for sql, words in _CHECKS:
            row = self._row(sql)
            if row is not None and row[0]:
                found.append(words.format(*row))
        cases = self._stream(
            "SELECT number, tasks FROM cases WHERE number > %s ORDER BY number LIMIT %s", _BEGINNING
        )
        found += [
            f"the open tasks of case {number} are not in the inboxes as its row has them"
            for number in tasks_apart(
                cases,
                self._sorted("SELECT * FROM tasks ORDER BY number"),
            )
        ]
        return found


def _journal_row(case_id: str, row: Sequence[object]) -> JournalRow:
    sequence, command_id, at, ran_at, *rest = row
    assert isinstance(at, int) and isinstance(ran_at, int)
    return JournalRow(case_id, sequence, command_id, from_microseconds(at), from_microseconds(ran_at), *rest)  # type: ignore[arg-type]


_ORPHANS = "SELECT count(*) FROM TABLE t WHERE NOT EXISTS (SELECT 1 FROM cases c WHERE c.number = t.number)"
_CHECKS = (
    (
        "SELECT count(*) FROM documents d WHERE pg_catalog.sha256(d.compiled) <> d.sha256",
        "{0} documents were changed after they were published",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.sealed > 0 AND NOT EXISTS (SELECT 1 FROM seals)",
        "rows were sealed, and the seals are missing",
    ),
    (
        "SELECT count(*) FROM (SELECT whose, count(*) FILTER (WHERE kind = 'work') AS w,"
        " count(*) FILTER (WHERE kind <> 'work') AS i FROM tasks GROUP BY whose) t FULL JOIN"
        " (SELECT whose, sum(work) AS work, sum(items) AS items FROM queues GROUP BY whose) q ON q.whose = t.whose"
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
        "SELECT count(*) FROM (SELECT coalesce(sum(late), 0) AS late FROM tallies) t"
        " WHERE t.late <> (SELECT count(*) FROM cases WHERE late = 1 AND closed = 0 AND number > 0)",
        "the counter of late cases is not their number",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.slot < (SELECT max(s) FROM (SELECT coalesce(max(key_slot), 0) AS s"
        " FROM cases UNION ALL SELECT coalesce(max(key_slot), 0) FROM inbound) AS slots)",
        "the counter of key slots is below a slot in use",
    ),
    (
        "SELECT count(*) FROM counters c WHERE c.sealed > (SELECT coalesce(max(place), 0) FROM journal)",
        "the counter of sealed rows is ahead of the journal",
    ),
    (
        "SELECT count(*) FROM identities i JOIN cases c ON c.number = i.number WHERE i.open <> 1 - c.closed",
        "{0} fingerprints stand with the wrong cases (open or closed)",
    ),
    (
        "SELECT count(*) FROM cases c FULL JOIN (SELECT number, count(*) AS steps, max(sequence) AS last FROM journal"
        " GROUP BY number) j ON j.number = c.number"
        " WHERE c.number IS NULL OR j.number IS NULL OR j.steps <> c.sequence OR j.last <> c.sequence",
        "the journals of {0} cases do not have a row for each of their steps",
    ),
    *(
        (
            _ORPHANS.replace("TABLE", table),
            f"{{0}} rows of {table} name a row of cases that is not there",
        )
        for table in ("tasks", "effects", "identities", "done_for")
    ),
)

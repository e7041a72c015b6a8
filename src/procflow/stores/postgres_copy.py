"""A whole store on PostgreSQL, out and in; see `copying`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import psycopg

from procflow.errors import UsageError
from procflow.stores.copying import Row, Rows, Table
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_connection import Connection, connect, in_words

_EVERY = {
    "journal": "SELECT row_number() OVER (ORDER BY place), number, sequence, command_id, at, ran_at, definition,"
    " surroundings, previous, hash, entries FROM journal ORDER BY place",
    "queues": "SELECT whose, sum(work)::bigint, sum(items)::bigint FROM queues GROUP BY whose"
    " HAVING sum(work) <> 0 OR sum(items) <> 0 ORDER BY whose",
    "counters": "SELECT number, slot, (SELECT coalesce(sum(open), 0)::bigint FROM tallies),"
    " (SELECT coalesce(sum(closed), 0)::bigint FROM tallies), (SELECT coalesce(sum(late), 0)::bigint FROM tallies),"
    " (SELECT count(*) FROM journal WHERE place <= sealed), sealed_access FROM counters",
}
#: The tables that only this store has.
CASE_KEYS = Table("case_keys", "slot, sealed", "slot")
EVIDENCE = Table("evidence", "hash, slot, sealed", "hash, slot")
_BATCH = 500
_TAKEN = (
    "SELECT slot > 0 OR EXISTS (SELECT 1 FROM cases) OR EXISTS (SELECT 1 FROM documents)"
    " OR EXISTS (SELECT 1 FROM access_log) OR EXISTS (SELECT 1 FROM kept) FROM counters"
)


def _select(table: Table) -> str:
    plain = " ".join(("SELECT", table.columns, "FROM", table.name, "ORDER BY", table.order))
    return _EVERY.get(table.name, plain)


class PostgresCopy:
    """`Source` and `Target` over a store, on a connection of its own."""

    def __init__(self, store: PostgresStore) -> None:
        self._store = store

    @contextmanager
    def _connected(self, begin: str) -> Iterator[Connection]:
        connection, _ = connect(*self._store.access)
        try:
            connection.execute(begin.encode())
            connection.execute(b"SET LOCAL idle_in_transaction_session_timeout = 0")
            connection.execute(b"SET LOCAL enable_seqscan = on")
            yield connection
            connection.execute(b"COMMIT")
        except psycopg.Error as why:
            raise in_words(why, self._store.access[0]) from why
        finally:
            connection.close()

    def must_be_empty(self) -> None:
        """Raises UsageError where anything is kept in it; looked at again when it is filled."""
        ((taken,),) = self._store.read(_TAKEN) or ((True,),)
        if taken:
            raise self._not_empty()

    def _not_empty(self) -> UsageError:
        return UsageError(f"the store at {self._store.place} is not empty", "name a database that is empty")

    @contextmanager
    def everything(self) -> Iterator[Rows]:
        with self._connected("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as connection:

            def rows(table: Table) -> Iterator[Row]:
                yield from _rows(connection, table)

            yield rows

    @contextmanager
    def filled(self) -> Iterator[tuple[Callable[[Table, Iterable[Row]], None], Rows]]:
        with self._connected("BEGIN") as connection:
            connection.execute(b"LOCK TABLE cases, documents, inbound, access_log, kept IN EXCLUSIVE MODE")
            (taken,) = connection.execute(_TAKEN.encode()).fetchone() or (True,)
            if taken:
                raise self._not_empty()

            def write(table: Table, given: Iterable[Row]) -> None:
                _write(connection, table, given)

            def rows(table: Table) -> Iterator[Row]:
                yield from _rows(connection, table)

            yield write, rows
            connection.execute(b"UPDATE house SET base = (SELECT coalesce(max(place), 0) FROM journal)")


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    with connection.cursor("those", binary=True) as cursor:
        cursor.itersize = _BATCH
        yield from cursor.execute(_select(table).encode())


def _write(connection: Connection, table: Table, given: Iterable[Row]) -> None:
    if table.name == "counters":
        for number, slot, open_, closed, late, sealed, sealed_access in given:
            connection.execute(
                b"UPDATE counters SET number = %s, slot = %s, sealed = %s, sealed_access = %s",
                (number, slot, sealed, sealed_access),
            )
            connection.execute(b"INSERT INTO tallies VALUES (0, %s, %s, %s)", (open_, closed, late))
        return
    columns, rows = table.columns, given
    if table.name == "queues":
        columns, rows = "whose, part, work, items", ((whose, 0, *counts) for whose, *counts in given)
    sql = f"COPY {table.name} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(sql.encode()) as copying:
        for row in rows:
            copying.write_row(row)

"""A whole store on SQLite, out and in; see `copying`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import apsw

from procflow.errors import UsageError
from procflow.stores.copying import Row, Rows, Table
from procflow.stores.sqlite import SqliteStore
from procflow.stores.sqlite_connection import in_words

_EVERY = {
    "journal": "SELECT row_number() OVER (ORDER BY id), number, sequence, command_id, at, ran_at, definition,"
    " surroundings, previous, hash, entries FROM journal ORDER BY id",
    "queues": "SELECT whose, work, items FROM queues WHERE work <> 0 OR items <> 0 ORDER BY whose",
    "counters": "SELECT number, slot, open, closed, late, (SELECT count(*) FROM journal WHERE id <= sealed),"
    " sealed_access FROM counters",
}
_PUT = {
    "journal": "INSERT INTO journal (id, number, sequence, command_id, at, ran_at, definition, surroundings, previous,"
    " hash, entries) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    "counters": "UPDATE counters SET number = ?, slot = ?, open = ?, closed = ?, late = ?, sealed = ?,"
    " sealed_access = ?",
}


def _select(table: Table) -> str:
    plain = " ".join(("SELECT", table.columns, "FROM", table.name, "ORDER BY", table.order))
    return _EVERY.get(table.name, plain)


def _insert(table: Table) -> str:
    marks = ", ".join("?" * len(table.columns.split(",")))
    return _PUT.get(
        table.name, " ".join(("INSERT INTO", table.name, f"({table.columns})", f"VALUES ({marks})"))
    )


class SqliteCopy:
    """`Source` and `Target` over the file at `path`."""

    def __init__(self, path: str) -> None:
        self.path = path

    @contextmanager
    def everything(self) -> Iterator[Rows]:
        store = SqliteStore(self.path, reading=True)
        try:
            connection = store._connection

            def rows(table: Table) -> Iterator[Row]:
                yield from connection.cursor().execute(_select(table))

            try:
                connection.execute("BEGIN")
                yield rows
            except apsw.Error as why:
                raise in_words(why, self.path, connection) from why
        finally:
            store.close()

    @contextmanager
    def filled(self) -> Iterator[tuple[Callable[[Table, Iterable[Row]], None], Rows]]:
        store = SqliteStore(self.path, create=True)
        try:
            connection = store._connection

            def write(table: Table, given: Iterable[Row]) -> None:
                connection.cursor().executemany(_insert(table), given)

            def rows(table: Table) -> Iterator[Row]:
                yield from connection.cursor().execute(_select(table))

            try:
                with store.together():
                    if store.next_slot() > 1 or store.load("organisation") or next(store.access_log(), None):
                        raise UsageError(
                            f"the store {self.path} is not empty", "name a file that is not there yet"
                        )
                    yield write, rows
            except apsw.Error as why:
                raise in_words(why, self.path, connection) from why
        finally:
            store.close()

"""One connection to the PostgreSQL store, used by one thread at a time: it comes back by itself when it was lost, and
never leaves open whether something was stored. It knows no table.

A write is one transaction. Where the connection goes while the server stores it, nobody knows whether it did; the next
connection asks the server what became of that very transaction before anything is done again. What the server ended so
that another could go on (a deadlock) is done again at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, TypeVar

import psycopg

from procflow.core.record import from_microseconds
from procflow.errors import Busy, StorageError
from procflow.stores.postgres_connection import (
    About,
    Connection,
    bring_up,
    connect,
    in_words,
    is_lost,
    is_race,
    masked,
)

T = TypeVar("T")
Row = tuple[Any, ...]
Values = Sequence[Any] | Mapping[str, Any]
Execute = Callable[..., "psycopg.Cursor[Any]"]

#: Stands for "not set" where an index must keep what is not set at its end.
NEVER = 2**63 - 1
_BATCH = 256
_RACES = 8
#: How long a write of `together` waits for another transaction, in milliseconds: it holds what others may wait for.
_WAIT_TOGETHER = 50


class Session:
    """Opens the store at `url`; a `password` that may change is asked for at each connection; `timeout` in seconds for locks,
    and for a server that is gone. Whoever is `patient` waits for it from the beginning; else one that answers nobody is told
    at once. See `PostgresStore`."""

    def __init__(
        self,
        url: str,
        password: str | Callable[[], str] = "",
        *,
        create: bool = False,
        timeout: float = 10.0,
        patient: bool = False,
    ) -> None:
        self.place = masked(url)
        self._url, self._password, self._timeout = url, password, timeout
        self._lock = threading.RLock()
        self._closed = False
        self._at_one_instant = False
        self._together = 0  # how many writes the open transaction of `together` has seen, from 1 on
        try:
            self._begin(create)
        except (StorageError, Busy) as why:  # whom nobody answered has no cause
            if not (patient or (isinstance(why.__cause__, psycopg.Error) and is_lost(why.__cause__))):
                raise
            self._again(why, create)

    def _begin(self, create: bool) -> None:
        self._connection, self.about = self._opened(create)
        try:
            self._ready()
        except BaseException as why:
            self._connection.close()
            if isinstance(why, psycopg.Error):
                raise in_words(why, self._url) from why
            raise

    def _opened(self, create: bool) -> tuple[Connection, About]:
        connection, about = connect(*self.access, self._timeout)
        try:
            bring_up(connection, about, self._url, create=create)
        except BaseException:
            connection.close()
            raise
        return connection, about

    def _ready(self) -> None:
        """A new connection stands; whoever keeps something of the old one lets go of it."""
        self._cursor = self._connection.cursor(binary=True)

    @property
    def access(self) -> tuple[str, str]:
        """Address and password as it is now, for whoever needs a connection of its own to the same database."""
        return self._url, self._password() if callable(self._password) else self._password

    @property
    def reading_only(self) -> bool:
        """Whether nothing can be written at the server (a standby, or set so); while that is so, by a new connection, for
        an old one stays as it began."""
        with self._lock:
            if self.about.standby and not (self._closed or self._together or self._at_one_instant):
                self._connection.close()
                self._asked(lambda: self._run("SELECT 1"))
        return self.about.standby

    def server(self) -> str:
        """What is at the other end, in words."""
        return f"PostgreSQL {self.about.version} at {self.place}, synchronous_commit {self.about.commit}"

    def others(self) -> list[str]:
        """Who else of procflow is connected to the database, in words."""
        rows = self._rows(
            "SELECT application_name, coalesce(host(client_addr), 'this machine') FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name LIKE 'procflow %%' AND pid <> pg_backend_pid()"
            " AND application_name <> current_setting('application_name') ORDER BY 1, 2"
        )
        return [f"{name.replace('procflow', 'process')} on {host}" for name, host in rows]

    def clock(self) -> datetime:
        """What time it is at the server."""
        ((now,),) = self._rows("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
        return from_microseconds(now)

    def close(self) -> None:
        with self._lock:
            if not self._closed:
                self._closed = True
                with suppress(psycopg.Error):
                    self._connection.close()

    # --- reading

    def _rows(self, sql: str, arguments: Values = ()) -> list[Row]:
        with self._lock:
            found: list[Row] = self._asked(lambda: self._run(sql, arguments).fetchall())
            return found

    def _row(self, sql: str, arguments: Values = ()) -> Row | None:
        found = self._rows(sql, arguments)
        return found[0] if found else None

    def _stream(
        self, sql: str, place: int, arguments: Sequence[Any] = (), at_once: int = _BATCH
    ) -> Iterator[Row]:
        """All rows of a query that takes (place, ..., limit) and whose first column is the next place."""
        while True:
            found = self._rows(sql, (place, *arguments, at_once))
            yield from found
            if len(found) < at_once:
                return
            place = found[-1][0]

    def _run(self, sql: str, arguments: Values = ()) -> psycopg.Cursor[Any]:
        try:
            return self._cursor.execute(sql.encode(), arguments)
        except psycopg.errors.ReadOnlySqlTransaction:
            self._connection.close()  # it stays so for as long as it lasts; the next one may find who can be written
            raise

    def _asked(self, question: Callable[[], T]) -> T:
        """A question may be asked again on another connection."""
        if self._closed:
            raise self._is_closed()
        try:
            return question()
        except psycopg.Error as why:
            if not is_lost(why) or self._together or self._at_one_instant:
                raise in_words(why, self._url) from why
            self._come_back(why)
        try:
            return question()
        except psycopg.Error as why:
            raise in_words(why, self._url) from why

    def _come_back(self, why: psycopg.Error) -> None:
        """Another connection in place of the one that was lost, as `_again`."""
        with suppress(psycopg.Error):
            self._connection.close()
        self._again(why)

    def _again(self, why: Exception, create: bool = False) -> None:
        """Another connection, as soon as the server takes one; raises StorageError after `timeout`."""
        until, pause = time.monotonic() + self._timeout, 0.02
        while True:
            try:
                self._begin(create)
                return
            except (StorageError, Busy, psycopg.Error) as away:
                # busy: it is full, when many come back at once
                told = in_words(away, self._url) if isinstance(away, psycopg.Error) else away
                if time.monotonic() > until or "sqlstate" not in told.facts:
                    raise told from why
            time.sleep(pause)
            pause = min(pause * 2, 0.5)

    def read(self, sql: str, arguments: Values = ()) -> list[Row]:
        """For what belongs to the store and lies in its database: keys and evidence."""
        return self._rows(sql, arguments)

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """See `Store.at_one_instant`. Raises StorageError when the connection goes meanwhile: the next one would see
        another instant."""
        with self._lock:
            if self._at_one_instant:
                yield
                return
            self._asked(lambda: self._run("SELECT 1"))  # a connection that was lost meanwhile comes back here
            self._asked(lambda: self._run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"))
            self._at_one_instant = True
            try:
                yield
                if self._connection.closed:
                    raise StorageError(
                        f"the connection to the store at {self.place} went while it was looked at",
                        "look again",
                    )
            finally:
                self._at_one_instant = False
                self._undo()

    def _sorted(self, sql: str) -> Iterator[Row]:
        """The rows of a query some at a time, for what has no index; inside of `at_one_instant`."""
        self._asked(lambda: self._run(f"DECLARE sorted NO SCROLL CURSOR FOR {sql}"))
        while found := self._rows(f"FETCH {_BATCH:d} FROM sorted"):
            yield from found
        self._asked(lambda: self._run("CLOSE sorted"))

    # --- writing

    def write(self, work: Callable[..., T], *arguments: Any) -> T:
        """As `read`: `work(execute, *arguments)` in one transaction."""
        return self._transact(work, *arguments)

    def _transact(self, work: Callable[..., T], *arguments: Any) -> T:
        """`work(execute, *arguments)` in one transaction: all of it is durable, or nothing is.

        Raises Busy when what it needs stays locked, StorageError, and what `work` raises.
        """
        with self._lock:
            assert not self._at_one_instant, "whoever looks at one instant writes nothing"
            if self._closed:
                raise self._is_closed()
            if self._together:
                return self._within(lambda: work(self._run, *arguments))
            for _ in range(_RACES):
                transaction = 0
                try:
                    self._run("BEGIN")
                    result = work(self._run, *arguments)
                    ((transaction,),) = self._run("SELECT pg_current_xact_id_if_assigned()::text::bigint")
                    self._run("COMMIT")
                    return result
                except psycopg.Error as why:
                    if is_race(why):
                        self._undo()
                        continue
                    if not is_lost(why):
                        self._undo()
                        raise in_words(why, self._url) from why
                    self._come_back(why)
                    if transaction and self._became(transaction) == "committed":
                        return result
                except BaseException:
                    self._undo()
                    raise
            raise Busy(f"the store at {self.place} is busy: others are always faster", "try again")

    def _became(self, transaction: int) -> str:
        """What became of a transaction whose end nobody heard of: committed or aborted. Waits while the server is
        still at it; raises StorageError when it does not end."""
        until = time.monotonic() + self._timeout
        while True:
            row = self._row("SELECT pg_xact_status(%s::text::xid8)", (str(transaction),))
            status = str(row[0]) if row is not None else ""
            if status != "in progress":
                return status
            if time.monotonic() > until:
                raise StorageError(
                    f"the server at {self.place} has not ended what was begun; it may or may not come to be stored",
                    "do it again under the same request id: it is done once",
                    {"transaction": transaction},
                )
            time.sleep(0.02)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is one transaction; see `Store.together`. A write that another transaction keeps
        waiting raises Busy: done again by itself afterwards, it can wait without holding anything."""
        with self._lock:
            if self._closed:
                raise self._is_closed()
            transaction = 0
            try:
                # a connection that was lost meanwhile comes back here
                self._asked(lambda: self._run("SELECT 1"))
                self._run("BEGIN")
                self._together = 1
                yield
                ((transaction,),) = self._run(
                    "SELECT pg_current_xact_id_if_assigned()::text::bigint"
                ).fetchall()
                self._together = 0
                self._run("COMMIT")
            except psycopg.Error as why:
                self._together = 0
                if not is_lost(why):
                    self._undo()
                    raise in_words(why, self._url) from why
                self._come_back(why)
                if not transaction or self._became(transaction) != "committed":
                    raise in_words(why, self._url) from why
            except BaseException as why:
                self._together = 0
                cause = why.__cause__
                if isinstance(cause, psycopg.Error) and is_lost(cause):
                    with suppress(StorageError):
                        self._come_back(cause)
                else:
                    self._undo()
                raise

    def _within(self, work: Callable[[], T]) -> T:
        """One of the writes of `together`: all of it, or nothing of it."""
        try:
            if self._together == 2:
                self._run(f"SET LOCAL lock_timeout = {_WAIT_TOGETHER:d}")
            self._together += 1
            self._run("SAVEPOINT one")
            result = work()
            self._run("RELEASE one")
            return result
        except BaseException as why:
            if isinstance(why, psycopg.Error) and is_lost(why):
                raise in_words(why, self._url) from why
            self._run("ROLLBACK TO one")
            self._run("RELEASE one")
            if isinstance(why, psycopg.Error):
                if is_race(why):
                    raise Busy(
                        f"the store at {self.place} is busy: another transaction holds what this one needs",
                        "do this one again by itself",
                    ) from why
                raise in_words(why, self._url) from why
            raise

    def _undo(self) -> None:
        with suppress(psycopg.Error):
            if not self._connection.closed and self._connection.info.transaction_status:
                self._connection.execute(b"ROLLBACK")

    def _is_closed(self) -> StorageError:
        return StorageError(f"the store at {self.place} is closed", "open it again")

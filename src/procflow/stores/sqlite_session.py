"""One connection to the SQLite store, used by one thread at a time, and the one way to write: a transaction
inside the gate. It knows no table.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar

import apsw

from procflow.core.record import from_microseconds, microseconds
from procflow.errors import Busy, StorageError
from procflow.stores.gate import Gate
from procflow.stores.sqlite_connection import (
    CANNOT_SHARE,
    in_words,
    no_store,
    open_alone,
    open_store,
)
from procflow.stores.sqlite_files import Files
from procflow.stores.writers import NO_END, Wanted, Writers, writers_of

T = TypeVar("T")
Row = tuple[Any, ...]
Execute = Callable[..., Any]

_BATCH = 256


class Session:
    """Opens the store at `path` and closes it; `timeout` in seconds for the gate. See `SqliteStore`."""

    def __init__(
        self, path: str, *, create: bool = False, reading: bool | None = None, timeout: float = 10.0
    ) -> None:
        self.path = os.fspath(path)
        folder = os.path.dirname(os.path.abspath(self.path))
        if reading is None:
            may_write = os.access(self.path if os.path.exists(self.path) else folder, os.W_OK)
            reading = os.path.exists(self.path) and not (may_write and os.access(folder, os.W_OK))
        if not create and not os.path.exists(self.path):  # asked before the gate makes its file beside it
            raise no_store(self.path)
        self._lock = threading.RLock()
        self._fault: str = ""
        self._timeout, self._renewed = timeout, 0
        self._together = self._at_one_instant = False
        real = os.path.realpath(self.path)  # one gate, by whichever name it is opened
        self._gate = None if reading else Gate(real + ".lock", timeout)
        self._full = False
        try:
            try:
                self._connection = open_store(self.path, self._gate, create=create, busy_timeout=timeout)
            except StorageError as why:
                if why.facts.get("code") not in CANNOT_SHARE:
                    raise
                self._connection = open_alone(self.path, why)
                self._full, self._gate = True, None
        except BaseException:
            if self._gate is not None:
                self._gate.close()
            raise
        self._closed = False
        self._files = Files(self.path)
        self._writers = None if self._gate is None else writers_of(real)
        self._execute: Execute = self._connection.cursor().execute

    @property
    def reading_only(self) -> bool:
        """Whether it was opened where nothing can be written; who stays opens it anew when that has passed."""
        return self._gate is None

    @property
    def no_room(self) -> bool:
        """Whether that is because there is no space left."""
        return self._full

    @property
    def waited(self) -> float:
        """Seconds that writes of this store have waited for others, all together."""
        return self._gate.waited if self._gate is not None else 0.0

    def close(self) -> None:
        with self._lock:
            if self._closed:
                return
            self._closed = True
            try:
                self._files.close(self._connection, None if self._fault else self._gate)
            except apsw.Error as why:
                raise in_words(why, self.path, self._connection) from why
            finally:
                if self._gate is not None:
                    self._gate.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is written inside is flushed once, at the end; see `Store.together`. Raises as `_transact` does."""
        with self._lock:
            gate = self._gate
            if gate is None or self._closed:
                raise self._unusable()
            self._must_be_sound()
            try:
                try:
                    gate.acquire()
                    self._files.must_lie_there(self._connection)
                    self._execute("BEGIN IMMEDIATE")
                    self._together = True
                    yield
                    self._together = False
                    self._execute("COMMIT")
                except BaseException as why:
                    self._together = False
                    self._undo()
                    if isinstance(why, apsw.Error):
                        raise self._in_words(why) from why
                    raise
                finally:
                    gate.release()
            except BaseException:
                gate.release()  # again: a Ctrl-C may have come right before the other had done so
                raise

    @contextmanager
    def at_one_instant(self) -> Iterator[None]:
        """See `Store.at_one_instant`. The log beside the file grows with what others write meanwhile."""
        with self._lock:
            if self._at_one_instant:
                yield
                return
            self._rows("BEGIN")
            self._at_one_instant = True
            try:
                yield
            finally:
                self._at_one_instant = False
                self._undo()

    def _within(self, work: Callable[..., T], *arguments: Any) -> T:
        """One of several writes in a transaction: all of it, or nothing of it."""
        execute, begun = self._execute, False
        try:
            execute("SAVEPOINT one")
            begun = True
            result = work(execute, *arguments)
            execute("RELEASE one")
            return result
        except BaseException as why:
            if begun and self._connection.in_transaction:
                # else the disk refused, and nothing of all of it is left
                execute("ROLLBACK TO one")
                execute("RELEASE one")
            if isinstance(why, apsw.Error):
                raise self._in_words(why) from why
            raise

    def _transact(self, work: Callable[..., T], *arguments: Any) -> T:
        """`work(execute, *arguments)` in one transaction inside the gate: all of it is durable, or nothing is.

        What other threads of this process want written meanwhile goes into the same transaction and is flushed with
        it; `work` may so be executed over the connection of another store object, and knows no other one.
        Raises Busy when the gate stays shut, StorageError when the disk refuses, and what `work` raises.
        """
        with self._lock:
            assert not self._at_one_instant, "whoever looks at one instant writes nothing"
            gate, writers = self._gate, self._writers
            if gate is None or writers is None or self._closed:
                raise self._unusable()
            self._must_be_sound()
            if self._together:
                return self._within(work, *arguments)
            try:
                try:
                    if writers.leads(self):
                        return self._lead(gate, writers, work, arguments)
                    return self._go_along(gate, writers, work, arguments)
                finally:
                    gate.release()
                    writers.leave(self)
            except BaseException:
                gate.release()  # again: a Ctrl-C may have come right before the other had done so
                writers.leave(self)
                raise

    def _lead(
        self, gate: Gate, writers: Writers, work: Callable[..., T], arguments: Row, wait: float | None = None
    ) -> T:
        """This write, and those of the threads that came meanwhile."""
        execute, asked = self._execute, False
        along: list[Wanted] = []
        try:
            gate.acquire(wait)
            self._files.must_lie_there(self._connection)
            execute("BEGIN IMMEDIATE")
            result = work(execute, *arguments)
            if writers.waiting and not self._take_along(writers, along):
                # Somebody's write was refused in the middle: all of it once more, each all or nothing for itself. (To
                # begin with that costs more than a write: SQLite keeps every page as it was before each of them.)
                execute("ROLLBACK")
                execute("BEGIN IMMEDIATE")
                result = work(execute, *arguments)
                self._one_by_one(writers, along)
            asked = True
            execute("COMMIT")
            for one in along:
                one.settle()
            return result
        except BaseException as why:
            open_still = not self._closed and self._connection.in_transaction
            self._undo()
            said = self._in_words(why) if isinstance(why, apsw.Error) else why
            if along:
                self._tell(writers, along, said, asked, open_still)
            if said is not why:
                raise said from why
            raise

    def _take_along(self, writers: Writers, along: list[Wanted]) -> bool:
        """Write what waits in line; False where one of them is refused, so that a part of it may be written. Raises
        where the whole transaction is lost."""
        execute = self._execute
        while writers.one_more(along):
            one = along[-1]
            try:
                one.result = one.work(execute, *one.arguments)
            except Exception:
                if not self._connection.in_transaction:
                    raise
                return False
        return True

    def _one_by_one(self, writers: Writers, along: list[Wanted]) -> None:
        """Write what was taken along, and what still waits in line, each all or nothing for itself. Raises where the
        whole transaction is lost."""
        written = 0
        while written < len(along) or writers.one_more(along):
            one = along[written]
            written += 1
            try:
                one.result = self._within(one.work, *one.arguments)
            except Exception as why:
                if not self._connection.in_transaction:
                    raise
                one.error = why

    def _tell(self, writers: Writers, along: list[Wanted], why: Any, asked: bool, open_still: bool) -> None:
        """Something went wrong in the leading thread: what becomes of the others."""
        failed = isinstance(why, StorageError | Busy)
        if not failed and (open_still or not asked):  # nothing was written, and it is no matter of theirs
            for one in along:
                one.error = None
            writers.back(along)
            return
        for one in along:  # where nothing failed, it came right behind the commit
            if failed:
                one.error, one.fault = type(why)(why.message, why.hint, why.facts), self._fault
            one.settle()

    def _go_along(self, gate: Gate, writers: Writers, work: Callable[..., T], arguments: Row) -> T:
        """Wait until another thread has written this too, or lead when there is none."""
        wanted, until = Wanted(work, arguments), monotonic() + gate.timeout
        try:
            writers.waiting.append(wanted)
            while not wanted.done:
                if not writers.leads(self):
                    if wanted.sleep(until - monotonic()):
                        continue
                    if writers.withdraw(wanted):
                        raise gate.busy()
                    wanted.sleep(NO_END)  # it is being written, and so must be told what becomes of it
                elif writers.withdraw(wanted):
                    return self._lead(gate, writers, work, arguments, max(until - monotonic(), 0.0))
                elif not wanted.done:  # whoever took it along was struck twice
                    raise StorageError(
                        f"it is not known whether the store {self.path} has taken this",
                        hint="look whether it is there before you ask again",
                        facts={"file": self.path},
                    )
        except BaseException:
            writers.withdraw(wanted)
            raise
        if wanted.error is not None:
            self._fault = self._fault or wanted.fault
            raise wanted.error
        result: T = wanted.result
        return result

    def _rows(self, sql: str, arguments: Row = ()) -> list[Row]:
        with self._lock:
            if self._closed:
                raise self._unusable()
            self._must_be_sound()
            try:
                found: list[Row] = self._execute(sql, arguments).fetchall()
            except apsw.Error as why:
                raise self._in_words(why) from why
            except UnicodeDecodeError as why:
                raise StorageError(
                    f"the store {self.path} is damaged: a text in it is none ({why})",
                    hint="change nothing in it; restore the newest backup beside it and compare: procflow audit",
                    facts={"file": self.path},
                ) from why
            return found

    def _sorted(self, sql: str) -> Iterator[Row]:
        """The rows of a query one by one, for what has no index; inside of `at_one_instant`."""
        try:
            yield from self._connection.cursor().execute(sql)
        except apsw.Error as why:
            raise self._in_words(why) from why

    def _row(self, sql: str, arguments: Row = ()) -> Row | None:
        found = self._rows(sql, arguments)
        return found[0] if found else None

    def _stream(self, sql: str, place: int, arguments: Row = ()) -> Iterator[Row]:
        """All rows of a query that takes (place, ..., limit) and whose first column is the next place."""
        while True:
            found = self._rows(sql, (place, *arguments, _BATCH))
            yield from found
            if len(found) < _BATCH:
                return
            place = found[-1][0]

    def _must_be_sound(self) -> None:
        """After a flush that failed the file is opened anew before anything else is done. What the log beside it holds is
        written once more, into the file itself, because nobody knows how much of the log the disk has: a flush that
        is asked for again says yes to anything. Raises StorageError and Busy; the next one tries again then."""
        if not self._fault:
            return
        gate = self._gate
        if gate is None or self._together:
            raise self._unusable()
        with suppress(apsw.Error):
            self._connection.close()
        connection = open_store(self.path, gate, create=False, busy_timeout=self._timeout)
        try:
            gate.acquire()
            (still_read, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0]
            if still_read:
                raise self._unusable()
        except BaseException as why:
            said = in_words(why, self.path, connection) if isinstance(why, apsw.Error) else why
            connection.close()
            if said is not why:
                raise said from why
            raise
        finally:
            gate.release()
        self._connection, self._execute = connection, connection.cursor().execute
        self._files = Files(self.path)
        self._fault, self._renewed = "", self._renewed + 1

    def _undo(self) -> None:
        try:
            if not self._closed and self._connection.in_transaction:
                self._execute("ROLLBACK")
        except apsw.Error as why:
            self._fault = str(why)

    def _in_words(self, why: apsw.Error) -> Exception:
        if isinstance(why, apsw.IOError) and getattr(why, "extendedresult", 0) in _FLUSHES:
            # After a flush that failed nobody knows what the disk holds; asking the same file again has lied
            # to others for twenty years. Whoever goes on opens the store anew.
            self._fault = str(why)
        return self._files.away() or in_words(why, self.path, self._connection)

    def _unusable(self) -> StorageError:
        if self._closed:
            return StorageError(f"the store {self.path} is closed", hint="open it again")
        if self._fault:
            return StorageError(
                f"the store {self.path} failed before ({self._fault}) and could not be opened anew yet",
                hint="look at the system's log for the disk, try again, and run: procflow audit",
                facts={"file": self.path, "reported": self._fault},
            )
        if self._full:
            return StorageError(
                f"no space left beside the store {self.path} (disk, quota or file size limit); nothing was written",
                hint="free some space and do it again; reading goes on meanwhile",
                facts={"file": self.path},
            )
        return StorageError(
            f"the store {self.path} is open for reading only; nothing was written",
            hint="look at the rights of the file and its folder, or mount the disk for writing",
            facts={"file": self.path},
        )


_FLUSHES = frozenset({apsw.SQLITE_IOERR_FSYNC, apsw.SQLITE_IOERR_DIR_FSYNC})


def stamp(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds(instant)


def instant(count: int | None) -> datetime | None:
    return None if count is None else from_microseconds(count)

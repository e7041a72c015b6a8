"""The file of an SQLite store and those that SQLite keeps beside it while it is in use: whether they are still the ones
that were opened. It knows no table."""

from __future__ import annotations

import os
from contextlib import suppress
from time import time_ns  # the folder's time is the machine's own, also where World's clock stands still

import apsw

from procflow.errors import Busy, StorageError
from procflow.stores.gate import Gate
from procflow.stores.sqlite_connection import close_store

#: Nanoseconds after which a change cannot have the same time as the one before: by the kernel's tick, and where a file
#: system counts whole seconds (or two).
_TICK, _SECOND, _COARSE = 50_000_000, 1_000_000_000, 3_000_000_000


class Files:
    """Made when the store at `path` has just been opened."""

    def __init__(self, path: str) -> None:
        self.path = path
        # beside the file itself, not beside a link to it; which may come to lead elsewhere
        real = os.path.realpath(path)
        places = ("", path), ("-wal", f"{real}-wal"), ("-shm", f"{real}-shm")
        self._opened = [(end, place, _file_at(place)) for end, place in places]
        self._folder = os.path.dirname(os.path.abspath(path))
        self._is_link = os.path.islink(path)
        self._looked: tuple[int, int, int] | None = (
            None  # the folder, and its time, when all of them lay there
        )

    def are_there(self) -> bool:
        """Whether all of them lie where they were opened.

        Each step asks, so they are looked at only where something in the folder came or went since: its time tells, once
        it is so old that nothing else can have happened within the same tick of it.
        """
        if not self._is_link:  # else the folder of the file is another one
            try:
                folder = os.stat(self._folder)
            except OSError:
                return False
            found = folder.st_ino, folder.st_dev, folder.st_mtime_ns
            if found == self._looked:
                return True
        if self.astray() is not None:
            return False
        if not self._is_link:
            changed = found[2]
            if time_ns() - changed > (_TICK if changed % _SECOND else _COARSE):
                self._looked = found
        return True

    def astray(self) -> str | None:
        """The end of the name of the first one that does not lie there any more."""
        for end, path, file in self._opened:
            if file is not None and _file_at(path) != file:
                return end
        return None

    def must_lie_there(self, connection: apsw.Connection) -> None:
        """What is written into a file that was moved away or replaced is lost, and so may be the store itself where the
        index beside it is another one's: nothing of it may be acknowledged. Inside the gate. Raises StorageError."""
        if not self.are_there() and (told := self.away()) is not None:
            self._save(connection)
            raise told

    def away(self) -> StorageError | None:
        """Which of the files does not lie there any more, in words."""
        end = self.astray()
        if end is None:
            return None
        if not end:
            return StorageError(
                f"the store {self.path} was moved, removed or replaced while it is in use; nothing was written",
                hint="bring the file back; or stop every procflow of this workspace, and start again on the new file",
                facts={"file": self.path},
            )
        return StorageError(
            f"the file {self.path}{end} beside the store was moved, removed or replaced while it is in use; nothing was written",
            hint="stop every procflow of this workspace, start again and run procflow audit; the file belongs to the store",
            facts={"file": self.path + end},
        )

    def close(self, connection: apsw.Connection, gate: Gate | None) -> None:
        """The last close writes what the log holds into the file. Whoever has another log or index than the others
        would write old pages over new ones, and does not."""
        if self.astray() is not None:
            if gate is not None:
                with suppress(Busy, StorageError):
                    gate.acquire()
                    self._save(connection)
                gate.release()
            gate = None
        close_store(connection, gate)

    def _save(self, connection: apsw.Connection) -> None:
        """Where the log was taken away, what was acknowledged stands in it alone, and goes with the last process that has
        it open: into the file with it. Inside the gate, and only while nobody has begun another log, for the index
        that all share would be of that one."""
        if self.astray() != "-wal":
            return
        with suppress(OSError):
            if os.stat(self._opened[1][1]).st_size:
                return
        with suppress(apsw.Error):
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino

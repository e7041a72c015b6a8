"""Between SQLite and the disk: a file system of our own that fails at its n-th operation, or writes down what it was told.

A VFS of apsw has no shared memory, so the store's connection is exclusive while it goes through one; what is written, and
when it is flushed, is the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import apsw

from procflow.stores import sqlite_connection


class _Through:
    """`apsw` as the module that opens connections sees it, whose connections go through a VFS."""

    def __init__(self, vfs: str, checkpoint: int | None) -> None:
        self._vfs, self._checkpoint = vfs, checkpoint

    def __getattr__(self, name: str) -> Any:
        return getattr(apsw, name)

    def Connection(self, path: str, **options: Any) -> apsw.Connection:  # noqa: N802  (its name there)
        connection = apsw.Connection(path, vfs=self._vfs, **options)
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        if self._checkpoint is not None:
            connection.execute(f"PRAGMA wal_autocheckpoint = {self._checkpoint:d}").fetchall()
        return connection


@contextmanager
def through(vfs: apsw.VFS, name: str, checkpoint: int | None = None) -> Iterator[None]:
    """Stores that are opened inside go through the VFS called `name`; `checkpoint`, after how many pages of the log."""
    assert isinstance(vfs, apsw.VFS)
    module: Any = sqlite_connection
    module.apsw = _Through(name, checkpoint)
    try:
        yield
    finally:
        module.apsw = apsw


class Failing(apsw.VFS):
    """Fails at its `at`-th operation that changes something; `forever`, at every one from then on.

    `error` is what SQLite is told: apsw.IOError or apsw.FullError. `count` are the operations that came, `fired` those
    that failed, `what` names the first of them.
    """

    NAME = "failing"

    def __init__(self) -> None:
        super().__init__(self.NAME, "")
        self.arm(0, apsw.IOError, forever=False)

    def arm(self, at: int, error: type[apsw.Error], *, forever: bool) -> None:
        """From now on; `at` 0: nothing fails."""
        self.at, self.error, self.forever = at, error, forever
        self.count, self.fired, self.what = 0, 0, ""

    def came(self, what: str) -> None:
        self.count += 1
        if self.at and (self.count == self.at or (self.forever and self.count > self.at)):
            if self.error is apsw.FullError and what not in ("write", "truncate"):
                return  # a full disk still flushes and takes away
            self.fired += 1
            self.what = self.what or what
            raise self.error(f"made to fail at {what}")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _FailingFile(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        self.came("delete")
        super().xDelete(name, sync)


class _FailingFile(apsw.VFSFile):
    def __init__(self, vfs: Failing, name: Any, flags: list[int]) -> None:
        self._vfs = vfs
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._vfs.came("write")
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        self._vfs.came("sync")
        super().xSync(flags)

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._vfs.came("truncate")
        super().xTruncate(size)


class Recording(apsw.VFS):
    """Writes down every change of a store's files: (file, "write", offset, bytes), (file, "truncate", size, b""),
    (file, "sync", 0, b""), (file, "delete", 0, b""); and what `note` is told, as ("", "note", 0, bytes)."""

    NAME = "recording"

    def __init__(self) -> None:
        super().__init__(self.NAME, "")
        self.log: list[tuple[str, str, int, bytes]] = []

    def note(self, words: str) -> None:
        self.log.append(("", "note", 0, words.encode()))

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802
        return _RecordingFile(self, name, flags)

    def xDelete(self, name: str, sync: bool) -> None:  # noqa: N802
        self.log.append((name, "delete", 0, b""))
        super().xDelete(name, sync)


class _RecordingFile(apsw.VFSFile):
    def __init__(self, vfs: Recording, name: Any, flags: list[int]) -> None:
        self._log = vfs.log
        self._name = name.filename() if isinstance(name, apsw.URIFilename) else str(name)
        super().__init__("", name, flags)

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        self._log.append((self._name, "write", offset, bytes(data)))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        self._log.append((self._name, "sync", 0, b""))

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self._log.append((self._name, "truncate", size, b""))
        super().xTruncate(size)

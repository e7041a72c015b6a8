"""The gate in front of a store's file: who writes, checkpoints or closes last holds it; the others queue.

A lock on a file beside the store, taken with `flock`, so that it falls when its holder dies. The file says
who holds it, and its time of change says since when. It must not know SQL or what happens inside.
"""

from __future__ import annotations

import fcntl
import os
import threading
from datetime import UTC, datetime
from time import monotonic  # how long was waited; nothing hangs on it

from procflow.errors import Busy, StorageError


class Gate:
    """One holder at a time, over all processes of this machine; not re-entrant, one for each store object."""

    def __init__(self, path: str, timeout: float = 10.0) -> None:
        """`path` is the lock file, made if missing; `timeout` in seconds. Raises StorageError."""
        self.path = path
        self.timeout = timeout
        self.waited = 0.0  # seconds, of all that waited here
        self._who = f"{os.getpid()} {os.uname().nodename[:200]}\n".encode().ljust(64)
        self._line: _Line | None = None
        self._fd = self._open()

    def _open(self) -> int:
        try:
            return os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as why:
            raise StorageError(
                f"the lock file {self.path} cannot be opened: {why.strerror}",
                hint="whoever uses the store needs the right to write in that file, and in the folder of the store",
                facts={"file": self.path, "errno": why.errno},
            ) from why

    def acquire(self, timeout: float | None = None) -> None:
        """Raises Busy, which names the holder, when the timeout is over; `timeout` is what is left of it."""
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            begun = monotonic()
            try:
                self._wait(self.timeout if timeout is None else timeout)
            finally:
                self.waited += monotonic() - begun
        try:  # noqa: SIM105 - a step waits for it
            os.pwrite(self._fd, self._who, 0)
        except OSError:
            # a full disk must not keep anybody from reading who holds the gate, nor from holding it
            pass

    def release(self) -> None:
        """Also when it is not sure that `acquire` came to its end: releasing twice is harmless."""
        fcntl.flock(self._fd, fcntl.LOCK_UN)
        if self._line is not None:
            self._line.leave(self._fd)

    def holder(self) -> dict[str, str]:
        """pid, host and since (ISO, UTC) as the lock file says; empty when nobody wrote there yet."""
        try:
            words = os.pread(self._fd, 300, 0).decode("utf-8", "replace").split()
            since = datetime.fromtimestamp(os.fstat(self._fd).st_mtime, UTC)
        except OSError:
            return {}
        if len(words) < 2:
            return {}
        return {"pid": words[0], "host": words[1], "since": since.isoformat(timespec="milliseconds")}

    def close(self) -> None:
        if self._fd >= 0:
            fd, self._fd = self._fd, -1  # first: an interrupt may come between, and this may be called again
            os.close(fd)

    def _wait(self, timeout: float) -> None:
        """Stand in line: a thread blocks in the kernel, which wakes those who wait by turns.

        (Asking again and again starves the patient ones: seconds, where the kernel's line takes a tenth.)
        """
        while True:
            line = self._line
            if line is None or line.over:
                line = self._line = _Line(self._open())
            taken = line.wait(timeout)
            if line.fault is not None:
                raise StorageError(
                    f"the lock file {self.path} cannot be locked: {line.fault.strerror}",
                    hint="network folders often cannot lock files: keep the store on a local disk",
                    facts={"file": self.path, "errno": line.fault.errno},
                ) from line.fault
            if taken is not None:
                break
            if not line.over:  # else the line had been given up before this caller came: a new one
                raise self.busy()
        old, self._fd = self._fd, taken
        self._line = None
        os.close(old)

    def busy(self) -> Busy:
        """Who waited for nothing is told who holds the gate."""
        holder = self.holder()
        named = (
            f"process {holder['pid']} on {holder['host']} since {holder['since']}"
            if holder
            else "an unknown process"
        )
        return Busy(
            f"the store is busy: {self.path} is held by {named}",
            hint=f"it was waited for {self.timeout:g} seconds; try again, or look at what that process does",
            facts={"file": self.path, "timeout": self.timeout, **holder},
        )


class _Line:
    """A thread that waits for the lock on a descriptor of its own, and hands it over or drops it."""

    def __init__(self, fd: int) -> None:
        self.over = False
        self.fault: OSError | None = None
        self._fd = fd
        self._wanted = True
        self._taken = False
        self._turn = threading.Condition()
        threading.Thread(target=self._run, name="procflow-gate", daemon=True).start()

    def _run(self) -> None:
        fault = None
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX)
        except OSError as why:
            fault = why
        with self._turn:
            self.fault = fault
            if self._wanted and fault is None:
                self._taken = True
            else:
                self._drop()  # whoever wanted it has given up: nobody may hold the gate unknown to all
            self._turn.notify()

    def _drop(self) -> None:
        self.over = True
        os.close(self._fd)

    def leave(self, in_use: int) -> None:
        """Drop what was taken but never handed over, because its caller was interrupted."""
        with self._turn:
            if self._taken and not self.over and self._fd != in_use:
                self._drop()

    def wait(self, timeout: float) -> int | None:
        """The descriptor that holds the lock; None when the time (seconds) is up or the line is over."""
        with self._turn:
            self._wanted = True
            try:
                self._turn.wait_for(lambda: self._taken or self.over, timeout)
            except BaseException:
                if self._taken:
                    self._drop()
                raise
            finally:
                self._wanted = False
            return self._fd if self._taken else None

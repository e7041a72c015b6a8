"""Which effects a channel has handed over already, so that none goes out twice because a host died before it was stored.

One file for each channel, a line for each effect: its key, how it was answered, and nothing personal. It is written
after the channel's yes and before the case is told. A host that is killed loses no line of it; a power cut may lose the
last ones, and then the outside sees the same key again. What a full disk does not take is known as long as the process
lives, and is written as soon as there is room: the same disk may keep the case from being told. It must not know channels.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from contextlib import suppress
from threading import Lock

from procflow.ports import Delivery

#: Bytes of one file; the one before it is kept too. Effects are answered long before their line goes.
LARGEST = 2 << 20
#: How many are kept in mind for which there is no room.
_MOST = 20_000


class HandedOver:
    """The lines of one channel. Safe for several threads, and for several processes of one workspace."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = Lock()
        self._answers: dict[str, tuple[str, str]] = {}
        self._unwritten: dict[str, str] = {}  # key -> how it was answered, for which there was no room
        self._torn = False  # whether the last line was written in part
        self._seen: tuple[int, int] = (0, 0)  # (inode, how far it was read)
        self._file, self._inode = -1, 0  # that is open to be written

    def answer(self, key: str, wire: bytes = b"") -> Delivery | None:
        """How this effect was answered before; None where it was not. A part of it was taken, and `wire` is still all of
        it: then what was left is not known any more, and a person has to see to it."""
        with self._lock:
            if self._unwritten:
                with suppress(OSError):
                    self._write()
            self._read_on()
            known = (self._unwritten[key], "") if key in self._unwritten else self._answers.get(key)
        if known is None:
            return None
        status, error = known
        part, _, of = status.partition(" ")
        if part == "part":
            if of != _short(wire):
                return None  # what was left of it is stored, and is all that is sent
            words = "a part of the receivers has it, and the host ended before it was stored who"
            return Delivery("failed", {}, words)
        note = {"note": "it was handed over before, and the host ended before that was stored"}
        if status == "failed":
            return Delivery(
                "failed",
                note,
                error or "it was refused for good before; what was said then is not known any more",
            )
        return Delivery("duplicate", note, error)

    def note_part(self, key: str, wire: bytes) -> None:
        """Of these bytes a part was taken. Raises OSError."""
        self.note(key, f"part {_short(wire)}")

    def note(self, key: str, status: str) -> None:
        """It was answered so. What the other side said is not kept here: it may name anybody. Raises OSError where it is
        not written yet; it is known here all the same."""
        with self._lock:
            self._unwritten[key] = status
            if len(self._unwritten) > _MOST:
                del self._unwritten[next(iter(self._unwritten))]
            self._write()

    def _write(self) -> None:
        """What is not written yet, each with one write of one line: two processes never mix theirs."""
        for key, status in list(self._unwritten.items()):
            line = json.dumps([key, status, ""]).encode() + b"\n"
            file = self._to_write()
            whole = b"\n" + line if self._torn else line
            self._torn = os.write(file, whole) < len(whole)
            if self._torn:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), self._path)
            del self._unwritten[key]

    def _to_write(self) -> int:
        """The open file; another one, where it was full or another process has begun a new one."""
        try:
            there = os.stat(self._path)
        except FileNotFoundError:
            there = None
        if there is not None and there.st_size > LARGEST:
            os.replace(self._path, f"{self._path}.before")
            there = None
        if there is None or there.st_ino != self._inode:
            self.close()
            self._answers.clear()  # what counts of it is read again
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            self._inode = os.fstat(self._file).st_ino
        return self._file

    def close(self) -> None:
        """Let go of the open file; the next note opens it again."""
        if self._file >= 0:
            os.close(self._file)
        self._file, self._inode = -1, 0

    def _read_on(self) -> None:
        """What other processes, or earlier ones, have noted since."""
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return
        inode, read = self._seen
        if inode != found.st_ino or found.st_size < read:
            read = 0
            self._answers.clear()
            self._take(f"{self._path}.before", 0)
        if found.st_size > read:
            self._seen = (found.st_ino, self._take(self._path, read))

    def _take(self, path: str, start: int) -> int:
        """Read whole lines from there on; -> how far."""
        try:
            with open(path, "rb") as file:
                file.seek(start)
                content = file.read()
        except FileNotFoundError:
            return start
        whole = content.rpartition(b"\n")[0]
        for line in whole.splitlines():
            try:
                key, status, error = json.loads(line)
                self._answers[str(key)] = (str(status), str(error))
            except (ValueError, TypeError):
                continue  # a line torn by a full disk says nothing
        return start + len(whole) + (1 if whole else 0)


def _short(wire: bytes) -> str:
    return hashlib.sha256(wire).hexdigest()[:16]

"""The threads of one process that write to one file: who comes while another's flush runs goes along with the next one.

A flush takes as long for many writes as for one. So one thread at a time leads: it makes its own write durable, and in
the same transaction those of all who came meanwhile; they sleep until then. It must not know SQL or what is written.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

#: The most writes that one transaction takes along: whoever leads wants an answer too.
MOST_ALONG = 64
#: Sleeping without an end.
NO_END = -1.0


class Wanted:
    """A write that waits to be taken along, and then what became of it."""

    __slots__ = ("_asleep", "arguments", "done", "error", "fault", "result", "work")

    def __init__(self, work: Callable[..., Any], arguments: Sequence[Any]) -> None:
        self.work, self.arguments = work, arguments
        self.done = False
        self.result: Any = None
        self.error: BaseException | None = None
        self.fault = ""  # why nobody may go on with this file
        self._asleep = allocate_lock()
        self._asleep.acquire()

    def sleep(self, seconds: float) -> bool:
        """Until somebody rouses it; False when the time is up."""
        return self._asleep.acquire(timeout=seconds if seconds == NO_END else max(seconds, 0.0))

    def rouse(self) -> None:
        with suppress(RuntimeError):  # it is awake already
            self._asleep.release()

    def settle(self) -> None:
        """It is durable, or it has failed: its thread goes on."""
        self.done = True
        self.rouse()


class Writers:
    """One at a time leads; the others wait in line. Every move is a single one of the interpreter's, so that an
    exception between any two lines leaves nothing that a second `leave` does not put right."""

    def __init__(self) -> None:
        self.waiting: deque[Wanted] = deque()
        self._leading: dict[str, object] = {}

    def leads(self, who: object) -> bool:
        """Whether `who` leads from now on, because nobody else does."""
        return self._leading.setdefault("now", who) is who

    def leave(self, who: object) -> None:
        """`who` leads no more, if it did; the first in line is roused to lead. Twice is harmless."""
        leading = self._leading
        if leading.get("now") is who:
            del leading["now"]
        if self.waiting and not leading:
            with suppress(IndexError):  # taken along meanwhile
                self.waiting[0].rouse()

    def withdraw(self, wanted: Wanted) -> bool:
        """Out of the line, if it still stands there: nobody has taken it along."""
        try:
            self.waiting.remove(wanted)
        except ValueError:
            return False
        return True

    def one_more(self, along: list[Wanted]) -> bool:
        """Take the next in line along too; False where nobody waits, or so many are along already."""
        if not self.waiting or len(along) >= MOST_ALONG:
            return False
        try:
            along.append(self.waiting.popleft())
        except IndexError:  # withdrawn meanwhile
            return False
        return True

    def back(self, taken: Sequence[Wanted]) -> None:
        """Those who were taken along in vain stand in front again."""
        self.waiting.extendleft(reversed(taken))


_of_files: WeakValueDictionary[tuple[int, int, int], Writers] = WeakValueDictionary()
_finding = allocate_lock()


def writers_of(path: str) -> Writers:
    """Those who write to this file in this process, under whatever name they opened it."""
    found = os.stat(path)
    file = os.getpid(), found.st_dev, found.st_ino
    with _finding:
        writers = _of_files.get(file)
        if writers is None:
            writers = _of_files[file] = Writers()
        return writers

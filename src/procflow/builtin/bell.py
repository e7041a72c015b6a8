"""The bell by which a process that stored a step, or that hears of new messages, wakes the hosts at once.

Each running host, and each served desk that tells open pages what changed, has a named pipe in `.procflow/bell/` of
the workspace and sleeps at it; ringing writes a word into every pipe there. Nothing depends on it: a host that hears
nothing looks around every second all the same. A pipe whose host died has no reader, and whoever rings takes it away.
A store that nodes on several machines share carries the same words to all of them: it is the `Line` of a bell, and
whoever rings says the word to the store.

It must not know steps or channels.
"""

from __future__ import annotations

import os
from contextlib import suppress
from errno import ENXIO
from typing import Protocol

#: What a committed step says; a channel that has something to fetch says its own name.
STEPPED = "."
_FOLDER = os.path.join(".procflow", "bell")


def ring(folder: str, word: str = STEPPED, *, not_me: str = "", only: str = "") -> None:
    """Wake every host of the workspace in `folder`, but the one called `not_me`; with `only`, those alone whose names
    begin so. Never raises, never waits."""
    bells = os.path.join(folder, _FOLDER)
    try:
        names = os.listdir(bells)
    except OSError:
        return  # no host has ever run here
    for name in names:
        if name == not_me or name.startswith(".") or not name.startswith(only):
            continue
        path = os.path.join(bells, name)
        try:
            pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as why:
            if why.errno == ENXIO:  # nobody listens any more
                with suppress(OSError):
                    os.unlink(path)
            continue
        try:
            with suppress(OSError):  # full: it was rung often enough
                os.write(pipe, f"{word}\n".encode())
        finally:
            os.close(pipe)


def listeners(folder: str) -> list[str]:
    """The names of the hosts and desks that listen now."""
    bells, found = os.path.join(folder, _FOLDER), []
    with suppress(OSError):
        for name in sorted(os.listdir(bells)):
            if name.startswith("."):
                continue
            with suppress(OSError):  # without a reader it cannot be opened so
                os.close(os.open(os.path.join(bells, name), os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC))
                found.append(name)
    return found


class Line(Protocol):
    """Words from other machines."""

    def fileno(self) -> int:
        """What becomes readable when a word has come; -1 where nothing can be heard now."""
        ...

    def heard(self) -> list[str]: ...
    def close(self) -> None: ...


class Bell:
    """A host's own bell, to sleep at. Where no named pipe can be made, it never rings."""

    def __init__(self, folder: str, name: str, line: Line | None = None) -> None:
        """Hung up in the workspace's folder under a name that no other host has."""
        self.name = name
        self._line = line
        self._path = os.path.join(folder, _FOLDER, name)
        self._pipe = -1
        beside = os.path.join(folder, _FOLDER, f".{name}")
        try:
            # one by one: a workspace that was moved away is not begun anew where it was
            for made in (".procflow", _FOLDER):
                with suppress(FileExistsError):
                    os.mkdir(os.path.join(folder, made))
            os.mkfifo(beside, 0o660)
            self._pipe = os.open(beside, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            os.rename(beside, self._path)  # under its name there is a reader from the first instant
        except (OSError, AttributeError):
            self._line = None
            self.close()
            self._line = line
            with suppress(OSError):
                os.unlink(beside)

    def wait(self, seconds: float) -> frozenset[str]:
        """Sleep until it rings, at most so long; -> the words that were said since the last time."""
        import select

        poll = select.poll()
        if self._pipe >= 0:
            poll.register(self._pipe, select.POLLIN)
        if self._line is not None and (far := self._line.fileno()) >= 0:
            poll.register(far, select.POLLIN)
        poll.poll(max(seconds, 0.0) * 1000)
        said = b""
        with suppress(OSError):
            while self._pipe >= 0 and (part := os.read(self._pipe, 1 << 16)):
                said += part
        words = said.decode("utf-8", "replace").split("\n")
        if self._line is not None:
            words += self._line.heard()
        return frozenset(word for word in words if word)

    def ring(self, word: str) -> None:
        """Say a word to oneself; from any thread."""
        with suppress(OSError):
            if self._pipe >= 0:
                os.write(self._pipe, f"{word}\n".encode())

    def close(self) -> None:
        """Take it down."""
        line, self._line = self._line, None
        if line is not None:
            line.close()
        pipe, self._pipe = self._pipe, -1
        if pipe >= 0:
            with suppress(OSError):
                os.unlink(self._path)
            os.close(pipe)

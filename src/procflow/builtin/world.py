"""The worlds: the real one, one whose time stands in a file, and one that is frozen and repeatable.

The only place that reads the clock, makes ids and randomness, and opens files by a name from outside.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from procflow.errors import NotFound, StorageError, UsageError, words_in_both

#: Bytes of the largest file that is read by a name from outside: more than the largest message; `/dev/zero` has no end.
LARGEST_FILE = 64 << 20


class RealWorld:
    """This machine's clock, randomness, files and environment."""

    def now(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251

    def new_id(self) -> str:
        return self.random_bytes(16).hex()

    def random_bytes(self, size: int) -> bytes:
        return os.urandom(size)

    def monotonic(self) -> float:
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(seconds, 0.0))

    def read_file(self, path: str) -> bytes:
        """Raises NotFound, and StorageError for what is there but cannot be read, or has no end that is worth waiting for."""
        try:
            with open(path, "rb") as file:
                content = file.read(LARGEST_FILE + 1)
        except FileNotFoundError as why:
            # as curl has it: here a path is a path
            hint = f"write it without the @: {path[1:]}" if path.startswith("@") else "look at the path"
            raise NotFound(f"there is no file {path}", hint=hint, facts={"file": path}) from why
        except IsADirectoryError as why:
            raise StorageError(f"{path} is a folder", "name a file in it", {"file": path}) from why
        except OSError as why:
            raise StorageError(
                f"the file {path} cannot be read: {why.strerror}",
                hint="look at its rights",
                facts={"file": path, "errno": why.errno},
            ) from why
        if len(content) > LARGEST_FILE:
            raise StorageError(
                f"the file {path} has more than {LARGEST_FILE >> 20} MiB, and nothing that large is read",
                "name a smaller one",
                {"file": path, "limit": LARGEST_FILE},
            )
        return content

    def environment(self, name: str) -> str | None:
        return os.environ.get(name)


class ClockFileWorld(RealWorld):
    """The real world, but its time is the ISO instant in a file, for every process of a throwaway workspace."""

    def __init__(self, path: str) -> None:
        self.path = path

    def now(self) -> datetime:
        """Raises UsageError when the file does not hold one instant with its zone."""
        try:
            text = self.read_file(self.path).decode("utf-8", "replace").strip()
        except (NotFound, StorageError) as why:
            raise type(why)(
                *words_in_both(
                    f"`clock` in procflow.toml names a file in which the time stands, and {why.message}",
                    f"`clock` i procflow.toml nævner en fil, som tiden står i, og den kan ikke læses: {self.path}",
                    "write one line such as 2026-05-11T10:05:00+02:00 into it; for real cases begin a workspace without `clock`",
                    "skriv en linje som 2026-05-11T10:05:00+02:00 i den; til rigtige sager laves et arbejdsområde uden `clock`",
                    **why.facts,
                )
            ) from why
        try:
            instant = datetime.fromisoformat(text)
        except ValueError as why:
            raise self._unreadable(text) from why
        # Days are added to it and taken from it everywhere, which at the ends of the calendar goes wrong.
        if instant.tzinfo is None or not 1900 <= instant.year <= 9000:
            raise self._unreadable(text)
        return instant.astimezone(UTC)

    def advance_to(self, instant: datetime) -> None:
        """Sets the time of all processes; UsageError when it would go backwards."""
        if instant.tzinfo is None:
            raise UsageError(
                f"the instant {instant.isoformat()} has no zone", hint="give it one, such as +00:00"
            )
        if os.path.exists(self.path) and instant < (now := self.now()):
            raise UsageError(
                f"the clock file {self.path} says {now.isoformat()}: it does not go back to {instant.isoformat()}",
                hint="start a new throwaway workspace for an earlier time",
                facts={"file": self.path},
            )
        temporary = f"{self.path}.{os.getpid()}"
        with open(temporary, "w", encoding="utf-8") as file:
            file.write(instant.astimezone(UTC).isoformat() + "\n")
        os.replace(temporary, self.path)  # a reader sees the old time or the new one, never half of it

    def _unreadable(self, text: str) -> UsageError:
        return UsageError(
            f"the clock file {self.path} says {text!r:.60}, which is no instant with a zone between 1900 and 9000",
            hint="write one line such as 2026-05-11T10:05:00+02:00",
            facts={"file": self.path},
        )


class FrozenWorld:
    """Time stands still until it is moved; ids and bytes follow from the seed; files and environment are given.

    For tests, rehearsals and simulations: the same calls give the same answers, in every process.
    """

    def __init__(
        self,
        start: datetime,
        *,
        seed: int = 0,
        files: Mapping[str, bytes] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if start.tzinfo is None:
            raise UsageError(
                f"the instant {start.isoformat()} has no zone", hint="give it one, such as +00:00"
            )
        from hashlib import shake_256

        self._made = shake_256
        self._now = start.astimezone(UTC)
        self._start = self._now
        self._seed = seed
        self._drawn = 0
        self.files = dict(files or {})
        self.variables = dict(environment or {})

    def now(self) -> datetime:
        return self._now

    def advance(self, by: timedelta) -> datetime:
        """Moves the clock (a negative time sets it back, as a wrong clock does); -> the new time."""
        self._now += by
        return self._now

    def advance_to(self, instant: datetime) -> datetime:
        """Moves the clock to an instant; UsageError when that lies behind."""
        if instant < self._now:
            raise UsageError(f"it is {self._now.isoformat()}: the clock does not go to {instant.isoformat()}")
        self._now = instant.astimezone(UTC)
        return self._now

    def new_id(self) -> str:
        return self.random_bytes(16).hex()

    def random_bytes(self, size: int) -> bytes:
        self._drawn += 1
        return self._made(f"{self._seed} {self._drawn}".encode()).digest(size)

    def monotonic(self) -> float:
        """Goes with the clock; it stands still while that is set back."""
        return max((self._now - self._start).total_seconds(), 0.0)

    def sleep(self, seconds: float) -> None:
        self._now += timedelta(seconds=max(seconds, 0.0))

    def read_file(self, path: str) -> bytes:
        if path not in self.files:
            raise NotFound(f"there is no file {path}", hint="look at the path", facts={"file": path})
        return self.files[path]

    def environment(self, name: str) -> str | None:
        return self.variables.get(name)

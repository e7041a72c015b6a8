"""Who looked at personal data, for the access log. Where the disk is full or cannot be written, people go on reading: what
could not be kept yet waits here, and is kept with its own instant as soon as there is room again.
"""

from __future__ import annotations

from collections import deque
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from procflow.errors import ProcflowError, StorageError

if TYPE_CHECKING:
    from procflow.ports import Store

#: Looks that wait at the most; whoever comes after them is refused, for nobody could know later what they saw.
MOST = 1000


class Looks:
    """Of one process's app; the oldest that waits is kept first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: deque[tuple[datetime, str, str, str, str]] = deque()

    def keep(self, at: datetime, person: str, what: str, case_id: str = "", about: str = "") -> None:
        """Raises StorageError where nothing can be written and too many looks wait already."""
        self._waiting.append((at, person, what, case_id, about))
        try:
            self.write()
        except StorageError:
            if len(self._waiting) > MOST:
                self._waiting.pop()
                raise

    def write(self) -> None:
        while self._waiting:
            self._store.log_access(*self._waiting[0], "read")
            self._waiting.popleft()

    def close(self) -> None:
        with suppress(ProcflowError):
            self.write()

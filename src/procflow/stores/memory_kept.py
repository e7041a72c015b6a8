"""Small things that are no cases and end by themselves, in memory."""

from __future__ import annotations

import threading
from datetime import datetime

from procflow.stored import Kept


class KeptThings:
    """What is kept by kind and name, until an instant."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], Kept] = {}
        self._kept_lock = threading.Lock()

    def keep(
        self, kind: str, name: str, value: bytes, until: datetime | None = None, *, renew: bool = False
    ) -> bool:
        with self._kept_lock:
            if renew and (kind, name) not in self._kept:
                return False
            self._kept[kind, name] = Kept(name, value, until)
            return True

    def kept(self, kind: str, name: str, now: datetime) -> Kept | None:
        with self._kept_lock:
            found = self._kept.get((kind, name))
        return found if found is not None and not _ended(found, now) else None

    def all_kept(self, kind: str, now: datetime, beginning: str = "") -> list[Kept]:
        with self._kept_lock:
            there = [
                one for (of, name), one in self._kept.items() if of == kind and name.startswith(beginning)
            ]
        return sorted((one for one in there if not _ended(one, now)), key=lambda one: one.name)

    def count_kept(self, kind: str, now: datetime, beginning: str = "") -> int:
        return len(self.all_kept(kind, now, beginning))

    def drop_kept(self, kind: str, name: str) -> bytes | None:
        with self._kept_lock:
            found = self._kept.pop((kind, name), None)
        return found.value if found is not None else None

    def drop_ended(self, now: datetime) -> int:
        with self._kept_lock:
            ended = [key for key, one in self._kept.items() if _ended(one, now)]
            for key in ended:
                del self._kept[key]
        return len(ended)


def _ended(one: Kept, now: datetime) -> bool:
    return one.until is not None and one.until <= now

"""Small things that are no cases and end by themselves, in the SQLite store. It must not know what they are."""

from __future__ import annotations

from datetime import datetime

from procflow.core.record import microseconds
from procflow.stored import Kept
from procflow.stores.rows import NEVER, kept_thing
from procflow.stores.sqlite_session import Execute, Session


class KeptThings(Session):
    """What is kept by kind and name, until an instant."""

    def keep(
        self, kind: str, name: str, value: bytes, until: datetime | None = None, *, renew: bool = False
    ) -> bool:
        end = NEVER if until is None else microseconds(until)
        return self._transact(self._keep, kind, name, value, end, renew)

    @staticmethod
    def _keep(execute: Execute, kind: str, name: str, value: bytes, until: int, renew: bool) -> bool:
        if renew:
            found = execute(
                "UPDATE kept SET value = ?, until = ? WHERE kind = ? AND name = ? RETURNING 1",
                (value, until, kind, name),
            ).fetchall()
            return bool(found)
        execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", (kind, name, value, until))
        return True

    def kept(self, kind: str, name: str, now: datetime) -> Kept | None:
        row = self._row(
            "SELECT name, value, until FROM kept WHERE kind = ? AND name = ? AND until > ?",
            (kind, name, microseconds(now)),
        )
        return None if row is None else kept_thing(row)

    def all_kept(self, kind: str, now: datetime, beginning: str = "") -> list[Kept]:
        rows = self._rows(
            "SELECT name, value, until FROM kept WHERE kind = ?1 AND name >= ?2 AND name < ?2 || char(1114111)"
            " AND until > ?3 ORDER BY name",
            (kind, beginning, microseconds(now)),
        )
        return [kept_thing(row) for row in rows]

    def count_kept(self, kind: str, now: datetime, beginning: str = "") -> int:
        ((count,),) = self._rows(
            "SELECT count(*) FROM kept WHERE kind = ?1 AND name >= ?2 AND name < ?2 || char(1114111)"
            " AND until > ?3",
            (kind, beginning, microseconds(now)),
        )
        return int(count)

    def drop_kept(self, kind: str, name: str) -> bytes | None:
        return self._transact(self._drop_kept, kind, name)

    @staticmethod
    def _drop_kept(execute: Execute, kind: str, name: str) -> bytes | None:
        row = execute("DELETE FROM kept WHERE kind = ? AND name = ? RETURNING value", (kind, name)).fetchall()
        return bytes(row[0][0]) if row else None

    def drop_ended(self, now: datetime) -> int:
        return self._transact(self._drop_ended, microseconds(now))

    @staticmethod
    def _drop_ended(execute: Execute, now: int) -> int:
        return len(execute("DELETE FROM kept WHERE until <= ? RETURNING 1", (now,)).fetchall())

"""Small things that are no cases and end by themselves, in the PostgreSQL store. It must not know what they are."""

from __future__ import annotations

from datetime import datetime

from procflow.core.record import microseconds
from procflow.stored import Kept
from procflow.stores.postgres_session import Execute, Session
from procflow.stores.rows import NEVER, kept_thing

_ALL, _COUNT = "SELECT name, value, until FROM kept", "SELECT count(*) FROM kept"
_THOSE = "kind = %s AND starts_with(name, %s) AND name >= %s AND until > %s"


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
            done = execute(
                "UPDATE kept SET value = %s, until = %s WHERE kind = %s AND name = %s",
                (value, until, kind, name),
            )
            return done.rowcount > 0
        execute(
            "INSERT INTO kept VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (kind, name) DO UPDATE SET value = excluded.value, until = excluded.until",
            (kind, name, value, until),
        )
        return True

    def kept(self, kind: str, name: str, now: datetime) -> Kept | None:
        row = self._row(
            "SELECT name, value, until FROM kept WHERE kind = %s AND name = %s AND until > %s",
            (kind, name, microseconds(now)),
        )
        return None if row is None else kept_thing(row)

    def all_kept(self, kind: str, now: datetime, beginning: str = "") -> list[Kept]:
        rows = self._rows(
            f"{_ALL} WHERE {_THOSE} ORDER BY name",
            (kind, beginning, beginning, microseconds(now)),
        )
        return [kept_thing(row) for row in rows]

    def count_kept(self, kind: str, now: datetime, beginning: str = "") -> int:
        ((count,),) = self._rows(f"{_COUNT} WHERE {_THOSE}", (kind, beginning, beginning, microseconds(now)))
        return int(count)

    def drop_kept(self, kind: str, name: str) -> bytes | None:
        return self._transact(self._drop_kept, kind, name)

    @staticmethod
    def _drop_kept(execute: Execute, kind: str, name: str) -> bytes | None:
        row = execute(
            "DELETE FROM kept WHERE kind = %s AND name = %s RETURNING value", (kind, name)
        ).fetchall()
        return bytes(row[0][0]) if row else None

    def drop_ended(self, now: datetime) -> int:
        return self._transact(self._drop_ended, microseconds(now))

    @staticmethod
    def _drop_ended(execute: Execute, now: int) -> int:
        return execute("DELETE FROM kept WHERE until <= %s", (now,)).rowcount

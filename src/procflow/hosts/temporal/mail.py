"""Commands on their way to a case's workflow: they lie sealed in the store, and the workflow is told their id.

So nothing that somebody entered ever stands in a history. What nobody fetched is gone after a day; it was never
acknowledged. It must not know Temporal.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec

from procflow.core.decide import Command
from procflow.core.digest import sha256
from procflow.core.record import decode, encode
from procflow.engine import Engine
from procflow.stored import StoredCase

_KIND = "mail"
_KEPT = timedelta(days=1)
_FIELDS = tuple(field for field in Command.__struct_fields__ if field not in ("waiting", "again"))


class Mailbox:
    """The commands that lie in one store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ticket(self, command: Command) -> str:
        """What a history calls a command: senders choose ids, and may choose a name or an address."""
        plain = sha256(command.id.encode("utf-8", "surrogatepass")).hexdigest()
        return self._engine.keys.fingerprint(f"command {plain}").hex()

    def put(self, row: StoredCase, command: Command) -> str:
        """Keep a command for a case; -> its ticket. The same command again is the same mail."""
        engine, ticket = self._engine, self.ticket(command)
        plain: dict[str, Any] = {name: getattr(command, name) for name in _FIELDS}
        sealed = engine.keys.seal(row.key_slot, _place(row.id, ticket), encode(plain))
        now = engine.world.now()
        engine.store.keep(_KIND, ticket, sealed, now + _KEPT)
        return ticket

    def get(self, row: StoredCase, ticket: str) -> Command | None:
        """The command; None where it is not there any more. Raises StorageError where the case was erased."""
        kept = self._engine.store.kept(_KIND, ticket, self._engine.world.now())
        if kept is None:
            return None
        plain: Any = decode(self._engine.keys.open(row.key_slot, _place(row.id, ticket), kept.value))
        return msgspec.structs.replace(Command("", ""), **plain)

    def drop(self, ticket: str) -> None:
        self._engine.store.drop_kept(_KIND, ticket)


def _place(case_id: str, ticket: str) -> bytes:
    return f"{case_id}|mail.{ticket}|0".encode()

"""An engine whose commands of people and messages wait in line in the cases' workflows (`commands = "workflow"`).

Where the server is away they are decided here, as ever: nobody's work waits for it. It must not know how a server is
reached.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic  # how long ago it was; no deadline hangs on it

from procflow.core.decide import Command
from procflow.engine import Answer, Engine
from procflow.errors import ProcflowError
from procflow.hosts.temporal.front import Front

#: What comes from outside; what cases and hosts ask of each other has its own way.
_MAILED = frozenset({"choice", "message", "event", "note", "assign", "read"})
#: Seconds before a server that was away is asked again.
_AGAIN = 30.0
Decide = Callable[[str | int, Command], Answer]


class MailingEngine(Engine):
    """`front` makes the way to the workflows, given what decides here; it raises where the server is away."""

    front: Callable[[Decide], Front] | None = None
    _made: Front | None = None
    _away: float = float("-inf")

    def submit(self, case: str | int, command: Command) -> Answer:
        front = self._way() if command.kind in _MAILED and command.at is None else None
        return super().submit(case, command) if front is None else front.submit(case, command)

    def _way(self) -> Front | None:
        if self._made is None and self.front is not None and monotonic() - self._away > _AGAIN:
            try:
                self._made = self.front(super().submit)
            except ProcflowError:
                self._away = monotonic()
        return self._made

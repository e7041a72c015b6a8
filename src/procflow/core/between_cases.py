"""What crosses from one case to another, seen from one of them: events from outside.

A step only asks for it, under a key; who carries it out brings the answer back as a command. It must not know
other cases.
"""

from __future__ import annotations

from procflow.core import journal as j
from procflow.core.scope import storable
from procflow.core.step import Step

#: Events that only the engine itself makes; a deadline's name is one too.
MADE_HERE = frozenset({"message", "done", "failed"})


class BetweenCases(Step):
    """The part of a step that has to do with other cases."""

    def _signalled(self) -> None:
        """An event from outside, to the active states; of a closed case, or taken by none, it is dropped."""
        command = self.command
        if command.name in MADE_HERE or command.name in self.procedure.deadline:
            raise self.refuse("made_here", {"name": command.name})
        given = {name: storable(value) for name, value in command.given.items()}
        self._command({name: j.Personal(value) for name, value in given.items()})
        self.scope.given = self.watching.given = given
        if not self.before.is_closed and self._event(command.name):
            self._always()
            self._raise_all()
        else:
            self.emit(j.EventDropped(command.name))

"""What crosses from one case to another, seen from one of them: events, invoked procedures, kept messages.

A step only asks for it, under a key; who carries it out brings the answer back as a command. It must not know
other cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Waiting
from procflow.core.procedure import Transition
from procflow.core.render import fill_time
from procflow.core.scope import storable
from procflow.core.step import Step

#: What the engine itself carries out between cases; no channel brings these operations.
#: start: another case; signal: an event for other cases; procedure: a case whose end is awaited; answer: that
#: end, told to who awaits it; cancel: it is awaited no longer.
BETWEEN_CASES = frozenset({"start", "signal", "procedure", "answer", "cancel"})

#: Events that only the engine itself makes; a deadline's name is one too.
MADE_HERE = frozenset({"message", "done", "failed"})

#: The outcome of a case that nobody waits for any more.
CANCELLED = "cancelled"


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

    def _cancelled(self) -> None:
        """Whoever invoked this case waits for it no longer: every state is left, and the case ends."""
        self._command({})
        if self.before.is_closed:
            return
        order = self.kernel.chart.order
        self._leave(sorted((*self.f.active, *self.f.around), key=order.__getitem__, reverse=True))
        self.closing = CANCELLED
        self.scope.closing = self.watching.closing = True

    def _opened_elsewhere(self, key: str, waiting: Waiting | None) -> None:
        """The invoked case is there; where its answer is awaited no longer it ends at once."""
        self._command({})
        case_id = str(self.command.given.get("case", ""))
        if waiting is None or not self.f.is_visit(waiting.answers):
            self._request("cancel", {"case": case_id})
        else:
            self.emit(j.CaseInvoked(key, case_id, int(self.command.given.get("number", 0))))

    def _at_the_end(self) -> None:
        """What was kept is read by a person; a case that was invoked tells its outcome, and its data by name."""
        for item in sorted(self.f.kept):
            self._to_read(item)
        key = self.f.owes
        if not key or self.command.kind == "cancel":
            return
        data = {name: value for name in self.procedure.fields if (value := self.f.data.get(name)) is not None}
        self._request("answer", {"key": key, "result": {**data, "outcome": self.closing}})

    # messages that came too early

    def _keep(self, id: str, message: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
        """Keep a message that a later state waits for, where the procedure says how long; -> whether it does."""
        if self.before.is_closed:
            return False
        longest = None
        for state in self.procedure.states:
            for alternative in state.events_by_name.get("message", ()):
                until = self._kept_until(alternative)
                if until is not None and (longest is None or until > longest):
                    longest = until
        if longest is None or longest <= self.now:
            return False
        item, channel = f"kept:{id}", str(message.get("channel"))
        again = {"kind": "message", "name": "message", "source": channel, "message": dict(message)}
        if item not in self.f.items:
            self.emit(j.ItemOpened(item, "kept", (), (), j.Personal(about), j.Personal(again)))
        self.emit(j.MessageKept(item, longest))
        return True

    def _to_read(self, item: str) -> None:
        """What was kept is kept no longer: a person reads it."""
        about = self.f.items[item].about
        self.emit(j.ItemSettled(item, ""))
        self._item(item.replace("kept:", "read:", 1), "read", about)

    def _kept_until(self, alternative: Transition) -> Any:
        time = fill_time(alternative.keep, self.scope) if alternative.keep is not None else None
        if time is None:
            return None
        message = self.command.message or {}
        received = message.get("received") or self.now
        return self.surroundings.calendar.due(time, received, bare_date="closing").at

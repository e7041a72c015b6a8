"""What crosses from one case to another, seen from one of them: events, invoked procedures, kept messages.

A step only asks for it, under a key; who carries it out brings the answer back as a command. It must not know
other cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Waiting
from procflow.core.procedure import State, Transition
from procflow.core.promises import moved_by
from procflow.core.render import fill_time
from procflow.core.step import Step
from procflow.core.values import Person, Value, storable

#: What the engine itself carries out between cases; no channel brings these operations.
#: start: another case; signal: an event for other cases; procedure: a case whose end is awaited; answer: that
#: end, told to who awaits it; cancel: it is awaited no longer.
BETWEEN_CASES = frozenset({"start", "signal", "procedure", "answer", "cancel"})

#: Events that only the engine itself makes; a deadline's name is one too.
MADE_HERE = frozenset({"message", "done", "failed"})

#: In the result of an invoked procedure: the names of its data that are people.
PEOPLE = "~people"

#: How many of the cases that a step looked up stand in its journal.
FIRST = 20

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
        for key, waiting in self.before.waiting.items():  # what it does on the way out still goes out
            if key in self.f.waiting and waiting.operation not in ("answer", "cancel"):
                self.emit(j.EffectAnswered(key, waiting.operation, "cancelled"))
                if f"manual:{key}" in self.f.items:
                    self.emit(j.ItemSettled(f"manual:{key}", ""))
        self.closing = CANCELLED
        self.scope.closing = self.watching.closing = True
        for promise in self.procedure.promises:  # what was to come with the end has come
            monitor = self.f.promises.get(promise.name)
            if promise.kind == "after" and monitor is not None and monitor.state == "pending":
                moved = moved_by(promise, self.watching)
                if moved is not None:
                    self.emit(moved)

    def _cases_looked_up(self) -> None:
        """What the step saw among other cases; by which values it looked is not told, they may be personal."""
        for (procedure, fields), cases in sorted(
            {**self.scope.looked, **self.watching.looked}.items(), key=lambda item: item[0]
        ):
            first = tuple([int(case["number"]) for case in cases[:FIRST]])
            self.emit(j.CasesLookedUp(procedure, fields, len(cases), first))

    def _under_way(self, key: str, waiting: Waiting | None) -> None:
        """The invoked case is there, where its answer is awaited no longer it ends at once; or a signal is on its way."""
        self._command({})
        given = self.command.given
        if self.command.status == "sent":
            # not where it was delivered while this was laid aside
            if waiting is not None and key in self.f.waiting:
                name, cases, numbers = (given[part] for part in ("name", "cases", "numbers"))
                self.emit(j.EventSent(key, str(name), tuple(cases), tuple(numbers)))
            return
        case_id = str(given.get("case", ""))
        if waiting is None or key not in self.f.waiting or not self.f.is_visit(waiting.answers):
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
        data: dict[str, Value] = {}
        people = []
        for field in self.procedure.data:
            if self.f.data.get(field.name) is None and field.type != "array":
                continue
            value = self.scope.name(field.name)
            first = value[0] if isinstance(value, tuple) and value else value
            if isinstance(first, Person):
                people.append(field.name)
            data[field.name] = storable(value)
        result = {**data, "outcome": self.closing, **({PEOPLE: tuple(people)} if people else {})}
        self._request("answer", {"key": key, "result": result})

    def _result(self, waiting: Waiting, result: Mapping[str, Any]) -> Mapping[str, Any]:
        """What answered as expressions see it: of an invoked procedure people are persons again."""
        if waiting.operation != "procedure" or PEOPLE not in result:
            return result
        seen = {name: value for name, value in result.items() if name != PEOPLE}
        for name in result[PEOPLE]:
            value = seen[name]
            several = isinstance(value, tuple)
            seen[name] = tuple(map(self.scope.person, value)) if several else self.scope.person(value)
        return seen

    # messages that came too early

    def _keep(self, id: str, message: Mapping[str, Any], about: Mapping[str, Any]) -> bool:
        """Keep a message that a later state waits for, where the procedure says how long; -> whether it does."""
        if self.before.is_closed:
            return False
        longest = None
        for state in self._still_to_come():
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

    def _still_to_come(self) -> Iterator[State]:
        """The states that the case may come to and is not in now, by whatever transitions."""
        chart, state = self.kernel.chart, self.procedure.state
        here = {*self.f.active, *self.f.around}
        seen, waiting = set(here), list(here)
        while waiting:
            for transition in state[waiting.pop()].transitions():
                for target in chart.targets(transition, self.f.last):
                    inside = [name for name in state if name == target or chart.is_inside(name, target)]
                    fresh = {*inside, *chart.around[target]} - seen
                    seen |= fresh
                    waiting += fresh
        yield from (item for item in self.procedure.states if item.name in seen - here)

    def _offer_kept(self) -> None:
        """Where the step has come to a state that waits for messages, those that are kept are tried next."""
        entered = [entry.state for entry in self.entries if type(entry) is j.StateEntered]
        if any("message" in self.procedure.state[name].events_by_name for name in entered):
            for item in sorted(self.f.kept.keys() - self.f.retake):
                self.emit(j.MessageKept(item, self.f.kept[item], True))

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

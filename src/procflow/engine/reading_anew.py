"""Whose work it is, read anew when an absence begins, ends or changes, or the roster does.

Only cases that are concerned are read, found by their tasks or by an index of what their tasks were worked out from.
It must not know how work is handed on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from procflow.core.case import Case
from procflow.core.choices import task_owners
from procflow.core.decide import Command, decide
from procflow.core.lookups import MOVED_BY, tasks_move
from procflow.core.organisation import Absence, Surroundings
from procflow.core.people import stand_ins
from procflow.core.procedure import Procedure
from procflow.core.scope import StepScope
from procflow.core.scope_functions import ROSTER
from procflow.engine.answers import HOST_TRIES, Loaded
from procflow.engine.at_hand import AtHand
from procflow.errors import CalendarError, Conflict, EvaluationError
from procflow.stored import ORGANISATION

#: How far back a new process looks for absences that began or ended.
_LOOK_BACK = timedelta(days=31)
#: More tasks than anybody has.
_ALL = 1 << 31


class ReadAnew(AtHand):
    """The part of the engine that moves work when people come and go."""

    what_finds: Any
    _absences_read: datetime | None
    _append: Any
    _catch_up: Any

    def read_anew(self, person: str) -> int:
        """Read anew who has the work that an absence of this person moves; -> how many cases moved.

        That is the person's own, the work of those who are away and for whom this one may stand in, and tasks that
        were worked out from the absence of this person.
        """
        surroundings, now = self.surroundings(), self.world.now()
        people = (person, *_stood_in_for(surroundings, person, now))
        cases = {row.case_id: None for row in self.store.tasks(people=people, limit=_ALL)}
        cases.update(dict.fromkeys(self._moved_by(person, surroundings)))
        return sum(self._read_anew(case_id) for case_id in cases)

    def read_roster(self) -> int:
        """Read anew the tasks that were worked out from the roster; -> how many cases moved."""
        return sum(self._read_anew(case_id) for case_id in self._moved_by(ROSTER, self.surroundings()))

    def _moved_by(self, what: str, surroundings: Surroundings) -> Iterator[str]:
        """The open cases with a task that was worked out from the absence of a person, or from the roster."""
        yield from self.store.find([self._finds_moved(what)])
        for name, hash in self.store.names_in_force("procedure"):
            if MOVED_BY in surroundings.lookups_ready.get(name, ()):
                continue
            # its index is not whole yet; a procedure is long to read, and most have no open case
            if self.store.cases(open_only=True, procedure=name, limit=1) and tasks_move(self.procedure(hash)):
                after = 0
                while rows := self.store.cases(open_only=True, procedure=name, after=after):
                    yield from (row.id for row in rows)
                    after = rows[-1].number

    def finds_moved(self, procedure: Procedure, case: Case, surroundings: Surroundings) -> list[bytes]:
        """The fingerprints under which a case is found by what its tasks are worked out from."""
        found: set[str] = set()
        scope = StepScope(procedure, case, surroundings, self.world.now())
        scope.moved_by = found
        for name in case.tasks:
            task = procedure.state[name].task
            if task is not None and task.to is not None:
                try:
                    task_owners(procedure, task, scope)
                except (EvaluationError, CalendarError):
                    continue  # the step that asks for it says so
        return [self._finds_moved(what) for what in sorted(found)]

    def _finds_moved(self, what: str) -> bytes:
        """Keyed twice, so that nothing that a sender writes is taken for it."""
        return self.keys.fingerprint(self.keys.fingerprint(f"{MOVED_BY}\x1f{what}").hex())

    def read_absences(self) -> int:
        """Move the work of those whose absence began or ended since this was asked last; -> how many cases moved.

        Who asks for the first time looks back a month: what was read before gives no step.
        """
        now = self.world.now()
        after, self._absences_read = self._absences_read or now - _LOOK_BACK, now
        if self.store.load(ORGANISATION) is None:
            return 0
        found = boundaries(self.surroundings().absences, after, now)
        return sum(self.read_anew(person) for person in dict.fromkeys(person for _, person in found))

    def _read_anew(self, case_id: str) -> bool:
        for _ in range(HOST_TRIES):
            loaded = self.load(case_id)
            if loaded.plain.is_closed:
                return False
            procedure, surroundings, now = (
                self.procedure(loaded.row.definition), self.surroundings(), self.world.now(),
            )  # fmt: skip
            try:
                loaded = self._catch_up(loaded, procedure, surroundings, now)
                id = f"{case_id}/{loaded.row.sequence + 1}/people"
                command = Command(id, "people")
                decision = decide(procedure, loaded.plain, command, now, surroundings)
                if decision.refusal is not None or not decision.entries:
                    self._found_anew(loaded, procedure, surroundings)
                    return False
                self._append(loaded, procedure, command, decision, surroundings, now, now)
            except Conflict:
                self._cases.pop(case_id, None)
            else:
                return True
        return False  # whoever changes it all the time reads it anew in each step

    def _found_anew(self, loaded: Loaded, procedure: Procedure, surroundings: Surroundings) -> None:
        """The task stays where it was, and may have asked for the absence of others this time."""
        if tasks_move(procedure) and not loaded.plain.is_closed:
            finds = self.what_finds(procedure, loaded.plain, surroundings)
            if not self.store.identify(loaded.row.id, loaded.row.sequence, finds):
                raise Conflict("the case has moved on", "try again")


def _stood_in_for(surroundings: Surroundings, person: str, now: datetime) -> tuple[str, ...]:
    """Those who are away now and whose stand-ins are others when this person is here than when not."""
    others = tuple(absence for absence in surroundings.absences if absence.person != person)
    here = replace(surroundings, absences=others)
    away = replace(surroundings, absences=(*others, Absence(person, now)))
    return tuple(
        dict.fromkeys(
            absence.person
            for absence in others
            if absence.covers(now)
            and stand_ins(here, absence.person, now) != stand_ins(away, absence.person, now)
        )
    )


def boundaries(absences: Iterable[Absence], after: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """(instant, person) of each absence that begins or ends after one instant and at or before another, in order."""
    found = []
    for absence in absences:
        for instant in (absence.since, absence.until):
            if instant is not None and after < instant <= until:
                found.append((instant, absence.person))
    return sorted(found)

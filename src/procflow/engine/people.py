"""Who has what work, as the engine keeps it: read anew when absences change, and told to the store with each step.

It must not know which rule chooses whom.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.expressions import Expression, Template, calls
from procflow.core.organisation import Absence
from procflow.core.procedure import Procedure
from procflow.ports import DoneFor, PeopleFacts, StoredCase

#: Functions whose answer moves with absences, so that a task built with one is read anew.
_MOVING = frozenset({"absent", "mate", "on_duty", "shift"})

#: The entries that say something of queues, turns or work done for others.
_TELLING = frozenset({j.TaskAllotted, j.CommandTaken})


def people_facts(entries: tuple[Any, ...], row: StoredCase, sequence: int) -> PeopleFacts | None:
    """What the store must know of people in a step; None for most steps."""
    told = [e for e in entries if type(e) in _TELLING and (type(e) is j.TaskAllotted or e.on_behalf)]
    if not told:
        return None
    work: dict[str, int] = {}
    turns: dict[str, tuple[str, str]] = {}
    done: list[DoneFor] = []
    for entry in told:
        if type(entry) is j.TaskAllotted:
            for person, count in entry.counts.items():
                work.setdefault(person, count)
            if entry.place:
                first = turns[entry.place][0] if entry.place in turns else entry.last
                turns[entry.place] = (first, entry.to)
        else:
            name = entry.name or entry.kind
            done.append(DoneFor(entry.on_behalf, entry.at, row.id, row.number, sequence, name, entry.by))
    if not work and not turns and not done:
        return None
    taken = tuple((place, last, now) for place, (last, now) in turns.items())
    return PeopleFacts(tuple(work.items()), taken, tuple(done))


def moves_with_absences(procedure: Procedure) -> bool:
    """Whether some task of a procedure is for somebody who is worked out from absences or the roster."""
    return any(
        _moves(state.task.to)
        for state in procedure.states
        if state.task is not None and state.task.to is not None
    )


def _moves(spec: Any) -> bool:
    if isinstance(spec, Expression):
        return any(name in _MOVING for name, _, _ in calls(spec.node))
    if isinstance(spec, Template):
        return any(map(_moves, spec.parts))
    return isinstance(spec, list | tuple) and any(map(_moves, spec))


def boundaries(absences: Iterable[Absence], after: datetime, until: datetime) -> list[tuple[datetime, str]]:
    """(instant, person) of each absence that begins or ends after one instant and at or before another, in order."""
    found = []
    for absence in absences:
        for instant in (absence.since, absence.until):
            if instant is not None and after < instant <= until:
                found.append((instant, absence.person))
    return sorted(found)

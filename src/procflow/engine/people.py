"""What a step tells the store of people: queues, turns, and what was done for others.

It must not know which rule chooses whom.
"""

from __future__ import annotations

from typing import Any

from procflow.core import journal as j
from procflow.ports import DoneFor, PeopleFacts, StoredCase

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

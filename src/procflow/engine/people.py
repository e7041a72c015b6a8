"""What a step tells the store of people: queues, turns, and what was done for others.

It must not know which rule chooses whom.
"""

from __future__ import annotations

from typing import Any

from procflow.core import journal as j
from procflow.stored import DoneFor, PeopleFacts, StoredCase


def people_facts(
    entries: tuple[Any, ...], kinds: set[type[Any]], row: StoredCase, sequence: int
) -> PeopleFacts | None:
    """What the store must know of people in a step whose entries are of these kinds; None for most steps."""
    told: list[Any] = []
    for entry in entries:
        if type(entry) is j.CommandTaken:  # a step has one
            if entry.on_behalf:
                told.append(entry)
            break
    if j.TaskAllotted in kinds:
        told = [e for e in entries if type(e) is j.TaskAllotted or e in told]
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

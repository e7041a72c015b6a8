"""Procedures that go round without an end, and without anybody who could stop them: what would come next is refused.

Within one step `core.step` sees to that. Here it is about steps that follow each other by themselves: a time that comes
again at once whenever it has come, an answer that asks for the same again, two cases that signal each other. It must not
know stores.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case
from procflow.core.decide import Command
from procflow.core.procedure import Procedure
from procflow.core.refusals import Refusal

#: How often the same thing may come by time at one instant of a case.
MOST_AT_ONE_INSTANT = 10
#: After so many steps of a case it is looked whether all of them came by themselves and at once, and nothing was learned of
#: which another guard could hold; and after so many whether they did although something was.
LOOKED_AT, LOOKED_AT_ALL = 50, 1_000
#: Within so long they came at once: nobody waited for anything.
WITHIN = timedelta(minutes=10)
_BY_THEMSELVES = frozenset({"answer", "event"})


def to_look_at(command: Command, sequence: int) -> int:
    """How many of the last steps have to be looked at before this command: nearly always none."""
    if not sequence or sequence % LOOKED_AT or not _is_by_itself(command.kind, command.by):
        return 0
    return LOOKED_AT if sequence % LOOKED_AT_ALL else LOOKED_AT_ALL


def is_a_round(steps: Sequence[Iterable[Any]]) -> bool:
    """Whether the entries of so many steps show a case that goes in circles: all came by themselves and at once, and many
    asked for something again."""
    asked, at, learned = 0, list[datetime](), False
    for entries in steps:
        for entry in entries:
            if type(entry) is j.CommandTaken:
                if not _is_by_itself(entry.kind, entry.by):
                    return False
                at.append(entry.at)
            learned = learned or type(entry) is j.DataSet
        asked += any(type(entry) is j.EffectRequested for entry in entries)
    if learned and len(steps) < LOOKED_AT_ALL:
        return False
    return asked * 4 >= len(steps) and bool(at) and max(at) - min(at) <= WITHIN


def _is_by_itself(kind: str, by: str) -> bool:
    return kind in _BY_THEMSELVES and not by


def in_circles(procedure: Procedure, case: Case, come: Mapping[str, int] | None = None) -> Refusal:
    """The refusal of the next time round; `come` is what came by time at this instant, and how often."""
    again = [name.partition(":")[2].partition("@")[0] for name, times in (come or {}).items() if times > 1]
    ring = list(dict.fromkeys((*case.active, *again)))
    facts = {"states": " → ".join((*ring, ring[0])) if ring else "", "owner": procedure.owner}
    return Refusal("loop", facts, path=procedure.path)

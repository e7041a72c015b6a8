"""Procedures that go round without an end, and without anybody who could stop them: what would come next is refused.

Within one step `core.step` sees to that. Here it is about steps that follow each other by themselves: a time that comes
again at once whenever it has come, an answer that asks for the same again, cases that signal each other. It must not
know how a step is decided or stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case
from procflow.core.decide import Command
from procflow.core.procedure import Procedure
from procflow.core.record import decode_entries
from procflow.core.refusals import Refusal
from procflow.engine.answers import Loaded
from procflow.engine.at_hand import AtHand

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
    if not came_at_once(steps):
        return False
    if len(steps) < LOOKED_AT_ALL and any(type(entry) is j.DataSet for entries in steps for entry in entries):
        return False
    asked = sum(any(type(entry) is j.EffectRequested for entry in entries) for entries in steps)
    return asked * 4 >= len(steps)


def came_at_once(steps: Iterable[Iterable[Any]]) -> bool:
    """Whether all these steps came by themselves, and nobody waited for anything."""
    at = list[datetime]()
    for entries in steps:
        for entry in entries:
            if type(entry) is j.CommandTaken:
                if not _is_by_itself(entry.kind, entry.by):
                    return False
                at.append(entry.at)
    return bool(at) and max(at) - min(at) <= WITHIN


def is_sent(command: Command) -> bool:
    """Whether a case sent it to another: of such there may be ever more, where a case sends to several."""
    return command.kind == "event" and not command.by


def _is_by_itself(kind: str, by: str) -> bool:
    return kind in _BY_THEMSELVES and not by


def in_circles(procedure: Procedure, case: Case, come: Mapping[str, int] | None = None) -> Refusal:
    """The refusal of the next time round; `come` is what came by time at this instant, and how often."""
    again = [name.partition(":")[2].partition("@")[0] for name, times in (come or {}).items() if times > 1]
    ring = list(dict.fromkeys((*case.active, *again)))
    facts = {"states": " → ".join((*ring, ring[0])) if ring else "", "owner": procedure.owner}
    return Refusal("loop", facts, path=procedure.path)


class GoingRound(AtHand):
    """The part of the engine that sees whether a case goes round.

    Once it was seen, each event that another case sends is refused until somebody acts or time passes: of several cases
    that signal each other one event is laid aside, and the others make ever more. Of what is the same from the same case
    one is laid aside, the rest dropped.
    """

    def _goes_round(self, loaded: Loaded, command: Command) -> bool:
        """Whether the case goes in circles, and this command is what would come next; see `circles`."""
        steps = to_look_at(command, loaded.row.sequence)
        if steps and is_a_round(self._last(loaded, steps)):
            return True
        return is_sent(command) and self._went_round(loaded)

    def _went_round(self, loaded: Loaded) -> bool:
        """Whether something of this case was laid aside because it goes in circles, and nobody has acted since."""
        laid = any(self._is_of_a_circle(loaded, id) for id in loaded.plain.items)
        return laid and came_at_once(self._last(loaded, LOOKED_AT))

    def _last(self, loaded: Loaded, steps: int) -> list[tuple[Any, ...]]:
        """The entries of the last so many steps."""
        last = self.store.journal(loaded.row.id, max(0, loaded.row.sequence - steps))
        return [decode_entries(step.entries) for step in last]

    def _is_of_a_circle(self, loaded: Loaded, id: str) -> bool:
        item = loaded.plain.items[id]
        return item.kind == "stuck" and self._opened(loaded, item.about)["code"] == "loop"

    def _lies_already(self, loaded: Loaded, command: Command) -> bool:
        """Whether the same event from the same case was laid aside before."""
        what = {"kind": "event", "name": command.name, "source": command.source, "given": dict(command.given)}
        laid = (item.again for item in loaded.plain.items.values() if item.kind == "stuck")
        return command.kind == "event" and any(self._opened(loaded, again) == what for again in laid)

    def _opened(self, loaded: Loaded, value: Any) -> Any:
        """What is in a value of an item, sealed or not."""
        if isinstance(value, j.Sealed):
            value = self.unsealer(loaded.row.id, loaded.row.key_slot)(value)
        return getattr(value, "value", value)

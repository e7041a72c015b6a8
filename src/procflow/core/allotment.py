"""Who gets a task when a rule chooses: `shortest_queue`, `round_robin`, and what plugins register.

The rule is asked once, among those who are present and may act, and the answer stands in the journal with what it
was decided on. It is asked again when whoever has the task may no longer have it. It must not know stores: how much
work people have, and whose turn it was, comes with the surroundings.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from procflow.core import journal as j
from procflow.core.choices import Owners, excluded
from procflow.core.people import holders
from procflow.core.procedure import Procedure, State
from procflow.errors import EvaluationError, PluginError

#: Ways to take a task in which people choose for themselves.
BY_PEOPLE = frozenset({"", "claim", "offer"})


class StepAllotment:
    """The part of a step that gives tasks to people by a rule; `decide` is its only user."""

    procedure: Procedure
    f: Any
    before: Any
    watching: Any  # the scope that knows this step too
    surroundings: Any
    now: datetime
    emit: Any
    given_back: dict[str, str]  # state -> who just gave its task back
    entries: list[Any]

    def _allot(self, state: State, owners: Owners) -> None:
        """Give the task of a state to a person, unless somebody has it who may keep it."""
        task = state.task
        assert task is not None
        old = self.f.tasks.get(state.name)
        if old is not None and old.claimed_by:
            return
        found = holders(self.surroundings, owners.roles, owners.people, self.now)
        barred = {name for name in found if excluded(state, None, name, self.watching)}
        candidates = sorted(found.keys() - barred) or sorted(found)
        if old is not None and old.allotted and old.people and old.people[0] in candidates:
            return
        if old is None or old.allotted or (old.roles, old.people) != (owners.roles, owners.people):
            self.emit(j.TaskOpened(state.name, owners.roles, owners.people))
        giver = self.given_back.get(state.name, "")
        if giver in candidates and len(candidates) > 1:
            candidates.remove(giver)
        if not candidates:
            return  # nobody is there: it stays with its role
        self._ask_rule(state, task.take, candidates, found)

    def _ask_rule(self, state: State, rule: str, candidates: list[str], found: Mapping[str, str]) -> None:
        chooser = self.surroundings.rules.get(rule)
        if chooser is None:
            raise EvaluationError(f"there is no rule {rule!r} to choose a person", "install its plugin again")
        place = f"{self.procedure.name}/{state.name}"
        queues = self.surroundings.queues
        seen = dict(queues.work_of(candidates))
        last = self._turn(place)
        own = self._own()
        context = {
            "state": state.name,
            "case": self.f.number,
            "open": {name: seen[name] + own.get(name, 0) for name in candidates},
            "last": last,
        }
        try:
            chosen = chooser(list(candidates), context)
        except PluginError as problem:
            raise EvaluationError(f"the rule {rule} failed: {problem.message}") from problem
        except Exception as problem:
            raise EvaluationError(f"the rule {rule} failed with {type(problem).__name__}") from problem
        if chosen is None:
            return  # the rule chooses nobody: whoever comes first takes it
        if chosen not in candidates:
            raise EvaluationError(f"the rule {rule} chose somebody who is not among the candidates")
        counts, where = (
            ({}, place) if rule == "round_robin" else (seen, "" if rule == "shortest_queue" else place)
        )
        self.emit(j.TaskAllotted(state.name, chosen, rule, counts, where, last, found.get(chosen, "")))

    def _turn(self, place: str) -> str:
        """Whose turn it was last, this step included."""
        for entry in reversed(self.entries):
            if type(entry) is j.TaskAllotted and entry.place == place:
                return entry.to
        return str(self.surroundings.queues.turn(place))

    def _own(self) -> dict[str, int]:
        """What this very step changes in how much work people have."""
        moved: dict[str, int] = {}
        for case, by in ((self.before, -1), (self.f, 1)):
            for task in case.tasks.values():
                if task.suspended is None:
                    for name in (task.claimed_by,) if task.claimed_by else task.people:
                        moved[name] = moved.get(name, 0) + by
        return moved

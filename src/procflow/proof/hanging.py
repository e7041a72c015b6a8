"""Where a case can hang because nobody may act: with the people of the organisation at hand, some of them away.

Taken for granted is that of a role's people somebody is there. Away may be one of those who are left when four eyes have
kept others out, and a named person together with the team mate. A state does not hang where time leads on, or where a
deadline tells somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from procflow.core.expressions import Template
from procflow.core.organisation import Organisation
from procflow.core.procedure import At, Choice, Procedure, State
from procflow.proof.plan import Plan
from procflow.proof.space import Space, Step
from procflow.proof.takers import Takers


def hanging(plan: Plan, explore: Callable[[], Space]) -> Iterator[tuple[str, At, str, tuple[Step, ...]]]:
    """(state, where, why, the way there) of each innermost state in which a case can hang; why is nobody, four_eyes, away or `NAMED`."""
    organisation = getattr(plan.around.constants, "organisation", None)
    if organisation is None:
        return
    look = _Hanging(plan.procedure, organisation, is_called=bool(plan.around.calls))
    found: dict[str, tuple[str, At]] = {}
    for name, inside in plan.chart.inside.items():
        if name and not inside:
            why = look.hangs([plan.procedure.state[s] for s in (name, *plan.chart.around[name])])
            if why is not None:
                found[name] = why
    space = explore() if found else None
    if space is None or not space.complete:
        return
    silent = _silent(plan, space)
    for name, (why_not, at) in found.items():
        if name in silent:
            yield name, at, why_not, tuple(space.way_to(silent[name]))


def _silent(plan: Plan, space: Space) -> dict[str, int]:
    """The innermost states in which a case can be while no deadline tells anybody or ever told, with where first."""
    found: dict[str, int] = {}
    for number, state in enumerate(space.states):
        if not any(
            clock in ("running", "missed", "paused")
            for name, clock in state.clocks
            if name in plan.procedure.deadline
        ):
            for name in state.active:
                found.setdefault(name, number)
    return found


#: The person named may be one whom four eyes keep out: who that is, the engine shows.
NAMED = "named"


class _Hanging:
    def __init__(self, procedure: Procedure, organisation: Organisation, *, is_called: bool) -> None:
        self.procedure, self.organisation = procedure, organisation
        self.takers = Takers(procedure, organisation, is_called=is_called)

    def hangs(self, places: list[State]) -> tuple[str, At] | None:
        if any(
            place.final or place.after or place.events or place.always or place.invoke for place in places
        ):
            return None
        whys: list[tuple[str, At]] = []
        for place in places:
            task = place.task or next((other.task for other in places if other.task is not None), None)
            for choice in place.choices:
                if any(a.to is not None and a.to != "self" and a.refuse is None for a in choice.alternatives):
                    own = choice.by is not None or choice.other_than
                    at = choice.at if own or task is None or task.at == (0, 0) else task.at
                    whys.append((self._nobody(place, choice, task), at))
        if not whys or not all(why for why, _ in whys):
            return None
        return next((each for each in whys if each[0] == NAMED), whys[0])

    def _nobody(self, place: State, choice: Choice, task: Any) -> str:
        """Why it can be that nobody may take a choice; "" where somebody always may."""
        specs = (*choice.other_than, *(task.other_than if task is not None else ()))
        whom = (
            choice.by
            if choice.by is not None
            else task.to
            if task is not None and task.to is not None
            else None
        )
        if whom is None:
            whom = task.role if task is not None else self.procedure.owner
        roles = [
            str(item)
            for item in (whom if isinstance(whom, tuple | list) else (whom,))
            if not isinstance(item, Template)
        ]
        if isinstance(whom, Template) or len(roles) < (len(whom) if isinstance(whom, tuple | list) else 1):
            return self._person_away() or (NAMED if specs else "")
        members = {
            name
            for role in roles
            for name in self.organisation.members.get(role, ())
            or ([role] if role in self.organisation.people else [])
        }
        if not members:
            return "nobody"
        if not specs:
            return ""
        kept_out = self._kept_out(specs, members)
        return "four_eyes" if kept_out and len(members) - kept_out <= (1 if kept_out else 0) else ""

    def _kept_out(self, specs: tuple[Any, ...], members: set[str]) -> int:
        """How many of the people four eyes can keep out at once."""
        candidates = [self.takers.of(spec) & members for spec in specs]
        matched: dict[str, int] = {}

        def place(n: int, seen: set[str]) -> bool:
            for person in sorted(candidates[n] - seen):
                seen.add(person)
                if person not in matched or place(matched[person], seen):
                    matched[person] = n
                    return True
            return False

        return sum(place(n, set()) for n in range(len(specs)))

    def _person_away(self) -> str:
        """A named person and the mate are both away: whether a role of the organisation stands in."""
        return (
            "" if any(self.organisation.members.get(word) for word in self.organisation.stand_in) else "away"
        )

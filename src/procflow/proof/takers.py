"""Who may have taken a choice, and who may stand in a field of people, by the roles of the organisation.

It must not know what four eyes make of it.
"""

from __future__ import annotations

from typing import Any

from procflow.core.expressions import Call, Literal, Name, Template
from procflow.core.organisation import Organisation
from procflow.core.procedure import Choice, Procedure, State
from procflow.proof.reading import asks_of


class Takers:
    """`is_called`: whether another procedure opens the case, and may give it any person."""

    def __init__(self, procedure: Procedure, organisation: Organisation, *, is_called: bool) -> None:
        self.procedure, self.organisation, self.is_called = procedure, organisation, is_called

    def of(self, spec: Any) -> set[str]:
        """Those whom an entry of `other_than` may name: a choice, or a field of people."""
        if not isinstance(spec, Template):
            return self._named(str(spec))
        node = spec.single.node if spec.single is not None else None
        found = self._standing_in(node.name) if isinstance(node, Name) else self._asked_for(node)
        return set(self.organisation.people) if found is None else found

    def _named(self, name: str) -> set[str]:
        found: set[str] = set()
        for state in self.procedure.states:
            if name in state.choices_by_name:
                found |= self._taking(state, state.choices_by_name[name])
        return found

    def _taking(self, state: State, choice: Choice) -> set[str]:
        by = choice.by
        if by is None and state.task is not None and state.task.to is None:
            by = state.task.role
        found: set[str] = set()
        for role in by if isinstance(by, tuple | list) else (by,):
            if role is None or isinstance(role, Template):
                return set(self.organisation.people)
            found.update(self.organisation.members.get(str(role), ()))
        return found

    def _asked_for(self, node: Any) -> set[str] | None:
        """Of `who("choice")`."""
        if isinstance(node, Call) and node.function == "who" and isinstance(node.args[0], Literal):
            return self._named(str(node.args[0].value))
        return None

    def _standing_in(self, name: str) -> set[str] | None:
        """Of a field that choices alone fill with whoever takes them (`set: {checked_by: "${actor}"}`); None: anybody."""
        field = self.procedure.fields.get(name)
        starts = self.procedure.starts
        if field is None or field.default is not None or self.is_called:
            return None
        if any(start.kind in ("by", "event") and not start.asks for start in starts):
            return None  # whoever opens the case may give any of its data
        if any(ask.stored and ask.name == name for ask in asks_of(self.procedure)):
            return None
        if any(field == name and value is not None for start in starts for field, value in start.sets):
            return None
        found: set[str] = set()
        for state in self.procedure.states:
            for transition in state.transitions():
                values = [value for field, value in transition.sets if field == name and value is not None]
                if values and not (transition.kind == "choice" and all(map(_is_actor, values))):
                    return None
                if values:
                    found |= self._taking(state, state.choices_by_name[transition.name])
        return found


def _is_actor(value: Any) -> bool:
    node = value.single.node if isinstance(value, Template) and value.single is not None else None
    return isinstance(node, Name) and node.name == "actor"

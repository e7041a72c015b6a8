"""The part of a step that asks for effects: of channels, of people, of other procedures.

It must not know when they are asked for, nor who delivers them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from procflow.core import journal as j
from procflow.core.choices import Owners, owners_of
from procflow.core.expressions import holds
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Effect, Invoke, Procedure, State
from procflow.core.render import fill_spec, value_in_words
from procflow.core.scope import StepScope
from procflow.core.values import Person, storable


class StepEffects:
    """What a step does beside its transitions; `Step` is its only user."""

    procedure: Procedure
    command: Any
    f: Any
    scope: StepScope
    surroundings: Surroundings
    language: str
    sequence: int
    effects_asked: int
    notices: int
    raised: deque[tuple[str, str]]
    emit: Any
    _item: Any

    def _effects(self, effects: Sequence[Effect], because: str, state: str = "") -> None:
        """Ask for effects. `state` is the one that they hang on; of a deadline's it is the outermost active one."""
        scope = self.scope
        for effect in effects:
            if effect.each is None:
                self._effect(effect, because, state)
                continue
            for item in fill_spec(effect.each, scope, self.language) or ():
                scope.locals[effect.each_as] = item
                self._effect(effect, because, state)
            scope.locals.pop(effect.each_as, None)

    def _effect(self, effect: Effect, because: str, state: str) -> None:
        if effect.when is not None and not holds(effect.when, self.scope):
            return
        parameters = fill_spec(effect.parameters, self.scope, self.language)
        operation = effect.operation
        if operation == "raise":
            self.raised.append((str(parameters), ""))
        elif operation == "note.write":
            text = parameters.get("text") if isinstance(parameters, Mapping) else parameters
            self.emit(
                j.NoteWritten(j.Personal(self._as_text(text) if text else ""), self.command.by, because)
            )
        elif operation == "notify":
            self._notify(parameters, because)
        else:
            mark = ""
            if effect.unless_left:
                mark = self.f.visit(state or next(iter((*self.f.around, *self.f.active)), ""))
            self._request(operation, parameters, unless_left=mark)

    def _notify(self, parameters: Any, because: str) -> None:
        given = parameters if isinstance(parameters, Mapping) else {"role": parameters}
        told = [given.get("role"), given.get("person")]
        to = given.get("to")
        told += to if isinstance(to, list | tuple) else [to]
        owners = owners_of(told, self.scope)
        if not owners.roles and not owners.people and self.procedure.owner:
            owners = Owners((self.procedure.owner,))  # never told to nobody
        text = self._as_text(given["text"]) if given.get("text") else ""
        self.emit(j.PeopleNotified(owners.roles, owners.people, j.Personal(text) if text else None, because))
        self.notices += 1
        about = {"because": because, **({"text": text} if text else {})}
        id_ = f"notice:{self.sequence}.{self.notices}"
        self._item(id_, "notice", about, owners.people, owners.roles)

    def _as_text(self, value: Any) -> str:
        """What a note or a notice says; a whole record or list in words, for nobody reads what the program makes of it."""
        several = isinstance(value, list | tuple) or (
            isinstance(value, Mapping) and not isinstance(value, Person)
        )
        return value_in_words(value, self.scope, self.language) if several else str(value)

    def _request(self, operation: str, parameters: Any, *, unless_left: str = "", answers: str = "") -> None:
        self.effects_asked += 1
        key = f"{self.f.id}/{self.sequence}/{self.effects_asked}"
        self.emit(j.EffectRequested(key, operation, j.Personal(storable(parameters)), unless_left, answers))
        if operation.partition(".")[0] in self.surroundings.manual:
            about = {"operation": operation, "parameters": storable(parameters)}
            people = (self.command.by,) if self.command.by else ()
            self._item(f"manual:{key}", "manual", about, people)

    def _invoke(self, state: State, work: Invoke) -> None:
        parameters = fill_spec(work.parameters, self.scope, self.language)
        if work.procedure:
            parameters = {"procedure": work.procedure, "with": parameters}
        self._request(work.operation, parameters, answers=self.f.visit(state.name))

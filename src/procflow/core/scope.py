"""What an expression sees during a step: data by name and the step's own values.

A scope is a view, built for one step and asked many times; it changes nothing. What its functions answer is in
`scope_functions`. Those that look back (`count`, `who`, `did`, `missed`) see the steps before this one in guards and
effects, and this one too in promises: that is what `past` is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from procflow.core.organisation import Surroundings
from procflow.core.procedure import Field, Procedure
from procflow.core.scope_functions import FUNCTIONS, NO_EVIDENCE
from procflow.core.values import Person, Value
from procflow.errors import EvaluationError, PluginError

if TYPE_CHECKING:
    from procflow.core.tables import Table

#: The types whose stored values an expression sees as something else.
_SEEN = frozenset({"person", "evidence", "array"})


class StepScope(Struct, eq=False):
    """The names and functions of one step. `case` and `past` are cases or folds of one; without a past it is the case."""

    procedure: Procedure
    case: Any
    surroundings: Surroundings
    now: datetime
    past: Any = None
    actor: str = ""
    given: Mapping[str, Value] = {}
    message: Mapping[str, Value] | None = None
    result: Mapping[str, Value] | None = None
    overlay: dict[str, Value] = {}  # entered values that are not stored yet
    locals: dict[str, Value] = {}
    tables: dict[str, tuple[Table, date]] = {}  # those in which something was looked up
    zone: str = ""
    moment: tuple[str, str] = ("", "")  # the kind and name of the transition, for promises
    closing: bool = False
    not_yet: tuple[str, ...] = ()  # states that this moment enters, and not yet has
    #: What was looked up among the open cases: (procedure, fields) -> the cases found.
    looked: Mapping[tuple[str, tuple[str, ...]], Sequence[Any]] = {}
    #: Where somebody keeps count: whose absence was asked for, and ROSTER.
    moved_by: set[str] | None = None
    _day: date | None = None
    _message: Mapping[str, Value] | None = None

    def __post_init__(self) -> None:
        self.zone = self.surroundings.organisation.zone
        if self.past is None:
            self.past = self.case

    # names

    def _written(self) -> Value:
        """The message with the words of its sender alone; what they quoted stays with the message, whole."""
        if self._message is None and self.message is not None:
            from procflow.core.quotations import written  # few steps have a message

            self._message = (
                {**self.message, "text": written(self.message)} if self.message.get("text") else self.message
            )
        return self._message

    def name(self, name: str) -> Value:
        if self.locals and name in self.locals:
            return self.locals[name]
        field = self.procedure.fields.get(name)
        if field is not None:
            value = self.overlay[name] if name in self.overlay else self.case.data.get(name)
            return self.seen(field, value) if field.type in _SEEN else value
        if name == "now":
            return self.now
        if name == "input":
            return self.given
        if name == "message":
            return self._written()
        if name == "result":
            return self.result
        if name == "actor":
            return self.surroundings.organisation.persons.get(self.actor)
        if name == "case":
            case = self.case
            return {
                "id": case.id,
                "number": case.number,
                "opened": case.opened,
                "procedure": case.procedure,
            }
        raise KeyError(name)

    def seen(self, field: Field, value: Value) -> Value:
        """A stored value as expressions see it: people as persons, unset lists and evidence never null."""
        kind = field.type
        if kind == "person":
            return self.person(value) if value is not None else None
        if kind == "evidence":
            return self._evidence(field, value)
        if kind == "array":
            if value is None:
                return ()
            if field.items is not None and field.items.type == "person" and isinstance(value, list | tuple):
                return tuple(self.person(item) for item in value)
        return value

    def _evidence(self, field: Field, value: Value) -> Value:
        void = self.case.data.get(f"{field.name}~void")
        if value is None:
            return {**NO_EVIDENCE, "covers": field.covers}
        assert isinstance(value, Mapping)
        if void and field.name not in self.overlay:
            reason = f"{void} was changed after the evidence was given"
            return {**value, "accepted": False, "verdict": "rejected", "reason": reason}
        return {**NO_EVIDENCE, "covers": field.covers, **value}

    def person(self, value: Value) -> Person | None:
        if isinstance(value, Person):
            return value
        organisation = self.surroundings.organisation
        found = organisation.person_id(value) if isinstance(value, str) else None
        return organisation.persons[found] if found else None

    @property
    def day(self) -> date:
        if self._day is None:
            self._day = self.surroundings.organisation.calendar.civil_date(self.now)
        return self._day

    # functions

    def call(self, function: str, args: Sequence[Value]) -> Value:
        handler = FUNCTIONS.get(function)
        if handler is not None:
            return handler(self, *args)
        plugin = self.surroundings.functions.get(function)
        if plugin is None:
            raise KeyError(function)
        from procflow.core.field_problems import Wrong

        try:
            answer = plugin(*args)
        except PluginError as problem:  # it names the plugin
            raise EvaluationError(f"{function}() failed: {problem.message}") from problem
        except Exception as problem:  # only its name: what it says may repeat what was entered
            raise EvaluationError(f"{function}() failed with {type(problem).__name__}") from problem
        try:
            return _checked(answer)
        except Wrong as problem:
            raise EvaluationError(f"{function}() answered something that is no value") from problem


def _checked(answer: Any) -> Value:
    """What a plugin's function answered, as a value of the language. Raises Wrong."""
    if isinstance(answer, Person):
        return answer
    if isinstance(answer, list | tuple):
        return tuple([_checked(item) for item in answer])
    from procflow.core.field_types import any_value

    value: Value = any_value(answer)
    return value

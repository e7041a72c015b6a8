"""What is declared at each place of a procedure: names with types, ids, and what functions answer there.

It must not know which expressions stand at a place, nor what is surely set there: that comes in as `facts`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache, cached_property

from procflow.core.house import HOUSE
from procflow.core.procedure import Procedure
from procflow.definitions.checks.flow import DONE, EVENT, FAILED, MESSAGE, PERSON, Flow, Origin, Origins
from procflow.definitions.checks.known import Known
from procflow.definitions.checks.others import Surely, result_of
from procflow.definitions.checks.shapes import (
    NEVER_UNSET,
    gives_of,
    inputs_of,
    type_of_schema,
    typed_of,
)
from procflow.definitions.environment import Environment
from procflow.definitions.types import (
    ACTOR,
    ANY,
    CASE,
    INSTANT,
    TEXT,
    MapOf,
    Record,
    Type,
    Typed,
    join,
)
from procflow.definitions.types import MESSAGE as A_MESSAGE

#: Operations of the language itself that `did()` can ask for.
BUILT_IN = ("note.write", "notify", "signal", "start", *HOUSE)

_NOTHING: frozenset[str] = frozenset()


class Names:
    """The environments of one procedure; `alone`: without looking at what is surely set in those it invokes."""

    def __init__(self, procedure: Procedure, known: Known, flow: Flow, *, alone: bool = False) -> None:
        self.alone = alone
        self.procedure = procedure
        self.known = known
        self.flow = flow
        self.data: dict[str, Typed] = {field.name: typed_of(field) for field in procedure.data}
        self._made: dict[tuple[Origins, bool, bool], tuple[Mapping[str, Typed], Mapping[str, str]]] = {}

    def environment(
        self,
        place: str,
        origins: Origins = frozenset(),
        facts: frozenset[str] = _NOTHING,
        *,
        given: Mapping[str, Typed] | None = None,
        reader: bool = False,
        clock: bool = True,
    ) -> Environment:
        """What is declared where a step that began with one of `origins` comes by.

        `given` adds local names; `reader`: the words are read by somebody, who is the actor; without `clock` there
        is no `now`.
        """
        key = (origins, reader, clock)
        if key not in self._made:
            self._made[key] = self._declared(*key)
        names, hints = self._made[key]
        return Environment(
            {**names, **given} if given else names,
            self.known.functions,
            self.vocabulary,
            self.results,
            self.arguments,
            hints,
            place,
            facts,
            self.procedure.decision,
        )

    def _declared(
        self, origins: Origins, reader: bool, clock: bool
    ) -> tuple[Mapping[str, Typed], Mapping[str, str]]:
        """The names, and what to say of those that are not there."""
        names: dict[str, Typed] = {"case": Typed(CASE), **self.data}
        hints: dict[str, str] = {}
        if clock:
            names["now"] = Typed(INSTANT)
        else:
            hints["now"] = "these words are read at any time; name an instant instead, such as due(…)"
        kinds = {origin.kind for origin in origins}
        people = [origin for origin in origins if origin.kind == PERSON or origin.asks]
        names["actor"] = Typed(ACTOR, unset=not reader and (kinds != {PERSON}))
        if people:
            names["input"] = Typed(_input(people, len(origins)))
        elif EVENT in kinds:
            # what the event brought
            names["input"] = Typed(MapOf(ANY), unset=kinds != {EVENT}, personal=True)
        else:
            hints["input"] = (
                "there is input only where a person takes a choice or an event comes, and in what follows in that step"
            )
        if MESSAGE in kinds:
            names["message"] = Typed(A_MESSAGE, unset=kinds != {MESSAGE})
        else:
            hints["message"] = (
                "there is a message only in `events: message:`, and in what follows in that step"
            )
        if kinds & {DONE, FAILED}:
            names["result"] = self._result(origins)
        else:
            hints["result"] = (
                "there is a result only in `events: done:` and `failed:` of a state that invokes"
            )
        for name in self.data:
            hints[f"input.{name}"] = f"write `{name}`, or ask for it here"
        return names, hints

    def _result(self, origins: Origins) -> Typed:
        """What answered: the fields of every answer there can be, unset where not each has them."""
        answers = [origin for origin in origins if origin.kind in (DONE, FAILED)]
        whole: dict[str, Typed] = {"error": Typed(TEXT, unset=any(o.kind != FAILED for o in origins))}
        seen: dict[str, int] = {}
        for origin in answers:
            if origin.kind == FAILED:
                continue
            fields = self._answer(origin.state)
            if fields is None:
                return Typed(ANY, unset=len(answers) < len(origins))
            for name, typed in fields.items():
                whole[name] = join(whole[name], typed) if name in whole else typed
                seen[name] = seen.get(name, 0) + 1
        fields_of_all: dict[str, Type | Typed] = {
            name: typed if name == "error" or seen[name] == len(origins) else typed.but(unset=True)
            for name, typed in whole.items()
        }
        return Typed(Record("the result", fields_of_all))

    def _answer(self, state: str) -> Mapping[str, Typed] | None:
        """The fields that the operation invoked in a state answers with; None where that is not known."""
        found = self.procedure.state.get(state)
        if found is None or found.invoke is None:
            return None
        if found.invoke.procedure:
            invoked = (self.known.procedures or {}).get(found.invoke.procedure)
            return result_of(invoked, self._surely(invoked)) if invoked is not None else None
        schema = self.known.results.get(found.invoke.operation)
        shape = type_of_schema(schema) if schema is not None else ANY
        if not isinstance(shape, Record):
            return None
        return {name: typed for name in shape.fields if (typed := shape.typed(name)) is not None}

    def _surely(self, invoked: Procedure) -> Surely:
        """What is surely set in the states of an invoked procedure. Two may invoke each other: it is looked at alone."""
        from procflow.definitions.checks.assignment import Assignment

        @cache
        def assignment() -> Assignment:
            flow = Flow(invoked, started=invoked.name in self.known.starters)
            return Assignment(invoked, Names(invoked, self.known, flow, alone=True), flow)

        return lambda state, field: not self.alone and field in assignment().at(state)

    # ids

    @cached_property
    def vocabulary(self) -> Mapping[str, Collection[str]]:
        procedure, known, flow = self.procedure, self.known, self.flow
        words: dict[str, Collection[str] | None] = {
            "state": tuple(procedure.state),
            "choice": tuple({choice.name: None for state in procedure.states for choice in state.choices}),
            "event": tuple(sorted(flow.listened | flow.raised)),
            "deadline": tuple(procedure.deadline),
            "decision": tuple(procedure.decision),
            "operation": None if known.operations is None else (*known.operations, *BUILT_IN),
            "role": known.roles,
            "person": known.people,
            "mailbox": known.mailboxes,
            "param": known.parameters,
            "table": known.tables,
            "procedure": known.procedures,
            "channel": known.evidence_channels,
            "message_channel": known.named_channels,
        }
        return {kind: ids for kind, ids in words.items() if ids is not None}

    @cached_property
    def results(self) -> Mapping[tuple[str, str], Type | Typed]:
        own = {("decide", item.name): gives_of(item) for item in self.procedure.decisions if item.rows}
        return {**self.known.answers, **own}

    @cached_property
    def arguments(self) -> Mapping[tuple[str, str], Record]:
        own = {("decide", item.name): inputs_of(item) for item in self.procedure.decisions}
        return {**self.known.asked_by, **own}


def _input(people: list[Origin], ways: int) -> Record:
    """What was entered: each field asked for, unset where it may be left out or where not every way asks it."""
    fields: dict[str, Typed] = {}
    seen: dict[str, int] = {}
    for origin in people:
        for ask in origin.asks:
            never = ask.field.type in NEVER_UNSET
            typed = typed_of(ask.field, unset=ask.optional and not never)
            if ask.name == "note" and not ask.stored and ask.field.type == "plain_text":
                typed = typed.but(personal=True)
            fields[ask.name] = join(fields[ask.name], typed) if ask.name in fields else typed
            seen[ask.name] = seen.get(ask.name, 0) + 1
    return Record(
        "input", {n: typed if seen[n] == ways else typed.but(unset=True) for n, typed in fields.items()}
    )

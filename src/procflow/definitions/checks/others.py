"""Procedures as seen from each other: what one opens, signals and reads of another, and what types that has.

It must not know files or places in them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from procflow.core.expressions import (
    Call,
    Compare,
    Expression,
    Literal,
    Pairs,
    Select,
    Template,
    reads,
    unparse,
    walk,
)
from procflow.core.procedure import Effect, Procedure
from procflow.definitions.checks.shapes import typed_of
from procflow.definitions.publish import parts_of
from procflow.definitions.types import CASE, TEXT, Enum, Record, Type, Typed

#: (state, field) -> whether the field surely has a value there.
Surely = Callable[[str, str], bool]


def outcomes_of(procedure: Procedure, surely: Surely = lambda state, field: False) -> tuple[str, ...] | None:
    """The outcomes with which a case of the procedure can end by itself; None where they cannot be listed."""
    found: list[str] = []
    for state in procedure.states:
        outcome = state.outcome
        if not state.ends_the_case and (outcome is None or state.parent):
            continue
        if isinstance(outcome, Template) and not outcome.is_static:
            name = outcome.single.source.strip() if outcome.single is not None else ""
            field = procedure.fields.get(name)
            if field is None or "enum" not in field.schema:
                return None
            found += [str(word) for word in field.schema["enum"] if word is not None]
            if not surely(state.name, name):
                found.append(state.name)  # while the field has no value
        else:
            found.append(state.name if outcome is None else str(outcome))
    return tuple(dict.fromkeys(found))


def result_of(procedure: Procedure, surely: Surely) -> Mapping[str, Typed]:
    """What the procedure answers when it was invoked: its outcome, and its data by name."""
    words = outcomes_of(procedure, surely)
    data = {field.name: typed_of(field) for field in procedure.data}
    return {**data, "outcome": Typed(Enum(words) if words else TEXT)}


def case_of(procedure: Procedure) -> Record:
    """One of the open cases that `cases()` finds."""
    data: dict[str, Type | Typed] = {field.name: typed_of(field) for field in procedure.data}
    return Record(f"a case of {procedure.name}", {**data, **CASE.fields})


def asked_at_opening(procedure: Procedure) -> list[str]:
    """The data that every start which asks for something asks for, and without which none begins by itself; nor what a default gives."""
    asking = [start for start in procedure.starts if start.asks]
    common = [{ask.name for ask in start.asks if ask.stored and not ask.optional} for start in asking]
    needed = set.intersection(*common) if common else set()
    for start in procedure.starts:
        if start.kind in ("message", "every") and not start.asks:
            needed &= {name for name, _ in start.sets}
    return [field.name for field in procedure.data if field.name in needed and field.default is None]


# what one procedure asks of others


def effects_in(procedure: Procedure) -> list[Effect]:
    """Every effect of a procedure."""
    effects = [effect for t in procedure.transitions() for effect in t.effects]
    for state in procedure.states:
        effects += (*state.entry, *state.exit)
    for deadline in procedure.deadlines:
        effects += (*deadline.warn, *deadline.missed)
    return effects


def openings_by(procedure: Procedure) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(procedure, data) of each case that a procedure may start or invoke."""
    for effect in effects_in(procedure):
        if effect.operation == "start" and isinstance(effect.parameters, Mapping):
            given = effect.parameters.get("with")
            yield str(effect.parameters.get("procedure")), given if isinstance(given, Mapping) else {}
    for state in procedure.states:
        if state.invoke is not None and state.invoke.procedure:
            given = state.invoke.parameters
            yield state.invoke.procedure, given if isinstance(given, Mapping) else {}


def signals_in(procedure: Procedure) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(procedure, event, the data that say to which cases) of each signal."""
    for effect in effects_in(procedure):
        given = effect.parameters
        to = given.get("to") if isinstance(given, Mapping) else None
        if effect.operation == "signal" and isinstance(to, Mapping):
            where = to.get("where")
            yield (
                str(to.get("procedure")),
                str(given.get("name")),
                where if isinstance(where, Mapping) else {},
            )


def read_of_others(procedure: Procedure) -> Iterator[tuple[str, set[str]]]:
    """(procedure, fields of it) wherever one reads another's data: of a result, by `cases()`, in a signal."""
    invoked = {state.invoke.procedure for state in procedure.states if state.invoke is not None} - {""}
    for name, _, where in signals_in(procedure):
        yield name, set(map(str, where))
    for expression in parts_of(procedure):
        if not isinstance(expression, Expression):
            continue
        if invoked and "result" in expression.source:
            answered = {part.removeprefix("result.") for part in reads(expression.node)}
            for name in invoked:
                yield name, answered
        if "cases" in expression.source:
            nodes = list(walk(expression.node))
            parts = {node.field for node in nodes if isinstance(node, Select)}
            for node in nodes:
                if not isinstance(node, Call) or node.function != "cases" or not node.args:
                    continue
                first = node.args[0]
                pairs = node.args[1].pairs if len(node.args) > 1 and isinstance(node.args[1], Pairs) else ()
                keys = {str(key.value) for key, _ in pairs if isinstance(key, Literal)}
                if isinstance(first, Literal):
                    yield str(first.value), parts | keys


def channels_asked_for(procedure: Procedure) -> set[str] | None:
    """The words with which a procedure compares the channel of a message; None where it keeps it, or looks it up."""
    found: set[str] = set()
    for expression in parts_of(procedure):
        if not isinstance(expression, Expression) or "message.channel" not in expression.source:
            continue
        nodes = list(walk(expression.node))
        compared = [node for node in nodes if isinstance(node, Compare)]
        asked = sum(isinstance(node, Select) and unparse(node) == "message.channel" for node in nodes)
        beside = [node for node in compared if "message.channel" in (unparse(node.left), unparse(node.right))]
        if asked != len(beside):
            return None
        for node in beside:
            words = [part.value for part in walk(node) if isinstance(part, Literal)]
            if not words:
                return None  # it is compared with what is worked out
            found |= {word for word in words if isinstance(word, str)}
    return found

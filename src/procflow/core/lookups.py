"""By which fields open cases are looked up: what `cases()`, `signal` and `one_open_per` ask for.

Worked out when procedures are put in force, so that a case is found by an index however many there are. It must
not know how the index is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from procflow.core.expressions import Call, Expression, Literal, Pairs, Template, calls, walk
from procflow.core.procedure import Effect, Procedure
from procflow.core.values import Value, plain, storable

#: Stands among the fields of a procedure whose cases are found by whose absence, or the roster, moves their tasks.
MOVED_BY = "~moved_by"
#: Functions whose answer moves with absences or the roster, so that a task built with one is read anew.
_MOVING = frozenset({"absent", "on_duty", "shift"})


def lookups_of(procedures: Iterable[Procedure]) -> dict[str, tuple[str, ...]]:
    """procedure -> the fields by which some procedure looks for its open cases."""
    found: dict[str, set[str]] = {}
    for procedure in procedures:
        if procedure.one_open_per:
            found.setdefault(procedure.name, set()).update(procedure.one_open_per)
        if tasks_move(procedure):
            found.setdefault(procedure.name, set()).add(MOVED_BY)
        kept: dict[str, Any] = procedure.__dict__  # read once, however often it is put in force
        if "looks_up" not in kept:
            kept["looks_up"] = tuple(_asked(procedure))
        for name, fields in kept["looks_up"]:
            found.setdefault(name, set()).update(fields)
    return {name: tuple(sorted(fields)) for name, fields in sorted(found.items())}


def tasks_move(procedure: Procedure) -> bool:
    """Whether some task of a procedure is for somebody who is worked out from absences or the roster."""
    kept: dict[str, Any] = procedure.__dict__
    found: bool | None = kept.get("tasks_move")
    if found is None:
        found = kept["tasks_move"] = any(
            name in _MOVING
            for state in procedure.states
            if state.task is not None and state.task.to is not None
            for expression in _expressions(state.task.to)
            for name, _, _ in calls(expression.node)
        )
    return found


def _asked(procedure: Procedure) -> Iterator[tuple[str, list[str]]]:
    for spec in _specs(procedure):
        for expression in _expressions(spec):
            if "cases" not in expression.source:
                continue
            for node in walk(expression.node):
                if isinstance(node, Call) and node.function == "cases" and isinstance(node.args[0], Literal):
                    yield str(node.args[0].value), _keys(node)
    for effect in effects_of(procedure):
        if effect.operation == "signal" and isinstance(effect.parameters, Mapping):
            to = effect.parameters.get("to") or {}
            yield str(to.get("procedure")), [str(name) for name in to.get("where") or {}]


def _keys(node: Call) -> list[str]:
    pairs = node.args[1].pairs if len(node.args) > 1 and isinstance(node.args[1], Pairs) else ()
    return [str(key.value) for key, _ in pairs if isinstance(key, Literal)]


def effects_of(procedure: Procedure) -> Iterator[Effect]:
    """Every effect, wherever it stands."""
    for state in procedure.states:
        yield from (*state.entry, *state.exit)
    for transition in procedure.transitions():
        yield from transition.effects
    for deadline in procedure.deadlines:
        yield from (*deadline.warn, *deadline.missed)


def _specs(procedure: Procedure) -> Iterator[Any]:
    """Everything in which an expression may stand that a step evaluates."""
    for effect in effects_of(procedure):
        yield from (effect.when, effect.each, effect.parameters)
    for transition in procedure.transitions():
        yield transition.when
        yield from (spec for _, spec in transition.sets)
    for start in procedure.starts:
        yield from (start.when, start.message, *(spec for _, spec in start.sets))
    for state in procedure.states:
        if state.task is not None:
            yield from (state.task.to, *state.task.other_than)
        if state.invoke is not None:
            yield state.invoke.parameters
        yield from (choice.by for choice in state.choices)
    for deadline in procedure.deadlines:
        yield from (deadline.since, deadline.within, deadline.until)
        yield from (moment.when for moment in (*deadline.starts, *deadline.met))
    for promise in procedure.promises:
        yield from (promise.p, promise.q, promise.within)
    yield from (item.default for item in procedure.data)


def _expressions(spec: Any) -> Iterator[Expression]:
    if isinstance(spec, Expression):
        yield spec
    elif isinstance(spec, Template):
        yield from (part for part in spec.parts if isinstance(part, Expression))
    elif isinstance(spec, Mapping):
        for item in spec.values():
            yield from _expressions(item)
    elif isinstance(spec, tuple | list):
        for item in spec:
            yield from _expressions(item)


def recurring(procedure: Procedure) -> tuple[str, ...]:
    """The times at which the procedure opens cases by itself, as it writes them (`open day at 08:00`)."""
    return tuple(start.name.removeprefix("every ") for start in procedure.starts if start.kind == "every")


def lookup_text(procedure: str, field: str, value: Value) -> str:
    """The text under which a case with this value is found; what is not set is not looked up."""
    value = storable(value)
    if value is None or isinstance(value, list | tuple | Mapping):
        return ""
    if isinstance(value, Decimal):
        value = value.normalize()  # 5.0 is found by 5
    return f"{procedure}\x1f{field}\x1f{plain(value)}"

"""What a way asks of the data long before it is looked at: the guards that must hold, and must not, further on.

With them a search enters values for which the later steps will go as they should, instead of finding out late. They
only say what to try first; whether a step goes as it should, the engine says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct

from procflow.core.expressions import And, Expression, Not, Or, calls, holds, reads
from procflow.core.expressions import Node as Tree
from procflow.core.procedure import Procedure, Promise, Transition
from procflow.core.scope import StepScope
from procflow.errors import CalendarError, EvaluationError
from procflow.rehearsal.witness_scene import Scene

#: What an expression may not ask, to be judged before its time.
_MOMENTS = frozenset({
    "state", "choice", "event", "closed", "missed", "did", "count", "count_today", "who", "due", "act_by",
    "proof_of", "evidence", "cases",
})  # fmt: skip
_ROOMS = frozenset({"input", "message", "result", "actor"})


class Wish(Struct, frozen=True):
    """A condition over data that must hold, or must not, at a later step; `step` counts the way's."""

    expression: Expression
    wanted: bool
    step: int
    fields: frozenset[str]


def alternatives_before(procedure: Procedure) -> Mapping[str, tuple[Transition, tuple[Transition, ...]]]:
    """For each transition, itself and the alternatives that are looked at before it."""
    found: dict[str, tuple[Transition, tuple[Transition, ...]]] = {}
    for state in procedure.states:
        groups = [choice.alternatives for choice in state.choices]
        groups += [alternatives for _, alternatives in state.events]
        groups += [after.alternatives for after in state.after]
        groups.append(state.always)
        for group in groups:
            for n, transition in enumerate(group):
                found[transition.id] = (transition, tuple(group[:n]))
    return found


def wishes_of(procedure: Procedure, way: Sequence[Any], promise: Promise | None) -> list[Wish]:
    """The wishes of every step of the way, and of the promise that it breaks at its end."""
    table = alternatives_before(procedure)
    found: list[Wish] = []
    for n, step in enumerate(way):
        for name in step.taken:
            if name not in table:
                continue
            transition, before = table[name]
            if transition.when is not None:
                found += wishes_in(transition.when, True, n, procedure)
            for other in before:
                if other.when is not None:
                    found += wishes_in(other.when, False, n, procedure)
        start = _start(procedure, step)
        if start is not None and start.when is not None:
            found += wishes_in(start.when, True, n, procedure)
    if promise is not None and promise.kind in ("never", "always", "at_most", "before"):
        found += wishes_in(promise.p, promise.kind != "always", len(way), procedure)
    if promise is not None and promise.q is not None:
        found += wishes_in(promise.q, False, len(way), procedure)
    return found


def _start(procedure: Procedure, step: Any) -> Any:
    move = step.move
    return procedure.starts[int(move.name)] if move.kind == "open" and move.name.isdigit() else None


def wishes_in(expression: Expression, wanted: bool, step: int, procedure: Procedure) -> Iterator[Wish]:
    """The wishes that one condition holds, or not, at a step."""
    for part, value in _parts(expression.node, wanted):
        names = {name.partition(".")[0] for name in reads(part)}
        fields = frozenset(names & procedure.fields.keys())
        asks = {function for function, _, _ in calls(part)}
        if fields and not names & _ROOMS and not asks & _MOMENTS:
            yield Wish(Expression("", part, expression.at), value, step, fields)


def _parts(node: Tree, wanted: bool) -> Iterator[tuple[Tree, bool]]:
    """What must hold and must not, where that is certain: all parts of an `and`, none of an `or`."""
    if isinstance(node, Not):
        yield from _parts(node.of, not wanted)
    elif (isinstance(node, And) and wanted) or (isinstance(node, Or) and not wanted):
        for part in node.parts:
            yield from _parts(part, wanted)
    else:
        yield node, wanted


def fields_set(procedure: Procedure, step: Any) -> frozenset[str]:
    """The fields that a step of the way may set, entered or assigned."""
    table = alternatives_before(procedure)
    names: set[str] = set()
    for name in step.taken:
        if name in table:
            transition, _ = table[name]
            names |= {field for field, _ in transition.sets}
            names |= {ask.name for ask in transition.asks if ask.stored}
    start = _start(procedure, step)
    if start is not None:
        names |= {field for field, _ in start.sets} | {ask.name for ask in start.asks if ask.stored}
    return frozenset(names)


def unmet(wishes: Iterable[Wish], scene: Scene) -> int:
    """How many of the wishes the case's data do not meet now."""
    if not scene.case_id:
        return 0
    case = scene.case
    scope = StepScope(scene.procedure, case, scene.surroundings, scene.now, past=case)
    count = 0
    for wish in wishes:
        try:
            count += holds(wish.expression, scope) is not wish.wanted
        except (EvaluationError, CalendarError, KeyError):
            count += 1
    return count


def hinted(procedure: Procedure, way: Sequence[Any], last: Any, place: int) -> dict[str, list[Any]]:
    """Values that the prover chose for what is entered at a step, in it or later on, until it is set anew."""
    found: dict[str, list[Any]] = {}
    steps = [*way, *([last] if last is not None else [])]
    closed: set[str] = set()
    for n in range(place, len(steps)):
        step = steps[n]
        if n > place:
            closed |= fields_set(procedure, step)
        for what, name, value in step.chosen:
            mine = (what == "data" and name not in closed) or (what == "input" and n == place)
            plain = value is None or isinstance(value, bool | str) or type(value).__name__ in _PLAIN
            if mine and _is_any(procedure, name, value):
                found.setdefault(f"{name} == null", []).append(False)
            elif mine and plain:
                found.setdefault(name, []).append(value)
            elif what == "condition":
                of, _, other = name.partition(" == ")
                below, _, limit = name.partition(" <= ")
                if other == "null" and (n == place or (of in procedure.fields and of not in closed)):
                    found.setdefault(name, []).append(value)
                elif limit.isdigit() and below in procedure.fields and below not in closed:
                    found.setdefault(below, []).append(int(limit) + (not value))
                elif n == place and value is True and len(other) > 1 and other[0] == other[-1] == '"':
                    found.setdefault(of, []).append(other[1:-1])
    return found


def _is_any(procedure: Procedure, name: str, value: Any) -> bool:
    """Whether the prover only chose that a field is set, to whatever it may be."""
    declared = procedure.fields.get(name)
    return value == "set" and declared is not None and "set" not in (declared.schema.get("enum") or ())


_PLAIN = frozenset({"int", "Decimal", "date", "datetime", "tuple", "list"})

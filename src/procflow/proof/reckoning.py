"""What a step in which nobody acts reckons with: where it is not set, the step goes wrong, and leads nowhere.

It must not know what a case is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    Call,
    Expression,
    Literal,
    Name,
    Negative,
    Node,
    Pairs,
    Sum,
    Template,
    reads,
    walk,
)
from procflow.core.procedure import Effect, Invoke, Procedure
from procflow.proof.reading import expressions_in, sets_of

#: What stands for no where it is given nothing; all else goes wrong.
NO_FOR_NOTHING = frozenset({"contains", "startsWith", "endsWith", "matches"})


def reckoned_by_itself(procedure: Procedure) -> frozenset[str]:
    """The fields that guards and assignments reckon with, or ask a decision table about, where nobody acts, and that may
    have no value then, or be 0 where something is divided by them; and what is assigned so."""
    found: set[str] = set()
    for transition in procedure.transitions():
        if transition.kind == "choice" or (transition.kind == "event" and transition.name == "message"):
            continue
        if transition.when is not None:
            found |= _minded(transition.when.node, procedure)
        for name, spec in transition.sets:
            minded = _minded_in(spec, procedure)
            found |= {name, *minded} if minded else minded
    for owner in _asked_by_itself(procedure):
        found |= frozenset().union(*(_minded(part.node, procedure) for part in _expressions_of(owner)))
    return frozenset(found)


def risks_of(procedure: Procedure) -> dict[int, tuple[Node, ...]]:
    """What effects that are asked for where nobody acts reckon with: of each, by its `id`, the expressions in it."""
    found: dict[int, tuple[Node, ...]] = {}
    for owner in _asked_by_itself(procedure):
        nodes = tuple([part.node for part in _expressions_of(owner) if _minded(part.node, procedure)])
        if nodes:
            found[id(owner)] = nodes
    return found


def _asked_by_itself(procedure: Procedure) -> Iterator[Effect | Invoke]:
    """The effects that may be asked for in a step in which nobody acts."""
    for state in procedure.states:
        yield from (*state.entry, *state.exit)
        if state.invoke is not None:
            yield state.invoke
    for transition in procedure.transitions():
        if transition.kind != "choice":
            yield from transition.effects
    for deadline in procedure.deadlines:
        yield from (*deadline.warn, *deadline.missed)


def _expressions_of(owner: Effect | Invoke) -> Iterator[Expression]:
    """Whatever is worked out where an effect is asked for."""
    if isinstance(owner, Effect):
        if owner.when is not None:
            yield owner.when
        yield from expressions_in(owner.each)
    yield from expressions_in(owner.parameters)


def _minded_in(spec: Any, procedure: Procedure) -> frozenset[str]:
    return frozenset().union(*(_minded(part.node, procedure) for part in expressions_in(spec)))


def _minded(node: Node, procedure: Procedure) -> frozenset[str]:
    names = {name for name in _reckoned(node, procedure) if may_have_no_value(name, procedure)}
    return frozenset(names.union(*(reads(divisor) for divisor in divisors(node))) & procedure.fields.keys())


def divisors(node: Node) -> Iterator[Node]:
    """What a node divides by, where that is not written out."""
    for inner in walk(node):
        if isinstance(inner, Sum):
            for term in inner.rest:
                if term.operator in "/%" and not isinstance(term.node, Literal):
                    yield term.node


def _reckoned(node: Node, procedure: Procedure) -> Iterator[str]:
    for inner in walk(node):
        parts: Iterable[Node] = ()
        match inner:
            case Sum():
                parts = (inner.first, *(term.node for term in inner.rest))
            case Negative():
                parts = (inner.of,)
            case Call(function="add_time"):
                parts = inner.args
            case Call(function="decide", args=(Literal(value=str() as name), Pairs() as given)):
                table = procedure.decision.get(name)
                if table is not None and not (
                    table.hit == "first" and any(not row.cells for row in table.rows)
                ):
                    parts = [value for _, value in given.pairs]
            case Call() if inner.function in LIBRARY and inner.function not in NO_FOR_NOTHING:
                parts = inner.given
        yield from (part.name for part in parts if isinstance(part, Name))


def may_have_no_value(name: str, procedure: Procedure) -> bool:
    field = procedure.fields.get(name)
    if field is None or field.type in ("array", "evidence"):
        return False  # an empty list, or evidence that is not accepted
    return field.default is None or any(
        other == name and (spec is None or (isinstance(spec, Template) and not _is_reckoned(spec)))
        for other, spec in sets_of(procedure)
    )


def _is_reckoned(spec: Template) -> bool:
    return spec.single is None or isinstance(spec.single.node, Sum)

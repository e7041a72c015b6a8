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
from procflow.proof.legible import Legible
from procflow.proof.reading import expressions_in, sets_of

#: What stands for no where it is given nothing; all else goes wrong.
NO_FOR_NOTHING = frozenset({"contains", "startsWith", "endsWith", "matches"})


def reckoned_by_itself(procedure: Procedure, constants: Any) -> frozenset[str]:
    """The fields that guards and assignments reckon with, or ask a decision table about, where nobody acts, and that may
    have no value then, or be 0 where something is divided by them, or say nothing that can be read; and what is
    assigned so."""
    legible, found = Legible(procedure, constants), set[str]()
    for transition in procedure.transitions():
        if transition.kind == "choice" or (transition.kind == "event" and transition.name == "message"):
            continue
        if transition.when is not None:
            found |= _minded(transition.when.node, procedure, legible)
        for name, spec in transition.sets:
            nodes = [part.node for part in expressions_in(spec)]
            if any(is_risky(node, procedure, legible) for node in nodes):
                found.add(name)
            found |= frozenset().union(*(_minded(node, procedure, legible) for node in nodes))
    for owner in _asked_by_itself(procedure):
        found |= frozenset().union(
            *(_minded(part.node, procedure, legible) for part in _expressions_of(owner))
        )
    return frozenset(found)


def risks_of(procedure: Procedure, constants: Any) -> dict[int, tuple[Node, ...]]:
    """What effects that are asked for where nobody acts reckon with: of each, by its `id`, the expressions in it."""
    legible = Legible(procedure, constants)
    found: dict[int, tuple[Node, ...]] = {}
    for owner in _asked_by_itself(procedure):
        nodes = tuple(
            [part.node for part in _expressions_of(owner) if is_risky(part.node, procedure, legible)]
        )
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


def is_risky(node: Node, procedure: Procedure, legible: Legible) -> bool:
    """Whether it may go wrong where nobody acts."""
    return bool(_minded(node, procedure, legible)) or next(_unread(node, legible), None) is not None


def _minded(node: Node, procedure: Procedure, legible: Legible) -> frozenset[str]:
    names = {name for name in _reckoned(node, procedure) if may_have_no_value(name, procedure)}
    apart = (*divisors(node), *_unread(node, legible))
    return frozenset(names.union(*(reads(part) for part in apart)) & procedure.fields.keys())


def _unread(node: Node, legible: Legible) -> Iterator[Node]:
    """The calls in which a function may not be able to read what it is given."""
    for inner in walk(node):
        if isinstance(inner, Call) and legible.doubt(inner, {}) is not False:
            yield inner


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

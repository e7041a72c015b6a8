"""What a step in which nobody acts reckons with: where it is not set, the step goes wrong, and leads nowhere.

It must not know what a case is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    Call,
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
from procflow.core.procedure import Procedure
from procflow.proof.reading import expressions_in, sets_of

#: What stands for no where it is given nothing; all else goes wrong.
_NO = frozenset({"contains", "startsWith", "endsWith", "matches"})


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
            minded = frozenset().union(*(_minded(part.node, procedure) for part in expressions_in(spec)))
            found |= {name, *minded} if minded else minded
    return frozenset(found)


def _minded(node: Node, procedure: Procedure) -> frozenset[str]:
    names = {name for name in _reckoned(node, procedure) if _may_be_unset(name, procedure)}
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
            case Call() if inner.function in LIBRARY and inner.function not in _NO:
                parts = inner.given
        yield from (part.name for part in parts if isinstance(part, Name))


def _may_be_unset(name: str, procedure: Procedure) -> bool:
    field = procedure.fields.get(name)
    if field is None or field.type in ("array", "evidence"):
        return False  # an empty list, or evidence that is not accepted
    return field.default is None or any(
        other == name and (spec is None or (isinstance(spec, Template) and not _is_reckoned(spec)))
        for other, spec in sets_of(procedure)
    )


def _is_reckoned(spec: Template) -> bool:
    return spec.single is None or isinstance(spec.single.node, Sum)

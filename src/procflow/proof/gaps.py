"""How much longer a list is than a choice was often taken, where a promise compares the two.

Neither number is known, but the one grows with the other; so the difference is, as long as it is small.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from procflow.core.expressions import Call, Compare, Items, Literal, Name, Node, Sum, Template, walk
from procflow.core.procedure import Procedure
from procflow.proof.limits import sized
from procflow.proof.nodes import may_be_unset
from procflow.proof.reading import read_by

#: (the list, the choice)
Gap = tuple[str, str]
#: A difference that is greater is not known.
_MOST = 2


def gap_in(node: Node) -> Gap | None:
    """The list and the choice that a comparison is about, the list first; None for any other."""
    if not isinstance(node, Compare):
        return None
    listed, taken = sized(node.left) or sized(node.right), _counted(node.left) or _counted(node.right)
    return (listed, taken) if listed and taken else None


def _counted(node: Node) -> str:
    if isinstance(node, Call) and node.function == "count" and isinstance(node.args[0], Literal):
        return str(node.args[0].value)
    return ""


def gaps_of(procedure: Procedure) -> frozenset[Gap]:
    """What the promises of a procedure compare."""
    return frozenset(_found(procedure))


def _found(procedure: Procedure) -> Iterator[Gap]:
    for promise in procedure.promises:
        for expression in read_by(promise):
            for node in walk(expression.node):
                gap = gap_in(node)
                field = procedure.fields.get(gap[0]) if gap is not None else None
                if gap is not None and field is not None and field.type == "array":
                    yield gap


def bounded(difference: int) -> int | None:
    """A difference as a proof keeps it."""
    return difference if abs(difference) <= _MOST else None


def grown_by(name: str, spec: Any) -> int | None:
    """By how much a list is longer after it is set; None where that is not known."""
    node = spec.single.node if isinstance(spec, Template) and spec.single is not None else None
    if isinstance(node, Name) and node.name == name:
        return 0
    if not isinstance(node, Sum) or not isinstance(node.first, Name) or node.first.name != name:
        return None
    by = 0
    for term in node.rest:
        if term.operator != "+" or not isinstance(term.node, Items):
            return None
        if any(may_be_unset(item) for item in term.node.items):
            return None  # what has no value is not added
        by += len(term.node.items)
    return by

"""Numbers at which a sum of fields, or a multiple of one, comes to what it is compared with.

It must not know which of them is wanted.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from procflow.core.expressions import Literal, Name, Node, Sum
from procflow.core.procedure import Procedure
from procflow.core.values import is_number

#: More terms than these are not solved for one of them.
_MOST_TERMS = 4


def solved(node: Node, limit: Any, procedure: Procedure) -> Iterator[tuple[str, Any]]:
    """(field, value) for each number with which `node` is `limit`, the other terms being as little or as much as they go."""
    if not isinstance(node, Sum) or not is_number(limit):
        return
    if len(node.rest) == 1 and node.rest[0].operator in "*/":
        yield from _multiple(node, Decimal(limit))
        return
    terms = [(1, node.first), *((1 if t.operator == "+" else -1, t.node) for t in node.rest)]
    if len(terms) > _MOST_TERMS or any(term.operator not in "+-" for term in node.rest):
        return
    for n, (sign, term) in enumerate(terms):
        if not isinstance(term, Name) or term.name not in procedure.fields:
            continue
        sums = {Decimal(0)}
        for other_sign, other in (*terms[:n], *terms[n + 1 :]):
            sums = {total + other_sign * value for total in sums for value in _ends(other, procedure)}
        for total in sorted(sums):
            yield term.name, _plain(sign * (Decimal(limit) - total))


def _multiple(node: Sum, limit: Decimal) -> Iterator[tuple[str, Any]]:
    by, (term,) = node.first, node.rest
    name, factor = (by, term.node) if isinstance(by, Name) else (term.node, by)
    if not isinstance(name, Name) or not isinstance(factor, Literal) or not is_number(factor.value):
        return
    if term.operator == "/" and name is by:
        yield name.name, _plain(limit * Decimal(factor.value))
    elif term.operator == "*" and factor.value:
        yield name.name, _plain(limit / Decimal(factor.value))


def _ends(node: Node, procedure: Procedure) -> set[Decimal]:
    """The least and the most that a term can be, as far as its field says; 0 else."""
    if isinstance(node, Literal) and is_number(node.value):
        return {Decimal(node.value)}
    field = procedure.fields.get(node.name) if isinstance(node, Name) else None
    ends: list[Any] = [field.schema.get(key) for key in ("minimum", "maximum")] if field is not None else []
    return {Decimal(end) for end in ends if is_number(end)} or {Decimal(0)}


def _plain(value: Decimal) -> Any:
    return int(value) if value == value.to_integral_value() else value.normalize()

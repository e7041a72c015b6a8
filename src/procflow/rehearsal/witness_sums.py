"""Numbers at which a sum of fields, or a multiple of one, comes to what it is compared with.

It must not know which of them is wanted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from msgspec import Struct

from procflow.core.expressions import Literal, Name, Negative, Node, Select, Sum, path
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


class Balance(Struct, frozen=True):
    """What comes to 0 where both sides of a comparison are equal: a constant, and so many times each of some fields."""

    constant: Decimal
    times: tuple[tuple[str, Decimal], ...]

    def of(self, name: str, data: Mapping[str, Any]) -> Any:
        """The number that evens it out, by the other fields as they are; 0 stands for those that are not known."""
        own, rest = Decimal(0), self.constant
        for other, times in self.times:
            if other == name:
                own += times
            elif is_number(data.get(other)):
                rest += times * Decimal(data[other])
        return _plain(-rest / own) if own else None


def balance_of(left: Node, right: Node, number: Callable[[Node], Any]) -> Balance | None:
    """The balance of two sides that add up and take away what is known, fields, and so many times a field; only of two
    fields or more. `number` gives what is known."""
    total: dict[str, Decimal] = {"": Decimal(0)}
    if not (_weighed(left, Decimal(1), number, total) and _weighed(right, Decimal(-1), number, total)):
        return None
    constant = total.pop("")
    return Balance(constant, tuple(total.items())) if len(total) > 1 else None


def _weighed(node: Node, times: Decimal, number: Callable[[Node], Any], total: dict[str, Decimal]) -> bool:
    """Add a side to the total; -> whether it is one that can be."""
    value, name = number(node), path(node) if isinstance(node, Name | Select) else None
    if is_number(value):
        total[""] += times * Decimal(value)
        return True
    if name:
        total[name] = total.get(name, Decimal(0)) + times
        return True
    if isinstance(node, Negative):
        return _weighed(node.of, -times, number, total)
    if not isinstance(node, Sum):
        return False
    if any(term.operator in "+-" for term in node.rest):
        return _weighed(node.first, times, number, total) and all(
            term.operator in "+-"
            and _weighed(term.node, times if term.operator == "+" else -times, number, total)
            for term in node.rest
        )
    if len(node.rest) != 1 or node.rest[0].operator not in "*/":
        return False
    (term,) = node.rest
    factor = number(term.node)
    if term.operator == "*" and not is_number(factor):
        return is_number(number(node.first)) and _weighed(
            term.node, times * Decimal(number(node.first)), number, total
        )
    if not is_number(factor) or not factor:
        return False
    by = Decimal(factor)
    return _weighed(node.first, times * by if term.operator == "*" else times / by, number, total)

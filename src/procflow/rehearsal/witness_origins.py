"""From where a field gets its value: what it is compared with tells apart what it is set from too.

It must not know what is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from procflow.core.expressions import Call, If, Name, Node, Select, Sum, path
from procflow.core.procedure import Procedure
from procflow.core.values import is_number
from procflow.proof.reading import sets_of
from procflow.rehearsal.expressions_of import expressions_of
from procflow.rehearsal.witness_sums import Balance, balance_of

#: From field to field, so many times at the most.
_MOST = 4
#: Functions that give one of what they are given.
_ONE_OF = frozenset({"min", "max", "math.least", "math.greatest"})


class Origins:
    """Of one procedure; `number` gives what a part of an expression is, where that is known."""

    def __init__(self, procedure: Procedure, number: Callable[[Node], Any]) -> None:
        self.number = number
        #: (the field set, the path it comes from, what evens them out where it is not a copy)
        self.found: list[tuple[str, str, Balance | None]] = [
            (name, origin, balance)
            for name, spec in sets_of(procedure)
            for expression in expressions_of(spec)
            for origin, balance in self._of(name, expression.node)
            if origin != name
        ]

    def _of(self, name: str, node: Node) -> Iterator[tuple[str, Balance | None]]:
        if isinstance(node, Name | Select):
            origin = path(node)
            if origin:
                yield origin, None
        elif isinstance(node, If):
            yield from self._of(name, node.then)
            yield from self._of(name, node.otherwise)
        elif isinstance(node, Call) and node.function in _ONE_OF:
            for given in node.args:
                yield from self._of(name, given)
        elif isinstance(node, Sum):
            balance = balance_of(Name(name, node.at), node, self.number)
            for origin, _ in balance.times if balance is not None else ():
                yield origin, balance

    def carried(self, values: dict[str, list[Any]]) -> Iterator[tuple[str, Any]]:
        """(path, value) for each value of a field that is told apart, as its origin has to be for it; again and again,
        for what is found is added to `values` meanwhile."""
        for _ in range(_MOST):
            for name, origin, balance in self.found:
                for value in list(values.get(name, ())):
                    if balance is None:
                        yield origin, value
                    elif is_number(value):
                        even = balance.of(origin, {name: Decimal(value)})
                        if even is not None:
                            yield origin, even

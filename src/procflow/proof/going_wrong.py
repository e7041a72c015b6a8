"""Whether an expression goes wrong: it divides by 0, or, where nobody acts, reckons with something that has no value.

Of a step in which a person acts the second need not be asked, for one that is refused is one way less. It must not know
what a case is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    Call,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Select,
    Sum,
)
from procflow.core.procedure import Procedure
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.nodes import may_be_unset, term_of
from procflow.proof.oracle import Unknown
from procflow.proof.reading import keys_of
from procflow.proof.reckoning import NO_FOR_NOTHING, divisors, may_have_no_value

if TYPE_CHECKING:
    from procflow.proof.world import World

Truth = Callable[["World"], bool]
_ZERO = orders.constant(0)


class GoingWrong:
    """The part of `Conditions` that knows what cannot be worked out."""

    procedure: Procedure
    _truth: Callable[[Node], Truth]
    _value: Callable[[Node], Any]
    _unset: Callable[[Node], Truth]
    _wrongs: dict[int, tuple[Node, Truth | None]]

    def goes_wrong(self, node: Node) -> Truth | None:
        """Whether it goes wrong where what it reads is not known; None where it never does."""
        known = self._wrongs.get(id(node))
        if known is None:
            parts = [*self._by_zero(node), *self._with_nothing(node)]
            known = self._wrongs[id(node)] = (node, _any_of(parts) if parts else None)
        return known[1]

    def _by_zero(self, node: Node) -> Iterator[Truth]:
        for by in divisors(node):
            yield self._is_zero(by)

    def _is_zero(self, node: Node) -> Truth:
        value, text, reads = self._value(node), term_of(node), keys_of(node)

        def run(world: World) -> bool:
            try:
                return bool(value(world.frame) == 0)
            except EvaluationError:
                return True
            except Unknown:
                world.lens.depends.setdefault(text, reads)
                return world.ask(text, _ZERO, "==", reads)

        return run

    def _with_nothing(self, node: Node) -> Iterator[Truth]:
        """For each part that is reckoned with, whether it has no value."""
        match node:
            case Sum():
                for part in (node.first, *(term.node for term in node.rest)):
                    yield from self._part(part)
            case Negative():
                yield from self._part(node.of)
            case Call() if node.function == "add_time" or (
                node.function in LIBRARY and node.function not in NO_FOR_NOTHING
            ):
                for part in node.given:
                    yield from self._part(part)
            case Select():
                yield from self._with_nothing(node.of)
            case Index():
                yield from self._with_nothing(node.of)
                yield from self._with_nothing(node.key)
            case Items():
                for part in node.items:
                    yield from self._with_nothing(part)
            case If():
                yield from self._of_branches(node)

    def _of_branches(self, node: If) -> Iterator[Truth]:
        then, otherwise = list(self._with_nothing(node.then)), list(self._with_nothing(node.otherwise))
        if then or otherwise:
            test, first, second = self._truth(node.test), _any_of(then), _any_of(otherwise)
            yield lambda world: world.by_itself and (first(world) if test(world) else second(world))

    def _part(self, node: Node) -> Iterator[Truth]:
        if isinstance(node, Name):
            if may_have_no_value(node.name, self.procedure):
                yield self._field_is_unset(node)
        elif isinstance(node, Sum | Negative | If | Literal | Items | Macro):
            yield from self._with_nothing(node)
        elif may_be_unset(node):
            unset = self._unset(node)
            yield lambda world: world.by_itself and unset(world)

    def _field_is_unset(self, node: Name) -> Truth:
        name = node.name
        return lambda world: world.by_itself and name in world.data and world.is_unset(name)


def _any_of(parts: list[Truth]) -> Truth:
    def run(world: World) -> bool:
        return any(part(world) for part in parts)

    return run

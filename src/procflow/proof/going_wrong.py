"""Whether an expression goes wrong: it divides by 0, or, where nobody acts, reckons with something that has no value or
cannot be read as what it is taken for.

Of a step in which a person acts the second need not be asked, for one that is refused is one way less. It must not know
what a case is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    And,
    Call,
    If,
    Macro,
    Name,
    Negative,
    Node,
    Or,
    Sum,
    children,
    unparse,
)
from procflow.core.procedure import Procedure
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.legible import Bound, Legible
from procflow.proof.nodes import may_be_unset, term_of
from procflow.proof.oracle import Unknown
from procflow.proof.reading import keys_of
from procflow.proof.reckoning import NO_FOR_NOTHING, divisors, may_have_no_value

if TYPE_CHECKING:
    from procflow.proof.world import World

Truth = Callable[["World"], bool]
#: Functions that always give a list.
_LISTS = frozenset({"cases", "members", "on_duty"})
_ZERO = orders.constant(0)


class GoingWrong:
    """The part of `Conditions` that knows what cannot be worked out."""

    procedure: Procedure
    _truth: Callable[[Node], Truth]
    _value: Callable[[Node], Any]
    _unset: Callable[[Node], Truth]
    _wrongs: dict[int, tuple[Node, Truth | None]]
    legible: Legible

    def goes_wrong(self, node: Node) -> Truth | None:
        """Whether it goes wrong where what it reads is not known; None where it never does."""
        known = self._wrongs.get(id(node))
        if known is None:
            parts = [*self._by_zero(node), *self._by_itself(node)]
            known = self._wrongs[id(node)] = (node, _any_of(parts) if parts else None)
        return known[1]

    def _by_itself(self, node: Node) -> Iterator[Truth]:
        parts = list(self._inside(node, {}))
        if parts:
            whole = _any_of(parts)
            yield lambda world: world.by_itself and whole(world)

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

    def _inside(self, node: Node, bound: Bound) -> Iterator[Truth]:
        """For each part that is reckoned with, whether it has no value; and for each function, whether it cannot read what
        it is given. `bound` is what each variable of a macro around it goes through."""
        match node:
            case Sum():
                for part in (node.first, *(term.node for term in node.rest)):
                    yield from self._part(part, bound)
            case Negative():
                yield from self._part(node.of, bound)
            case Call():
                yield from self._in_call(node, bound)
            case If():
                yield from self._of_branches(node, bound)
            case And() | Or():
                yield from self._of_parts(node, bound)
            case Macro():
                yield from self._of_each(node, bound)
            case _:
                for part in children(node):
                    yield from self._inside(part, bound)

    def _in_call(self, node: Call, bound: Bound) -> Iterator[Truth]:
        function = node.function
        reckons = function == "add_time" or (function in LIBRARY and function not in NO_FOR_NOTHING)
        for part in node.given:
            yield from self._part(part, bound) if reckons else self._inside(part, bound)
        doubt = self.legible.doubt(node, bound)
        if doubt is True:
            text, depends = f"{unparse(node)} can be worked out", keys_of(node)
            yield lambda world: not world.atom(text, depends)
        elif doubt is not False:
            yield self._truth(doubt)

    def _of_branches(self, node: If, bound: Bound) -> Iterator[Truth]:
        yield from self._inside(node.test, bound)
        yield from self._taken(node, self._inside(node.then, bound), self._inside(node.otherwise, bound))

    def _of_parts(self, node: And | Or, bound: Bound) -> Iterator[Truth]:
        """A part that goes wrong does no harm where another one decides."""
        parts = [(self._truth(part), list(self._inside(part, bound))) for part in node.parts]
        answer = isinstance(node, Or)
        sound = [truth for truth, wrongs in parts if not wrongs]
        wrong = _any_of([each for _, wrongs in parts for each in wrongs])
        if len(sound) < len(parts):
            yield lambda world: all(truth(world) is not answer for truth in sound) and wrong(world)

    def _of_each(self, node: Macro, bound: Bound) -> Iterator[Truth]:
        """What is asked of each thing of a list goes wrong only where there is one."""
        yield from self._inside(node.over, bound)
        inner = {**bound, node.variable: node.over}
        wrongs = [each for body in node.bodies for each in self._inside(body, inner)]
        if wrongs:
            empty, wrong = self._unset(node.over), _any_of(wrongs)
            yield lambda world: not empty(world) and wrong(world)

    def _part(self, node: Node, bound: Bound) -> Iterator[Truth]:
        yield from self._inside(node, bound)
        if isinstance(node, Name):
            if node.name not in bound and may_have_no_value(node.name, self.procedure):
                yield self._field_is_unset(node)
        elif isinstance(node, If):
            yield from self._of_values(node, bound)
        elif may_be_unset(node) and not _is_list(node) and not self.legible.always_there(node, bound):
            yield self._unset(node)

    def _of_values(self, node: If, bound: Bound) -> Iterator[Truth]:
        """That the branch which is taken has no value."""
        yield from self._taken(node, self._part(node.then, bound), self._part(node.otherwise, bound))

    def _taken(self, node: If, then: Iterable[Truth], otherwise: Iterable[Truth]) -> Iterator[Truth]:
        """That something goes wrong in the branch that is taken."""
        one, other = list(then), list(otherwise)
        if one or other:
            test, first, second = self._truth(node.test), _any_of(one), _any_of(other)
            yield lambda world: first(world) if test(world) else second(world)

    def _field_is_unset(self, node: Name) -> Truth:
        name = node.name
        return lambda world: name in world.data and world.is_unset(name)


def _is_list(node: Node) -> bool:
    """Whether it is a list, if of nothing."""
    return isinstance(node, Macro) or (isinstance(node, Call) and node.function in _LISTS)


def _any_of(parts: list[Truth]) -> Truth:
    def run(world: World) -> bool:
        return any(part(world) for part in parts)

    return run

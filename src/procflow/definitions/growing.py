"""What the grammar's rules become: the nodes of an expression's tree.

It must not know the parser library, nor texts.
"""

from __future__ import annotations

from typing import Any

from procflow.core.arithmetic import negative
from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Has,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
    Term,
)
from procflow.core.values import is_number
from procflow.definitions.lexing import ExpressionSyntaxError

_MACROS = {"all": (2,), "exists": (2,), "exists_one": (2,), "map": (2, 3), "filter": (2,)}
#: Functions that take inputs or fields by name: `decide("desk", {abroad: input.abroad})`.
_NAMED_INPUTS = frozenset({"decide", "cases"})


def _at(token: Any) -> tuple[int, int]:
    return token.line, token.column


class _Group:
    """A bracketed expression while the tree is built, so that `(a && b) && c` stays as written."""

    __slots__ = ("node",)

    def __init__(self, node: Node) -> None:
        self.node = node


def unbracketed(x: Any) -> Node:
    return x.node if isinstance(x, _Group) else x


class Rules:
    """The grammar's rules -> nodes, called bottom-up while the text is parsed, so nothing recurses. The parser looks up its
    methods by the names of the rules."""

    def ternary(self, found: list[Any]) -> Node:
        test, sign, then, _, otherwise = found
        return If(unbracketed(test), unbracketed(then), unbracketed(otherwise), _at(sign))

    def either(self, found: list[Any]) -> Node:
        return Or(tuple([unbracketed(part) for part in found[::2]]), _at(found[1]))

    def both(self, found: list[Any]) -> Node:
        return And(tuple([unbracketed(part) for part in found[::2]]), _at(found[1]))

    def relation(self, found: list[Any]) -> Node:
        left, sign, right = found
        return Compare(sign.value, unbracketed(left), unbracketed(right), _at(sign))

    def sum(self, found: list[Any]) -> Node:
        signs, operands = found[1::2], found[2::2]
        rest = [
            Term(sign.value, unbracketed(operand), _at(sign))
            for sign, operand in zip(signs, operands, strict=True)
        ]
        return Sum(unbracketed(found[0]), tuple(rest), _at(signs[0]))

    def negation(self, found: list[Any]) -> Node:
        return Not(unbracketed(found[1]), _at(found[0]))

    def negative(self, found: list[Any]) -> Node:
        sign, of = found
        if isinstance(of, Literal) and is_number(of.value):
            return Literal(negative(of.value), _at(sign))
        return Negative(unbracketed(of), _at(sign))

    def select(self, found: list[Any]) -> Node:
        of, _, word = found
        return Select(unbracketed(of), word.value, _at(word))

    def index(self, found: list[Any]) -> Node:
        of, sign, key, _ = found
        return Index(unbracketed(of), unbracketed(key), _at(sign))

    def method(self, found: list[Any]) -> Node:
        return _method(unbracketed(found[0]), found[2].value, found[4], _at(found[2]))

    def call(self, found: list[Any]) -> Node:
        word, args = found[0], found[2]
        if word.value in _NAMED_INPUTS and len(args) > 1 and isinstance(args[1], Pairs):
            args = (args[0], _by_name(args[1]), *args[2:])
        if word.value != "has":
            return Call(word.value, None, args, _at(word))
        if len(args) != 1 or not isinstance(args[0], Select):
            raise ExpressionSyntaxError(
                "has() wants one field of something: has(message.subject)",
                _at(word),
                "else write x != null",
            )
        return Has(args[0], _at(word))

    def name(self, found: list[Any]) -> Node:
        return Name(found[0].value, _at(found[0]))

    def literal(self, found: list[Any]) -> Node:
        return Literal(found[0].value, _at(found[0]))

    def group(self, found: list[Any]) -> Any:
        return _Group(unbracketed(found[1]))

    def items(self, found: list[Any]) -> Node:
        return Items(tuple([unbracketed(item) for item in found[1:-1:2]]), _at(found[0]))

    def pairs(self, found: list[Any]) -> Node:
        return Pairs(tuple(found[1:-1:2]), _at(found[0]))

    def arguments(self, found: list[Any]) -> tuple[Node, ...]:
        return tuple([unbracketed(item) for item in found[::2]])

    def entry(self, found: list[Any]) -> tuple[Node, Node]:
        return unbracketed(found[0]), unbracketed(found[2])


def _by_name(pairs: Pairs) -> Pairs:
    """Keys without quotes are the names themselves; nothing else could be meant here."""
    return Pairs(
        tuple((Literal(k.name, k.at) if isinstance(k, Name) else k, value) for k, value in pairs.pairs),
        pairs.at,
    )


def _method(target: Node, function: str, args: tuple[Node, ...], at: tuple[int, int]) -> Node:
    if function in _MACROS:
        if len(args) not in _MACROS[function] or not isinstance(args[0], Name):
            raise ExpressionSyntaxError(
                f"{function} wants a variable and what to say of it", at, f"write list.{function}(x, …)"
            )
        return Macro(function, target, args[0].name, args[1:], at)
    if isinstance(target, Name) and f"{target.name}.{function}" in LIBRARY:
        return Call(f"{target.name}.{function}", None, args, target.at)
    return Call(function, target, args, at)

"""What a condition proves about values that may be unset: after `x != null &&`, x is set.

A fact is the text of an expression that is surely not null. It must not know types.
"""

from __future__ import annotations

from functools import reduce

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Has,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Select,
    Sum,
    unparse,
)

Facts = frozenset[str]
NOTHING: Facts = frozenset()


def when_true(node: Node) -> Facts:
    """What is set wherever `node` holds."""
    match node:
        case Not():
            return when_false(node.of)
        case And():
            return frozenset().union(*map(when_true, node.parts))
        case Or():
            return reduce(frozenset.intersection, map(when_true, node.parts))
        case Has():
            return when_set(node.of)
        case Compare(operator="!="):
            return when_set(*_beside_null(node))
        case Compare(operator="=="):
            return when_set(*_beside_value(node))
        case Compare(operator="in"):
            listed = isinstance(node.right, Items) and all(map(_is_value, node.right.items))
            return when_set(node.right, node.left) if listed else when_set(node.right)
        case Compare():
            return when_set(node.left, node.right)  # an order with null is no
        case Macro(kind="exists" | "exists_one"):
            return when_set(node.over)
    return when_set(node)


def when_false(node: Node) -> Facts:
    """What is set wherever `node` does not hold (null counts as not holding)."""
    match node:
        case Not():
            return when_true(node.of)
        case Or():
            return frozenset().union(*map(when_false, node.parts))
        case And():
            return reduce(frozenset.intersection, map(when_false, node.parts))
        case Compare(operator="=="):
            return when_set(*_beside_null(node))
        case Compare(operator="!="):
            return when_set(*_beside_value(node))
    return NOTHING


def when_set(*nodes: Node) -> Facts:
    """What else is set wherever all `nodes` have a value that is not null."""
    found: set[str] = set()
    waiting = list(nodes)
    while waiting:
        node = waiting.pop()
        match node:
            case Name():
                found.add(node.name)
            case Select() | Index():
                found.add(unparse(node))
                waiting.append(node.of)
                if isinstance(node, Index):
                    waiting.append(node.key)
            case Call():
                found.add(unparse(node))
                if node.function in LIBRARY:  # none of them answers with a value when it is given null
                    waiting.extend(node.given)
            case Negative():
                waiting.append(node.of)
            case Sum():
                waiting.extend((node.first, *(term.node for term in node.rest)))
    return frozenset(found)


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _is_value(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is not None


def _beside_null(node: Compare) -> tuple[Node, ...]:
    """The side that is compared with null."""
    return (node.left,) if _is_null(node.right) else (node.right,) if _is_null(node.left) else ()


def _beside_value(node: Compare) -> tuple[Node, ...]:
    """The side that is compared with a value written out."""
    return (node.left,) if _is_value(node.right) else (node.right,) if _is_value(node.left) else ()

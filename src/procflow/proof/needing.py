"""What must be kept for a value to be known at all: without it, it need not be evaluated.

Where one part of an expression is not known, nothing is, and what the other parts would be need not be chosen. It must
not know what is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

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
    Select,
    Sum,
)
from procflow.proof.reading import LOOKS_BACK

#: What is never kept from one step to the next, and not chosen within one either.
_NEVER = frozenset({"now", "message", "actor", "case"})
#: Functions whose answer the proof may know: where the case stands, and what the organisation has set.
_ANSWERED = frozenset({"state", "choice", "event", "closed", "param", "mailbox", "role", "members"})

Needs = frozenset[str] | None
_NOTHING: frozenset[str] = frozenset()


def needs_of(node: Node, fields: Collection[str]) -> Needs:
    """The keys without which the value is not known; None where it never is.

    Only what is evaluated whatever the rest of the expression is, and before anything of it can be an error.
    """
    match node:
        case Name():
            return None if node.name in _NEVER else frozenset({node.name} & set(fields))
        case Select() | Not() | Negative() | Has():
            return needs_of(node.of, fields)
        case Index():
            return _all((node.of, node.key), fields)
        case Compare():
            return _all((node.left, node.right), fields)
        case Items():
            return _all(node.items, fields)
        case Sum():
            return needs_of(node.first, fields)
        case If():
            return needs_of(node.test, fields)
        case And() | Or():
            return needs_of(node.parts[0], fields)
        case Macro():
            return needs_of(node.over, fields)
        case Call():
            return _of_call(node, fields)
    return _NOTHING


def _of_call(node: Call, fields: Collection[str]) -> Needs:
    function, given = node.function, node.given
    if function in LIBRARY or function in _ANSWERED:
        return _all(given, fields)
    if function in LOOKS_BACK:
        named = given[0] if given else None
        return frozenset({f"{function}:{named.value}"}) if isinstance(named, Literal) else _NOTHING
    return None


def _all(nodes: Sequence[Node], fields: Collection[str]) -> Needs:
    found = _NOTHING
    for node in nodes:
        needs = needs_of(node, fields)
        if needs is None:
            return None
        found |= needs
    return found

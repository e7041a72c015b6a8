"""Whether the answer of a condition is certain once what it reads is kept: nothing in it is left to be guessed."""

from __future__ import annotations

from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Has,
    If,
    Items,
    Literal,
    Name,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
)
from procflow.proof.domains import constant_of
from procflow.proof.plan import Plan

_LOOKS = frozenset({"did", "missed", "state", "closed", "count", "count_today"})


def is_exact(node: Node, plan: Plan) -> bool:
    """Whether a proof knows the answer for certain."""
    match node:
        case Literal():
            return True
        case And() | Or():
            return all(is_exact(part, plan) for part in node.parts)
        case Not() | Has():
            return is_exact(node.of, plan)
        case If():
            return all(is_exact(part, plan) for part in (node.test, node.then, node.otherwise))
        case Compare(operator="in") if not isinstance(node.right, Items):
            return False
        case Compare():
            return _side(node.left, plan) and _side(node.right, plan)
        case Name():
            return bool(plan.matter.domains.get(node.name) and plan.matter.domains[node.name].values)
        case Select():
            return _evidence(node, plan)
        case Call():
            return node.function in _LOOKS
    return False


def _side(node: Node, plan: Plan) -> bool:
    """A side of a comparison: a field, something counted, a constant, or what a decision table gives."""
    match node:
        case Literal():
            return True
        case Name():
            return node.name in plan.procedure.fields
        case Items():
            return all(_side(item, plan) for item in node.items)
        case Select(of=Call(function="decide", args=(Literal(), Pairs() as given))):
            return all(_side(value, plan) or is_exact(value, plan) for _, value in given.pairs)
        case Select(of=Name(name="input")):
            return True
        case Select():
            return _evidence(node, plan)
        case Call():
            return node.function in _LOOKS or constant_of(node, plan.around.constants) is not None
        case Sum():
            return constant_of(node, plan.around.constants) is not None
    return False


def _evidence(node: Select, plan: Plan) -> bool:
    field = plan.procedure.fields.get(node.of.name) if isinstance(node.of, Name) else None
    return field is not None and field.type == "evidence" and node.field in ("accepted", "verdict")

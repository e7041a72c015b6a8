"""What can be said of an expression without a case: whether it may be null, what it is called, how dear it is."""

from __future__ import annotations

from datetime import timedelta

from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import (
    And,
    Call,
    Compare,
    Has,
    If,
    Items,
    Literal,
    Name,
    Negative,
    Node,
    Not,
    Or,
    Pairs,
    Select,
    Sum,
    children,
    unparse,
)
from procflow.core.procedure import Procedure
from procflow.proof.reading import POINT, asks_of

#: Functions that give a value, or null only where that is known.
_NEVER_NULL = frozenset({"param", "mailbox", "role", "count", "count_today", "due", "who"})
#: What a comparison is from the other side.
TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
#: What is known in every state: where the case stands, what it did, and what the organisation has set.
_PLAIN = frozenset({"state", "choice", "event", "closed", "did", "missed", "param", "mailbox"})


_TERMS: dict[int, tuple[Node, str]] = {}


def term_of(node: Node) -> str:
    """What a value is called among the facts; somebody's id is that person."""
    known = _TERMS.get(id(node))
    if known is None or known[0] is not node:
        known = _TERMS[id(node)] = (node, _term(node))
    return known[1]


def _term(node: Node) -> str:
    if (
        isinstance(node, Select)
        and node.field == "id"
        and (
            (isinstance(node.of, Call) and node.of.function == "who")
            or (isinstance(node.of, Name) and node.of.name != "case")
        )
    ):
        return unparse(node.of)
    if isinstance(node, Call) and node.function == "size" and node.target is None and len(node.args) == 1:
        return unparse(Call("size", node.args[0], (), node.at))
    return unparse(node)


def replaced(node: Node, old: Node, new: Node) -> Node | None:
    """The call with `new` for each argument that is `old`, however deep; None where there is none, or no plain call."""
    if not isinstance(node, Call) or node.target is not None:
        return None
    args: list[Node] = []
    for arg in node.args:
        if unparse(arg) == unparse(old):
            args.append(new)
        else:
            args.append(replaced(arg, old, new) or arg)
    changed = any(one is not other for one, other in zip(args, node.args, strict=True))
    return Call(node.function, None, tuple(args), node.at) if changed else None


def mentions(node: Node | None, besides: Node, name: str) -> bool:
    """Whether a node reads a name anywhere outside the parts that are `besides`."""
    if node is None or unparse(node) == unparse(besides):
        return False
    if isinstance(node, Name):
        return node.name == name
    return any(mentions(inner, besides, name) for inner in children(node))


def cost(node: Node) -> int:
    """0: nothing is chosen; 1: what is kept exactly; 2: anything else."""
    match node:
        case Literal():
            return 0
        case Call():
            return 0 if node.function in _PLAIN else 3
        case Not() | Has():
            return cost(node.of)
        case Name():
            return 1
        case And() | Or():
            return max(cost(part) for part in node.parts)
        case Compare():
            return 1 if isinstance(node.right, Literal) and isinstance(node.left, Name) else 2
    return 3


def may_be_unset(node: Node) -> bool:
    """Whether a value that is not known may be null. Who took a choice is null only where that is known."""
    match node:
        case Literal():
            return node.value is None
        case Name():
            return node.name not in ("now", "message", "input", "case", "actor", POINT)
        case Select(of=Name(name="message"), field="text" | "from" | "channel" | "received"):
            return False
        case Select(of=Name(name="actor"), field="id" | "name" | "roles"):
            return False
        case Select(of=Name(name="case")):
            return False
        case If():
            return may_be_unset(node.then) or may_be_unset(node.otherwise)
        case Call(function="add_time"):
            return any(may_be_unset(arg) for arg in node.args)
        case Call():
            return node.function not in _NEVER_NULL and node.function not in LIBRARY
    return not isinstance(node, Sum | Items | Pairs | Compare | And | Or | Not | Negative)


def is_actor(node: Node) -> bool:
    """Whether it is who acts, or something that everybody has."""
    if isinstance(node, Select) and node.field in ("id", "name", "roles"):
        node = node.of
    return isinstance(node, Name) and node.name == "actor"


def as_whole(node: Compare, procedure: Procedure) -> Compare:
    """For whole numbers less than 15 is 14 at most."""
    left, right, operator = node.left, node.right, node.operator
    if isinstance(left, Literal) and operator in TURNED:
        left, right, operator = right, left, TURNED[operator]
    if operator not in ("<", ">") or not isinstance(right, Literal) or type(right.value) is not int:
        return node
    if not _is_whole(left, procedure):
        return node
    by = -1 if operator == "<" else 1
    return Compare(f"{operator}=", left, Literal(right.value + by, right.at), node.at)


def step_of(node: Node, procedure: Procedure) -> int | timedelta | None:
    """How far the next value is, of a whole number or a day; None where there is always one between."""
    if isinstance(node, Select) and isinstance(node.of, Name) and node.of.name == "input":
        types = {ask.field.type for ask in asks_of(procedure) if ask.name == node.field}
        return 1 if types == {"integer"} else timedelta(days=1) if types == {"date"} else None
    if _is_whole(node, procedure):
        return 1
    return timedelta(days=1) if _is_day(node, procedure) else None


def _is_whole(node: Node, procedure: Procedure) -> bool:
    match node:
        case Literal():
            return type(node.value) is int
        case Name():
            field = procedure.fields.get(node.name)
            return field is not None and field.type == "integer"
        case Call():
            return node.function in ("size", "count", "count_today")
        case Sum():
            parts = (node.first, *(term.node for term in node.rest))
            signs = all(term.operator in "+-*" for term in node.rest)
            days = (
                len(parts) == 2
                and node.rest[0].operator == "-"
                and all(_is_day(part, procedure) for part in parts)
            )
            return days or (signs and all(_is_whole(part, procedure) for part in parts))
    return False


def _is_day(node: Node, procedure: Procedure) -> bool:
    field = procedure.fields.get(node.name) if isinstance(node, Name) else None
    return (field is not None and field.type == "date") or (
        isinstance(node, Call) and node.function == "date"
    )

"""One thing that stands for each thing of a list.

That no thing of a list is so and so is shown of one of which nothing else is known: what is true of it is true of each. So a
promise `never: list.exists(x, …)` is looked at as `never` "it is in the list, and …"; of each list is known whether it is
in it, through everything that is added. What is shown in this way is shown for lists of any length.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.expressions import And, Compare, Expression, If, Literal, Macro, Name, Node, Not, Or
from procflow.core.procedure import Procedure, Promise
from procflow.proof.reading import POINT

#: The condition of one thing that a part of a promise asks of a list, where it is asked whether it can be so (or can
#: fail to be); None for any other part.
_Part = Callable[[Node, bool], "Node | None"]


def pointed(promise: Promise) -> Promise:
    """The promise about one thing for each; as it is where it says nothing of lists that could be shown so."""
    return _pointed(promise, _of_macro) or promise


def pointed_at_one(promise: Promise, procedure: Procedure) -> Promise | None:
    """The promise with one thing that is written out, and asked for in a list, as the one that stands for each; None
    where nothing is asked for so. What is known of the one through all that a list is set to is known of it then."""
    if pointed(promise) is not promise:
        return None
    return _pointed(promise, lambda node, positive: _of_member(node, positive, procedure))


def _pointed(promise: Promise, part: _Part) -> Promise | None:
    positive = {"never": True, "always": False}.get(promise.kind)
    node = None if positive is None else _of_one(promise.p.node, positive, part)
    return None if node is None else replace(promise, p=Expression(promise.p.source, node, promise.p.at))


def _of_macro(node: Node, positive: bool) -> Node | None:
    match node:
        case Macro(kind="exists", bodies=(body,)) if positive:
            return And((node, _is_in(node), with_point(body, node.variable)), node.at)
        case Macro(kind="all", bodies=(body,)) if not positive:
            return Or((node, Not(_is_in(node), node.at), with_point(body, node.variable)), node.at)
    return None


def _of_member(node: Node, positive: bool, procedure: Procedure) -> Node | None:
    match as_member(node):
        case Compare("in", Literal() as one, Name() as over) if positive:
            field = procedure.fields.get(over.name)
            if one.value is not None and field is not None and field.type == "array":
                point = Name(POINT, node.at)
                is_one = Compare("==", point, one, node.at)
                return And((node, is_one, Compare("in", point, over, node.at)), node.at)
    return None


def as_member(node: Node) -> Node:
    """`list.exists(x, x == "a")` as `"a" in list`, and `list.all(x, x != "a")` as its contrary: the same is known of them."""
    match node:
        case Macro(
            kind="exists" | "all" as kind, bodies=(Compare("==" | "!=" as operator, left, right),)
        ) if (kind == "exists") is (operator == "=="):
            for one, other in ((left, right), (right, left)):
                written = isinstance(other, Literal) and other.value is not None
                if written and isinstance(one, Name) and one.name == node.variable:
                    found = Compare("in", other, node.over, node.at)
                    return found if kind == "exists" else Not(found, node.at)
    return node


def _of_one(node: Node, positive: bool, part: _Part) -> Node | None:
    """The condition of one thing, where it is asked whether it can be so (`positive`), or can fail to be.

    It is asked of the whole list too, for a guard may have asked that before. None where no list is asked about. What is so for one thing and also for another one is left alone: one thing cannot
    stand for both.
    """
    own = part(node, positive)
    if own is not None:
        return own
    match node:
        case Not():
            inner = _of_one(node.of, not positive, part)
            return None if inner is None else Not(inner, node.at)
        case And() | Or():
            made = [_of_one(each, positive, part) for each in node.parts]
            found = sum(part is not None for part in made)
            if not found or (found > 1 and isinstance(node, And) is positive):
                return None
            parts = tuple(was if new is None else new for was, new in zip(node.parts, made, strict=True))
            return type(node)(parts, node.at)
        case If():
            then, otherwise = _of_one(node.then, positive, part), _of_one(node.otherwise, positive, part)
            if then is None and otherwise is None:
                return None
            return If(node.test, then or node.then, otherwise or node.otherwise, node.at)
    return None


def _is_in(node: Macro) -> Node:
    return Compare("in", Name(POINT, node.at), node.over, node.at)


def with_point(node: Node, variable: str) -> Node:
    """A condition on a variable as one on the thing that stands for all."""
    made: Node = _with(node, variable)
    return made


def _with(value: Any, variable: str) -> Any:
    if isinstance(value, tuple):
        return tuple([_with(item, variable) for item in value])
    if not isinstance(value, Struct):
        return value
    if isinstance(value, Name):
        return Name(POINT, value.at) if value.name == variable else value
    if isinstance(value, Macro) and value.variable == variable:  # a variable of its own
        return replace(value, over=_with(value.over, variable))
    return replace(
        value, **{n: _with(getattr(value, n), variable) for n in value.__struct_fields__ if n != "at"}
    )

"""One thing that stands for each thing of a list.

That no thing of a list is so and so is shown of one of which nothing else is known: what is true of it is true of each. So a
promise `never: list.exists(x, …)` is looked at as `never` "it is in the list, and …"; of each list is known whether it is
in it, through everything that is added. What is shown in this way is shown for lists of any length.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.expressions import And, Compare, Expression, If, Macro, Name, Node, Not, Or
from procflow.core.procedure import Promise
from procflow.proof.reading import POINT


def pointed(promise: Promise) -> Promise:
    """The promise about one thing for each; as it is where it says nothing of lists that could be shown so."""
    positive = {"never": True, "always": False}.get(promise.kind)
    if positive is None:
        return promise
    node = _of_one(promise.p.node, positive)
    if node is None:
        return promise
    return replace(promise, p=Expression(promise.p.source, node, promise.p.at))


def _of_one(node: Node, positive: bool) -> Node | None:
    """The condition of one thing, where it is asked whether it can be so (`positive`), or can fail to be.

    It is asked of the whole list too, for a guard may have asked that before. None where no list is asked about. What is so for one thing and also for another one is left alone: one thing cannot
    stand for both.
    """
    match node:
        case Macro(kind="exists", bodies=(body,)) if positive:
            return And((node, _is_in(node), with_point(body, node.variable)), node.at)
        case Macro(kind="all", bodies=(body,)) if not positive:
            return Or((node, Not(_is_in(node), node.at), with_point(body, node.variable)), node.at)
        case Not():
            inner = _of_one(node.of, not positive)
            return None if inner is None else Not(inner, node.at)
        case And() | Or():
            made = [_of_one(part, positive) for part in node.parts]
            found = sum(part is not None for part in made)
            if not found or (found > 1 and isinstance(node, And) is positive):
                return None
            parts = tuple(part if new is None else new for part, new in zip(node.parts, made, strict=True))
            return type(node)(parts, node.at)
        case If():
            then, otherwise = _of_one(node.then, positive), _of_one(node.otherwise, positive)
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

"""Whether the thing that stands for all (see `points`) is in a list: a field, or what a field is set to.

It must not know what the lists are of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from procflow.core.expressions import (
    Call,
    If,
    Index,
    Items,
    Literal,
    Macro,
    Name,
    Node,
    Select,
    Sum,
    Template,
    unparse,
)
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.domains import ANY, OPAQUE, OR_NONE, frozen
from procflow.proof.nodes import term_of
from procflow.proof.oracle import Impossible, Unknown, Wrong
from procflow.proof.points import with_point
from procflow.proof.reading import POINT, expressions_in, keys_of
from procflow.proof.seen import Evidence

if TYPE_CHECKING:
    from procflow.proof.conditions import Conditions
    from procflow.proof.world import World


class Among:
    """The part of `Conditions` that knows what is in a list."""

    def __init__(self, conditions: Conditions) -> None:
        self.conditions, self.procedure = conditions, conditions.procedure

    def is_list(self, node: Node) -> bool:
        """Whether a node is a field that is a list."""
        field = self.procedure.fields.get(node.name) if isinstance(node, Name) else None
        return field is not None and field.type == "array"

    def joined(self, node: Node) -> tuple[Node, ...]:
        """The lists that a node joins, `one + other`, which is empty only where each of them is; () for anything else."""
        if not isinstance(node, Sum) or any(term.operator != "+" for term in node.rest):
            return ()
        parts = (node.first, *(term.node for term in node.rest))
        return parts if any(self._gives_list(part) for part in parts) else ()

    def _gives_list(self, node: Node) -> bool:
        if isinstance(node, Call):
            return node.function in ("cases", "members")
        return (
            isinstance(node, Items)
            or self.is_list(node)
            or (isinstance(node, Macro) and node.kind in ("filter", "map"))
        )

    def in_list(self, node: Node, world: World) -> bool:
        """Whether it is in the list that a node gives."""
        match node:
            case Literal(value=None):
                return False
            case Name() if self.is_list(node):
                return self._in_field(node.name, world)
            case Items():
                return self._is_any(node.items, world)
            case Sum() if all(term.operator == "+" for term in node.rest):
                parts = (node.first, *(term.node for term in node.rest))
                return any([self.in_list(part, world) for part in parts])  # noqa: C419 - as the engine: all are looked at
            case If():
                test = self.conditions.holds(node.test, world)
                return self.in_list(node.then if test else node.otherwise, world)
            case Macro(kind="filter", bodies=(body,)):
                if not self.in_list(node.over, world):
                    return False
                return self.conditions.holds(self._of_point(body, node.variable), world)
        try:
            found = self.conditions._value(node)(world.frame)
        except EvaluationError:
            raise Wrong from None
        except Unknown:
            return world.atom(f"{POINT} in {unparse(node)}", keys_of(node))
        return self._is_one_of(found or (), world)

    def in_spec(self, spec: Any, world: World) -> bool | None:
        """Whether it is in what a field is set to, as a document writes it; None where that cannot be said."""
        if isinstance(spec, Template):
            return None if spec.single is None else self.in_list(spec.single.node, world)
        if not isinstance(spec, list | tuple):
            return None
        for item in spec:
            if isinstance(item, Mapping):
                if next(expressions_in(item), None) is not None:
                    return None
                if self._is_row(frozen(item), world):
                    return True
            elif not isinstance(item, Template):
                if self._is(orders.constant(item), frozenset(), world):
                    return True
            elif item.single is None:
                return None
            elif not self.conditions.unset(item.single.node, world) and self.is_one(item.single.node, world):
                return True
        return False

    def is_one(self, node: Node, world: World) -> bool:
        """Whether it is the very thing that a node gives."""
        if isinstance(node, Literal):
            return node.value is not None and self._is(orders.constant(node.value), frozenset(), world)
        answer = self._is(self._term(node, world), keys_of(node), world)
        if (
            answer
            and isinstance(node, Index)
            and self._is_listed(node.of)
            and not self.in_list(node.of, world)
        ):
            raise Impossible  # one of a list is in it
        return answer

    def _is_any(self, items: tuple[Node, ...], world: World) -> bool:
        for item in items:  # noqa: SIM110 - each is asked about in turn
            if self.is_one(item, world):
                return True
        return False

    def _is_one_of(self, found: Any, world: World) -> bool:
        for item in found if isinstance(found, tuple | list) else ():
            if isinstance(item, Mapping) and not isinstance(item, Evidence):
                if self._is_row(item, world):
                    return True
            elif self._is(orders.constant(item), frozenset(), world):
                return True
        return False

    @staticmethod
    def _is_row(row: Mapping[str, Any], world: World) -> bool:
        """Whether it is this object of a list, or row that a table gives: any of them may be it, for the length of a step."""
        if world.pinned is None and world.oracle.pick(2) == 0:
            world.pinned = row
        return world.pinned is row or world.pinned == row

    @staticmethod
    def _is(term: orders.Term, depends: frozenset[str], world: World) -> bool:
        return world.ask(term, POINT, "==", depends)

    def _is_listed(self, node: Node) -> bool:
        return (
            isinstance(node, Macro)
            or self.is_list(node)
            or (isinstance(node, Call) and node.function == "members")
        )

    def _of_point(self, body: Node, variable: str) -> Node:
        made = self.conditions.of_point.get(id(body))
        if made is None:
            made = self.conditions.of_point[id(body)] = (body, with_point(body, variable))
        return made[1]

    def _in_field(self, name: str, world: World) -> bool:
        value = world.data.get(name, OPAQUE)
        if value is OR_NONE and world.is_unset(name):
            return False
        value = world.data.get(name, OPAQUE)
        if value is None:
            return False
        if isinstance(value, tuple):
            return self._is_one_of(value, world)
        return world.atom(f"{POINT} in {name}", frozenset({name}))

    @staticmethod
    def _term(node: Node, world: World) -> orders.Term:
        """What is known of a value as it stands; it is not chosen for this."""
        value: Any = OPAQUE
        if isinstance(node, Name):
            value = world.data.get(node.name, OPAQUE)
        elif isinstance(node, Select) and isinstance(node.of, Name) and node.of.name == "input":
            value = world.inputs.get(node.field, OPAQUE)
        if value is None or value is OPAQUE or value is ANY or value is OR_NONE or isinstance(value, tuple):
            return term_of(node)
        return orders.constant(value)

"""Comparisons of a procedure, compiled once for a proof: of values with each other, with nothing, and with lists.

What is known is compared by the engine's own evaluator; of what is not, the world is asked how it compares. It must not
know how conditions are put together.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from procflow.core.expressions import Call, Compare, If, Items, Literal, Name, Node, Select, Sum, unparse
from procflow.core.procedure import Procedure
from procflow.core.values import is_number
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.domains import OPAQUE, constant_of
from procflow.proof.gaps import Gap, gap_in
from procflow.proof.limits import Limits, sized, sizes_of
from procflow.proof.needing import Needs
from procflow.proof.nodes import TURNED, as_whole, may_be_unset, step_of, term_of
from procflow.proof.oracle import Unknown, Wrong
from procflow.proof.reading import POINT, asks_of, keys_of

if TYPE_CHECKING:
    from procflow.proof.among import Among
    from procflow.proof.world import World

Truth = Callable[["World"], bool]
_EMPTY = {
    ("==", 0): True,
    ("<=", 0): True,
    ("<", 1): True,
    ("!=", 0): False,
    (">", 0): False,
    (">=", 1): False,
}
_NOT_NEGATIVE: Limits = ((orders.constant(0), orders.GREATER | orders.EQUAL),)
_SAME = ("==", "!=")


#: What a difference says of two numbers.
OPERATIONS: dict[str, Callable[[int], bool]] = {
    "==": lambda by: by == 0,
    "!=": lambda by: by != 0,
    "<": lambda by: by < 0,
    "<=": lambda by: by <= 0,
    ">": lambda by: by > 0,
    ">=": lambda by: by >= 0,
}


class Comparing:
    """The part of `Conditions` that compares."""

    procedure: Procedure
    constants: Any
    assume: Callable[[str], None]
    sizes: dict[str, tuple[str, Limits, Limits]]
    steps: dict[orders.Term, int | timedelta]
    among: Among
    _truth: Callable[[Node], Truth]
    _free: Callable[[Node], Truth]
    _value: Callable[[Node], Any]
    _unset: Callable[[Node], Truth]
    _field: Callable[[Node], str]
    _needs: Callable[[Node], Needs]
    goes_wrong: Callable[[Node], Truth | None]

    def _compare(self, node: Compare) -> Truth:
        operator, left, right = node.operator, node.left, node.right
        if operator in _SAME:
            for one, other in ((left, right), (right, left)):
                if (isinstance(other, Literal) and other.value is None) or (
                    isinstance(other, Items) and not other.items
                ):
                    unset, same = self._unset(one), operator == "=="
                    return lambda world: unset(world) is same
        if operator == "in":
            return self._member(node)
        sized = self._sized(node)
        if sized is not None:
            return sized
        return self._ordered(node)

    def _member(self, node: Compare) -> Truth:
        if isinstance(node.right, Items):
            return any_of([self._truth(Compare("==", node.left, item, node.at)) for item in node.right.items])
        items, free = self._value(node.right), self._free(node)
        text, depends = unparse(node), keys_of(node)
        takers, wrong = self._takers(node.left), self.goes_wrong(node)
        is_point = isinstance(node.left, Name) and node.left.name == POINT
        in_field = self.among.is_list(node.right)

        def run(world: World) -> bool:
            if is_point:
                return self.among.in_list(node.right, world)
            if in_field and world.lens.pointed and self.among.is_one(node.left, world):
                return self.among.in_list(node.right, world)
            try:
                found = items(world.frame)
                if found in (None, ()):
                    return False
                if takers and takers <= {getattr(item, "id", item) for item in found}:
                    self.assume("people")
                    return not self._unset(node.left)(world)
            except Unknown:  # then it is not known either, whatever is looked for: that need not be chosen
                if wrong is not None and wrong(world):
                    raise Wrong from None
                return world.atom(text, depends)
            except EvaluationError:
                pass
            return free(world)

        return run

    def _sized(self, node: Compare) -> Truth | None:
        """`list.size()` against 0 or 1 asks whether the list is empty."""
        for one, other, operator in (
            (node.left, node.right, node.operator), (node.right, node.left, TURNED.get(node.operator, node.operator)),
        ):  # fmt: skip
            if isinstance(one, Call) and one.function == "size" and isinstance(other, Literal):
                of = one.given[0]
                empty = _EMPTY.get((operator, other.value)) if type(other.value) is int else None
                if empty is None or not self._gives_list(of):
                    return None  # a number like any other: a text is there, and of no length; or one was set to it
                unset = self._unset(of)
                return lambda world, unset=unset, empty=empty: unset(world) is empty  # type: ignore[misc]
        return None

    def _takers(self, node: Node) -> frozenset[str]:
        """Who takes a choice, where that is the people of some roles; nobody where it may be anybody."""
        if not (isinstance(node, Call) and node.function == "who" and isinstance(node.args[0], Literal)):
            return frozenset()
        people: set[str] = set()
        for state in self.procedure.states:
            choice = state.choices_by_name.get(str(node.args[0].value))
            if choice is None:
                continue
            task = state.task
            roles = (
                choice.by
                if choice.by is not None
                else task.role
                if task is not None and task.to is None
                else None
            )
            for role in roles if isinstance(roles, tuple | list) else (roles,):
                members = self.constants.members.get(role) if isinstance(role, str) else None
                if not members:
                    return frozenset()
                people.update(members)
        return frozenset(people)

    def _minded(self, term: orders.Term, node: Node) -> None:
        """That a value is a whole number or a day, which has a next one."""
        step = step_of(node, self.procedure)
        if step is not None:
            self.steps[term] = step

    def _gives_list(self, node: Node) -> bool:
        """Whether a value is a list, which is empty where there is none; not one that is picked out of others."""
        match node:
            case Items() | Call(function="members" | "on_duty"):
                return True
            case Sum():
                return bool(self.among.joined(node))
            case If():
                return self._gives_list(node.then) and self._gives_list(node.otherwise)
            case Select(of=Name(name="input"), field=name):
                return {ask.field.type for ask in asks_of(self.procedure) if ask.name == name} == {"array"}
            case Select(of=Name(name="message"), field="files"):
                return True
        return self.among.is_list(node)

    def _ordered(self, node: Compare) -> Truth:
        node = as_whole(node, self.procedure)
        sides = self._side(node.left, node.operator), self._side(node.right, node.operator)
        gap = gap_in(node)
        return self._asked(node, sides) if gap is None else _apart(node, gap)

    def _side(self, node: Node, operator: str) -> _Side:
        text = term_of(node)
        self._minded(text, node)
        of = self.procedure.fields.get(sized(node))
        if of is not None:
            self.sizes[text] = (of.name, *sizes_of(of))
        elif isinstance(node, Call) and node.function == "size":
            self.sizes[text] = ("", _NOT_NEGATIVE, _NOT_NEGATIVE)
        unset = None if operator in _SAME or not may_be_unset(node) else self._unset(node)
        return _Side(node, text, self._value(node), self._field(node), self._needs(node), unset)

    def _asked(self, node: Compare, sides: tuple[_Side, _Side]) -> Truth:
        """The engine tells where both sides are known, else the world."""
        operator, is_set = node.operator, node.operator not in _SAME
        whole, depends, whole_text = self._value(node), keys_of(node), unparse(node)
        wrong = [each for side in (node.left, node.right) if (each := self.goes_wrong(side)) is not None]
        left, right = sides
        counted = self._counted_side(node)

        def run(world: World) -> bool:
            found: tuple[Any, Any] | None
            try:
                found = (left.known(world), right.known(world))
                if OPAQUE not in found:
                    return whole(world.frame) is True
                if counted is not None and (answer := counted(world)) is not None:
                    return answer
            except EvaluationError:
                raise Wrong from None
            except Unknown:
                found = None
            if wrong and any(each(world) for each in wrong):
                raise Wrong
            if found is None:
                return world.atom(whole_text, depends)
            terms: list[orders.Term] = []
            for value, side in zip(found, sides, strict=True):
                if value is None:
                    other = sides[1 - len(terms)]  # it is known to be set, or asked
                    return not is_set and self._unset(other.node)(world) is (operator == "==")
                if value is OPAQUE:
                    if side.unset is not None and side.unset(world):
                        return False
                    world.lens.depends.setdefault(side.text, side.reads)
                terms.append(side.term(value))
            return world.ask(terms[0], terms[1], operator, depends, is_set=is_set)

        return run

    def _counted_side(self, node: Compare) -> Callable[[World], bool | None] | None:
        """How something that is counted compares with a constant; None as the answer where that says nothing.

        A number that stands beyond what is counted stands for all that are further out, and all of them have to compare
        alike.
        """
        for one, other, operator in (
            (node.left, node.right, node.operator),
            (node.right, node.left, TURNED.get(node.operator, node.operator)),
        ):
            constant = constant_of(other, self.constants) if _is_counted(one, self.procedure) else None
            if is_number(constant):
                return self._beyond(one, OPERATIONS[operator], constant)
        return None

    def _beyond(
        self, one: Node, holds: Callable[[int], bool], constant: Any
    ) -> Callable[[World], bool | None]:
        value, needs = self._value(one), self._needs(one)

        def run(world: World) -> bool | None:
            if needs is None or not needs <= world.lens.keys:
                return None
            beyond = world.beyond = set()
            try:
                found = value(world.frame)
            except Unknown:
                return None
            finally:
                world.beyond = None
            if not is_number(found) or not beyond:
                return None
            by = (found > constant) - (found < constant)
            answers = {holds(way) for way in (-1, 0, 1) if way == by or (-1 if way < by else 1) in beyond}
            return answers.pop() if len(answers) == 1 else None

        return run


def _is_counted(node: Node, procedure: Procedure) -> bool:
    """Whether a value is a number that may be counted, or a sum of such."""
    match node:
        case Name():
            field = procedure.fields.get(node.name)
            return field is not None and field.type in ("integer", "number")
        case Call():
            return node.function in ("count", "count_today")
        case Sum():
            parts = (node.first, *(term.node for term in node.rest))
            return all(term.operator == "+" for term in node.rest) and all(
                isinstance(part, Literal) or _is_counted(part, procedure) for part in parts
            )
    return False


class _Side:
    """One side of a comparison, compiled. `unset` tells whether it is unset, where that must be asked."""

    __slots__ = ("constant", "field", "needs", "node", "reads", "text", "unset", "value", "written")

    def __init__(
        self,
        node: Node,
        text: str,
        value: Callable[[Any], Any],
        field: str,
        needs: Needs,
        unset: Truth | None,
    ) -> None:
        self.node, self.text, self.value, self.field, self.needs, self.unset = (
            node,
            text,
            value,
            field,
            needs,
            unset,
        )
        self.reads = keys_of(node)
        self.written = node.value if isinstance(node, Literal) else OPAQUE
        self.constant = orders.constant(node.value) if isinstance(node, Literal) else None

    def known(self, world: World) -> Any:
        """Its value, or OPAQUE; raises EvaluationError."""
        if self.written is not OPAQUE:
            return self.written
        if self.needs is None or not self.needs <= world.lens.keys:
            return OPAQUE
        if self.field and world.data.get(self.field, OPAQUE) is OPAQUE:
            return OPAQUE
        try:
            return self.value(world.frame)
        except Unknown:
            return OPAQUE

    def term(self, value: Any) -> orders.Term:
        if value is OPAQUE:
            return self.text
        return orders.constant(_plain(value)) if self.constant is None else self.constant


def _apart(node: Compare, gap: Gap) -> Truth:
    """How far apart two counted things are, where that is watched."""
    listed_first = bool(sized(node.left))
    holds, text, depends = OPERATIONS[node.operator], unparse(node), keys_of(node)

    def run(world: World) -> bool:
        difference = world.gaps.get(gap) if world.watching else None
        if difference is None:
            return world.atom(text, depends)
        return holds(difference if listed_first else -difference)

    return run


def all_of(parts: list[Truth]) -> Truth:
    return _decided_by(parts, False)


def any_of(parts: list[Truth]) -> Truth:
    return _decided_by(parts, True)


def _decided_by(parts: list[Truth], answer: bool) -> Truth:
    def run(world: World) -> bool:
        wrong: Wrong | None = None
        for part in parts:
            try:
                if part(world) is answer:
                    return answer
            except Wrong as why:
                wrong = why
        if wrong is not None:
            raise wrong
        return not answer

    return run


def _plain(value: Any) -> Any:
    return value.get("role") if isinstance(value, dict) and len(value) == 1 and "role" in value else value

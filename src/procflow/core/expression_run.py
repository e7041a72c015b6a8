"""Evaluation: a tree becomes nested closures once, and those are called with a scope.

Rules beyond CEL's (`docs/reference/expressions.md`): a field of null, and a key that is not there, is null;
null where yes or no is asked means no; `<` and its kin with null are no; numbers are one exact type.
Bounded in cost: nothing loops but macros and functions, and both count their steps first.
It must not know what a name means: the scope says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from operator import ge, gt, le, lt
from typing import Any, Protocol

from msgspec import Struct, field

from procflow.core.arithmetic import combine, negative
from procflow.core.expression_functions import LIBRARY
from procflow.core.expression_nodes import (
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
    walk,
)
from procflow.core.expression_text import unparse
from procflow.core.values import ORDERED, Value, equal, is_number, kind, order
from procflow.errors import EvaluationError

#: How many steps one evaluation may take; an element walked by a macro costs as many as its body has nodes.
MAX_STEPS = 100_000
#: What an error costs that does no harm, beside the nodes that its words name: making it takes longer than any node.
ERROR_COST = 20


class Scope(Protocol):
    """What the names and the domain's functions mean, here and now."""

    zone: str

    def name(self, name: str) -> Value:
        """The value of a declared name; raises KeyError for one that is not declared."""

    def call(self, function: str, args: Sequence[Value]) -> Value:
        """The answer of a function that knows the case or the organisation (`count`, `due`, `table` …)."""


class OutOfBudget(EvaluationError):
    """The expression costs too much; unlike other errors, `&&` and `||` never absorb it."""


class Frame(Struct, gc=False):
    """One evaluation: its scope, its steps left, and the variables of the macros around."""

    scope: Scope
    left: int = MAX_STEPS
    variables: dict[str, Value] = field(default_factory=dict)

    @property
    def zone(self) -> str:
        return self.scope.zone

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise OutOfBudget(
                f"the expression takes more than {MAX_STEPS} steps",
                "look through shorter lists, or split the work",
            )


Run = Callable[[Frame], Value]
_MISSING: Any = object()
_NOBODY: frozenset[str] = frozenset()


def compiled(node: Node, bound: frozenset[str] = _NOBODY) -> Run:
    """The closure that evaluates `node`; `bound` are the variables of macros around it."""
    return _COMPILERS[type(node)](node, bound)


def failure(node: Node, message: str, hint: str = "") -> EvaluationError:
    """An error about `node` that names its text and place."""
    text = unparse(node)
    shown = text if len(text) <= 80 else text[:79] + "…"
    return EvaluationError(f"{shown}: {message}", hint, {"at": node.at, "expression": text})


def located(node: Node, error: EvaluationError) -> EvaluationError:
    """The same error, saying where; one that says so already stays as it is."""
    if "at" in error.facts or isinstance(error, OutOfBudget):
        return error
    return failure(node, error.message, error.hint)


def _unset(node: Node) -> EvaluationError:
    return failure(node, "is not set", "test it first with != null")


def yes(value: Value, node: Node) -> bool:
    """A value where yes or no is asked: null means no; anything but a yes/no is an error."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise failure(node, f"a yes or no is wanted here, and this is {kind(value)}")


def _literal(node: Literal, bound: frozenset[str]) -> Run:
    value = node.value
    return lambda frame: value


def _name(node: Name, bound: frozenset[str]) -> Run:
    name = node.name
    if name in bound:
        return lambda frame: frame.variables[name]

    def run(frame: Frame) -> Value:
        try:
            return frame.scope.name(name)
        except KeyError:
            raise failure(node, "this name is not known here") from None

    return run


def _select(node: Select, bound: frozenset[str]) -> Run:
    of, name = compiled(node.of, bound), node.field

    def run(frame: Frame) -> Value:
        value = of(frame)
        if type(value) is dict or isinstance(value, Mapping):
            return value.get(name)
        if value is None:
            return None
        raise failure(node, f"{kind(value)} has no fields")

    return run


def _index(node: Index, bound: frozenset[str]) -> Run:
    of, key = compiled(node.of, bound), compiled(node.key, bound)

    def run(frame: Frame) -> Value:
        value, wanted = of(frame), key(frame)
        if value is None or wanted is None:
            return None
        if isinstance(value, Mapping):
            return _looked_up(value, wanted, node)
        if isinstance(value, list | tuple):
            if not is_number(wanted) or isinstance(wanted, Decimal) or wanted < 0:
                raise failure(node, "a place in a list is a whole number from 0")
            return value[wanted] if wanted < len(value) else None
        raise failure(node, f"{kind(value)} cannot be looked up in")

    return run


def _looked_up(table: Mapping[Any, Value], key: Value, node: Node) -> Value:
    """`table[key]` or None; a person is looked up by id, and a yes/no is never the number 1."""
    key = _key(key, node)
    return None if isinstance(key, bool) else table.get(key)


def _key(key: Value, node: Node) -> Value:
    if isinstance(key, Mapping) and "id" in key:
        return key["id"]
    if isinstance(key, list | tuple | Mapping):
        raise failure(node, f"{kind(key)} cannot be a key")
    return key


def _not(node: Not, bound: frozenset[str]) -> Run:
    of, inner = compiled(node.of, bound), node.of

    def run(frame: Frame) -> Value:
        value = of(frame)
        return value is None or not (value if value is True or value is False else yes(value, inner))

    return run


def _negative(node: Negative, bound: frozenset[str]) -> Run:
    of = compiled(node.of, bound)

    def run(frame: Frame) -> Value:
        value = of(frame)
        if value is None:
            raise _unset(node.of)
        try:
            return negative(value)
        except EvaluationError as error:
            raise located(node, error) from None

    return run


def _junction(node: And | Or, bound: frozenset[str]) -> Run:
    """`&&` and `||`: from left to right up to the part that decides; an error counts if none does."""
    parts = tuple([(compiled(part, bound), part, ERROR_COST + size_of(part)) for part in node.parts])
    decides = isinstance(node, Or)

    def run(frame: Frame) -> Value:
        wrong: EvaluationError | None = None
        for part, written, dear in parts:
            try:
                value = part(frame)
                if value is not True and value is not False:
                    value = yes(value, written)
            except OutOfBudget:
                raise
            except EvaluationError as error:
                frame.spend(dear)
                wrong = wrong or error
            else:
                if value is decides:
                    return decides
        if wrong is not None:
            raise wrong
        return not decides

    return run


def size_of(node: Node) -> int:
    """How many nodes it is made of."""
    return sum(1 for _ in walk(node))


def _compare(node: Compare, bound: frozenset[str]) -> Run:
    left, right = compiled(node.left, bound), compiled(node.right, bound)
    operator = node.operator
    if operator == "in":
        return _member(node, left, right)
    if operator in ("==", "!="):
        same = operator == "=="
        if isinstance(node.right, Literal) and isinstance(node.right.value, str):
            text = node.right.value

            def run(frame: Frame) -> Value:
                value = left(frame)
                return ((value == text) if type(value) is str else equal(value, text)) is same

            return run
        return lambda frame: equal(left(frame), right(frame), frame.spend) is same
    holds, at_once = _ORDERS[operator]

    limit = node.right.value if isinstance(node.right, Literal) else _MISSING

    def ordered(frame: Frame) -> Value:
        a, b = left(frame), right(frame) if limit is _MISSING else limit
        if type(a) is type(b) and type(a) in ORDERED:
            return at_once(a, b)
        if a is None or b is None:
            return False
        try:
            return order(a, b) in holds
        except EvaluationError as error:
            raise located(node, error) from None

    return ordered


#: What `order` gives where it holds, and the same asked of two values of one kind that Python orders as we do.
_ORDERS: dict[str, tuple[tuple[int, ...], Callable[[Any, Any], bool]]] = {
    "<": ((-1,), lt), "<=": ((-1, 0), le), ">": ((1,), gt), ">=": ((1, 0), ge),
}  # fmt: skip


def _member(node: Compare, left: Run, right: Run) -> Run:
    def run(frame: Frame) -> Value:
        value, items = left(frame), right(frame)
        if items is None:
            return False
        if isinstance(items, Mapping):
            if value is None or isinstance(value, bool):
                return False
            return _key(value, node) in items
        if isinstance(items, list | tuple):
            spend = frame.spend
            spend(len(items) // 8)
            if type(value) is str and value in items:  # persons equal their ids here too
                return True
            return any(equal(value, item, spend) for item in items)
        hint = "write text.contains(part)" if isinstance(items, str) else ""
        raise failure(node, f"{kind(items)} is not a list", hint)

    return run


def _sum(node: Sum, bound: frozenset[str]) -> Run:
    first = compiled(node.first, bound)
    rest = tuple([(term.operator, compiled(term.node, bound), term) for term in node.rest])

    def run(frame: Frame) -> Value:
        total = first(frame)
        if total is None:
            raise _unset(node.first)
        for operator, operand, term in rest:
            value = operand(frame)
            if value is None:
                raise _unset(term.node)
            try:
                total = combine(operator, total, value, frame.spend)
            except OutOfBudget:
                raise
            except EvaluationError as error:
                raise located(node, error) from None
        return total

    return run


def _if(node: If, bound: frozenset[str]) -> Run:
    test, then, otherwise = (compiled(part, bound) for part in (node.test, node.then, node.otherwise))
    return lambda frame: then(frame) if yes(test(frame), node.test) else otherwise(frame)


def _items(node: Items, bound: frozenset[str]) -> Run:
    items = tuple([compiled(item, bound) for item in node.items])
    if all(isinstance(item, Literal) for item in node.items):
        ready = tuple([item.value for item in node.items if isinstance(item, Literal)])
        return lambda frame: ready
    return lambda frame: tuple([item(frame) for item in items])


def _pairs(node: Pairs, bound: frozenset[str]) -> Run:
    pairs = tuple([(compiled(key, bound), compiled(value, bound), key) for key, value in node.pairs])

    def run(frame: Frame) -> Value:
        made: dict[Any, Value] = {}
        for key, value, written in pairs:
            name = key(frame)
            if not isinstance(name, str) and not is_number(name):
                raise failure(written, f"a key is a text or a number, and this is {kind(name)}")
            if name in made:
                raise failure(written, "this key stands twice")
            made[name] = value(frame)
        return made

    return run


def _has(node: Has, bound: frozenset[str]) -> Run:
    of = compiled(node.of, bound)
    return lambda frame: of(frame) is not None


def _call(node: Call, bound: frozenset[str]) -> Run:
    function = node.function
    given = node.given
    args = tuple([compiled(arg, bound) for arg in given])
    pure = LIBRARY.get(function)
    if pure is None:
        if node.target is not None:
            return _failing(node, f"there is no {function}() of a value")

        literals = [arg.value for arg in given if isinstance(arg, Literal)]
        ready = literals if len(literals) == len(given) else None

        def ask(frame: Frame) -> Value:
            values = [arg(frame) for arg in args] if ready is None else ready
            try:
                return frame.scope.call(function, values)
            except OutOfBudget:
                raise
            except EvaluationError as error:
                raise located(node, error) from None

        return ask
    style = "function" if node.target is None else "method"
    if pure.style not in (style, "both"):
        form = f"{function}(…)" if pure.style == "function" else f"x.{function}(…)"
        return _failing(node, f"this is written {form}")
    if not pure.least <= len(args) <= pure.most:
        return _failing(node, f"{function} wants another number of arguments")
    work, no, steps = pure.run, pure.null == "no", pure.steps

    def run(frame: Frame) -> Value:
        values = []
        for arg in args:
            values.append(arg(frame))
        if None in values:
            if no:
                return False
            raise _unset(given[values.index(None)])
        frame.left -= steps
        if frame.left < 0:
            frame.spend(0)
        try:
            return work(frame, *values)
        except OutOfBudget:
            raise
        except EvaluationError as error:
            raise located(node, error) from None

    return run


def _failing(node: Node, message: str) -> Run:
    def run(frame: Frame) -> Value:
        raise failure(node, message)

    return run


def _macro(node: Macro, bound: frozenset[str]) -> Run:
    from procflow.core.expression_macros import macro  # most procedures look through no list

    return macro(node, bound)


_COMPILERS: Mapping[type, Callable[[Any, frozenset[str]], Run]] = {
    Literal: _literal,
    Name: _name,
    Select: _select,
    Index: _index,
    Call: _call,
    Has: _has,
    Macro: _macro,
    Items: _items,
    Pairs: _pairs,
    Not: _not,
    Negative: _negative,
    And: _junction,
    Or: _junction,
    Compare: _compare,
    Sum: _sum,
    If: _if,
}

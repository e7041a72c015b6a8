"""A slow evaluator of expressions that does what docs/reference/expressions.md says, a node at a time, with fractions
for numbers: what the compiled one must agree with. It shares the functions of the library, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial
from typing import Any

from procflow.core import expressions as e
from procflow.core.expression_functions import LIBRARY
from procflow.core.times import Span
from procflow.errors import EvaluationError


class Wrong(Exception):
    """It goes wrong; how is not said."""


class Meter:
    """Nothing is too dear for it: it is only asked what was within the budget."""

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def spend(self, steps: int) -> None:
        pass


def value(node: e.Node, scope: e.Scope, bound: Mapping[str, Any]) -> Any:
    match node:
        case e.Literal():
            return node.value
        case e.Name():
            if node.name in bound:
                return bound[node.name]
            try:
                return scope.name(node.name)
            except KeyError:
                raise Wrong from None
        case e.Select():
            of = value(node.of, scope, bound)
            if of is None:
                return None
            if not isinstance(of, Mapping):
                raise Wrong
            return of.get(node.field)
        case e.Has():
            return value(node.of, scope, bound) is not None
        case e.Index():
            return _at(value(node.of, scope, bound), value(node.key, scope, bound))
        case e.Items():
            return tuple(value(item, scope, bound) for item in node.items)
        case e.Pairs():
            made: dict[Any, Any] = {}
            for key, item in node.pairs:
                name = value(key, scope, bound)
                if not (isinstance(name, str) or _is_number(name)) or name in made:
                    raise Wrong
                made[name] = value(item, scope, bound)
            return made
        case e.Not():
            return not _yes(value(node.of, scope, bound))
        case e.Negative():
            of = value(node.of, scope, bound)
            if isinstance(of, Span):
                return Span.of(-_elapsed(of))
            if not _is_number(of):
                raise Wrong
            return _number(-_fraction(of))
        case e.And() | e.Or():
            return _either(
                [partial(value, part, scope, bound) for part in node.parts], isinstance(node, e.Or)
            )
        case e.If():
            return value(node.then if _yes(value(node.test, scope, bound)) else node.otherwise, scope, bound)
        case e.Compare():
            return _compare(node.operator, value(node.left, scope, bound), value(node.right, scope, bound))
        case e.Sum():
            total = value(node.first, scope, bound)
            if total is None:
                raise Wrong
            for term in node.rest:
                total = _combined(term.operator, total, value(term.node, scope, bound))
            return total
        case e.Macro():
            return _macro(node, scope, bound)
        case e.Call():
            return _call(node, scope, bound)
    raise TypeError(node)


def _macro(node: e.Macro, scope: e.Scope, bound: Mapping[str, Any]) -> Any:
    over = value(node.over, scope, bound)
    if over is None:
        over = ()
    if not isinstance(over, list | tuple | Mapping):
        raise Wrong

    def body(n: int, item: Any) -> Any:
        return value(node.bodies[n], scope, {**bound, node.variable: item})

    if node.kind in ("all", "exists"):
        return _either([partial(body, 0, item) for item in over], node.kind == "exists")
    if node.kind == "map":
        found = [body(-1, item) for item in over if len(node.bodies) == 1 or _yes(body(0, item))]
    else:
        found = [item for item in over if _yes(body(0, item))]
    return len(found) == 1 if node.kind == "exists_one" else tuple(found)


def _call(node: e.Call, scope: e.Scope, bound: Mapping[str, Any]) -> Any:
    pure = LIBRARY.get(node.function)
    if pure is None:
        if node.target is not None:
            raise Wrong
        given = [value(arg, scope, bound) for arg in node.args]
        return scope.call(node.function, given)
    style = "function" if node.target is None else "method"
    if pure.style not in (style, "both") or not pure.least <= len(node.given) <= pure.most:
        raise Wrong
    given = [value(arg, scope, bound) for arg in node.given]
    if any(each is None for each in given):
        if pure.null == "no":
            return False
        raise Wrong
    return pure.run(Meter(scope.zone), *given)


def _either(parts: list[Callable[[], Any]], decides: bool) -> bool:
    """From left to right up to what decides; what went wrong counts only if nothing did."""
    wrong = False
    for part in parts:
        try:
            if _yes(part()) is decides:
                return decides
        except (Wrong, EvaluationError):
            wrong = True
    if wrong:
        raise Wrong
    return not decides


def _yes(x: Any) -> bool:
    if x is None or x is False:
        return False
    if x is True:
        return True
    raise Wrong


def _at(of: Any, key: Any) -> Any:
    if of is None or key is None:
        return None
    if isinstance(of, Mapping):
        key = _key(key)
        return None if isinstance(key, bool) or key not in of else of[key]
    if isinstance(of, list | tuple) and isinstance(key, int) and not isinstance(key, bool) and key >= 0:
        return of[key] if key < len(of) else None
    raise Wrong


def _key(key: Any) -> Any:
    if isinstance(key, Mapping) and "id" in key:
        return key["id"]
    if isinstance(key, list | tuple | Mapping):
        raise Wrong
    return key


def _compare(operator: str, a: Any, b: Any) -> bool:
    if operator in ("==", "!="):
        return _same(a, b) == (operator == "==")
    if operator == "in":
        if b is None:
            return False
        if isinstance(b, Mapping):
            return a is not None and not isinstance(a, bool) and _key(a) in b
        if isinstance(b, list | tuple):
            return any(_same(a, item) for item in b)
        raise Wrong
    if a is None or b is None:
        return False
    kind = _kind(a)
    if kind != _kind(b) or kind in ("list", "object", "?"):
        raise Wrong
    if kind == "span":
        a, b = _elapsed(a), _elapsed(b)
    if kind == "number":
        a, b = _fraction(a), _fraction(b)
    return bool({"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[operator])


def _same(a: Any, b: Any) -> bool:
    for one, other in ((a, b), (b, a)):
        if isinstance(one, Mapping) and "id" in one and isinstance(other, str):
            return bool(one["id"] == other)
    kind = _kind(a)
    if kind != _kind(b):
        return False
    if kind == "list":
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if kind == "object":
        return set(a) == set(b) and all(_same(a[key], b[key]) for key in a)
    if kind == "number":
        return _fraction(a) == _fraction(b)
    if kind == "span" and a.elapsed() is not None and b.elapsed() is not None:
        return bool(a.elapsed() == b.elapsed())
    return bool(a == b)


def _combined(operator: str, a: Any, b: Any) -> Any:
    kinds = (_kind(a), _kind(b))
    if kinds == ("number", "number"):
        x, y = _fraction(a), _fraction(b)
        if operator in "/%" and not y:
            raise Wrong
        if operator == "%":
            whole = abs(x) // abs(y)
            if whole >= 10**34:
                raise Wrong
            return _number((abs(x) - whole * abs(y)) * (-1 if x < 0 else 1))
        return _number(
            {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y, "/": lambda: x / y}[operator]()
        )
    try:
        match operator, kinds:
            case "+", ("text", "text"):
                if len(a) + len(b) > 65_536:
                    raise Wrong
                return a + b
            case "+", ("list", "list"):
                if len(a) + len(b) > 10_000:
                    raise Wrong
                return (*a, *b)
            case "+", ("instant", "span"):
                return a + _elapsed(b)
            case "+", ("span", "instant"):
                return b + _elapsed(a)
            case "-", ("instant", "span"):
                return a - _elapsed(b)
            case "-", ("instant", "instant"):
                return Span.of(a - b)
            case "-", ("date", "date"):
                return (a - b).days
            case "+", ("span", "span"):
                return Span.of(_elapsed(a) + _elapsed(b))
            case "-", ("span", "span"):
                return Span.of(_elapsed(a) - _elapsed(b))
    except OverflowError:
        raise Wrong from None
    raise Wrong


def _kind(x: Any) -> str:
    for kind, types in (
        ("null", type(None)), ("yes", bool), ("number", int | Decimal), ("text", str), ("instant", datetime),
        ("date", date), ("span", Span), ("object", Mapping), ("list", list | tuple),
    ):  # fmt: skip
        if isinstance(x, types):
            return kind
    return "?"


def _is_number(x: Any) -> bool:
    return _kind(x) == "number"


def _fraction(x: Any) -> Fraction:
    return Fraction(x)


def _number(x: Fraction) -> Any:
    """Exact up to 34 digits, rounded half to even beyond; a whole number longer than that goes wrong."""
    if abs(x) >= 10**34:
        raise Wrong
    if x.denominator == 1:
        return x.numerator
    with localcontext() as exact:
        exact.prec, exact.rounding = 34, "ROUND_HALF_EVEN"
        found = Decimal(x.numerator) / Decimal(x.denominator)
        if abs(found) >= 10**34:
            raise Wrong
        whole = found.to_integral_value()
        return int(whole) if whole == found else found.normalize()


def _elapsed(span: Any) -> Any:
    found = span.elapsed() if isinstance(span, Span) else None
    if found is None:
        raise Wrong
    return found

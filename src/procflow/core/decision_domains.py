"""The values that an input of a decision table can have, cut into pieces that no cell tells apart.

Ordered values are cut at every constant into points and the open stretches between; the rest into the
constants and "any other". It must not know rows or hits. Null is a piece only where a cell writes it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.decision_cells import Cell, constants
from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field
from procflow.core.times import Span
from procflow.core.values import Value, equal, is_number, number, plain
from procflow.errors import EvaluationError

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Piece(Struct, frozen=True):
    """A set of values that every cell treats alike: `sample` is one of them.

    A stretch of ordered values has its ends in `low` and `high` (None: no end that matters), each inside or
    not; `line` is False for a value that stands alone.
    """

    sample: Value
    text: str
    line: bool = False
    low: Value = None
    low_in: bool = False
    high: Value = None
    high_in: bool = False


def pieces(field: Field, cells: Iterable[Cell]) -> list[Piece]:
    """The pieces of the input `field`, cut by everything its cells name; ordered ones in their order."""
    named = [value for cell in cells for value in constants(cell)]
    alone = [Piece(None, "null")] if any(value is None for value in named) else []
    named = [value for value in named if value is not None]
    words = field.schema.get("enum") or ([field.schema["const"]] if "const" in field.schema else None)
    if words:
        typed = [check_value(replace(field, schema={}), word, FieldContext()) for word in words]
        allowed = [word if wrong else value for word, (value, wrong) in zip(words, typed, strict=True)]
        return [
            Piece(value, yaml_text(value)) for value in _distinct(v for v in allowed if v is not None)
        ] + alone
    if field.type == "boolean":
        return [Piece(True, "true"), Piece(False, "false"), *alone]
    if field.type == "tick":
        return [Piece(True, "true"), *alone]
    if field.type in ("integer", "number", "date", "instant"):
        return _line(field, named) + alone
    if field.type == "duration":
        elapsed = [value for value in named if isinstance(value, Span) and value.elapsed() is not None]
        others = [value for value in named if not any(value is known for known in elapsed)]
        return _line(field, elapsed) + [Piece(value, yaml_text(value)) for value in _distinct(others)] + alone
    listed = [Piece(value, yaml_text(value)) for value in _distinct(named)]
    return [*listed, Piece(_other(field, named), "any other"), *alone]


def yaml_text(value: Value) -> str:
    """A value as YAML writes it."""
    if isinstance(value, bool) or value is None or is_number(value) or isinstance(value, date | Span):
        return "null" if value is None else plain(value)
    text = plain(value)
    simple = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_ -]*[A-Za-z0-9_]|[A-Za-z]", text)
    reserved = text.lower() in ("true", "false", "null", "yes", "no", "on", "off", "y", "n")
    return text if simple and not reserved else json.dumps(text, ensure_ascii=False)


def _distinct(values: Iterable[Value]) -> list[Value]:
    found: list[Value] = []
    texts: set[str] = set()
    for value in values:
        if isinstance(value, str):
            if value not in texts:
                texts.add(value)
                found.append(value)
        elif not any(equal(value, known) for known in found):
            found.append(value)
    return found


def _other(field: Field, named: list[Value]) -> str:
    """A text that no cell names; it need not fit the field's pattern."""
    text, n = "other", 1
    while any(equal(text, value) for value in named):
        n += 1
        text = f"other {n}"
    return text


class _Scale(Struct, frozen=True):
    """Values of one type as exact numbers and back; neighbours lie `step` apart, None: at will."""

    place: Callable[[Any], Fraction]
    value: Callable[[Fraction], Value]
    step: Fraction | None


def _scale(field: Field) -> _Scale:
    if field.type == "date":
        return _Scale(
            lambda d: Fraction((d - _EPOCH.date()).days),
            lambda f: _EPOCH.date() + timedelta(days=int(f)),
            Fraction(1),
        )
    if field.type == "instant":
        return _Scale(
            lambda i: Fraction((i - _EPOCH) // _TICK), lambda f: _EPOCH + int(f) * _TICK, Fraction(1)
        )
    if field.type == "duration":
        return _Scale(
            lambda s: Fraction(s.elapsed() // _TICK), lambda f: Span.of(int(f) * _TICK), Fraction(1)
        )
    step = Fraction(1) if field.type == "integer" else None
    if "multipleOf" in field.schema:
        own = Fraction(number(field.schema["multipleOf"]))
        step = own if step is None else Fraction(own.numerator)
    return _Scale(Fraction, _decimal, step)


def _decimal(place: Fraction) -> Value:
    """The exact number; every place is a sum of decimals halved at most once, so it ends."""
    twos = fives = 0
    rest = place.denominator
    while rest % 2 == 0:
        rest, twos = rest // 2, twos + 1
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    digits = max(twos, fives)
    return number(Decimal(f"{place.numerator * 10**digits // place.denominator}E-{digits}"))


_Stretch = tuple[Fraction | None, bool, Fraction | None, bool]


def _line(field: Field, named: list[Value]) -> list[Piece]:
    scale = _scale(field)
    low, low_in, high, high_in = _limits(field, scale)
    places = sorted({scale.place(value) for value in named})
    stretches: list[_Stretch] = []
    before: Fraction | None = None
    for place in places:
        stretches += [(before, False, place, False), (place, True, place, True)]
        before = place
    stretches.append((before, False, None, False))
    found = []
    for left, left_in, right, right_in in stretches:
        if low is not None and (left is None or left < low or (left == low and not low_in)):
            left, left_in = low, low_in
        if high is not None and (right is None or right > high or (right == high and not high_in)):
            right, right_in = high, high_in
        if scale.step is not None:
            left, left_in, right, right_in = _on_grid(scale.step, left, left_in, right, right_in)
        if (
            left is not None
            and right is not None
            and (left > right or (left == right and not left_in & right_in))
        ):
            continue
        piece = _piece(scale, (left, left_in, right, right_in))
        if piece is not None:
            found.append(piece)
    if found:  # the ends of all that is possible need not be written in a cell
        found[0] = replace(found[0], low=None)
        found[-1] = replace(found[-1], high=None)
    return found


def _limits(field: Field, scale: _Scale) -> _Stretch:
    """The stretch that the field's own schema leaves."""
    plain_field = replace(field, schema={}, type="number" if field.type == "integer" else field.type)

    def limit(key: str) -> Fraction | None:
        if key not in field.schema:
            return None
        value, wrong = check_value(plain_field, field.schema[key], FieldContext())
        return None if wrong else scale.place(value)

    low, above, high, below = map(limit, ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"))
    if field.type == "duration":  # no length of time is less than none
        low = max(low or Fraction(0), Fraction(0))
    left = max((x for x in (low, above) if x is not None), default=None)
    right = min((x for x in (high, below) if x is not None), default=None)
    return left, left != above, right, right != below


def _on_grid(
    step: Fraction, left: Fraction | None, left_in: bool, right: Fraction | None, right_in: bool
) -> _Stretch:
    """The stretch from its first to its last possible value."""
    if left is not None:
        first = -(-left // step) * step
        left = first + step if first == left and not left_in else first
    if right is not None:
        last = right // step * step
        right = last - step if last == right and not right_in else last
    return left, left is not None, right, right is not None


def _piece(scale: _Scale, stretch: _Stretch) -> Piece | None:
    left, left_in, right, right_in = stretch
    step = scale.step or Fraction(1)
    if left is None:
        place = Fraction(0) if right is None else right if right_in else (right // step - 1) * step
    elif left_in:
        place = left
    elif right is None:
        place = (left // step + 1) * step
    else:
        place = right if right_in else (left + right) / 2
    try:
        sample = scale.value(place)
        ends = [None if end is None else scale.value(end) for end in (left, right)]
    except (OverflowError, ValueError, EvaluationError):
        # beyond the first or last day, or 34 digits: nothing there
        return None
    return Piece(sample, yaml_text(sample), True, ends[0], left_in, ends[1], right_in)

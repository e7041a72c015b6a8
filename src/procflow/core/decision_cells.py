"""One cell of a decision table: how it is written, and when it holds.

A cell is a tuple that the compiled procedure can store: ("any",), ("in", values), ("cmp", op, value),
("range", low, high) with both ends inside, or ("or", cells). It must not know tables.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from msgspec.structs import replace

from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field
from procflow.core.regex import regex
from procflow.core.times import Span
from procflow.core.values import Value, equal, number, order
from procflow.errors import EvaluationError, ProcflowError

Cell = tuple[Any, ...]

#: The cell of an input that a row does not name.
ANY: Cell = ("any",)

#: Types whose values have an order, so that `<` and `1..5` mean something.
ORDERED = frozenset({"integer", "number", "date", "instant", "duration"})

_COMPARISON = regex(r"\s*(<=|>=|!=|==|=|<|>)\s*(.*)", re.DOTALL)
_DECIMAL = regex(r"[+-]?[0-9]+(\.[0-9]+)?")
_HINT = 'write a value, a list, a comparison such as "< 5", or a range such as "1..5"'


class CellError(ProcflowError):
    """A cell that cannot be read; the message says why and the hint what to write."""

    code = "cell"


def parse_cell(field: Field, raw: Any, context: FieldContext | None = None) -> Cell:
    """What a document writes in a cell of the input `field`, as a cell; null means "not set".

    `context` gives the zone and the known people and roles; without it any person or role is taken. Raises
    CellError.
    """
    context = context or FieldContext()
    if field.type in ("array", "object", "file", "evidence"):
        raise CellError(
            f"the input {field.name} is of type {field.type}, which a cell cannot compare",
            "give the table a value that an expression makes of it, such as a yes/no",
        )
    if isinstance(raw, list | tuple):
        return _listed(field, raw, context)
    if isinstance(raw, str):
        found = _COMPARISON.fullmatch(raw)
        if found:
            return _comparison(field, found[1], found[2].strip(), context)
        if ".." in raw and field.type in ORDERED:
            return _range(field, raw, context)
    return "in", (_value(field, raw, context),)


def _listed(field: Field, raw: Any, context: FieldContext) -> Cell:
    if not raw:
        raise CellError(
            f"the list for {field.name} is empty, so the row never holds", "leave the cell out for any"
        )
    if any(isinstance(item, list | tuple) for item in raw):
        raise CellError(f"the list for {field.name} holds a list", _HINT)
    cells = [parse_cell(field, item, context) for item in raw]
    if all(cell[0] == "in" for cell in cells):
        return "in", tuple(value for cell in cells for value in cell[1])
    return "or", tuple(cells)


def _comparison(field: Field, sign: str, text: str, context: FieldContext) -> Cell:
    if not text:
        raise CellError(f"after {sign} a value is missing", _HINT)
    if sign in ("=", "=="):
        return "in", (_value(field, text, context),)
    if sign == "!=":
        return "cmp", sign, None if text == "null" else _value(field, text, context)
    return "cmp", sign, _limit(field, text, context)


def _range(field: Field, text: str, context: FieldContext) -> Cell:
    low_text, _, high_text = text.partition("..")
    if not low_text.strip() or not high_text.strip():
        raise CellError(f"the range {text!r:.60} needs two ends", 'write ">= 5" or "<= 5" for one end')
    low, high = (_limit(field, part.strip(), context) for part in (low_text, high_text))
    if order(low, high) > 0:
        raise CellError(f"the range {text!r:.60} is empty", "write the smaller end first")
    return "range", low, high


def _limit(field: Field, text: str, context: FieldContext) -> Value:
    """The end of a range or the value of a comparison; it may lie outside what the field allows."""
    if field.type not in ORDERED:
        raise CellError(
            f"values of {field.name} ({field.type or 'enum'}) have no order",
            "write the values that hold, in a list",
        )
    kind = "number" if field.type == "integer" else field.type
    value = _value(replace(field, type=kind, schema={}), text, context)
    if isinstance(value, Span) and value.elapsed() is None:
        raise CellError(
            f"{text!r:.60} depends on the calendar, so it is neither more nor less than another duration",
            "compare elapsed times, such as 24 hours",
        )
    return value


def _value(field: Field, raw: Any, context: FieldContext) -> Value:
    if raw is None or (raw == "null" and field.type not in ("string", "plain_text", "")):
        return None
    if isinstance(raw, str) and field.type in ("integer", "number") and _DECIMAL.fullmatch(raw.strip()):
        raw = _number(raw)  # a document writes 1.500 with a decimal point, whatever people mean by it
    value, problems = check_value(field, raw, context)
    if problems:
        raise CellError(problems[0].words("en"), _HINT)
    return value


def _number(text: str) -> Value:
    try:
        return number(text.strip())
    except EvaluationError as wrong:
        raise CellError(wrong.message, _HINT) from None


def holds(cell: Cell, value: Value) -> bool:
    """Whether the cell holds for the value. Null holds in `any` and where null itself is written, nowhere
    else.

    Raises EvaluationError where the value has no order with what stands in the cell.
    """
    match cell:
        case ("any",):
            return True
        case ("in", values):
            return any(item is None if value is None else equal(value, item) for item in values)
        case ("or", cells):
            return any(holds(part, value) for part in cells)
        case ("cmp", sign, constant):
            return value is not None and _compares(sign, value, constant)
        case ("range", low, high):
            return value is not None and order(low, value) <= 0 <= order(high, value)
    raise ValueError(f"{cell!r:.60} is no cell")


def _compares(sign: str, value: Value, constant: Value) -> bool:
    if sign == "!=":
        return not equal(value, constant)
    found = order(value, constant)
    return (
        (found < 0 and sign in ("<", "<="))
        or (found > 0 and sign in (">", ">="))
        or (found == 0 and "=" in sign)
    )


def constants(cell: Cell) -> Iterator[Value]:
    """Every value that is written in the cell."""
    match cell:
        case ("in", values):
            yield from values
        case ("or", cells):
            for part in cells:
                yield from constants(part)
        case ("cmp", _, constant):
            yield constant
        case ("range", low, high):
            yield low
            yield high

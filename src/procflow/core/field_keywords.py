"""The keywords of JSON Schema that narrow a field, checked on values of the language.

Limits of dates, instants and durations may be written as text, as an owner writes them. It must not know how
values are entered; it needs no library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from procflow.core.field_formats import FORMATS, NO_PERSONAL_NUMBER
from procflow.core.field_text import personal_number
from procflow.core.nearest import nearest
from procflow.core.procedure import Field
from procflow.core.times import Span
from procflow.core.values import Value, equal, is_number, order
from procflow.errors import EvaluationError

#: Patterns are matched in linear time; longer texts are refused all the same, for a step's time is bounded.
MAX_PATTERN_TEXT = 10_000

#: The keywords that are known here; any other one in `schema` means nothing to a running case.
KEYWORDS = (
    "const", "enum", "exclusiveMaximum", "exclusiveMinimum", "format", "maxItems", "maxLength", "maximum",
    "minItems", "minLength", "minimum", "multipleOf", "pattern", "uniqueItems",
)  # fmt: skip

Problem = tuple[str, Mapping[str, Any]]
Constant = Callable[[Any, Field], Value]

_BOUNDS: Mapping[str, tuple[str, Callable[[int], bool]]] = {
    "minimum": ("minimum", lambda sign: sign >= 0),
    "maximum": ("maximum", lambda sign: sign <= 0),
    "exclusiveMinimum": ("exclusive_minimum", lambda sign: sign > 0),
    "exclusiveMaximum": ("exclusive_maximum", lambda sign: sign < 0),
}


def keyword_problems(
    schema: Mapping[str, Any], value: Value, constant: Constant, field: Field
) -> list[Problem]:
    """Code and facts of each keyword that `value` breaks; null breaks none.

    `constant` reads a constant of the schema as a value of the field's type. Raises EvaluationError for a
    pattern that is not understood.
    """
    found: list[Problem] = []
    if value is None:
        return found
    if "enum" in schema:
        _allowed(found, "enum", schema["enum"], value, constant, field)
    if "const" in schema:
        _allowed(found, "const", (schema["const"],), value, constant, field)
    if isinstance(value, str):
        _text(found, schema, value)
    elif isinstance(value, list | tuple):
        _list(found, schema, value)
    elif is_number(value) or isinstance(value, date | Span):
        _ordered(found, schema, value, constant, field)
    return found


def _allowed(
    found: list[Problem], code: str, words: Any, value: Value, constant: Constant, field: Field
) -> None:
    if type(value) is str and value in words:
        return  # written as the document writes it, as it mostly is
    allowed = [constant(word, field) for word in words]
    if any(equal(value, word) for word in allowed):
        return
    texts = [word for word in allowed if isinstance(word, str)]
    shown = tuple(
        word for word in allowed if word is not None and not isinstance(word, list | tuple | Mapping)
    )
    near = (nearest(value, texts) or "") if isinstance(value, str) else ""
    found.append((code, {"allowed": shown, "nearest": near}))


def _text(found: list[Problem], schema: Mapping[str, Any], value: str) -> None:
    length = len(value)
    if length < schema.get("minLength", 0):
        found.append(("min_length", {"limit": schema["minLength"], "length": length}))
    if "maxLength" in schema and length > schema["maxLength"]:
        found.append(("max_length", {"limit": schema["maxLength"], "length": length}))
    if "pattern" in schema:
        if length > MAX_PATTERN_TEXT:
            found.append(("pattern_text_too_long", {"limit": MAX_PATTERN_TEXT}))
        elif not _found(schema["pattern"], value):
            found.append(("pattern", {"pattern": schema["pattern"]}))
    form = schema.get("format")
    if form == NO_PERSONAL_NUMBER and (number := personal_number(value)):
        found.append((number, {}))
    elif (
        isinstance(form, str) and form in FORMATS and (length > MAX_PATTERN_TEXT or not FORMATS[form](value))
    ):
        found.append(("format", {"format": form}))


def _found(pattern: str, value: str) -> bool:
    from procflow.core import patterns

    return patterns.pattern(pattern).search(value, lambda cost: None)


def _list(found: list[Problem], schema: Mapping[str, Any], value: Any) -> None:
    length = len(value)
    if length < schema.get("minItems", 0):
        found.append(("min_items", {"limit": schema["minItems"], "length": length}))
    if "maxItems" in schema and length > schema["maxItems"]:
        found.append(("max_items", {"limit": schema["maxItems"], "length": length}))
    if schema.get("uniqueItems") and _has_twins(value):
        found.append(("unique_items", {}))


def _has_twins(items: Any) -> bool:
    return len({_key(item) for item in items}) < len(items)


def _key(value: Value) -> Any:
    """Something hashable that is the same for equal values only: 1 is not true."""
    if isinstance(value, Mapping):
        return "object", frozenset((name, _key(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return "list", tuple(_key(item) for item in value)
    return (type(value).__name__ if not is_number(value) else "number"), value


def _ordered(
    found: list[Problem], schema: Mapping[str, Any], value: Value, constant: Constant, field: Field
) -> None:
    for keyword, (code, holds) in _BOUNDS.items():
        if keyword in schema:
            limit = constant(schema[keyword], field)
            try:
                kept = holds(order(value, limit))
            except EvaluationError:  # a duration that depends on the calendar is neither more nor less
                kept = False
            if not kept:
                found.append((code, {"limit": limit}))
    if "multipleOf" in schema and is_number(value):
        from fractions import Fraction

        step = constant(schema["multipleOf"], field)
        if Fraction(value) % Fraction(step) != 0:
            found.append(("multiple_of", {"limit": step}))

"""The keywords of JSON Schema that narrow a field, checked on values of the language.

Limits of dates, instants and durations may be written as text, as an owner writes them. It must not know how
values are entered; it needs no library.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from operator import gt, lt
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

Problem = tuple[str, Mapping[str, Any]]
Constant = Callable[[Any, Field], Value]

#: One keyword, ready to be asked: code and facts of what is wrong with a value that is not null, or None. The
#: constant reads what stands in the schema as a value of the field's type.
Check = Callable[[Value, Constant, Field], Problem | None]


def keyword_checks(field: Field) -> tuple[Check, ...]:
    """A check for each keyword that the field has, in the order in which problems are told; made once and kept with
    the field. One raises EvaluationError for a pattern that is not understood."""
    kept: tuple[Check, ...] | None = field.__dict__.get("keyword_checks")
    if kept is not None:
        return kept
    schema = field.schema
    made: list[Check] = []
    for keyword, make in _CHECKS.items():
        if keyword in schema:
            check = make(schema[keyword])
            if check is not None:
                made.append(check)
    kept = field.__dict__["keyword_checks"] = tuple(made)
    return kept


def _allowed(code: str, words: Any) -> Check:
    def check(value: Value, constant: Constant, field: Field) -> Problem | None:
        if type(value) is str and value in words:
            return None  # written as the document writes it, as it mostly is
        allowed = [constant(word, field) for word in words]
        if any(equal(value, word) for word in allowed):
            return None
        texts = [word for word in allowed if isinstance(word, str)]
        shown = tuple(
            word for word in allowed if word is not None and not isinstance(word, list | tuple | Mapping)
        )
        near = (_labelled(value, field) or nearest(value, texts) or "") if isinstance(value, str) else ""
        return code, {"allowed": shown, "nearest": near}

    return check


def _labelled(value: str, field: Field) -> str:
    """The word whose label was entered, in any language; "" where none was."""
    said = value.strip().casefold()
    for word, text in field.labels.items():
        if any(len(t.parts) == 1 and str(t.parts[0]).casefold() == said for _, t in text.by if t.is_static):
            return word
    return ""


def _length(code: str, kinds: Any, is_wrong: Callable[[int, int], bool]) -> Callable[[int], Check]:
    """The least or the most characters of a text, or items of a list."""

    def make(limit: int) -> Check:
        def check(value: Value, constant: Constant, field: Field) -> Problem | None:
            if isinstance(value, kinds) and is_wrong(len(value), limit):
                return code, {"limit": limit, "length": len(value)}
            return None

        return check

    return make


def _pattern(pattern: str) -> Check:
    def check(value: Value, constant: Constant, field: Field) -> Problem | None:
        if not isinstance(value, str):
            return None
        if len(value) > MAX_PATTERN_TEXT:
            return "pattern_text_too_long", {"limit": MAX_PATTERN_TEXT}
        return None if _found(pattern, value) else ("pattern", {"pattern": pattern})

    return check


def _found(pattern: str, value: str) -> bool:
    from procflow.core import patterns

    return patterns.pattern(pattern).search(value, lambda cost: None)


def _format(form: Any) -> Check | None:
    if form == NO_PERSONAL_NUMBER:
        return _no_personal_number
    if not isinstance(form, str) or form not in FORMATS:
        return None
    has_form = FORMATS[form]

    def check(value: Value, constant: Constant, field: Field) -> Problem | None:
        if isinstance(value, str) and (len(value) > MAX_PATTERN_TEXT or not has_form(value)):
            return "format", {"format": form}
        return None

    return check


def _no_personal_number(value: Value, constant: Constant, field: Field) -> Problem | None:
    number = personal_number(value) if isinstance(value, str) else ""
    return (number, {}) if number else None


def _unique(wanted: Any) -> Check | None:
    def check(value: Value, constant: Constant, field: Field) -> Problem | None:
        return ("unique_items", {}) if isinstance(value, list | tuple) and _has_twins(value) else None

    return check if wanted else None


def _has_twins(items: Any) -> bool:
    return len({_key(item) for item in items}) < len(items)


def _key(value: Value) -> Any:
    """Something hashable that is the same for equal values only: 1 is not true."""
    if isinstance(value, Mapping):
        return "object", frozenset((name, _key(item)) for name, item in value.items())
    if isinstance(value, list | tuple):
        return "list", tuple(_key(item) for item in value)
    return (type(value).__name__ if not is_number(value) else "number"), value


def _bound(code: str, holds: Callable[[int], bool]) -> Callable[[Any], Check]:
    def make(written: Any) -> Check:
        def check(value: Value, constant: Constant, field: Field) -> Problem | None:
            if isinstance(value, str) or not (is_number(value) or isinstance(value, date | Span)):
                return None
            limit = constant(written, field)
            try:
                kept = holds(order(value, limit))
            except EvaluationError:  # a duration that depends on the calendar is neither more nor less
                kept = False
            return None if kept else (code, {"limit": limit})

        return check

    return make


def _multiple(written: Any) -> Check:
    def check(value: Value, constant: Constant, field: Field) -> Problem | None:
        if not is_number(value):
            return None
        from fractions import Fraction

        step = constant(written, field)
        return ("multiple_of", {"limit": step}) if Fraction(value) % Fraction(step) != 0 else None

    return check


#: keyword -> what makes its check, in the order in which problems are told.
_CHECKS: Mapping[str, Callable[[Any], Check | None]] = {
    "enum": lambda words: _allowed("enum", words),
    "const": lambda word: _allowed("const", (word,)),
    "minLength": _length("min_length", str, lt),
    "maxLength": _length("max_length", str, gt),
    "pattern": _pattern,
    "format": _format,
    "minItems": _length("min_items", (list, tuple), lt),
    "maxItems": _length("max_items", (list, tuple), gt),
    "uniqueItems": _unique,
    "minimum": _bound("minimum", lambda sign: sign >= 0),
    "maximum": _bound("maximum", lambda sign: sign <= 0),
    "exclusiveMinimum": _bound("exclusive_minimum", lambda sign: sign > 0),
    "exclusiveMaximum": _bound("exclusive_maximum", lambda sign: sign < 0),
    "multipleOf": _multiple,
}

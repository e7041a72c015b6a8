"""Templates and specs filled with a step's values; texts in the reader's language and zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from procflow.core.expressions import Expression, Name, Template, calls, evaluate, fill, fill_text, joined
from procflow.core.procedure import Field, Text
from procflow.core.scope import StepScope
from procflow.core.times import Span, parse_time
from procflow.core.values import Person, Value, plain
from procflow.core.words import (
    date_in_words,
    instant_in_words,
    list_in_words,
    number_in_words,
    span_in_words,
)
from procflow.errors import CalendarError, ProcflowError

_YES_NO = {"da": ("ja", "nej"), "en": ("yes", "no"), "nb": ("ja", "nei"), "nl": ("ja", "nee")}


def value_in_words(value: Value, scope: StepScope, language: str) -> str:
    """A value inside a text: an instant in words, a person by name, a list with commas, unset as nothing."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return str(value)
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        yes, no = _YES_NO.get(language, _YES_NO["en"])
        return yes if value else no
    if isinstance(value, int | Decimal):
        return number_in_words(value, language)
    if isinstance(value, datetime):
        return instant_in_words(value, scope.zone, language)
    if isinstance(value, date):
        return date_in_words(value, language)
    if isinstance(value, Span):
        return span_in_words(value, language)
    if isinstance(value, Person):
        return str(value.get("name") or value["id"])
    if isinstance(value, Mapping):
        if "role" in value:
            return scope.surroundings.organisation.role_name(str(value["role"]), language)
        for key in ("name", language, "en"):
            if value.get(key):
                return str(value[key])
        return ", ".join(f"{key}: {value_in_words(item, scope, language)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return list_in_words([value_in_words(item, scope, language) for item in value], language)
    return str(value)


def word_in(field: Field, value: Value, scope: StepScope, language: str) -> str:
    """The value of a field as people read it: a word of an enum by its label, where it has one; an amount of money with
    all its decimals."""
    one = field.items or field
    if not one.labels and not one.places:
        return value_in_words(value, scope, language)
    if isinstance(value, list | tuple):
        return list_in_words([_one_in(one, item, scope, language) for item in value], language)
    return _one_in(one, value, scope, language)


def _one_in(field: Field, value: Value, scope: StepScope, language: str) -> str:
    if isinstance(value, Decimal) and field.places:
        return number_in_words(value, language, field.places)
    text = field.labels.get(str(plain(value))) if value is not None and field.labels else None
    return text_in(text, scope, language) or value_in_words(value, scope, language)


def labels_of(field: Field, scope: StepScope, language: str) -> dict[str, str]:
    """word of the enum (also of a list's items) -> what people see instead of it."""
    labels = (field.items or field).labels
    return {word: said for word, text in labels.items() if (said := text_in(text, scope, language))}


def fill_template(template: Template, scope: StepScope, language: str) -> Value:
    single = template.single
    if single is not None:
        return evaluate(single, scope)
    return fill_text(template, scope, value_in_words, scope, language)


def fill_time(spec: Any, scope: StepScope) -> Any:
    """A spec of a time, filled with values as the language of time writes them, and read; None while unset."""
    if type(spec) is Span:
        return spec
    if isinstance(spec, Template):
        if spec.single is None and any(
            _waits(part, scope) for part in spec.parts if isinstance(part, Expression)
        ):
            return None
        spec = fill(spec, scope, plain)
    return _time_of(spec)


def _waits(part: Expression, scope: StepScope) -> bool:
    """Whether a part of a time has no value yet. A row that is gone from a table is no waiting: it is told."""
    if any(name == "table" for name, _, _ in calls(part.node)):
        return False
    return evaluate(part, scope) is None


def _time_of(value: Value) -> Any:
    """A filled time spec as a time of the language; None while it has no value."""
    if value is None or value == "":
        return None
    try:
        if type(value) is str:
            return parse_time(value)
        if isinstance(value, Span):
            return value
        if isinstance(value, date):
            return parse_time(value.isoformat())
        return parse_time(str(value))
    except (ValueError, CalendarError) as problem:
        raise CalendarError("what should be a time is none", "write it like 4 working days") from problem


def text_in(text: Text | None, scope: StepScope, language: str) -> str:
    """Words for people in `language`; "" where there are none.

    A part that cannot be worked out says so in its place: the step that leads there is taken, and whoever works at the case
    must see the rest of it all the same.
    """
    template = _template_of(text, scope, language)
    if template is None:
        return ""
    try:
        return _filled(template, scope, language)
    except ProcflowError:
        return "".join(_part_in(part, scope, language) for part in template.parts)


def _template_of(text: Text | None, scope: StepScope, language: str) -> Template | None:
    return text.template(language, scope.surroundings.organisation.language) if text is not None else None


def _filled(template: Template, scope: StepScope, language: str) -> str:
    """In words for people a word of an enum stands by its label, and money with its decimals."""
    if any(_worded_field(part, scope) is not None for part in template.parts):
        return joined(_in_words(part, scope, language) for part in template.parts)
    return value_in_words(fill_template(template, scope, language), scope, language)


def _worded_field(part: str | Expression, scope: StepScope) -> Field | None:
    """The field that a part of a text names, where its values stand in words of their own."""
    if isinstance(part, Expression) and type(part.node) is Name and part.node.name not in scope.locals:
        field = scope.procedure.fields.get(part.node.name)
        one = (field.items or field) if field is not None else None
        return field if one is not None and (one.labels or one.places) else None
    return None


def _in_words(part: str | Expression, scope: StepScope, language: str) -> str:
    if isinstance(part, str):
        return part
    field, value = _worded_field(part, scope), evaluate(part, scope)
    return value_in_words(value, scope, language) if field is None else word_in(field, value, scope, language)


def _part_in(part: str | Expression, scope: StepScope, language: str) -> str:
    try:
        return _in_words(part, scope, language)
    except ProcflowError as why:
        return f"[{why.message}]"


def fill_spec(spec: Any, scope: StepScope, language: str) -> Value:
    """A value as a document writes it, with its templates filled; an unset file in a list is left out."""
    kind = type(spec)
    if kind is Template:
        return fill_template(spec, scope, language)
    if kind is Text:
        template = _template_of(spec, scope, language)
        return _filled(template, scope, language) if template is not None else ""
    if kind is dict or isinstance(spec, Mapping):
        filled_in: dict[str, Value] = {}
        for key, item in spec.items():
            kind = type(item)
            if kind is str:
                filled_in[key] = item
            elif kind is Template:
                filled_in[key] = fill_template(item, scope, language)
            else:
                filled_in[key] = fill_spec(item, scope, language)
        return filled_in
    if isinstance(spec, (tuple, list)):
        filled = [(item, fill_spec(item, scope, language)) for item in spec]
        return tuple(value for item, value in filled if value is not None or not isinstance(item, Template))
    return spec

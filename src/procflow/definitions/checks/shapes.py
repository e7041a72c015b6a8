"""The types of the checker for what documents declare: fields, parameters, JSON Schema, plugins' functions.

Declarations in, types out. It must not know where a declaration is used.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from procflow.core.decision_cells import holds
from procflow.core.procedure import Decision, Field
from procflow.core.tables import Table
from procflow.core.times import Span
from procflow.core.values import is_number
from procflow.definitions.functions import Signature
from procflow.definitions.types import (
    ANY,
    BOOL,
    DATE,
    DURATION,
    EVIDENCE,
    FILE,
    INSTANT,
    NUMBER,
    PERSON,
    ROLE,
    TEXT,
    Enum,
    ListOf,
    MapOf,
    Record,
    Type,
    Typed,
    is_person,
    is_text,
    join,
)

_TEXTS = frozenset({"string", "plain_text", "email", "phone"})
_TYPES: Mapping[str, Type] = {
    "integer": NUMBER,
    "number": NUMBER,
    "boolean": BOOL,
    "tick": BOOL,
    "date": DATE,
    "instant": INSTANT,
    "duration": DURATION,
    "person": PERSON,
    "role": ROLE,
    "file": FILE,
    "evidence": EVIDENCE,
}

#: Types of fields that are never null: an unset list is empty, unset evidence is not accepted.
NEVER_UNSET = frozenset({"array", "evidence"})
#: Types whose values are personal by their nature, so that a field of one needs no mark.
SEALED = frozenset({"evidence", "file"})


def type_of(field: Field) -> Type:
    """What a value of the field is, when it is set."""
    kind = field.type
    if kind in _TEXTS:
        words = _words(field.schema)
        return Enum(words) if words else TEXT
    if kind == "array":
        return ListOf(type_of(field.items) if field.items is not None else ANY)
    if kind == "object":
        if not field.properties or field.schema.get("additionalProperties") is True:
            return MapOf(ANY)
        parts = {
            part.name: Typed(
                type_of(part), part.type != "array" and part.name not in field.required, part.pii
            )
            for part in field.properties
        }
        return Record(field.name, parts)
    return _TYPES.get(kind, ANY)


def _words(schema: Mapping[str, Any]) -> tuple[str, ...]:
    """The words of an enum of texts; none where anything else may stand."""
    listed: Sequence[Any] = schema["enum"] if "enum" in schema else [schema.get("const")]
    words = [word for word in listed if word is not None]
    return tuple(words) if words and all(isinstance(word, str) for word in words) else ()


def typed_of(field: Field, *, unset: bool = True) -> Typed:
    """The field as a name: its type, whether it may be unset, whether it is personal."""
    return Typed(type_of(field), unset and field.type not in NEVER_UNSET, field.pii)


def type_of_value(value: Any) -> Typed:
    """The type of a parameter's value."""
    if value is None:
        return Typed(ANY, unset=True)
    if isinstance(value, bool):
        return Typed(BOOL)
    if is_number(value):
        return Typed(NUMBER)
    if isinstance(value, str):
        return Typed(TEXT)
    if isinstance(value, Span):
        return Typed(DURATION)
    if isinstance(value, datetime):
        return Typed(INSTANT)
    return Typed(DATE) if isinstance(value, date) else Typed(ANY)


def row_of(table: Table) -> Record:
    """A row of a table: every column but the key may be left out."""
    fields = {
        column.name: Typed(type_of(column), unset=column.name != table.key_column) for column in table.columns
    }
    return Record(f"a row of {table.name}", fields)


def gives_of(decision: Decision) -> Type:
    """What `decide` answers: the keys of `gives`, each with the words or values that some row gives."""
    names = list(dict.fromkeys(name for row in decision.rows for name in row.gives))
    fields: dict[str, Type | Typed] = {}
    for name in names:
        given = [_constant(row.gives.get(name)) for row in decision.rows]
        whole = given[0]
        for other in given[1:]:
            whole = join(whole, other)
        fields[name] = whole
    record = Record(f"the answer of {decision.name}", fields)
    return ListOf(record) if decision.hit == "collect" else record


def _constant(value: Any) -> Typed:
    if isinstance(value, str):
        return Typed(Enum((value,)))
    if isinstance(value, list | tuple):
        kinds = [_constant(item) for item in value]
        whole = kinds[0] if kinds else Typed(ANY)
        for other in kinds[1:]:
            whole = join(whole, other)
        return Typed(ListOf(whole.type))
    if isinstance(value, Mapping):
        return Typed(Record("an object", {str(key): _constant(item) for key, item in value.items()}))
    return type_of_value(value)


def inputs_of(decision: Decision) -> Record:
    """What `decide` must be given; an input may be unset where some row holds without it, or none need hold."""

    def may_be_unset(name: str) -> bool:
        cells = [dict(row.cells).get(name) for row in decision.rows]
        return decision.hit == "collect" or any(cell is None or holds(cell, None) for cell in cells)

    fields = {item.name: typed_of(item).but(unset=may_be_unset(item.name)) for item in decision.inputs}
    return Record(f"the inputs of {decision.name}", fields)


# JSON Schema


def type_of_schema(schema: Any) -> Type:
    """The type of a value that follows a JSON Schema; ANY where it says nothing simple."""
    if not isinstance(schema, Mapping) or not isinstance(schema.get("type"), str):
        return ANY
    match schema["type"]:
        case "string":
            words = _words(schema)
            return Enum(words) if words else TEXT
        case "integer" | "number":
            return NUMBER
        case "boolean":
            return BOOL
        case "array":
            return ListOf(type_of_schema(schema.get("items")))
        case "object" if schema.get("properties") and schema.get("additionalProperties", False) is False:
            required = schema.get("required", ())
            fields = {
                str(name): Typed(type_of_schema(item), unset=name not in required)
                for name, item in schema["properties"].items()
            }
            return Record("an object", fields)
        case "object":
            return MapOf(ANY)
    return ANY


_JSON_NAMES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "a yes/no",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def suits(schema: Any, given: Type) -> bool:
    """Whether a value of this type may be what the JSON Schema asks for; yes where that cannot be known."""
    if not isinstance(schema, Mapping) or any(
        key in schema for key in ("$ref", "$dynamicRef", "allOf", "if", "not")
    ):
        return True
    for key in ("anyOf", "oneOf"):
        if key in schema and not any(suits(option, given) for option in schema[key]):
            return False
    kinds = _kinds(schema)
    becomes = _json_kind(given)
    if not kinds or becomes is None:
        return True
    if becomes == "number":
        return "number" in kinds or "integer" in kinds
    if becomes == "array" and isinstance(given, ListOf):
        return "array" in kinds and suits(schema.get("items"), given.of)
    if becomes not in kinds:
        return False
    return (
        not isinstance(given, Enum) or not (words := _words(schema)) or not set(words).isdisjoint(given.words)
    )


def _kinds(schema: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = schema.get("type")
    return (kinds,) if isinstance(kinds, str) else tuple(kinds or ())


def _json_kind(given: Type) -> str | None:
    """What a value of this type is in JSON; people, roles, dates and durations become texts."""
    if is_text(given) or is_person(given) or given in (DATE, INSTANT, DURATION):
        return "string"
    if given == NUMBER:
        return "number"
    if given == BOOL:
        return "boolean"
    if isinstance(given, ListOf):
        return "array"
    return "object" if isinstance(given, MapOf | Record) else None


def wanted(schema: Mapping[str, Any]) -> str:
    """What the JSON Schema asks for, in words."""
    kinds = [_JSON_NAMES[kind] for kind in _kinds(schema) if kind in _JSON_NAMES]
    for key in ("anyOf", "oneOf"):
        kinds += [wanted(option) for option in schema.get(key, ()) if isinstance(option, Mapping)]
    return " or ".join(dict.fromkeys(kind for kind in kinds if kind)) or "something else"


# functions of plugins

_ANNOTATED: Mapping[Any, Type] = {
    str: TEXT,
    int: NUMBER,
    float: NUMBER,
    Decimal: NUMBER,
    bool: BOOL,
    date: DATE,
    datetime: INSTANT,
    timedelta: DURATION,
    Span: DURATION,
    list: ListOf(ANY),
    tuple: ListOf(ANY),
    dict: MapOf(ANY),
}


def signature_of(function: Callable[..., Any]) -> Signature:
    """What a plugin's function takes and gives, by its annotations; what they do not say may be anything."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
        hints = typing.get_type_hints(function)
    except (TypeError, ValueError, NameError):
        return Signature((ANY,) * 16, ANY, optional=16, flows=True)
    taken: list[Type] = []
    optional = 0
    for item in parameters:
        if item.kind is item.VAR_POSITIONAL:
            taken += [_annotated(hints.get(item.name)).type] * 16
            optional += 16
        elif item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD):
            taken.append(_annotated(hints.get(item.name)).type)
            optional += item.default is not item.empty
    return Signature(tuple(taken), _annotated(hints.get("return")), optional=optional, flows=True)


def _annotated(hint: Any) -> Typed:
    """`X | None` may be unset."""
    options = typing.get_args(hint)
    if type(None) in options:
        rest = [option for option in options if option is not type(None)]
        inner = _annotated(rest[0]) if len(rest) == 1 else Typed(ANY)
        return inner.but(unset=True)
    origin = typing.get_origin(hint)
    if origin in (list, tuple) or origin is Sequence:
        return Typed(ListOf(_annotated(options[0]).type if options else ANY))
    if origin in (dict, Mapping) or hint is Mapping:
        return Typed(MapOf(ANY))
    return Typed(_ANNOTATED.get(hint, ANY))

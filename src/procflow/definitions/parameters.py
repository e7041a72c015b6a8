"""Parameters and results of channel operations against the JSON Schema that the channel gives, in words.

jsonschema is asked about what is wrong, or not plain. It must not know procedures.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from typing import Any

from procflow.definitions.schema_forms import is_surely_a_schema
from procflow.definitions.valid import Fits, Unknown, fits

_TYPES = {
    "array": "a list",
    "boolean": "yes or no",
    "integer": "a whole number",
    "null": "empty",
    "number": "a number",
    "object": "named values",
    "string": "text",
}


def schema_problem(schema: Any) -> str:
    """What is wrong with an operation's schema itself; "" when it is JSON Schema for named parameters."""
    if not isinstance(schema, Mapping):
        return f"is {type(schema).__name__}, not a JSON Schema"
    try:
        return _schema_problem(json.dumps(schema))
    except (TypeError, ValueError) as why:
        return f"is not JSON: {why}"


@lru_cache(maxsize=1024)
def _schema_problem(schema: str) -> str:
    """Of a schema as JSON. The same plugins are looked at by each app of a process, and it takes milliseconds each time."""
    plain = json.loads(schema)
    if not is_surely_a_schema(plain):
        from procflow.definitions.json_schema import json_schema

        library = json_schema()
        try:
            library.Draft202012Validator.check_schema(plain)
        except library.exceptions.SchemaError as why:
            place = "/".join(str(part) for part in why.absolute_path)
            return f"is not JSON Schema: {why.message}" + (f" (at {place})" if place else "")
    if plain.get("type") != "object":
        return "must be of type object, because parameters have names"
    return ""


def problems(schema: Mapping[str, Any], value: Any) -> list[str]:
    """Everything that is wrong with `value`, one sentence each; empty when it fits."""
    return judge(schema)(value)


def judge(schema: Mapping[str, Any]) -> Callable[[Any], list[str]]:
    """`problems` of one schema, for many values."""
    text = json.dumps(schema, sort_keys=True)
    fits = _fits(text)

    def found(value: Any) -> list[str]:
        plain = _plain(value)
        with suppress(Unknown):
            if fits is not None and fits(plain):
                return []
        errors = _validator(text).iter_errors(plain)
        in_order = sorted(errors, key=lambda error: [str(part) for part in error.absolute_path])
        return [f"{_place(error.absolute_path)}{_words(error)}" for error in in_order]

    return found


@lru_cache(maxsize=256)
def _fits(schema: str) -> Fits | None:
    """What says quickly that a value is good, where that is sure: of formats jsonschema has its own idea."""
    with suppress(Unknown):
        return None if '"format"' in schema else fits(json.loads(schema))
    return None


@lru_cache(maxsize=256)
def _validator(schema: str) -> Any:
    from procflow.definitions.json_schema import json_schema

    draft = json_schema().Draft202012Validator
    return draft(json.loads(schema), format_checker=draft.FORMAT_CHECKER)


def _plain(value: Any) -> Any:
    """Lists and numbers as JSON has them."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value


def _place(path: Any) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f"{'.' if text else ''}{part}"
    return f"{text}: " if text else ""


def _words(error: Any) -> str:
    wanted, keyword, value = error.validator_value, str(error.validator), error.instance
    if keyword == "required":
        missing = next((name for name in wanted if name not in value), "")
        for name in wanted:
            if f"'{name}'" in error.message:
                missing = name
        return f"`{missing}` is missing"
    if keyword == "additionalProperties" and isinstance(value, Mapping):
        known = error.schema.get("properties", {})
        unknown = ", ".join(f"`{name}`" for name in value if name not in known)
        return f"{unknown} is not known here (known: {', '.join(sorted(known))})"
    if keyword == "type":
        kinds = [wanted] if isinstance(wanted, str) else wanted
        return f"must be {' or '.join(_TYPES.get(kind, kind) for kind in kinds)}, not {_kind(value)}"
    if keyword == "enum":
        return f"must be one of {', '.join(str(word) for word in wanted)}"
    if keyword in ("minLength", "minItems", "minProperties"):
        return "is empty" if not value else f"is too short: at least {wanted}"
    if keyword in ("maxLength", "maxItems", "maxProperties"):
        return f"is too long: at most {wanted}"
    if keyword in ("anyOf", "oneOf"):
        inner = sorted({_words(each) for each in error.context or ()})
        return " or ".join(inner) if inner else "fits none of the forms that are allowed"
    if keyword == "pattern":
        return f"is not written as it must be ({wanted})"
    return str(error.message)[:300]


def _kind(value: Any) -> str:
    for test, word in (
        (value is None, "empty"),
        (isinstance(value, bool), "yes or no"),
        (isinstance(value, int | float), "a number"),
        (isinstance(value, str), "text"),
        (isinstance(value, list), "a list"),
    ):
        if test:
            return word
    return "named values"

"""Whether a JSON Schema is one, by the forms of its keywords: yes, or nothing.

Nearly every schema is good, and jsonschema takes longer to load than all the rest of a start; so it is asked
(`parameters`) only about what this module does not vouch for. It must not know what a schema is of.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from procflow.definitions.valid import TYPES


def is_surely_a_schema(schema: Any) -> bool:
    """Whether it is JSON Schema 2020-12 for certain; a no says nothing."""
    if isinstance(schema, bool):
        return True
    if not isinstance(schema, Mapping):
        return False
    return all(
        _FORMS[keyword](given) if keyword in _FORMS else keyword.startswith("x-")
        for keyword, given in schema.items()
    )


def _is_text(given: Any) -> bool:
    return isinstance(given, str)


def _is_type(given: Any) -> bool:
    names = [given] if _is_text(given) else given
    return _are_words(names) and bool(names) and TYPES.keys() >= set(names)


def _is_yes_or_no(given: Any) -> bool:
    return isinstance(given, bool)


def _is_size(given: Any) -> bool:
    return type(given) is int and given >= 0


def _is_number(given: Any) -> bool:
    return type(given) in (int, float)


def _is_pattern(given: Any) -> bool:
    if not _is_text(given):
        return False
    try:
        re.compile(given)
    except re.error:
        return False
    return True


def _are_words(given: Any) -> bool:
    return isinstance(given, list) and all(map(_is_text, given)) and len(set(given)) == len(given)


def _are_named(given: Any) -> bool:
    return isinstance(given, Mapping) and all(map(is_surely_a_schema, given.values()))


def _are_schemas(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(map(is_surely_a_schema, given))


_FORMS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("title", "description", "$comment", "format"), _is_text),
    **dict.fromkeys(("enum", "examples"), lambda given: isinstance(given, list)),
    **dict.fromkeys(("const", "default"), lambda given: True),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _is_yes_or_no),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_size
    ),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("properties", "$defs"), _are_named),
    **dict.fromkeys(
        ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"), is_surely_a_schema
    ),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), _are_schemas),
    "type": _is_type,
    "pattern": _is_pattern,
    "required": _are_words,
}

"""What is vouched for without jsonschema is what jsonschema lets pass."""

from __future__ import annotations

import json
from typing import Any

import pytest

from procflow.definitions.json_schema import json_schema
from procflow.definitions.schema_forms import _FORMS, is_surely_a_schema
from procflow.plugins import load_plugins

_GOOD: dict[str, Any] = {
    "title": "T", "description": "D", "$comment": "C", "format": "date", "enum": [1, "a", None], "examples": [1],
    "const": {"a": 1}, "default": None, "uniqueItems": True, "deprecated": False, "readOnly": True, "writeOnly": False,
    "minLength": 0, "maxLength": 3, "minItems": 1, "maxItems": 2, "minProperties": 0, "maxProperties": 9,
    "minimum": -1.5, "maximum": 2, "exclusiveMinimum": 0, "exclusiveMaximum": 7, "type": ["string", "null"],
    "pattern": "^a+$", "required": ["a", "b"], "properties": {"a": {"type": "string"}, "b": True}, "$defs": {"d": False},
    "items": {"type": "integer"}, "additionalProperties": False, "propertyNames": {"maxLength": 5}, "not": {"const": 1},
    "if": {"type": "object"}, "then": {"required": ["a"]}, "else": True, "allOf": [True], "anyOf": [{"type": "null"}],
    "oneOf": [{"enum": []}, False],
}  # fmt: skip
#: Of every kind that JSON has, and such as fit one keyword and no other.
_ANYTHING: tuple[Any, ...] = (
    None, True, -1, 0, 2, 1.5, "", "string", "nothing", "(", [], ["a"], ["a", "a"], ["string"], ["string", "string"],
    ["nothing"], [1], [None], [{}], [{"type": "nothing"}], [True], {}, {"a": {}}, {"a": 1}, {"a": {"minLength": -1}},
    {"type": 1}, {"type": "string"}, {"required": "a"}, {"$ref": "#/x"}, {"x-own": 1}, {"unheard": 1},
)  # fmt: skip


def _is_one(schema: Any) -> bool:
    try:
        json_schema().Draft202012Validator.check_schema(schema)
    except json_schema().exceptions.SchemaError:
        return False
    return True


def test_every_keyword_that_is_known_may_be_written() -> None:
    assert _GOOD.keys() == _FORMS.keys()
    for keyword, given in _GOOD.items():
        assert is_surely_a_schema({keyword: given}), keyword
    assert is_surely_a_schema({"x-own": object(), "type": "object"})


@pytest.mark.parametrize("keyword", [*_FORMS, "x-own", "unheard", "$ref"])
def test_what_is_vouched_for_is_a_schema(keyword: str) -> None:
    for given in _ANYTHING:
        if is_surely_a_schema({keyword: given}):
            assert _is_one({keyword: given}), (keyword, given)


def test_what_is_no_schema_is_not_vouched_for() -> None:
    for schema in (
        None,
        1,
        "string",
        [],
        {"unheard": 1},
        {"properties": {"a": {"items": {"type": "nothing"}}}},
    ):
        assert not is_surely_a_schema(schema)


def test_the_operations_that_are_shipped_are_vouched_for() -> None:
    for name, schema in load_plugins().operations().items():
        assert is_surely_a_schema(json.loads(json.dumps(schema, default=dict))), name

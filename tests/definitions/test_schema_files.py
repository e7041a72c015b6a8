"""The JSON Schemas themselves: valid, whole, helpful in an editor, and made so that an error names its fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procflow.definitions.json_schema import json_schema
from procflow.definitions.schema import BASE, KINDS, schema_of

FOLDER = Path(__file__).resolve().parents[2] / "schemas"

#: Keywords of JSON Schema that the schemas use, and our own beside them.
SUBSCHEMAS = {"if", "then", "else", "not", "items", "propertyNames", "additionalProperties"}
BY_NAME = {"properties", "patternProperties", "dependentSchemas", "$defs"}
LISTS = {"allOf"}
OTHERS = {
    "$schema", "$id", "$ref", "title", "description", "type", "enum", "const", "pattern", "format", "required",
    "minLength", "minimum", "exclusiveMinimum", "minItems", "uniqueItems", "minProperties", "maxProperties",
}  # fmt: skip
OWN = {"x-fault", "x-code", "x-at", "x-form"}


def walk(schema: Any, path: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every place where a validator would look for a schema."""
    if not isinstance(schema, dict):
        return
    yield path, schema
    for key, item in schema.items():
        if key in SUBSCHEMAS:
            yield from walk(item, f"{path}/{key}")
        elif key in BY_NAME:
            for name, inner in item.items():
                yield from walk(inner, f"{path}/{key}/{name}")
        elif key in LISTS:
            for i, inner in enumerate(item):
                yield from walk(inner, f"{path}/{key}/{i}")


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_valid_and_has_its_fixed_address(kind: str) -> None:
    schema = json.loads((FOLDER / f"{kind}.schema.json").read_text(encoding="utf-8"))
    json_schema().Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"{BASE}{kind}.schema.json"
    assert next(iter(schema["properties"])) == kind
    assert schema["title"] and schema["description"]
    assert schema == schema_of(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_uses_only_keywords_that_are_known_to_validators(kind: str) -> None:
    used = {key for _, schema in walk(schema_of(kind)) for key in schema}
    assert used <= SUBSCHEMAS | BY_NAME | LISTS | OTHERS | OWN
    known = {str(keyword) for keyword in json_schema().Draft202012Validator.VALIDATORS}
    assert used - known - OWN <= {"$schema", "$id", "$defs", "title", "description", "then", "else"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_description(kind: str) -> None:
    root = schema_of(kind)

    def described(schema: dict[str, Any]) -> bool:
        if schema.get("description"):
            return True
        return "$ref" in schema and described(root["$defs"][schema["$ref"].rpartition("/")[2]])

    bare = [
        f"{path}/{name}"
        for path, schema in walk(root)
        for name, item in schema.get("properties", {}).items()
        if not (item == {"const": True} or described(item))
    ]
    assert bare == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_schema_can_answer_that_nothing_fits(kind: str) -> None:
    assert [path for path, schema in walk(schema_of(kind)) if {"oneOf", "anyOf"} & set(schema)] == []
    bare = [
        path for path, schema in walk(schema_of(kind)) if "not" in schema and not {"x-fault"} & set(schema)
    ]
    assert [path for path in bare if not path.endswith("/if")] == []
    assert [path for path, schema in walk(schema_of(kind)) if schema.get("then") is False] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_definition_is_reached_and_every_reference_leads_somewhere(kind: str) -> None:
    root = schema_of(kind)
    reached: set[str] = set()
    waiting = [{key: item for key, item in root.items() if key != "$defs"}]
    while waiting:
        for _, schema in walk(waiting.pop()):
            name = schema.get("$ref", "").rpartition("/")[2]
            if name and name not in reached:
                reached.add(name)
                waiting.append(root["$defs"][name])
    assert reached == set(root["$defs"])


def test_a_definition_with_the_same_name_is_the_same_in_every_schema() -> None:
    seen: dict[str, Any] = {}
    for kind in KINDS:
        for name, schema in schema_of(kind)["$defs"].items():
            assert seen.setdefault(name, schema) == schema, (kind, name)


def test_a_mapping_with_named_keys_refuses_others_and_has_a_name() -> None:
    for kind in KINDS:
        for path, schema in walk(schema_of(kind)):
            if "properties" in schema and not path.endswith("/if"):
                assert "additionalProperties" in schema, (kind, path)
                assert schema.get("title"), (kind, path)

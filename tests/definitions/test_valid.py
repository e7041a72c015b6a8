"""What says quickly whether a document is good says the same as jsonschema: of documents, of what is left of them, and
of small schemas with each keyword."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.definitions.nodes import YList, YMap, YText
from procflow.definitions.reader import read
from procflow.definitions.schema import (
    _document_validator,
    _format_checker,
    _registry,
    _validator_class,
    kind_of,
    schema_of,
    validate,
)
from procflow.definitions.valid import Unknown, fits

HERE = Path(__file__).parent
DOCUMENTS = [read(path.read_bytes(), path.name)[0] for path in sorted((HERE / "good").glob("*.yaml"))]
SHIPPED = sorted((HERE.parents[1] / "procedures").rglob("*.yaml"))
QUICK: dict[str, Any] = {}


def quick(kind: str) -> Any:
    if kind not in QUICK:
        QUICK[kind] = fits(schema_of(kind))
    return QUICK[kind]


def as_plain_text(word: str) -> YText:
    return YText(word, 1, 1, True, "", None, 0, 0)


#: What a hand that slips puts in the place of a value.
WRONG = st.sampled_from(
    ["", "x", "3", "-1", "1.5", "true", "null", "2 days", "A b", "${x}", "a.b", "nonsense"]
).map(as_plain_text) | st.sampled_from(
    [YMap(), YList(), YMap({"x": as_plain_text("y")}), None, YList([None])]
)


def places(node: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [at] if at else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, item in items:
        found += places(item, (*at, key))
    return found


def changed(node: Any, at: tuple[Any, ...], change: str, value: Any) -> Any:
    """A copy in which one value is another one, is gone, or stands under another key."""
    if not at:
        return value
    copied = YMap(node.items()) if isinstance(node, dict) else YList(node)
    first, rest = at[0], at[1:]
    if rest or change == "value":
        copied[first] = changed(node[first], rest, change, value)
    elif change == "gone":
        del copied[first]
    elif isinstance(copied, dict):
        copied[as_plain_text(str(value or "other"))] = copied.pop(first)
    else:
        copied.append(copied[first])
    return copied


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_documents_with_a_slip_are_good_to_both_or_to_neither(data: st.DataObject) -> None:
    document = data.draw(st.sampled_from([d for d in DOCUMENTS if d is not None]))
    kind = kind_of(document)
    assert kind is not None
    at = data.draw(st.sampled_from(places(document)))
    slipped = changed(document, at, data.draw(st.sampled_from(["value", "gone", "key"])), data.draw(WRONG))
    try:
        answer = quick(kind)(slipped)
    except Unknown:
        return
    assert answer == _document_validator(kind, "{}", ()).is_valid(slipped)


def test_every_shipped_document_is_known_to_be_good_without_jsonschema() -> None:
    assert len(SHIPPED) > 100
    for path in SHIPPED:
        document, _ = read(path.read_bytes(), path.name)
        assert document is not None
        kind = kind_of(document)
        assert kind is not None
        assert quick(kind)(document), path
        assert validate(document, kind, path.name) == []


VALUES = [
    *(
        None,
        True,
        False,
        0,
        1,
        2,
        -1,
        1.5,
        Decimal("2.0"),
        Decimal("0.3"),
        "",
        "a",
        "ab",
        "abc",
        "A1",
        "true",
    ),
    *(
        [],
        ["a"],
        ["a", "a"],
        ["a", 1],
        [["a"]],
        {},
        {"a": 1},
        {"a": "x", "b": 2},
        {"b": {"a": 1}},
        {"x-y": 1},
    ),
    *(
        as_plain_text("1"),
        as_plain_text("1.5"),
        as_plain_text("true"),
        as_plain_text("null"),
        as_plain_text("a"),
    ),
    *("2026-02-30", "2026-02-28", "x@example.com", ("a", "b")),
]
SCHEMAS: list[dict[str, Any]] = [
    *({"type": kind} for kind in ("string", "object", "array", "integer", "number", "boolean", "null")),
    *({"type": ["string", "null"]}, {"enum": ["a", 1, None, True]}, {"const": 1}, {"const": "a"}, {"const": True}),
    *({"minimum": 1}, {"maximum": 1}, {"exclusiveMinimum": 1}, {"exclusiveMaximum": 2}, {"multipleOf": 0.5}),
    *({"minLength": 2}, {"maxLength": 1}, {"pattern": "^[a-z]+$"}, {"format": "date"}, {"format": "email"}),
    *({"items": {"type": "string"}}, {"minItems": 1}, {"maxItems": 1}, {"uniqueItems": True}, {"format": "none"}),
    *({"properties": {"a": {"type": "integer"}}}, {"required": ["a"]}, {"minProperties": 1}, {"maxProperties": 1}),
    *({"additionalProperties": False}, {"additionalProperties": {"type": "string"}, "properties": {"a": True}}),
    *({"patternProperties": {"^x-": False}, "additionalProperties": True}, {"propertyNames": {"maxLength": 1}}),
    {"additionalProperties": False, "properties": {"a": True}, "patternProperties": {"^b": {"type": "object"}}},
    *({"dependentRequired": {"a": ["b"]}}, {"dependentSchemas": {"b": {"required": ["a"]}}}, {"not": {"type": "string"}}),
    *({"allOf": [{"type": "string"}, {"minLength": 2}]}, {"anyOf": [{"type": "null"}, {"const": "a"}]}),
    {"oneOf": [{"type": "number"}, {"type": "integer"}]},
    *({"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": "object"}}, {"if": {"type": "string"}}),
    {"$ref": "#/$defs/a b", "$defs": {"a b": {"items": {"$ref": "#"}, "type": ["array", "string"]}}},
    {"$ref": "https://a.example/b", "$defs": {"b": {"$id": "https://a.example/b", "$ref": "#/$defs/c", "$defs": {"c": {"type": "string"}}}}},
]  # fmt: skip


@pytest.mark.parametrize("schema", SCHEMAS, ids=str)
def test_every_keyword_says_what_jsonschema_says(schema: dict[str, Any]) -> None:

    one = fits(schema)
    other = _validator_class()(schema, registry=_registry(), format_checker=_format_checker())
    said = 0
    for value in VALUES:
        try:
            answer = one(value)
        except Unknown:
            continue
        said += 1
        assert answer == other.is_valid(value), value
    assert said > len(VALUES) / 2


@pytest.mark.parametrize(
    "schema",
    [
        {"unevaluatedProperties": False},
        {"contains": {"type": "string"}},
        {"prefixItems": [True], "items": False},
        {"$ref": "https://elsewhere.example/x"},
        {"$dynamicRef": "#a"},
        {"properties": {"a": {"type": "tuple"}}},
    ],
)
def test_of_what_it_does_not_know_it_says_nothing(schema: dict[str, Any]) -> None:
    with pytest.raises(Unknown):
        fits(schema)

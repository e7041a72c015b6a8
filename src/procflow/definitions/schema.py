"""Documents against the schema of their kind, by jsonschema.

The faults are told by `faults`. Nodes pass as they are: a text of a document is a string, and also a number,
yes/no or null where it is written so without quotes. It must not know what the documents mean.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.definitions import faults
from procflow.definitions.codes import diagnostic
from procflow.definitions.nodes import YMap
from procflow.definitions.valid import BOUNDS, TYPES, Unknown, exact, fits, is_constant, is_number
from procflow.errors import Diagnostic

Operations = Mapping[str, Mapping[str, Any]]

KINDS = ("procedure", "scenarios", "organisation", "tables", "types")
BASE = "https://procflow.example/schemas/"
_NONE: Operations = MappingProxyType({})


def kind_of(document: YMap) -> str | None:
    """The kind of a document, by its first key; None for an unknown one (see `unknown_kind`)."""
    first = next(iter(document), None)
    return str(first) if first in KINDS else None


def unknown_kind(document: YMap, path: str) -> Diagnostic:
    """What to say of a document whose first key is no kind."""
    first = str(next(iter(document), ""))
    line, column = document.key_at.get(first, (1, 1))
    moved = next((kind for kind in KINDS if kind in document), None)
    hint = did_you_mean(first, KINDS) if moved is None else f"move `{moved}:` to the top"
    message = f"a document begins with its kind, and `{first[:50]}` is none"
    return diagnostic(path, line, column, "PF100", message, hint)


def validate(
    document: YMap, kind: str, path: str, operations: Operations = _NONE, rules: tuple[str, ...] = ()
) -> list[Diagnostic]:
    """Every fault in the form of a document of `kind` (one of KINDS), each at the wrong word.

    `operations` gives the JSON Schema of each channel operation's parameters: then parameters are checked,
    as far as they are not computed (`${…}`), and an operation that is not there is a fault. `rules` are the ways
    to `take` work that plugins add.
    """
    operations_text = _text_of_operations(operations)
    try:
        if _fits_document(kind, operations_text, rules)(document):
            return []
    except Unknown:
        pass
    errors = []
    for error in _document_validator(kind, operations_text, rules).iter_errors(document):
        error.document = document
        errors.append(error)
    return faults.diagnostics(errors, document, path)


@cache
def _text_of(kind: str) -> str:
    package = Path(__file__).resolve().parent.parent
    name = f"{kind}.schema.json"
    shipped = package / "shipped" / "schemas" / name
    source = shipped if shipped.is_file() else package.parent.parent / "schemas" / name
    return source.read_text(encoding="utf-8")


@cache
def outermost() -> frozenset[str]:
    """The keys that stand at the margin of some kind of document."""
    return frozenset(str(key) for kind in KINDS for key in json.loads(_text_of(kind))["properties"])


@cache
def organisation_keys() -> frozenset[str]:
    """The keys of an organisation."""
    return frozenset(json.loads(_text_of("organisation"))["properties"])


def schema_of(kind: str, operations: Operations = _NONE, rules: tuple[str, ...] = ()) -> dict[str, Any]:
    """The JSON Schema of a kind of document; with `operations` (see `validate`) one that knows them."""
    schema: dict[str, Any] = json.loads(_text_of(kind))
    if rules and "task" in schema["$defs"]:
        known = schema["$defs"]["task"]["properties"]["take"]["enum"]
        known += [rule for rule in rules if rule not in known]
    if operations and "effect" in schema["$defs"]:
        calls = {}
        for name, parameters in operations.items():
            given = {key: item for key, item in parameters.items() if key != "$schema"}
            schema["$defs"][f"operation {name}"] = {
                "$id": f"{BASE}operations/{name}.schema.json",
                **_computable(given, at_top=True),
                "title": f"the parameters of `{name}`",
            }
            empty = {"type": "object"} if given.get("required") else True
            inner = {"$ref": f"{BASE}operations/{name}.schema.json"}
            if "$id" in given:
                inner = {"$ref": given["$id"]}
            about = str(given.get("description") or given.get("title") or f"The operation {name}.")
            calls[name] = {"description": about, "if": {"type": "null"}, "then": empty, "else": inner}
        for place in ("effect", "invoke"):
            schema["$defs"][place]["properties"].update(calls)
            del schema["$defs"][place]["patternProperties"]
            schema["$defs"][place]["x-operations"] = True
    return schema


_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_ONE = frozenset({"items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains"})
_SAME = frozenset({"if", "then", "else", "not"})
_SEVERAL = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})


def _computable(schema: Any, *, at_top: bool = False) -> Any:
    """A schema that also takes, in place of any value, a text with `${…}`, and for a text one by language."""
    if not isinstance(schema, Mapping):
        return schema
    made: dict[str, Any] = {}
    for key, item in schema.items():
        if key in _BY_NAME and isinstance(item, Mapping):
            made[key] = {name: _computable(inner) for name, inner in item.items()}
        elif key in _ONE:
            made[key] = _computable(item)
        elif key in _SAME:
            made[key] = _computable(item, at_top=True)
        elif key in _SEVERAL and isinstance(item, list):
            made[key] = [_computable(inner, at_top=key != "prefixItems") for inner in item]
        else:
            made[key] = item
    if at_top:
        return made
    kinds = schema.get("type")
    if kinds == "string" or (isinstance(kinds, list) and "string" in kinds and "object" not in kinds):
        words = {"$ref": f"{BASE}procedure.schema.json#/$defs/words"}
        made = {"if": {"type": "object"}, "then": words, "else": made}
    about = {key: schema[key] for key in ("description", "title") if key in schema}
    return {**about, "if": {"type": "string", "pattern": r"\$\{"}, "then": True, "else": made}


_WRITTEN: list[tuple[Operations, str]] = []  # the operations asked about last, and their text


def _text_of_operations(operations: Operations) -> str:
    """One text for the same operations: every document of a workspace is held against the same."""
    if not _WRITTEN or _WRITTEN[0][0] is not operations:
        _WRITTEN[:] = [(operations, json.dumps(operations, sort_keys=True, default=dict))]
    return _WRITTEN[0][1]


@lru_cache(maxsize=32)
def _fits_document(kind: str, operations: str, rules: tuple[str, ...]) -> Callable[[Any], bool]:
    try:
        return fits(schema_of(kind, json.loads(operations), rules))
    except Unknown:
        return lambda document: False


@lru_cache(maxsize=32)
def _document_validator(kind: str, operations: str, rules: tuple[str, ...]) -> Any:
    return _validator_class()(
        schema_of(kind, json.loads(operations), rules), registry=_registry(), format_checker=_format_checker()
    )


@cache
def _registry() -> Any:
    """No schema is ever fetched from anywhere."""
    from referencing import Registry

    return Registry()


@cache
def _format_checker() -> Any:
    from procflow.core.field_formats import FORMATS
    from procflow.definitions.json_schema import json_schema

    checker = json_schema().FormatChecker(formats=())

    def on_text(passes: Callable[[str], bool]) -> Callable[[object], bool]:
        return lambda value: not isinstance(value, str) or passes(str(value))

    for name, passes in FORMATS.items():
        checker.checks(name)(on_text(passes))
    return checker


@cache
def _validator_class() -> Any:
    from procflow.definitions.json_schema import json_schema

    library = json_schema()
    draft, error = library.Draft202012Validator, library.exceptions.ValidationError

    def enum(_: Any, words: Any, value: Any, __: Any) -> Iterator[Any]:
        if not any(is_constant(value, word) for word in words):
            yield error(f"{value!r} is not one of {words!r}")

    def const(_: Any, word: Any, value: Any, __: Any) -> Iterator[Any]:
        if not is_constant(value, word):
            yield error(f"{word!r} was expected")

    def bound(holds: Callable[[Decimal, Decimal], bool]) -> Any:
        def check(_: Any, limit: Any, value: Any, __: Any) -> Iterator[Any]:
            if is_number(value) and not holds(exact(value), exact(limit)):
                yield error(f"{value!r} is out of bounds")

        return check

    def kind(is_one: Callable[[Any], bool]) -> Callable[[Any, Any], bool]:
        return lambda _, value: is_one(value)

    checker = draft.TYPE_CHECKER.redefine_many({name: kind(is_one) for name, is_one in TYPES.items()})
    return library.validators.extend(
        draft,
        validators={
            "enum": enum,
            "const": const,
            **{name: bound(holds) for name, holds in BOUNDS.items()},
        },
        type_checker=checker,
    )

"""Fields: what `data`, `ask`, `types`, the columns of tables and the inputs of decisions declare.

A named type is resolved into the field, whose own keys win, so that nothing later needs to know the types.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from procflow.core import patterns
from procflow.core.field_formats import FORMATS
from procflow.core.fields import NORMALISERS, TYPES
from procflow.core.nearest import did_you_mean, with_nearest
from procflow.core.procedure import Ask, At, Field, Text
from procflow.core.values import is_number, plain
from procflow.definitions import meant
from procflow.definitions.building import Builder, frozen, is_null, is_yes, key_place, place, texts
from procflow.definitions.nodes import YList, YMap, YText, plain_value
from procflow.errors import EvaluationError

#: The keys of a field that are ours; every other key is JSON Schema's.
OWN_KEYS = frozenset(
    {
        "type", "label", "help", "default", "pii", "accept", "covers", "normalise", "items", "properties",
        "required", "key", "labels",
    }
)  # fmt: skip

_LISTS = frozenset({"enum"})
_CONSTANTS = frozenset({"const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"})


def build_field(b: Builder, name: str, node: Any, at: At) -> Field:
    """A field from its schema, or short: the word of a type, or the list of the words that it may be."""
    if isinstance(node, YList):
        plain = Field(name, _inferred([plain_value(item) for item in node]), at=at)
        return replace(plain, schema={"enum": tuple([b.constant(plain, item) for item in node])})
    if isinstance(node, YText):
        return _of_type(b, name, node, at)
    word = node.get("type")
    base = _of_type(b, name, word, at) if word is not None else Field(name, _guessed(node), at=at)
    label, help_ = (b.words(node[key]) if key in node else getattr(base, key) for key in ("label", "help"))
    items = node.get("items")
    properties = node.get("properties")
    field = replace(
        base,
        pii=is_yes(node["pii"]) if "pii" in node else base.pii,
        label=label,
        help=help_,
        accept=_accepted(b, node["accept"]) if "accept" in node else base.accept,
        covers=texts(node["covers"]) if "covers" in node else base.covers,
        normalise=_normalise(b, node["normalise"]) if "normalise" in node else base.normalise,
        items=build_field(b, name, items, place(items)) if items is not None else base.items,
        properties=build_fields(b, properties) if properties is not None else base.properties,
        required=texts(node["required"]) if "required" in node else base.required,
    )
    if "required" in node:
        _required(b, field, node["required"])
    field = replace(field, schema={**base.schema, **_schema(b, field, node)})
    _rules(b, field, node)
    if "labels" in node:
        field = replace(field, labels=_labels(b, field, node["labels"]))
    if "default" in node:
        field = replace(field, default=b.typed(field, node["default"]))
    return field


#: Rules that are about one kind of value only, with what is written for another kind.
_LENGTHS = ("minLength", "maxLength", "pattern")
_AMOUNTS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_ENTRIES = ("minItems", "maxItems", "uniqueItems")
_NO_TEXT = frozenset({"integer", "number", "boolean", "tick", "array", "object"})
_NO_AMOUNT = frozenset(
    {"string", "plain_text", "email", "phone", "boolean", "tick", "array", "object", "file", "person"}
)
_INSTEAD = {
    ("minLength", "array"): "minItems", ("maxLength", "array"): "maxItems", ("minLength", "number"): "minimum",
    ("maxLength", "number"): "maximum", ("minLength", "integer"): "minimum", ("maxLength", "integer"): "maximum",
    ("minimum", "string"): "minLength", ("maximum", "string"): "maxLength", ("minimum", "array"): "minItems",
    ("maximum", "array"): "maxItems", ("minItems", "string"): "minLength", ("maxItems", "string"): "maxLength",
}  # fmt: skip


def _rules(b: Builder, field: Field, node: YMap) -> None:
    """A rule that is not about values of this type, and limits between which there is nothing."""
    for key in node:
        idle = (
            (key in _LENGTHS and field.type in _NO_TEXT)
            or (key in _AMOUNTS and field.type in _NO_AMOUNT)
            or (key in _ENTRIES and field.type not in ("array", ""))
        )
        if idle:
            other = _INSTEAD.get((str(key), field.type))
            hint = f"write `{other}`" if other else "take it away, or give the field another type"
            b.problem(key_place(node, key), "PF211", f"`{key}` says nothing of the type `{field.type}`", hint)
    for least, most in (("minLength", "maxLength"), ("minItems", "maxItems"), ("minimum", "maximum")):
        low: Any = field.schema.get(least)
        high: Any = field.schema.get(most)
        if is_number(low) and is_number(high) and low > high and (least in node or most in node):
            key = most if most in node else least
            message = f"nothing is at least {plain(low)} and at most {plain(high)}"
            b.problem(place(node[key]), "PF211", message, f"correct `{least}` or `{most}`")


def _labels(b: Builder, field: Field, node: YMap) -> dict[str, Text]:
    """What people see instead of a word; each must be a word of the enum."""
    words = [str(plain(word)) for word in field.schema.get("enum", ()) if word is not None]
    found = {}
    for word, item in node.items():
        text = b.words(item)
        if str(word) not in words:
            b.unknown(key_place(node, word), "PF316", "word", str(word), words)
        elif text is not None:
            found[str(word)] = text
    return found


def build_fields(b: Builder, node: YMap) -> tuple[Field, ...]:
    """The fields of a mapping from names to schemas."""
    return tuple([build_field(b, str(name), item, key_place(node, name)) for name, item in node.items()])


def _of_type(b: Builder, name: str, word: YText, at: At) -> Field:
    if word in TYPES:
        return Field(name, str(word), at=at)
    if word in b.types:
        return replace(b.types[word], name=name, at=at)
    known = [*TYPES, *b.types]
    hint = (
        (f"write `{meant.TYPES[word.lower()]}`" if word.lower() in meant.TYPES else "")
        or did_you_mean(word, known)
        or "types are built in (string, date, …) or declared in procedures/types.yaml"
    )
    b.problem(place(word), "PF200", f"there is no type `{word}`", hint, with_nearest(str(word), known))
    # anything: what its values are is not known, so nothing more is said of them
    return Field(name, "", at=at)


def _guessed(node: YMap) -> str:
    """The type of a field that does not say it."""
    if isinstance(node.get("enum"), YList):
        return _inferred([plain_value(item) for item in node["enum"]])
    if "const" in node:
        return _inferred([plain_value(node["const"])])
    if "items" in node:
        return "array"
    return "object" if "properties" in node else "string"


def _inferred(constants: list[Any]) -> str:
    """Words, unless every constant is a number or a yes/no."""
    known = [item for item in constants if item is not None]
    if known and all(isinstance(item, bool) for item in known):
        return "boolean"
    if known and all(is_number(item) for item in known):
        return "integer" if all(isinstance(item, int) for item in known) else "number"
    return "string"


def _without_commas(node: Any) -> tuple[str, ...]:
    """The words of a list that is written without commas, and so is one text."""
    several = isinstance(node, YText) and node.plain and re.fullmatch(r"[a-z][\w-]*(?: [a-z][\w-]*)+", node)
    return tuple(node.split()) if several else ()


def _schema(b: Builder, field: Field, node: YMap) -> Mapping[str, Any]:
    """JSON Schema's keywords of a field, with plain values; patterns and formats must be understood."""
    found: dict[str, Any] = {}
    for key, item in node.items():
        if key in OWN_KEYS:
            continue
        if key in _LISTS and not isinstance(item, YList):
            continue  # one text where a list of words belongs: it is told, and its letters are no words
        if key in _LISTS and len(item) == 1 and (words := _without_commas(item[0])):
            hint = f'put commas between them: [{", ".join(words)}]; what is one word stands in quotes: ["{item[0]}"]'
            b.problem(place(item[0]), "PF105", f"`{item[0]}` is one word of `{key}`, with blanks in it", hint)
            found[key] = words
        elif key in _LISTS:
            found[key] = tuple([b.constant(field, constant) for constant in item])
        elif key in _CONSTANTS:
            problems = len(b.problems)
            value = b.constant(field, item)
            if len(b.problems) == problems:
                found[key] = value  # with a limit that is none nothing else would be told rightly
        elif key == "pattern":
            found[key] = check_pattern(b, item)
        elif key == "format":
            found[key] = str(item)
            if item not in FORMATS:
                b.unknown(place(item), "PF207", "format", str(item), FORMATS)
        else:
            found[str(key)] = frozen(plain_value(item))
    return found


#: A count that begins behind something and does not end.
_UNCLOSED = re.compile(r"(?<=[\w\])])\{[0-9]+(?:,[0-9]*)?(?![0-9,}])")


def check_pattern(b: Builder, node: YText) -> str:
    """The pattern, or "" where it is not understood, which is reported."""
    try:
        patterns.pattern(str(node))
    except EvaluationError as wrong:
        b.problem(place(node), "PF206", wrong.message, wrong.hint)
        return ""
    if (opened := _UNCLOSED.search(node)) is not None:
        message = f"the `{opened[0]}` of this pattern is not closed, so that it stands for itself"
        b.problem(place(node), "PF206", message, f"write `{opened[0]}}}`, or `\\{opened[0]}` for the sign")
        return ""
    return str(node)


def _normalise(b: Builder, node: Any) -> tuple[str, ...]:
    for item in node if isinstance(node, YList) else [node]:
        if item not in NORMALISERS:
            b.unknown(place(item), "PF208", "way to normalise", str(item), NORMALISERS)
    return tuple([name for name in texts(node) if name in NORMALISERS])


def _required(b: Builder, field: Field, node: Any) -> None:
    known = [part.name for part in field.properties]
    for item in node if isinstance(node, YList) else []:
        if known and item not in known:
            b.unknown(place(item), "PF203", "property", str(item), known)


def build_asks(b: Builder, node: Any, *, optional: bool) -> dict[str, Ask]:
    """What `ask` or `optional` names: data by name, and with a schema what belongs to this step only."""
    found: dict[str, Ask] = {}
    entries = node if isinstance(node, YList) else [node] if node is not None else []
    for entry in entries:
        if isinstance(entry, YText):
            _declared(b, found, str(entry), place(entry), optional)
            continue
        for name, schema in entry.items():
            at = key_place(entry, name)
            if is_null(schema):
                _declared(b, found, str(name), at, optional)
                continue
            if name in b.fields:
                b.problem(
                    at,
                    "PF209",
                    f"`{name}` is declared in data, and here it has a schema of its own",
                    f"write only `{name}` to store it, or give this step's input another name",
                )
            found[str(name)] = Ask(build_field(b, str(name), schema, at), False, optional, at)
    return found


def _declared(b: Builder, found: dict[str, Ask], name: str, at: At, optional: bool) -> None:
    field = b.fields.get(name)
    if field is not None:
        found[name] = Ask(field, True, optional, at)
        return
    hint = did_you_mean(name, b.fields)
    b.problem(
        at,
        "PF201",
        f"`{name}` is asked for, and no such field is declared in data",
        hint or f"declare it in data, or give it a schema here: {name}: {{type: string}}",
        with_nearest(name, b.fields),
    )


#: Endings that people write for a kind of file, and the kind.
_KINDS_OF_FILES = {
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "pdf": "application/pdf",
    "image": "image/*", "images": "image/*", "picture": "image/*", "photo": "image/*", "text": "text/plain",
    "txt": "text/plain", "mail": "message/rfc822",
}  # fmt: skip
_KIND_OF_FILE = re.compile(r"\.\w+|\*(/\*)?|[\w.+-]+/(\*|[\w.+-]+)")


def _accepted(b: Builder, node: Any) -> tuple[str, ...]:
    """Kinds of files (`image/png`, `image/*`) and endings (`.png`); any other word would let no file in."""
    for item in node if isinstance(node, YList) else [node]:
        if not _KIND_OF_FILE.fullmatch(str(item).strip()):
            kind = _KINDS_OF_FILES.get(str(item).strip().casefold(), "")
            hint = f"write {kind}" if kind else "write a kind such as image/png, or an ending such as .png"
            b.problem(place(item), "PF205", f"`{item}` is no kind of file: nothing would be taken", hint)
    return texts(node)

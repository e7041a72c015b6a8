"""Whether a value fits a JSON Schema, as one function made of it once: yes or no, without a word about why.

Nearly every document is good, and jsonschema takes most of the time of reading to find nothing; so it is asked
(`schema`) only for what is wrong with a value that does not fit. What this module does not know of JSON Schema
2020-12 it refuses to say anything about. It must not know the words of a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

from procflow.core.field_formats import FORMATS
from procflow.definitions.nodes import DECIMAL, FALSE, INTEGER, NULL, TRUE, YText, plain_value

Fits = Callable[[Any], bool]


class Unknown(Exception):
    """A schema, or a value, about which this module says nothing."""


def fits(schema: Mapping[str, Any]) -> Fits:
    """What says whether a value is valid. Raises Unknown, as the function may too: then ask jsonschema."""
    return _Making(schema).whole()


# types of what a document holds: a plain text is also the number, the yes or the null that is written


def is_null(value: object) -> bool:
    return value is None or _written(value, NULL)


def is_boolean(value: object) -> bool:
    return isinstance(value, bool) or _written(value, TRUE | FALSE)


def is_integer(value: object) -> bool:
    if isinstance(value, YText):
        return value.plain and INTEGER.fullmatch(value) is not None
    if isinstance(value, Decimal):
        return value.is_finite() and value == value.to_integral_value()
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    if isinstance(value, YText):
        return value.plain and bool(INTEGER.fullmatch(value) or DECIMAL.fullmatch(value))
    if isinstance(value, Decimal):
        return value.is_finite()
    return isinstance(value, int | float) and not isinstance(value, bool)


def _written(value: object, words: frozenset[str]) -> bool:
    return isinstance(value, YText) and value.plain and str(value) in words


TYPES: dict[str, Fits] = {
    "string": lambda value: isinstance(value, str),
    "object": lambda value: isinstance(value, Mapping),
    "array": lambda value: isinstance(value, list | tuple),
    "integer": is_integer,
    "number": is_number,
    "boolean": is_boolean,
    "null": is_null,
}


def exact(value: Any) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def is_constant(value: Any, wanted: Any) -> bool:
    """Whether a value is the one that a schema writes out."""
    if isinstance(wanted, str) or isinstance(value, str):
        if isinstance(wanted, str):
            return isinstance(value, str) and str(value) == wanted
        value = plain_value(value)
    if is_number(value) and is_number(wanted):
        return exact(value) == exact(wanted)
    return type(value) is type(wanted) and bool(value == wanted)


def _multiple(value: Decimal, of: Decimal) -> bool:
    try:
        return value % of == 0
    except InvalidOperation:  # more digits than an exact number has
        return False


BOUNDS: dict[str, Callable[[Decimal, Decimal], bool]] = {
    "minimum": lambda value, limit: value >= limit,
    "maximum": lambda value, limit: value <= limit,
    "exclusiveMinimum": lambda value, limit: value > limit,
    "exclusiveMaximum": lambda value, limit: value < limit,
    "multipleOf": _multiple,
}

#: Keywords that say nothing about whether a value is valid, or that are read with another one.
_SILENT = frozenset({"$id", "$schema", "$defs", "$comment", "title", "description", "default", "examples"}) | {
    "then", "else", "deprecated", "readOnly", "writeOnly",
}  # fmt: skip


def _bound(holds: Callable[[Decimal, Decimal], bool], given: Any) -> Fits:
    limit = exact(given)
    return lambda value: not is_number(value) or holds(exact(value), limit)


# loops, for a generator takes half as long again


def _all_of(parts: Sequence[Fits], value: Any) -> bool:
    for part in parts:  # noqa: SIM110
        if not part(value):
            return False
    return True


def _any_of(parts: Sequence[Fits], value: Any) -> bool:
    for part in parts:  # noqa: SIM110
        if part(value):
            return True
    return False


def _every(one: Fits, values: Iterable[Any]) -> bool:
    for value in values:  # noqa: SIM110
        if not one(value):
            return False
    return True


class _Making:
    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.root = schema
        self.made: dict[int, Fits] = {}
        self.ids: dict[str, Mapping[str, Any]] = {}
        self._find_ids(schema)

    def whole(self) -> Fits:
        return self._schema(self.root, self.root)

    def _find_ids(self, schema: Any) -> None:
        if isinstance(schema, Mapping):
            if isinstance(schema.get("$id"), str):
                self.ids[schema["$id"]] = schema
            for item in schema.values():
                self._find_ids(item)
        elif isinstance(schema, list):
            for item in schema:
                self._find_ids(item)

    def _schema(self, schema: Any, base: Mapping[str, Any]) -> Fits:
        """The function of a subschema; `base` is the schema with an `$id` around it."""
        if schema is True:
            return lambda value: True
        if schema is False:
            return lambda value: False
        if not isinstance(schema, Mapping):
            raise Unknown
        known = self.made.get(id(schema))
        if known is not None:
            return known
        if "$id" in schema:
            base = schema
        parts: list[Fits] = []

        def run(value: Any) -> bool:
            return _all_of(parts, value)

        self.made[id(schema)] = run  # before its parts: it may stand inside itself
        for keyword, given in schema.items():
            if keyword in _SILENT or keyword.startswith("x-"):
                continue
            if keyword in BOUNDS:
                parts.append(_bound(BOUNDS[keyword], given))
            elif keyword in _KNOWN:
                parts.append(_KNOWN[keyword](self, given, schema, base))
            else:
                raise Unknown
        return run

    def _ref(self, given: str, schema: Any, base: Mapping[str, Any]) -> Fits:
        name, _, pointer = given.partition("#")
        found: Any = self.ids.get(name) if name else base
        if found is None or (pointer and not pointer.startswith("/")):
            raise Unknown
        base = found
        for step in pointer.split("/")[1:]:
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            if not isinstance(found, Mapping) or step not in found:
                raise Unknown
            found = found[step]
        return self._schema(found, base)

    # any value

    def _type(self, given: Any, schema: Any, base: Any) -> Fits:
        names = [given] if isinstance(given, str) else given
        if any(name not in TYPES for name in names):
            raise Unknown
        kinds = [TYPES[name] for name in names]
        if len(kinds) == 1:
            return kinds[0]
        return lambda value: _any_of(kinds, value)

    def _enum(self, given: Sequence[Any], schema: Any, base: Any) -> Fits:
        words = frozenset(word for word in given if isinstance(word, str))
        others = [word for word in given if not isinstance(word, str)]

        def run(value: Any) -> bool:
            if isinstance(value, str) and str(value) in words:
                return True
            return bool(others) and any(is_constant(value, other) for other in others)

        return run

    def _const(self, given: Any, schema: Any, base: Any) -> Fits:
        return lambda value: is_constant(value, given)

    def _all(self, given: Sequence[Any], base: Mapping[str, Any]) -> list[Fits]:
        return [self._schema(inner, base) for inner in given]

    def _all_of(self, given: Any, schema: Any, base: Any) -> Fits:
        inner = self._all(given, base)
        return lambda value: _all_of(inner, value)

    def _any_of(self, given: Any, schema: Any, base: Any) -> Fits:
        inner = self._all(given, base)
        return lambda value: _any_of(inner, value)

    def _one_of(self, given: Any, schema: Any, base: Any) -> Fits:
        inner = self._all(given, base)
        return lambda value: sum([one(value) for one in inner]) == 1

    def _not(self, given: Any, schema: Any, base: Any) -> Fits:
        inner = self._schema(given, base)
        return lambda value: not inner(value)

    def _if(self, given: Any, schema: Mapping[str, Any], base: Any) -> Fits:
        test = self._schema(given, base)
        then, otherwise = (
            self._schema(schema.get("then", True), base),
            self._schema(schema.get("else", True), base),
        )
        return lambda value: then(value) if test(value) else otherwise(value)

    # texts

    def _min_length(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, str) or len(value) >= given

    def _max_length(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, str) or len(value) <= given

    def _pattern(self, given: str, schema: Any, base: Any) -> Fits:
        search = re.compile(given).search
        return lambda value: not isinstance(value, str) or search(value) is not None

    def _format(self, given: str, schema: Any, base: Any) -> Fits:
        passes = FORMATS.get(given)
        if passes is None:
            return lambda value: True
        return lambda value: not isinstance(value, str) or passes(str(value))

    # lists

    def _items(self, given: Any, schema: Mapping[str, Any], base: Any) -> Fits:
        if "prefixItems" in schema:
            raise Unknown
        inner = self._schema(given, base)
        return lambda value: not isinstance(value, list | tuple) or _every(inner, value)

    def _min_items(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, list | tuple) or len(value) >= given

    def _max_items(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, list | tuple) or len(value) <= given

    def _unique_items(self, given: Any, schema: Any, base: Any) -> Fits:
        def run(value: Any) -> bool:
            if not given or not isinstance(value, list | tuple) or len(value) < 2:
                return True
            if not all(isinstance(item, str) for item in value):
                raise Unknown  # whether 1 and 1.0, or two lists, are the same is not said twice
            return len(set(value)) == len(value)

        return run

    # mappings

    def _properties(self, given: Mapping[str, Any], schema: Any, base: Any) -> Fits:
        inner = {name: self._schema(item, base) for name, item in given.items()}

        def run(value: Any) -> bool:
            if not isinstance(value, Mapping):
                return True
            for name in value:
                one = inner.get(name)
                if one is not None and not one(value[name]):
                    return False
            return True

        return run

    def _pattern_properties(self, given: Mapping[str, Any], schema: Any, base: Any) -> Fits:
        inner = [(re.compile(name).search, self._schema(item, base)) for name, item in given.items()]

        def run(value: Any) -> bool:
            if not isinstance(value, Mapping):
                return True
            return all(one(value[key]) for search, one in inner for key in value if search(key))

        return run

    def _additional_properties(self, given: Any, schema: Mapping[str, Any], base: Any) -> Fits:
        inner = self._schema(given, base)
        named = frozenset(schema.get("properties", ()))
        patterns = [re.compile(name).search for name in schema.get("patternProperties", ())]

        def run(value: Any) -> bool:
            if not isinstance(value, Mapping):
                return True
            rest = [key for key in value if key not in named and not any(p(key) for p in patterns)]
            return _every(inner, [value[key] for key in rest])

        return run

    def _property_names(self, given: Any, schema: Any, base: Any) -> Fits:
        inner = self._schema(given, base)
        return lambda value: not isinstance(value, Mapping) or _every(inner, value)

    def _min_properties(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, Mapping) or len(value) >= given

    def _max_properties(self, given: int, schema: Any, base: Any) -> Fits:
        return lambda value: not isinstance(value, Mapping) or len(value) <= given

    def _required(self, given: Sequence[str], schema: Any, base: Any) -> Fits:
        wanted = frozenset(given)
        return lambda value: not isinstance(value, Mapping) or value.keys() >= wanted

    def _dependent_required(self, given: Mapping[str, Any], schema: Any, base: Any) -> Fits:
        def run(value: Any) -> bool:
            if not isinstance(value, Mapping):
                return True
            return all(other in value for name, others in given.items() if name in value for other in others)

        return run

    def _dependent_schemas(self, given: Mapping[str, Any], schema: Any, base: Any) -> Fits:
        inner = [(name, self._schema(item, base)) for name, item in given.items()]

        def run(value: Any) -> bool:
            return not isinstance(value, Mapping) or all(one(value) for name, one in inner if name in value)

        return run


_KNOWN = {
    keyword: getattr(
        _Making, "_" + re.sub("[A-Z]", lambda found: "_" + found[0].lower(), keyword.lstrip("$"))
    )
    for keyword in (
        *("$ref", "type", "enum", "const", "allOf", "anyOf", "oneOf", "not", "if"),
        *("minLength", "maxLength", "pattern", "format", "items", "minItems", "maxItems", "uniqueItems"),
        *("properties", "patternProperties", "additionalProperties", "propertyNames", "required"),
        *("minProperties", "maxProperties", "dependentRequired", "dependentSchemas"),
    )
}

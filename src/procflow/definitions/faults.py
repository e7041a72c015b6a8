"""What is wrong with a value, in plain words, from the errors that JSON Schema finds.

One fault gives one diagnostic: what only follows from another fault is dropped. The schemas help with keys of
their own: `x-fault` is the message (`{value}` stands for the wrong word), `x-code` its code, `x-at` the key it
stands at, `x-form` what the word should be, for the hint. It reads errors by their attributes and must not know
jsonschema itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from procflow.core.nearest import did_you_mean, nearest
from procflow.definitions import fault_hints as hints
from procflow.definitions import syntax
from procflow.definitions.codes import diagnostic
from procflow.definitions.meant import as_key
from procflow.definitions.nodes import At, YMap, YText
from procflow.errors import Diagnostic

Path = tuple[str | int, ...]

_KINDS = {
    "object": "a mapping of keys to values",
    "array": "a list",
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "null": "empty",
}
_YES, _NO = frozenset({"yes", "on", "ja", "y", "x"}), frozenset({"no", "off", "nej", "n"})
_SIZES = {
    "minLength": ("PF106", "is too short: at least {} characters"),
    "maxLength": ("PF107", "is too long: at most {} characters"),
    "minItems": ("PF106", "has too few entries: at least {}"),
    "maxItems": ("PF107", "has too many entries: at most {}"),
    "minProperties": ("PF106", "has too few keys: at least {}"),
    "maxProperties": ("PF107", "has too many keys: at most {}"),
    "minimum": ("PF106", "is too small: at least {}"),
    "maximum": ("PF107", "is too large: at most {}"),
    "exclusiveMinimum": ("PF106", "is too small: more than {}"),
    "exclusiveMaximum": ("PF107", "is too large: less than {}"),
    "multipleOf": ("PF105", "is not a multiple of {}"),
}


class Fault(NamedTuple):
    """`path` leads to the value; `key` is the wrong key in it, where the fault is a key's."""

    path: Path
    code: str
    message: str
    hint: str = ""
    key: str | None = None
    keyword: str = ""
    missing: str = ""
    order: At = (0, 0)
    about: tuple[str, ...] = ()


def faults(errors: Iterable[Any]) -> list[Fault]:
    """The faults behind `errors`, without those that only follow from another."""
    found: list[Fault] = []
    for error in errors:
        found.extend(_faults(error))
    return _without_derived(found)


def diagnostics(errors: Iterable[Any], document: YMap, path: str) -> list[Diagnostic]:
    """The faults as diagnostics, each at the wrong word, in the order of the file."""
    made = []
    for fault in faults(errors):
        line, column = _place(document, fault)
        made.append(diagnostic(path, line, column, fault.code, fault.message, fault.hint, fault.about))
    return sorted(set(made))


def _place(document: YMap, fault: Fault) -> At:
    node: Any = document
    at: At = (document.line, document.column)
    for part in fault.path:
        if isinstance(node, YMap):
            at = node.key_at.get(str(part), at)
        node = node[part]
        if not (isinstance(node, YText) and node.is_omitted):
            at = getattr(node, "line", at[0]), getattr(node, "column", at[1])
    if fault.key is not None and isinstance(node, YMap):
        return node.key_at.get(fault.key, at)
    return at


def _faults(error: Any) -> list[Fault]:
    schema = error.schema if isinstance(error.schema, Mapping) else {}
    path, value, keyword = tuple(error.absolute_path), error.instance, str(error.validator)
    if keyword == "propertyNames" or "propertyNames" in error.absolute_schema_path:
        return [_about_key(error, schema, path, value, keyword)]
    if keyword in ("pattern", "format") and _is_omitted(value):
        return [_about_value(error, schema, path, value, "minLength")]
    if "x-fault" in schema and keyword not in ("type", "minLength", "additionalProperties"):
        return _in_the_schemas_words(error, schema, path, value, keyword)
    if keyword == "additionalProperties":
        if schema.get("x-operations") and _stand_beside(value):
            return []
        return [_unknown(path, schema, value, key) for key in _extra(schema, value)]
    if keyword == "required":
        return [_lacking(error, schema, path, value, keyword)]
    return [_about_value(error, schema, path, value, keyword)]


def _about_key(error: Any, schema: Mapping[str, Any], path: Path, value: Any, keyword: str) -> Fault:
    key = str(value)
    said = _said(schema, key) or f"`{_short(key)}` cannot be a key here"
    code = str(schema.get("x-code", "PF105"))
    hint = "begin a new step with `- `" if key in hints.STEPS else "remove one of them"
    hint = hint if code == "PF111" else hints.for_a_pattern(schema, key)
    if code == "PF101" and key in hints.LONG_LANGUAGES:
        hint = f"write {hints.LONG_LANGUAGES[key]}"
    mapping = _at_path(error, path)
    if (
        code == "PF101"
        and isinstance(mapping, YMap)
        and not (key in hints.LONG_LANGUAGES and not _is_omitted(mapping.get(key)))
        and (torn := _split_at_comma(mapping, key, always=True))
    ):
        return Fault(path, "PF019", torn[0], torn[1], key, keyword)
    order = (value.line, value.column) if isinstance(value, YText) else (0, 0)
    right = hints.as_the_pattern_wants(schema, key)
    return Fault(path, code, said, hint, key, keyword, order=order, about=(key, right))


def _in_the_schemas_words(
    error: Any, schema: Mapping[str, Any], path: Path, value: Any, keyword: str
) -> list[Fault]:
    """What a schema says itself of whoever breaks it (`x-fault`); nothing where another fault says it better."""
    if keyword == "maxProperties" and _stand_beside(value):
        return []
    at_key: str | None = schema.get("x-at")
    if keyword == "maxProperties" and at_key is None:
        at_key = next((name for name in list(value)[::-1] if name not in hints.BESIDE), None)
    said = _said(schema, value)
    hint = hints.for_a_pattern(schema, value, path) if keyword == "pattern" else ""
    code = str(schema.get("x-code", "PF105"))
    lacks = _missing(error) if keyword == "required" else ""
    about: tuple[str, ...] = ()
    if keyword == "pattern":
        about = str(value), hints.as_the_pattern_wants(schema, value)
    return [Fault(path, code, said, hint, at_key, keyword, lacks, about=about)]


def _lacking(error: Any, schema: Mapping[str, Any], path: Path, value: Any, keyword: str) -> Fault:
    name = _missing(error)
    # where any key may stand, one that is nearly the missing one is no fault of its own
    free = [key for key in value if key not in schema.get("properties", {})]
    near = nearest(name, free) if isinstance(schema.get("additionalProperties"), Mapping) else None
    said = f"{_thing(schema, path)} {'lack' if _are_parameters(schema) else 'lacks'} `{name}`"
    hint = f"write `{name}:` instead of `{near}:`" if near else f"add `{name}:`"
    return Fault(path, "PF102", said, hint, near, keyword, name)


def _about_value(error: Any, schema: Mapping[str, Any], path: Path, value: Any, keyword: str) -> Fault:
    name, wanted = _name(schema, path), error.validator_value
    if keyword == "type" or (keyword == "minLength" and _is_omitted(value)):
        return _wrong_kind(schema, path, value, name)
    if keyword in ("enum", "const"):
        words = [str(_json(word)) for word in (wanted if keyword == "enum" else [wanted])]
        known = ", ".join(f"`{word}`" for word in words[:20])
        rule = f"one of {known}" if len(words) > 1 else known
        hint = did_you_mean(str(value), words) if isinstance(value, str) else ""
        return Fault(path, "PF104", f"{name} is {rule}, not {_shown(value)}", hint, None, keyword)
    if keyword == "pattern":
        message = f"{_shown(value)} is not written in its form ({wanted})"
        return Fault(path, "PF105", message, "", None, keyword)
    if keyword == "format":
        return Fault(
            path, "PF105", f"{_shown(value)} is not {hints.FORMS.get(wanted, wanted)}", "", None, keyword
        )
    if keyword in _SIZES:
        code, rule = _SIZES[keyword]
        empty = keyword.startswith("min") and keyword != "minimum" and not value
        hint = "name at least one, or remove the key" if empty and keyword != "minLength" else ""
        if keyword == "maxProperties" and path[-2:-1] == ("ask",):
            hint = "write an entry for each field: [" + ", ".join(f"{{{key}: …}}" for key in value) + "]"
        return Fault(
            path, code, f"{name} {'is empty' if empty else rule.format(wanted)}", hint, None, keyword
        )
    if keyword == "uniqueItems":
        seen: list[Any] = []
        for i, item in enumerate(value):
            if item in seen:
                message = f"{_shown(item)} stands twice in {name}"
                return Fault((*path, i), "PF108", message, "remove one of them", None, keyword)
            seen.append(item)
    if keyword in ("dependentRequired", "dependencies"):
        return Fault(
            path, "PF112", f"a key that must stand beside another is missing in {name}", "", None, keyword
        )
    if keyword in ("oneOf", "anyOf"):
        inner = list(dict.fromkeys(fault.message for fault in faults(error.context or ())))
        rule = "; or ".join(inner[:4]) if inner else "it fits more than one of the forms"
        return Fault(
            path, "PF103", f"{name} has none of the forms it may have: {rule}"[:400], "", None, keyword
        )
    if keyword in ("None", "not", "contains"):
        return Fault(path, "PF105", f"{name} must not be so", "", None, keyword)
    return Fault(path, "PF105", f"{name}: {str(error.message)[:200]}", "", None, keyword)


def _wrong_kind(schema: Mapping[str, Any], path: Path, value: Any, name: str) -> Fault:
    given = schema.get("type", "string")
    kinds = [given] if isinstance(given, str) else list(given)
    wanted = " or ".join(_KINDS.get(kind, kind) for kind in kinds if kind != "null")
    if _is_omitted(value) and path:
        hint = "write it after the colon, or remove the key"
        if kinds == ["object"]:
            hint = "write its keys on the lines below, two spaces further in"
        return Fault(path, "PF103", f"{name} has no value", hint, None, "type")
    message, hint = f"{name} is {wanted}, not {_what(value)}", ""
    if isinstance(value, str):
        word = str(value).casefold()
        glued = re.match(r"([^\s:]+):(\S.*)", value)
        if "boolean" in kinds and word in _YES | _NO:
            hint = "write true" if word in _YES else "write false"
        elif {"integer", "number", "boolean"} & set(kinds) and not getattr(value, "plain", True):
            hint = "write it without quotes"
        elif "object" in kinds and glued:
            hint = f"a colon is followed by a space: `{glued[1]}: {_short(glued[2])}`"
        elif kinds == ["array"] or (
            path[-1:] in (("ask",), ("optional",)) and re.fullmatch(r"\w+(?:[ ,]+\w+)*", value)
        ):
            hint = hints.for_a_list_in_one_text(path, value)
        elif "object" in kinds and (form := hints.for_a_word(path, str(value), schema.get("properties", {}))):
            hint = form
        elif kinds == ["object"] and isinstance(path[-1], str):
            hint = "write its keys on the lines below, two spaces further in"
    elif isinstance(value, Mapping) and kinds == ["array"]:
        hint = "begin each entry with `- `"
        if getattr(value, "flow", False):
            hint = "put it between `[` and `]`: [{…}]"
    elif isinstance(value, Mapping | list) and path[-1:] == ("raise",) and (word := hints.one_word(value)):
        hint = f"write `raise: {word}`"
    elif isinstance(value, Mapping) and path[-1:] == ("do",) and len(value) == 1:
        hint = f"write `do: {next(iter(value))}`, and `by:` and `with:` beside it"
    elif isinstance(value, Mapping) and "string" in kinds:
        hint = "put a text with `{`, `}` or `:` between quotes"
    elif isinstance(value, list) and kinds == ["object"]:
        hint = hints.for_a_list(path) or "write keys without `- ` before them"
    elif isinstance(value, list) and "string" in kinds:
        hint = hints.for_a_list(path) or "write one text; put it between quotes if it begins with `[`"
    return Fault(path, "PF103", message, hint, None, "type")


def _unknown(path: Path, schema: Mapping[str, Any], value: Any, key: str) -> Fault:
    if isinstance(value, YMap) and (torn := _split_at_comma(value, key, always=False)):
        return Fault(path, "PF019", torn[0], torn[1], key, "additionalProperties")
    known = [str(name) for name in schema.get("properties", {})]
    thing = str(schema.get("title", ""))
    hint = did_you_mean(key, known)
    if schema.get("x-operations") and "." in key:
        operations = [name for name in known if "." in name]
        hint = hints.for_an_effect(thing, key) or did_you_mean(key, operations)
        hint = hint or "see which channels are installed: procflow plugins"
        return Fault(path, "PF120", f"no channel offers `{_short(key)}`", hint, key, "additionalProperties")
    meant_key = as_key(thing, key, known)
    hint = hints.for_an_unknown_key(thing, path, value, key) or (
        f"write `{meant_key}`" if meant_key else hint
    )
    if schema.get("x-operations"):
        hint = hints.for_an_operation(key, [name for name in known if "." in name]) or hint
    if thing.startswith("the parameters of `"):
        message = f"`{_short(key)}` is not a parameter of {thing.removeprefix('the parameters of ')}"
    else:
        message = f"`{_short(key)}` is not " + (f"a key of {thing}" if thing else "known here")
    return Fault(path, "PF101", message, hint, key, "additionalProperties")


def _stand_beside(value: Any) -> bool:
    """Whether the parameters of an effect stand beside it instead of below: told where the operation has no value."""
    return isinstance(value, Mapping) and any("." in key and _is_omitted(value[key]) for key in value)


def _split_at_comma(mapping: YMap, key: str, *, always: bool) -> tuple[str, str] | None:
    """Message and hint, if `key` seems to be the rest of the text before it, which stands without quotes.

    `always`: whatever the text before it is; otherwise only after brackets or quotes that it leaves open.
    """
    names = list(mapping)
    before = names[names.index(key) - 1] if key in mapping and names.index(key) else None
    text = mapping[before] if before is not None else None
    if (
        not mapping.flow
        or mapping.source is None
        or not isinstance(text, YText)
        or not text.plain
        or not text
    ):
        return None
    open_ended = text.count("(") + text.count("[") > text.count(")") + text.count("]")
    if not (always or open_ended or text.count('"') % 2 or text.count("'") % 2):
        return None
    last = mapping[key]
    end = last.end if isinstance(last, YText) else 0
    whole = " ".join(mapping.source.text[text.start : end].split()) if end > text.start else f"{text}, {key}…"
    message = f"the comma splits the text of `{before}`: `{_short(key)}` became a key of its own"
    return message, f"put the text between quotes: {before}: {syntax.quoted(whole[:150])}"


def _without_derived(found: list[Fault]) -> list[Fault]:
    kinds = {fault.path for fault in found if fault.keyword == "type"}
    unknown: dict[Path, dict[str, str]] = {}
    for fault in found:
        if fault.keyword == "additionalProperties" and fault.key is not None:
            unknown.setdefault(fault.path, {})[fault.key] = fault.hint
    nearly = {(*fault.path, fault.key) for fault in found if fault.keyword == "required" and fault.key}
    kept: dict[Any, Fault] = {}
    for fault in found:
        beside = unknown.get(fault.path, {})
        if fault.path in nearly:
            continue
        if fault.keyword != "type" and fault.path in kinds:
            continue
        if fault.keyword != "additionalProperties" and beside:
            if fault.key in beside or fault.code in ("PF110", "PF111"):
                continue
            if fault.code == "PF112" and any(
                hint[6:] and hint[6:] in fault.message for hint in beside.values()
            ):
                continue
            said = beside.values() if fault.missing else ()
            if any(f"`{fault.missing}`" in hint or hint.startswith(("write `", "let a")) for hint in said):
                continue
        if fault.keyword == "type":
            identity: Any = (fault.path, "type")  # several schemas may ask for a kind: the first says all
            kept.setdefault(identity, fault)
        elif fault.code == "PF111":
            identity = (fault.path, "PF111")  # each of two keys excludes the other: say it of the later
            if identity not in kept or hints.rank(fault.key, fault.order) >= hints.rank(
                kept[identity].key, kept[identity].order
            ):
                kept[identity] = fault
        else:
            kept.setdefault((fault.path, fault.key, fault.code, fault.message), fault)
    return list(kept.values())


def _at_path(error: Any, path: Path) -> Any:
    """The mapping whose key is at fault; found from the outermost error, which holds the document."""
    node: Any = getattr(error, "document", None)
    if node is not None:
        for part in path:
            node = node[part]
    return node


def _extra(schema: Mapping[str, Any], value: Mapping[str, Any]) -> list[str]:
    patterns = [re.compile(pattern) for pattern in schema.get("patternProperties", {})]
    known = schema.get("properties", {})
    return [key for key in value if key not in known and not any(p.search(key) for p in patterns)]


def _missing(error: Any) -> str:
    given = re.match(r"(['\"])(.*)\1 is a required property", str(error.message))
    return (
        given[2]
        if given
        else str(next((name for name in error.validator_value if name not in error.instance), ""))
    )


def _said(schema: Mapping[str, Any], value: Any) -> str:
    return str(schema.get("x-fault", "")).replace("{value}", _short(str(value)))


def _are_parameters(schema: Mapping[str, Any]) -> bool:
    return str(schema.get("title", "")).startswith("the parameters")


def _thing(schema: Mapping[str, Any], path: Path) -> str:
    title = schema.get("title")
    named = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
    if title and named and not _are_parameters(schema):
        return f"{title} (`{named}`)" if len(named) <= 60 else str(title)
    return str(title) if title else (f"`{named}`" if named else "this")


def _name(schema: Mapping[str, Any], path: Path) -> str:
    last = path[-1] if path else None
    if isinstance(last, str):
        return f"`{_short(last)}`"
    if isinstance(last, int):
        owner = next((str(part) for part in reversed(path) if isinstance(part, str)), "")
        return f"entry {last + 1} of `{_short(owner)}`" if owner else f"entry {last + 1}"
    return str(schema.get("title", "this"))


def _is_omitted(value: Any) -> bool:
    return isinstance(value, YText) and value.is_omitted


def _what(value: Any) -> str:
    if _is_omitted(value) or value is None:
        return "empty"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return f"the text `{_short(value)}`" if not getattr(value, "plain", False) else f"`{_short(value)}`"
    return f"`{_json(value)}`"


def _shown(value: Any) -> str:
    return f"`{_short(str(_json(value)))}`" if not isinstance(value, Mapping | list | tuple) else _what(value)


def _json(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return str(value)
    return "null" if value is None else value


def _short(text: str) -> str:
    one = " ".join(text.split())
    return one if len(one) <= 50 else one[:49] + "…"

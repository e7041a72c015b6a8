"""What a field expects, in a short phrase for people, before anything is entered.

It reads the declaration only; what is wrong with an entered value is said by `field_problems`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core.counted import counted
from procflow.core.field_problems import EXPECTED
from procflow.core.pattern_words import example_of, pattern_in_words
from procflow.core.procedure import Field
from procflow.core.values import is_number, plain
from procflow.core.words import number_in_words

_WORDS: Mapping[str, tuple[str, str]] = {
    "one_of": ("one of: {0}", "en af: {0}"),
    "list": ("one or more, separated by commas: {0}", "en eller flere, adskilt af komma: {0}"),
    "list_of_numbers": ("one or more, separated by commas: {0}", "en eller flere, adskilt af semikolon: {0}"),
    "exact_length": ("{0}", "{0}"),
    "lengths": ("{0} to {1} characters", "{0} til {1} tegn"),
    "min_length": ("at least {0}", "mindst {0}"),
    "max_length": ("at most {0}", "højst {0}"),
    "range": ("from {0} to {1}", "fra {0} til {1}"),
    "minimum": ("at least {0}", "mindst {0}"),
    "maximum": ("at most {0}", "højst {0}"),
    "more": ("more than {0}", "mere end {0}"),
    "less": ("less than {0}", "mindre end {0}"),
    "multiple": ("in steps of {0}", "i trin på {0}"),
    "pattern": ("of the form {0}", "af formen {0}"),
    "example": ("for example {0}", "for eksempel {0}"),
    "no_personal_number": ("no CPR or card number", "intet CPR- eller kortnummer"),
    "items_min": ("at least {0} of them", "mindst {0} af dem"),
    "items_max": ("at most {0} of them", "højst {0} af dem"),
    "object": ("named values: {0}", "navngivne værdier: {0}"),
}


def expectation(field: Field, language: str) -> str:
    """The phrase, without a closing full stop; `language` is da or en."""

    def say(key: str, *facts: Any) -> str:
        told = [
            f if isinstance(f, str) else number_in_words(f, language) if is_number(f) else plain(f)
            for f in facts
        ]
        return _WORDS[key][language == "da"].format(*told)

    schema = field.schema
    if schema.get("enum"):
        words = ", ".join(plain(word) for word in schema["enum"] if word is not None)
        return say("one_of", words)
    if "const" in schema and schema["const"] is not None:
        return plain(schema["const"])
    if field.type == "array" and field.items is not None:
        parts = [
            say(
                "list_of_numbers" if field.items.type == "number" else "list",
                expectation(field.items, language),
            )
        ]
    elif field.type == "object" and field.properties:
        parts = [say("object", ", ".join(part.name for part in field.properties))]
    else:
        parts = [EXPECTED.get(field.type, EXPECTED[""])[language]]
    pattern = schema.get("pattern")
    told = pattern_in_words(pattern, language) if isinstance(pattern, str) else ""
    if told:
        parts[-1:] = [told]  # it says more than that the value is a text
    if field.accept:
        parts[0] += f" ({', '.join(field.accept)})"
    low, high = schema.get("minLength"), schema.get("maxLength")
    if low and high:
        parts.append(
            say("exact_length", counted(low, "character", language))
            if low == high
            else say("lengths", low, high)
        )
    elif low:
        parts.append(say("min_length", counted(low, "character", language)))
    elif high is not None:
        parts.append(say("max_length", counted(high, "character", language)))
    if "minimum" in schema and "maximum" in schema:
        parts.append(say("range", schema["minimum"], schema["maximum"]))
    else:
        parts += [say(key, schema[key]) for key in ("minimum", "maximum") if key in schema]
    for keyword, key in (
        ("exclusiveMinimum", "more"), ("exclusiveMaximum", "less"), ("multipleOf", "multiple"),
        ("minItems", "items_min"), ("maxItems", "items_max"),
    ):  # fmt: skip
        if schema.get(keyword) is not None:
            parts.append(say(key, schema[keyword]))
    if pattern and not told:
        parts.append(say("pattern", pattern))
    form = schema.get("format")
    if form is not None:
        parts.append(say(form) if form in _WORDS else say("pattern", form))
    if pattern and (shown := example_of(pattern, max(1, low or 1), min(high or 60, 60))):
        parts.append(say("example", shown))
    return ", ".join(parts)

"""What a person is told who carries out an effect by hand: in Danish and English.

It must not know how effects are stored; the channel's schema brings the words (`x-manual`), or else the
parameters are listed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_FIRST = {"da": "Gør dette i hånden: {what}", "en": "Do this by hand: {what}"}
_LAST = {
    "da": "Bekræft bagefter med en reference.",
    "en": "Confirm it afterwards with a reference.",
}
_ANSWER = {"da": "Skriv bagefter: {names}.", "en": "Then write down: {names}."}
_YES_NO = {"da": ("ja", "nej"), "en": ("yes", "no")}


def instruction(
    operation: str, schema: Mapping[str, Any] | None, parameters: Mapping[str, Any]
) -> dict[str, str]:
    """`{da:, en:}`: what to do. `operation` is `channel.operation`; `schema` is that of its parameters."""
    schema = schema or {}
    return {language: _words(language, operation, schema, parameters) for language in ("da", "en")}


def outgoing(
    operation: str, schema: Mapping[str, Any] | None, parameters: Mapping[str, Any]
) -> dict[str, str]:
    """`{da:, en:}`: what goes out, in the same words, without asking anybody for anything."""
    schema = schema or {}
    return {
        language: "\n".join(_lines(language, operation, schema, parameters, schema.get("title") or operation))
        for language in ("da", "en")
    }


def _words(language: str, operation: str, schema: Mapping[str, Any], parameters: Mapping[str, Any]) -> str:
    first = _FIRST[language].format(what=schema.get("title") or operation)
    lines = _lines(language, operation, schema, parameters, first)
    answers = schema.get("x-result", {}).get("properties", {})
    lines.append(_ANSWER[language].format(names=", ".join(answers)) if answers else _LAST[language])
    return "\n".join(lines)


def _lines(
    language: str, operation: str, schema: Mapping[str, Any], parameters: Mapping[str, Any], first: str
) -> list[str]:
    """The channel's own words with its parameters in them, or else `first`; then what those leave out."""
    own = schema.get("x-manual")
    template = own.get(language) or own.get("en") if isinstance(own, Mapping) else None
    lines: list[str] = []
    told: set[str] = set()
    if isinstance(template, str):
        told = set(_PLACE.findall(template))
        lines.append(_PLACE.sub(lambda m: shown(parameters.get(m[1]), language), template))
    else:
        lines.append(first)
    for name, value in parameters.items():
        if name not in told and value not in (None, "", [], ()):
            lines.append(f"{name}: {shown(value, language)}")
    return lines


def shown(value: Any, language: str = "en") -> str:
    """A value for reading: files by name, people by name, lists with commas."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _YES_NO[language if language in _YES_NO else "en"][0 if value else 1]
    if isinstance(value, Mapping):
        for key in ("name", language, "en", "id"):
            if value.get(key):
                return str(value[key])
        return ", ".join(f"{key}: {shown(item, language)}" for key, item in value.items() if key != "content")
    if isinstance(value, list | tuple):
        return ", ".join(shown(item, language) for item in value)
    return str(value)

"""Addresses and numbers written out in effects: a word of the workspace in place of one reaches nobody.

A channel says of a parameter that it takes mail addresses or phone numbers (`x-address: mail`, `phone`). What is worked
out (`${…}`) is not looked at. It must not know any channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from procflow.core.field_formats import read_phone
from procflow.core.field_problems import Wrong
from procflow.core.nearest import nearest
from procflow.definitions.building import place
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import effects_of, states_of
from procflow.definitions.nodes import YList, YMap, YText, submap
from procflow.errors import Diagnostic

_THINGS = {"mail": "mail address", "phone": "phone number"}
_SAMPLES = {"mail": "name@example.com", "phone": "+4571999901"}
_MAIL = re.compile(r"[^\s@<>,;]+@[^\s@<>,;]+")
_BETWEEN = re.compile(r'[,;](?=(?:[^"]*"[^"]*")*[^"]*$)')  # not inside a name in quotes
_CALL = re.compile(r"[a-z_]+\(.*\)[\w.\[\]]*|[a-z_]+(\.[a-z_]+)+")


def check(examined: Examined) -> list[Diagnostic]:
    """Every address that is written out and is none."""
    out = Findings(examined.path)
    for kind, node in _written(examined):
        for word in filter(None, map(str.strip, _BETWEEN.split(node))):
            if not _is_one(kind, word):
                message = f"`{word}` is no {_THINGS[kind]}, so nothing would ever arrive"
                out.add(place(node), "PF121", message, _hint(examined, kind, word))
                break
    return out.found


def _written(examined: Examined) -> Iterator[tuple[str, YText]]:
    """(what is wanted, the text) of every parameter that wants addresses and has one written out."""
    asked = [(effect.operation, effect.given) for effect in effects_of(examined.tree)]
    for state in states_of(examined.tree):
        asked += submap(state.node, "invoke").items()
    for operation, given in asked:
        schema = (examined.known.operations or {}).get(operation, {})
        parts = schema.get("properties", {})
        if not isinstance(given, YMap) or not isinstance(parts, Mapping):
            continue
        for name, part in parts.items():
            kind = part.get("x-address") if isinstance(part, Mapping) else None
            if kind in _THINGS:
                for text in _texts(given.get(name)):
                    yield kind, text


def _texts(node: Any) -> Iterator[YText]:
    for item in node if isinstance(node, YList) else [node]:
        if isinstance(item, YText) and "${" not in item and item.strip():
            yield item


def _is_one(kind: str, word: str) -> bool:
    if kind == "mail":
        address = word.rpartition("<")[2].removesuffix(">").strip() if "<" in word else word
        return _MAIL.fullmatch(address) is not None
    try:
        read_phone(word)
    except Wrong:
        return False
    return True


def _hint(examined: Examined, kind: str, word: str) -> str:
    """How what the word names is written, so that its address stands there."""
    known, field = examined.known, "mail" if kind == "mail" else "phone"
    boxes = (known.mailboxes or ()) if kind == "mail" else ()
    if word in examined.procedure.fields or _CALL.fullmatch(word):
        quote = "'" if '"' in word else '"'
        return f"it is worked out between signs: {quote}${{{word}}}{quote}"
    if word in boxes:
        return f"write {_worked_out('mailbox', word)}"
    if word in (known.people or ()):
        return f"write {_worked_out('person', word.lower(), f'.{field}')}"
    if word in (known.roles or ()):
        each = _worked_out("members", word)
        return f'write "${{item.{field}}}" here and `each: {each}` beside the operation; or `notify: {{role: {word}}}`'
    if word in (known.parameters or ()):
        return f"write {_worked_out('param', word)}"
    if near := nearest(word, examined.procedure.fields):
        return f'did you mean "${{{near}}}"?'
    if near := nearest(word, boxes):
        return f"did you mean {_worked_out('mailbox', near)}?"
    return f"write one, such as {_SAMPLES[kind]}, or a value: ${{…}}"


def _worked_out(function: str, name: str, rest: str = "") -> str:
    return f"\"${{{function}('{name}'){rest}}}\""

"""Values of the case in a text that would be read as they stand: `{first_name}`, `{{first_name}}`, `$(first_name)`, `$first_name`.

Only what names something of the procedure counts, so that braces that mean themselves stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from procflow.definitions.building import place
from procflow.definitions.checks.data import TAKEN
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import effects_of, moves_of, states_of
from procflow.definitions.checks.texts import texts_of
from procflow.definitions.nodes import YList, YMap, YText, submap
from procflow.definitions.parse import ExpressionSyntaxError, holes
from procflow.errors import Diagnostic

_LIKE_A_VALUE = re.compile(
    r"(?<!\$)\{\{?\s*([a-z_][\w.]*)\s*\}?\}|\$\(([a-z_][\w.]*)\)|<<?([a-z_][\w.]*)>?>|%\(?([a-z_][\w.]*)\)?%"
    r"|(?<![\w$])\$([a-z_]\w*(?:\.[a-z_]\w*)*)"
)


def check(path: str, tree: YMap) -> list[Diagnostic]:
    """What looks like a value of the case and is none, in every text that is read or sent."""
    out = Findings(path)
    known = {*submap(tree, "data"), *TAKEN} - {"self"}
    for node in _all_texts(tree):
        for found in _LIKE_A_VALUE.finditer(_without_values(node)):
            word = next(filter(None, found.groups()))
            if word.partition(".")[0] in known:
                message = f"`{found[0]}` is read as it stands, and no value is put there"
                out.add(node.position(found.start()), "PF328", message, f"write ${{{word}}}")
    fields = submap(tree, "data")
    for node in _told(tree):
        if node.strip() in fields:
            message = f"`{node.strip()}` is sent as this word, and a field of the case has that name"
            hint = f'write "${{{node.strip()}}}", or more words if the word is meant'
            out.add(place(node), "PF328", message, hint)
    return out.found


def _told(tree: YMap) -> Iterator[YText]:
    """What effects say in words."""
    for effect in effects_of(tree):
        if isinstance(effect.given, YMap):
            for key in ("text", "subject"):
                yield from _below(effect.given.get(key))


def _all_texts(tree: YMap) -> Iterator[YText]:
    """Words for people, parameters of effects and values that are set; each once."""
    seen: set[tuple[int, int]] = set()
    nodes: list[Any] = list(texts_of("procedure", tree, ()))
    nodes += [effect.given for effect in effects_of(tree)]
    for state in states_of(tree):
        nodes.append(submap(state.node, "invoke"))
        nodes += [submap(layer, "set") for move in moves_of(state.node) for layer in move.layers()]
    for node in nodes:
        for text in _below(node):
            if (text.line, text.column) not in seen:
                seen.add((text.line, text.column))
                yield text


def _below(node: Any) -> Iterator[YText]:
    if isinstance(node, YText):
        yield node
    elif isinstance(node, YMap | YList):
        for item in node.values() if isinstance(node, YMap) else node:
            yield from _below(item)


def _without_values(text: str) -> str:
    """The text with blanks for each `${…}`, so that what stands in one is no part of it."""
    if not _LIKE_A_VALUE.search(text):
        return ""
    try:
        spans = holes(text)
    except ExpressionSyntaxError:  # which is told, and nothing more is sure about the text then
        return ""
    for begin, end in spans:
        text = text[:begin] + " " * (end - begin) + text[end:]
    return text

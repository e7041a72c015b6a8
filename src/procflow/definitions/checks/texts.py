"""Words for people: in every language of the organisation, not empty, and complete when they are read.

It reads the file itself, since every text is to be found, wherever it stands. It must not know procedures' states.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from procflow.core.expressions import unparse
from procflow.definitions.building import LANGUAGE, is_null, place
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import effects_of, states_of
from procflow.definitions.checks.walk import Seen
from procflow.definitions.nodes import YList, YMap, YText, submap
from procflow.definitions.types import DATE, INSTANT
from procflow.errors import Diagnostic

#: The keys under which words for people stand.
KEYS = frozenset({"title", "help", "label", "labels", "say", "guide", "says", "refuse", "summary"})


#: Those of them that people who write procedures read.
_FOR_OWNERS = ("says", "summary")
#: So many texts with languages stand beside one without, where it is one that was forgotten.
_NEARLY = 4
_VALUES = re.compile(r"\$\{[^}]*\}")
_WORD = re.compile(r"[^\W\d_]{2,}")
#: From so many letters on a word alone is seldom one of several languages.
_LONG = 8


def check(path: str, kind: str, tree: YMap, languages: Sequence[str]) -> list[Diagnostic]:
    """Texts that miss a language, and empty ones; of `languages` nothing is said where none are known."""
    out = Findings(path)
    texts = list(texts_of(kind, tree, languages))
    for node in texts:
        _look(node, languages, out)
    if len(languages) > 1:
        _in_no_language(tree, texts, languages, out)
    return out.found


def _in_no_language(tree: YMap, texts: Sequence[Any], languages: Sequence[str], out: Findings) -> None:
    """A text for all readers where nearly all others of the document have their languages: it was forgotten."""
    owners = {place(node) for key in (*_FOR_OWNERS, "labels") for node in _under(tree, keys=frozenset({key}))}
    read = [node for node in texts if place(node) not in owners]
    plain = [node for node in read if isinstance(node, YText) and _is_of_a_language(_VALUES.sub("", node))]
    if not plain or len(plain) * _NEARLY > len(read) - len(plain):
        return
    for node in plain:
        rest = ", ".join(f"{language}: …" for language in languages[1:])
        hint = f"write it in each: {{{languages[0]}: {' '.join(node.split()):.60}, {rest}}}"
        message = "this text is the same for all readers, and the others here have their languages"
        out.add(place(node), "PF270", message, hint, tuple(languages))


def _is_of_a_language(text: str) -> bool:
    """Whether a text can hardly be the same in several languages, as `SMS`, `Stop` and names of products are."""
    words = _WORD.findall(text)
    if text.isupper() or not words:
        return False
    return len(words) > 1 or len(words[0]) >= _LONG or not words[0].isascii()


def check_instants(path: str, seen: Sequence[Seen]) -> list[Diagnostic]:
    """Instants and dates in words for people that may be unset when the words are read."""
    out = Findings(path)
    for item in seen:
        if item.use == "words" and item.typed.unset and item.typed.type in (INSTANT, DATE):
            text = unparse(item.expression.node)
            message = f"`{text}` may be unset when these words are read, and then nothing stands there"
            out.add(
                item.at,
                "PF272",
                message,
                "name it only where it is surely set, or write the words without it",
            )
    return out.found


def _look(node: Any, languages: Sequence[str], out: Findings) -> None:
    if isinstance(node, YText):
        if node and not node.strip():
            out.add(place(node), "PF271", "an empty text", "write the words, or take the key away")
        return
    if not isinstance(node, YMap) or not node:
        return
    for language, text in node.items():
        if isinstance(text, YText) and not text.strip() and not is_null(text):  # no value at all is PF103
            message = f"an empty text in `{language}`"
            out.add(place(text), "PF271", message, "write the words, or take the language away")
    missing = [language for language in languages if language not in node]
    if missing:
        names = " and ".join(f"`{language}`" for language in missing)
        extra = [language for language in node if languages and language not in languages]
        hint = f"add {', '.join(f'{language}: …' for language in missing)}"
        if extra:
            hint += f" (nobody here reads `{extra[0]}`; the languages are {', '.join(languages)})"
        out.add(place(node), "PF270", f"this text is missing in {names}", hint, tuple(missing))


def texts_of(kind: str, tree: YMap, languages: Sequence[str]) -> Iterator[Any]:
    """Every text of a document, as a node."""
    if kind == "scenarios":
        return  # what a rehearsal expects to be said is nothing that anybody reads
    yield from _under(tree)
    if kind == "organisation":
        yield from submap(tree, "roles").values()
    if kind != "procedure":
        return
    for effect in effects_of(tree):
        yield from _parameters(effect.given, languages)
    for state in states_of(tree):
        invoke = submap(state.node, "invoke")
        for given in invoke.values():
            yield from _parameters(given, languages)


#: Mappings from names that owners choose: a name among them is no key of the language.
_CHOSEN = frozenset(
    {
        "data", "states", "choices", "events", "after", "deadlines", "promises", "decisions", "inputs", "parallel",
        "properties", "types", "columns", "people", "roles", "parameters", "mailboxes", "tests", "set", "with",
    }
)  # fmt: skip
_PLAIN = frozenset({"gives", "rows", "schema", "default", "enum", "entry", "exit", "do", "invoke", "before"})


def _under(node: Any, chosen: bool = False, keys: frozenset[str] = KEYS) -> Iterator[Any]:
    """Texts below a node, by the keys they stand under."""
    if isinstance(node, YList):
        for item in node:
            yield from _under(item, keys=keys)
    elif isinstance(node, YMap):
        for key, item in node.items():
            if chosen:
                yield from _under(item, keys=keys)
            elif key == "labels" and isinstance(item, YMap):
                yield from item.values() if key in keys else ()
            elif key in keys:
                if isinstance(item, YText) or _is_words(item):
                    yield item
            elif key in ("ask", "optional"):
                for entry in item if isinstance(item, YList) else [item]:
                    yield from _under(entry, chosen=True, keys=keys)
            elif key not in _PLAIN:
                yield from _under(item, chosen=key in _CHOSEN, keys=keys)


def _is_words(node: Any) -> bool:
    return (
        isinstance(node, YMap)
        and bool(node)
        and all(LANGUAGE.fullmatch(key) and isinstance(text, YText) for key, text in node.items())
    )


def _parameters(node: Any, languages: Sequence[str], inside: bool = False) -> Iterator[Any]:
    """Texts by language among the parameters of an operation; `{to: …}` is none, although it looks like one."""
    if inside and _is_words(node) and not set(languages or ("da", "en")).isdisjoint(node):
        yield node
    elif isinstance(node, YMap):
        for item in node.values():
            yield from _parameters(item, languages, inside=True)
    elif isinstance(node, YList):
        for item in node:
            yield from _parameters(item, languages, inside=True)

"""Words that a scenario expects on the screen: in a language that somebody here reads, for a person who is there.

Whether they stand there is the rehearsal's matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from procflow.core.procedure import Procedure, Text
from procflow.definitions.building import LANGUAGE, key_place
from procflow.definitions.checks.finding import Findings
from procflow.definitions.checks.outline import listed
from procflow.definitions.nodes import YMap

#: The keys of `expect` that look at the words on the screen.
KEYS = ("says", "says_not", "says_only")


def check(
    node: YMap,
    procedure: Procedure | None,
    languages: tuple[str, ...],
    person: Callable[[Any], None],
    out: Findings,
) -> None:
    """Look at what an `expect` says of the screen; `languages` are the organisation's, `person` checks a code."""
    known = spoken(procedure, languages)
    for key in KEYS:
        for by_language in _by_language(node.get(key), person):
            for language in by_language:
                if known and language not in known:
                    _unread(by_language, str(language), known, out)


def spoken(procedure: Procedure | None, languages: tuple[str, ...]) -> tuple[str, ...]:
    """The languages in which the words of a procedure stand, else those of the organisation."""
    if procedure is None:
        return languages
    texts: list[Text | None] = [procedure.title]
    for state in procedure.states:
        texts += [state.title, state.help]
        if state.task is not None:
            texts += [state.task.say, state.task.guide]
        for choice in state.choices:
            texts += [choice.label, choice.help]
    own = dict.fromkeys(
        language for text in texts if text is not None for language in text.languages if language
    )
    return tuple(own) or languages


def _unread(node: YMap, language: str, known: tuple[str, ...], out: Findings) -> None:
    hint = f"it speaks {' and '.join(f'`{name}`' for name in known)}"
    out.add(key_place(node, language), "PF420", f"the procedure has no words in `{language}`", hint)


def _by_language(node: Any, person: Callable[[Any], None]) -> Iterator[YMap]:
    """Every mapping of languages to words, in lists and under parts too."""
    for item in listed(node):
        if not isinstance(item, YMap):
            continue
        if item and all(LANGUAGE.fullmatch(str(key)) for key in item):
            yield item
            continue
        person(item.get("reader"))
        for part in item.values():
            yield from _by_language(part, person)

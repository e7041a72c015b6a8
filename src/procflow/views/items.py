"""What an item of a case is about, in lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from procflow.builtin.evidence_words import FORMS
from procflow.core.render import text_in, value_in_words
from procflow.core.scope import StepScope

if TYPE_CHECKING:
    from procflow.app import App

#: What the facts of an item are called, in the order in which they are told.
ABOUT: Mapping[str, Mapping[str, str]] = {
    "en": {
        "operation": "What", "subject": "Subject", "text": "Text", "from": "From", "to": "To", "channel": "Came by",
        "received": "Received", "form": "Form", "files": "Files", "error": "Error", "because": "Because of",
        "command": "Step", "words": "Why", "promise": "Promise", "person": "Person", "code": "Code", "until": "Answer by",
        "note": "Note", "reason": "Because", "hand_over": "Hand-over", "fields": "Filled in",
        "not_read": "Could not be read (look at it as it came)",
    },
    "da": {
        "operation": "Hvad", "subject": "Emne", "text": "Tekst", "from": "Fra", "to": "Til", "channel": "Kom ad",
        "received": "Modtaget", "form": "Form", "files": "Filer", "error": "Fejl", "because": "På grund af",
        "command": "Trin", "words": "Hvorfor", "promise": "Løfte", "person": "Person", "code": "Kode", "until": "Svar inden",
        "note": "Note", "reason": "Fordi", "hand_over": "Overdragelse", "fields": "Udfyldt",
        "not_read": "Kunne ikke læses (se den, som den kom)",
    },
}  # fmt: skip
_CAME = {
    "en": "{channel} from {sender}{about} ({received})",
    "da": "{channel} fra {sender}{about} ({received})",
}
_A_MESSAGE = {"en": "a message", "da": "en besked"}
_UNSET: tuple[Any, ...] = (None, "", (), [], {})


def item_lines(app: App, kind: str, facts: Any, scope: StepScope, language: str) -> list[str]:
    """As `told`; for what is to be done by hand the operation, and what its channel says is to be done."""
    if kind == "manual" and isinstance(facts, Mapping):
        channel, _, operation = str(facts["operation"]).partition(".")
        said = app.channels.instruction(channel, operation, facts.get("parameters") or {})
        return [str(facts["operation"]), *said["da" if language == "da" else "en"].splitlines()]
    return told(facts, scope, language)


def told(facts: Any, scope: StepScope, language: str) -> list[str]:
    """What an item is about, a line each: of a message first what came and from whom, else what is said."""
    if not isinstance(facts, Mapping):
        return str(facts).splitlines() if facts not in _UNSET else []
    names = ABOUT.get(language, ABOUT["en"])
    left = {key: value for key, value in facts.items() if value not in _UNSET}
    in_others = left.pop("words_in", None)
    if isinstance(in_others, Mapping) and language in in_others:
        left["words"] = in_others[language]
    if left.get("form") == "message":
        del left["form"]
    elif str(left.get("form")) in FORMS:
        left["form"] = FORMS[str(left["form"])][0 if language == "da" else 1]
    lines = []
    if {"channel", "from", "received"} <= left.keys():
        came = {
            key: value_in_words(left.pop(key), scope, language) for key in ("channel", "from", "received")
        }
        form = _CAME.get(language, _CAME["en"])
        about = f": {left.pop('subject')}" if "subject" in left else ""
        lines.append(form.format(about=about, sender=came.pop("from"), **came))
    if "because" in left:
        left["because"] = _cause(str(left["because"]), scope, language)
    for key in sorted(left, key=lambda name: list(names).index(name) if name in names else len(names)):
        said = value_in_words(_set(left[key]), scope, language)
        lines.append(f"{names.get(key, key.replace('_', ' '))}: {said}")
    return lines


def _cause(name: str, scope: StepScope, language: str) -> str:
    """What a notice was given for, as people call it: a deadline, a choice, a message."""
    procedure = scope.procedure
    if name == "message":
        return _A_MESSAGE.get(language, _A_MESSAGE["en"])
    deadline = procedure.deadline.get(name)
    choices = (choice for state in procedure.states for choice in state.choices if choice.name == name)
    title = deadline.title if deadline is not None else next((choice.label for choice in choices), None)
    return text_in(title, scope, language) or name.replace("_", " ")


def _set(value: Any) -> Any:
    """Without what is unset, so that nothing stands there empty."""
    if isinstance(value, Mapping):
        return {key: _set(item) for key, item in value.items() if item not in _UNSET}
    return value

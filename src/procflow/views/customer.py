"""What a case knows of its customer, and what else there is about the same customer, as plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from procflow.app import App
from procflow.core import journal as j
from procflow.core.procedure import Field, Procedure
from procflow.core.render import text_in, word_in
from procflow.core.scope import StepScope
from procflow.engine import Loaded, identity_texts
from procflow.views.scopes import scope_of

#: How long ago a customer may have been here to be told of: agents greet them otherwise.
RECENTLY = timedelta(days=7)
_STEPS_FOR_NOTES = 60


def customer_view(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """Facts (who the customer is, then the rest), other cases of the same customer, choices taken so far, notes."""
    procedure, scope = app.procedure_of(loaded), scope_of(app, loaded, by)
    others = list(same_customer(app, loaded, by))
    since = app.world.now() - RECENTLY
    return {
        "about": _facts(procedure, scope, language, identity=True),
        "facts": _facts(procedure, scope, language, identity=False),
        "others": [_other(app, each, by, language) for each in others if not each.plain.is_closed],
        "recent": sum(1 for each in others if each.plain.opened is not None and each.plain.opened >= since),
        "taken": _taken(procedure, scope, language),
        "notes": list(notes(app, loaded))[-3:][::-1],
    }


def _identifying(procedure: Procedure) -> list[str]:
    """What says who the customer is: the subject, what singles them out, and what is personal and short."""
    first = [procedure.subject, *procedure.correlate]
    names = [f.name for f in procedure.data if f.pii and (f.items or f).type in ("string", "phone", "email")]
    return [name for name in dict.fromkeys([*first[:1], *names, *first[1:]]) if name in procedure.fields]


def _facts(procedure: Procedure, scope: StepScope, language: str, *, identity: bool) -> list[dict[str, Any]]:
    mine = _identifying(procedure)
    names = mine if identity else [f.name for f in procedure.data if f.name not in mine]
    found = []
    for name in names:
        field, value = procedure.fields[name], scope.name(name)
        if value is None or value == () or value == "" or field.type in ("evidence", "file"):
            continue
        shown = value
        if field.type == "person":
            shown = scope.surroundings.organisation.name_of(str(getattr(value, "id", None) or _code(value)))
        text = word_in(field, shown, scope, language)
        found.append(
            {
                "name": name,
                "label": text_in(field.label, scope, language) or name.replace("_", " "),
                "text": text if (field.items or field).labels else _said(field, text),
                "personal": field.pii,
                "type": field.type,
            }
        )
    return found


def _said(field: Field, text: str) -> str:
    """A word of an enum without its underscores, a Danish number in pairs of digits."""
    if (field.items or field).type == "phone":
        return re.sub(r"\+45(\d\d)(\d\d)(\d\d)(\d\d)\b", r"+45 \1 \2 \3 \4", text)
    return text.replace("_", " ") if field.schema.get("enum") else text


def _code(value: Any) -> str:
    return str(value["id"]) if hasattr(value, "keys") else str(value)


def same_customer(app: App, loaded: Loaded, by: str) -> Iterator[Loaded]:
    """Other cases, open or closed, that carry the same data to correlate by, newest first; only those that `by` may see."""
    procedure, data = app.procedure_of(loaded), loaded.plain.data
    texts = [text for name in procedure.correlate for text in identity_texts(data.get(name))]
    if procedure.subject and procedure.subject not in procedure.correlate:
        texts += identity_texts(data.get(procedure.subject))
    yield from cases_with(app, texts, by, but=loaded.row.id)


def cases_with(app: App, texts: list[str], by: str, *, but: str = "", limit: int = 20) -> Iterator[Loaded]:
    """Cases found by such texts, those that fit best first, then the newest; only those that `by` may see."""
    if not texts:
        return
    fingerprints = [app.engine.keys.fingerprint(text) for text in dict.fromkeys(texts)]
    found = app.store.find(fingerprints, open_only=False)
    for case in list(found)[:limit]:
        if case != but and (seen := seen_by(app, app.engine.load(case), by)) is not None:
            yield seen


def seen_by(app: App, loaded: Loaded, by: str) -> Loaded | None:
    """The case, where `by` may see it; that it was found and not shown is not kept as a denial."""
    return loaded if app.sees(loaded.row.id, by) else None


def _other(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    procedure = app.procedure_of(loaded)
    scope = scope_of(app, loaded, by)
    states = [app.state_called(loaded, state, by, language) for state in loaded.plain.active]
    return {
        "number": loaded.row.number, "title": text_in(procedure.title, scope, language),
        "state": ", ".join(states), "closed": loaded.plain.is_closed, "outcome": loaded.plain.outcome or None,
        "opened": loaded.plain.opened,
    }  # fmt: skip


def other_case(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """A case in a line: number, title, where it is."""
    return _other(app, loaded, by, language)


def _taken(procedure: Procedure, scope: StepScope, language: str) -> list[dict[str, Any]]:
    """Each choice that was taken, with how often and how often today: the attempts among them."""
    labels = {choice.name: choice for state in procedure.states for choice in state.choices}
    case = scope.case
    return [
        {
            "name": name, "times": times,
            "today": case.today.get(name, 0) if case.day == scope.now.date() else 0,
            "label": (text_in(labels[name].label, scope, language) if name in labels else "") or name.replace("_", " "),
        }
        for name, times in case.counts.items()
    ]  # fmt: skip


def notes(app: App, loaded: Loaded) -> Iterator[dict[str, Any]]:
    """The notes of the last steps, oldest first: when, who, and the words."""
    organisation = app.engine.surroundings().organisation
    for row, entries in app.engine.journal(loaded.row.id, max(0, loaded.row.sequence - _STEPS_FOR_NOTES)):
        for entry in entries:
            if isinstance(entry, j.NoteWritten):
                text = getattr(entry.text, "value", entry.text)
                by = organisation.name_of(entry.by) if entry.by else ""
                yield {"at": row.at, "by": by, "text": str(text), "step": row.sequence}

"""The organisation, its people and its procedures as plain values."""

from __future__ import annotations

from typing import Any

from procflow.app import App
from procflow.core.mates import mate_of
from procflow.core.procedure import Procedure, Text
from procflow.views.case import ask_view
from procflow.views.scopes import scope_before


def people_view(app: App) -> list[dict[str, Any]]:
    """Everybody, in the order of the organisation's file; mail and phone stay out."""
    surroundings, now = app.engine.surroundings(), app.world.now()
    organisation = surroundings.organisation
    return [
        {
            "id": person, "name": organisation.name_of(person), "roles": list(facts.get("roles", ())),
            "mate": mate_of(organisation, person) or None, "region": facts.get("region"),
            "absent": surroundings.absent(person, now) is not None,
        }
        for person, facts in organisation.people.items()
    ]  # fmt: skip


def organisation_view(app: App) -> dict[str, Any]:
    organisation = app.engine.surroundings().organisation
    return {
        "organisation": organisation.name, "timezone": organisation.zone, "languages": list(organisation.languages),
        "now": app.world.now(), "rehearsal": app.rehearsal, "people": people_view(app),
        "roles": [{"id": role, "names": dict(names)} for role, names in organisation.roles.items()],
    }  # fmt: skip


def procedure_line(app: App, hash: str, procedure: Procedure, language: str) -> dict[str, Any]:
    """A procedure in a list."""
    return {
        "name": procedure.name, "title": _said(app, procedure.title, language) or procedure.name.replace("_", " "),
        "summary": procedure.summary_in(language), "owner": procedure.owner, "hash": hash,
        "opens": any(start.kind == "by" for start in procedure.starts),
    }  # fmt: skip


def procedure_view(app: App, hash: str, procedure: Procedure, by: str, language: str) -> dict[str, Any]:
    """A procedure in force."""
    scope = scope_before(app, procedure, by)
    asks = [ask for start in procedure.starts if start.kind == "by" for ask in start.asks]
    return {
        **procedure_line(app, hash, procedure, language),
        "asks": [ask_view(ask, scope, language) for ask in asks],
        "states": [
            {
                "name": state.name, "title": _said(app, state.title, language) or state.name.replace("_", " "),
                "final": state.final, "outcome": state.outcome if isinstance(state.outcome, str) else None,
                "choices": list(state.choices_by_name),
            }
            for state in procedure.states
        ],
        "deadlines": [deadline.name for deadline in procedure.deadlines],
        "files": [
            each.name
            for each in (*procedure.data, *(ask.field for ask in asks))
            if "file" in (each.type, each.items.type if each.items is not None else "")
        ],
        "promises": {promise.name: _said(app, promise.says, language) for promise in procedure.promises},
    }  # fmt: skip


def _said(app: App, text: Text | None, language: str) -> str:
    """Words of the owner as they stand, with what is filled in left in its braces."""
    template = text.template(language, app.engine.surroundings().organisation.language) if text else None
    if template is None:
        return ""
    return "".join(part if isinstance(part, str) else f"${{{_source(part)}}}" for part in template.parts)


def _source(part: Any) -> str:
    return " ".join(str(getattr(part, "source", "…")).split())

"""A case as one person may see it now, as plain values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from procflow.core.calendar import Due
from procflow.core.case import Case
from procflow.core.choices import choices_named
from procflow.core.clock_words import shown_clocks
from procflow.core.decide import with_note
from procflow.core.fields import words_for_field
from procflow.core.journal import EffectRequested
from procflow.core.procedure import Ask, Choice, Procedure
from procflow.core.render import labels_of, text_in
from procflow.core.scope import StepScope
from procflow.core.words import due_in_words, instant_in_words
from procflow.engine import Answer, Loaded
from procflow.views.items import item_lines
from procflow.views.scopes import scope_of

if TYPE_CHECKING:
    from procflow.app import App


def case_view(app: App, loaded: Loaded, by: str, language: str) -> dict[str, Any]:
    """Everything about a case that one person may see now."""
    case = loaded.plain
    procedure = app.procedure_of(loaded)
    surroundings = app.engine.surroundings()
    scope = StepScope(procedure, case, surroundings, app.world.now(), actor=by)
    offers = app.offers(loaded, by)
    return {
        "number": case.number,
        "rehearsal": app.rehearsal,
        "id": case.id,
        "procedure": case.procedure,
        "title": text_in(procedure.title, scope, language),
        "state": list(case.active),
        "closed": case.is_closed,
        "outcome": case.outcome or None,
        "opened": case.opened,
        "sequence": case.sequence,
        "words": app.words(loaded, by, language) if not case.is_closed else [],
        "data": {f.name: case.data.get(f.name) for f in procedure.data if case.data.get(f.name) is not None},
        "choices": [
            {
                "name": offer.word,
                "label": text_in(offer.choice.label, scope, language) or offer.choice.name.replace("_", " "),
                "state": offer.state,
                "available": offer.available,
                "because": offer.refusal.as_json(language) if offer.refusal is not None else None,
                "for": offer.behalf or None,
                "asks": [ask_view(ask, scope, language) for ask in with_note(offer.choice)],
            }
            for offer in offers
        ],
        "items": _items(app, loaded, by, scope, language),
        "deadlines": _clocks(procedure, case, scope, language),
        "hand_overs": [
            {"state": state, "to": one.to, "by": one.by, "until": Due.instant(one.due)}
            for state, one in case.hand_overs.items()
        ],
        "waiting": waiting_view(app, case, by, language),
    }


def waiting_view(app: App, case: Case, by: str, language: str) -> list[dict[str, Any]]:
    """What was asked of the outside and is not answered: on its way, or in trouble, and then what was said at the last try.
    Of an invoked procedure also which case it is that is waited for."""
    found = []
    for key, item in case.waiting.items():
        row = app.store.effect(key)
        found.append(
            {
                "key": key, "operation": item.operation, "attempts": row.tried if row else 0,
                "next_try": row.next_try if row and row.tried else None,
                "error": (app.engine.words_of(row) or None) if row else None,
                "case": _named(app, item.case, by, language) if item.case and item.operation == "procedure" else None,
            }
        )  # fmt: skip
    return found


def ask_view(ask: Ask, scope: StepScope, language: str) -> dict[str, Any]:
    field = ask.field
    return {
        "name": ask.name,
        "label": text_in(field.label, scope, language) or ask.name.replace("_", " "),
        "type": field.type,
        "of": field.items.type if field.items is not None else None,
        "optional": ask.optional,
        "help": text_in(field.help, scope, language) or words_for_field(field, language),
        "options": list(field.schema.get("enum", ())),
        "labels": labels_of(field, scope, language),
    }


def _items(app: App, loaded: Loaded, by: str, scope: StepScope, language: str) -> list[dict[str, Any]]:
    mine = app.item_offers(loaded, by)
    about = app.items(loaded)
    return [
        {
            "id": key,
            "kind": item.kind,
            "about": about.get(key),
            "lines": item_lines(app, item.kind, about.get(key), scope, language),
            "choices": mine.get(key, []),
            "asks": {
                choice: [ask.name for ask in app.item_asks(loaded, key, choice)]
                for choice in mine.get(key, [])
            },
        }
        for key, item in loaded.plain.items.items()
    ]


def _clocks(procedure: Procedure, case: Case, scope: StepScope, language: str) -> list[dict[str, Any]]:
    """Every deadline that began, with its lines for people; `promise` is the one whose date is to be promised."""
    found = []
    for clock in shown_clocks(procedure, case, scope, language):
        due, zone = clock.due, scope.zone
        view: dict[str, Any] = {
            "name": clock.name, "title": clock.title, "state": clock.state, "due": due.at if due else None,
        }  # fmt: skip
        if due is not None:
            view["due_words"] = instant_in_words(due.at, zone, language)
            view["act_by"] = due.act_by
            view["act_by_words"] = instant_in_words(due.act_by, zone, language) if due.act_by else None
            view["closed_hours"] = due.closed_hours
            view["derivation"] = due_in_words(due, zone, language)
        found.append({**view, "promise": clock.promise, "lines": list(clock.lines)})
    return found


def after_step(app: App, answer: Answer, by: str, language: str) -> dict[str, Any]:
    """The case after a step, with the cases that the step opened."""
    loaded = app.engine.load(answer.case_id)
    view = case_view(app, loaded, by, language)
    if any(isinstance(e, EffectRequested) and e.operation == "start" for e in answer.entries):
        numbers = app.started_by(loaded, answer.sequence - 1)
        view["started"] = [_named(app, number, by, language) for number in numbers]
    return view


def _named(app: App, case: str | int, by: str, language: str) -> dict[str, Any]:
    """Another case by its number and what it is called."""
    other = app.engine.load(case)
    procedure = app.procedure_of(other)
    title = text_in(procedure.title, scope_of(app, other, by), language)
    return {"number": other.row.number, "procedure": procedure.name, "title": title}


def find_choice(app: App, loaded: Loaded, name: str) -> Choice | None:
    found = choices_named(app.procedure_of(loaded), loaded.plain, name)
    return found[0][1] if found else None

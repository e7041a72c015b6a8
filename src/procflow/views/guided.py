"""A case as the guided way needs it: what is told, what can be done with every field and what was typed for it, with whom
the work is otherwise, and what somebody else did meanwhile.

It asks nobody anything: the terminal's guide does, in the workspace itself and from another machine alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from procflow.core import journal as j
from procflow.core.decide import NOTE_ASKS, field_context, with_note
from procflow.core.fields import check_value, words_for_field
from procflow.core.people import holders
from procflow.core.procedure import Ask, Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.core.values import plain
from procflow.engine import Loaded
from procflow.errors import EvaluationError, NotFound, words_in_both
from procflow.views.case import ask_view, case_view, find_choice
from procflow.views.items import item_lines
from procflow.views.scopes import scope_before, scope_of
from procflow.views.story import story_view
from procflow.views.typed import NOTE, checked, is_file, keepable

if TYPE_CHECKING:
    from procflow.app import App

#: What may change what somebody else is about to answer; a note or a delivery does not.
MOVES = (j.TransitionTaken, j.DataSet, j.CaseClosed, j.TaskClaimed, j.TaskGiven)


def guided_view(app: App, loaded: Loaded, by: str, language: str, since: int = 0) -> dict[str, Any]:
    """The case as `case_view` tells it, and what a guide asks beside. With `since`, what others did after that step."""
    scope = scope_of(app, loaded, by)
    view = case_view(app, loaded, by, language)
    items, options = _items(app, loaded, scope, language)
    return {
        "case": view,
        "items": items,
        "options": [*_choices(app, loaded, scope, language, view), *options],
        "with": _whose(app, loaded),
        "started": [number for number in app.started_by(loaded) if not app.engine.load(number).plain.is_closed],
        "moved": moved_since(app, loaded, since, by, language) if since else None,
    }  # fmt: skip


def opening_view(app: App, name: str, by: str, language: str) -> dict[str, Any]:
    """What the start of a procedure in force asks of somebody, and what they had typed for it."""
    procedure = app.to_open(name)
    scope = scope_before(app, procedure, by)
    asks = opening_asks(app, procedure, by)
    return {
        "procedure": procedure.name,
        "title": text_in(procedure.title, scope, language),
        "asks": [_field(ask, scope, {}, language) for ask in asks],
        "typed": app.opening_draft(name, by) if asks else {},
        "told": app.kept_back(name) or None,
    }  # fmt: skip


def checked_view(
    app: App, loaded: Loaded, choice: str, item: str, typed: Mapping[str, Any], by: str, language: str
) -> dict[str, Any]:
    """Typed values held against the fields of a choice (of an item), one by one; nothing is done."""
    asks = asks_of(app, loaded, choice, item)
    return {
        "fields": checked(app, loaded.row.number, scope_of(app, loaded, by), asks, typed, language)
    }  # fmt: skip


def checked_opening(app: App, name: str, typed: Mapping[str, Any], by: str, language: str) -> dict[str, Any]:
    """The same for what the start of a procedure asks."""
    procedure = app.to_open(name)
    asks = opening_asks(app, procedure, by)
    return {"fields": checked(app, 0, scope_before(app, procedure, by), asks, typed, language)}


def keep_typed(
    app: App, loaded: Loaded, choice: str, item: str, typed: Mapping[str, Any], by: str
) -> dict[str, Any]:
    """Keep a draft of what is typed; -> what of it is kept."""
    kept = keepable(scope_of(app, loaded, by), asks_of(app, loaded, choice, item), typed)
    app.keep_draft(loaded.row.number, by, draft_name(choice, item), kept)
    return kept


def keep_opening(app: App, name: str, typed: Mapping[str, Any], by: str) -> dict[str, Any]:
    procedure = app.to_open(name)
    kept = keepable(scope_before(app, procedure, by), opening_asks(app, procedure, by), typed)
    app.keep_opening_draft(name, by, kept)
    return kept


def moved_since(app: App, loaded: Loaded, since: int, by: str, language: str) -> dict[str, Any] | None:
    """Who did what after a step that may change what `by` is about to answer; None where nobody did."""
    if since >= loaded.row.sequence:
        return None
    journal = app.engine.journal(loaded.row.id, since)
    if not any(isinstance(entry, MOVES) for _, entries in journal for entry in entries):
        return None
    steps = story_view(app, loaded, language, since)
    others = [step for step in steps if step["by"] != by]
    names = list(dict.fromkeys(step["by_name"] for step in others if step["by_name"]))
    return {"by": names, "lines": [line for step in steps for line in step["lines"]]}


# parts


def asks_of(app: App, loaded: Loaded, choice: str, item: str = "") -> tuple[Ask, ...]:
    """What a choice asks for, of an item, or the note beside everything. Raises NotFound for one that there is not."""
    if choice == NOTE:
        return NOTE_ASKS
    number = loaded.row.number
    if item:
        if item in loaded.plain.items:
            return app.item_asks(loaded, item, choice)
        raise NotFound(
            *words_in_both(
                f"case {number} has no item {item!r} now", f"sag {number} har intet, der hedder {item!r}, nu",
                "look at its items", "se, hvad der er at gøre i sagen",
            )
        )  # fmt: skip
    found = find_choice(app, loaded, choice)
    if found is None:
        raise NotFound(
            *words_in_both(
                f"case {number} has no choice of this name now", f"sag {number} har ikke det valg nu",
                "look at its choices", "se på sagens valg",
            )
        )  # fmt: skip
    return with_note(found)


def opening_asks(app: App, procedure: Procedure, by: str) -> tuple[Ask, ...]:
    """What the start that is for this person asks for."""
    organisation = app.engine.surroundings().organisation
    roles = organisation.people.get(by, {}).get("roles", ())
    start = next((s for s in procedure.starts if s.kind == "by" and s.role in roles), None)
    return start.asks if start is not None else ()


def draft_name(choice: str, item: str = "") -> str:
    """The name under which what is typed for a choice is kept."""
    return f"{choice} {item}" if item else choice


def _choices(
    app: App, loaded: Loaded, scope: StepScope, language: str, view: Mapping[str, Any]
) -> list[dict[str, Any]]:
    found = []
    for told, offer in zip(view["choices"], app.offers(loaded, scope.actor), strict=True):
        if told["available"]:
            asks = with_note(offer.choice)
            behalf = scope.surroundings.organisation.name_of(told["for"]) if told["for"] else None
            hint = text_in(offer.choice.help, scope, language)
            found.append(_option(app, loaded, scope, language, told["name"], "", asks, told["label"], hint, behalf))  # fmt: skip
    return found


def _items(
    app: App, loaded: Loaded, scope: StepScope, language: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What there is to look at or to do by hand, and what can be done with it."""
    items, options = [], []
    mine, about = app.item_offers(loaded, scope.actor), app.items(loaded)
    for key, item in loaded.plain.items.items():
        if key not in mine:
            continue
        facts = about.get(key)
        lines = item_lines(app, item.kind, facts, scope, language)
        items.append({"id": key, "kind": item.kind, "lines": lines})
        short = (
            str(facts["operation"])
            if item.kind == "manual" and isinstance(facts, Mapping)
            else (lines or [key])[0]
        )
        for choice in mine[key]:
            asks = app.item_asks(loaded, key, choice)
            options.append(_option(app, loaded, scope, language, choice, key, asks, short, "", None))
    return items, options


def _option(
    app: App, loaded: Loaded, scope: StepScope, language: str, choice: str, item: str, asks: Sequence[Ask],
    label: str, hint: str, behalf: str | None,
) -> dict[str, Any]:  # fmt: skip
    names = {ask.name for ask in asks}
    kept = app.draft(loaded.row.id, scope.actor, draft_name(choice, item)) if names else {}
    return {
        "choice": choice, "item": item or None, "label": label, "help": hint, "for": behalf,
        "asks": [_field(ask, scope, loaded.plain.data, language) for ask in asks],
        "typed": {name: value for name, value in kept.items() if name in names},
    }  # fmt: skip


def _field(ask: Ask, scope: StepScope, data: Mapping[str, Any], language: str) -> dict[str, Any]:
    field = ask.field
    known = next((raw for raw in (data.get(ask.name) if ask.stored else None, field.default) if _holds(ask, raw, scope)), None)  # fmt: skip
    organisation = scope.surroundings.organisation
    people = [{"id": code, "name": organisation.name_of(code)} for code in organisation.people] if field.type == "person" else []  # fmt: skip
    return {
        **ask_view(ask, scope, language),
        "options": [plain(word) for word in field.schema.get("enum", ()) if word is not None],
        "expects": words_for_field(field, language),
        "file": is_file(field),
        "known": known,
        "people": people,
        "roles": list(field_context(scope.surroundings).roles or ()) if field.type == "role" else [],
    }  # fmt: skip


def _holds(ask: Ask, raw: Any, scope: StepScope) -> bool:
    if raw is None or raw == ():
        return False
    try:
        return not check_value(ask.field, raw, field_context(scope.surroundings))[1]
    except EvaluationError:
        return False


def _whose(app: App, loaded: Loaded) -> list[str]:
    """The names of those who have the open work."""
    surroundings = app.engine.surroundings()
    found: dict[str, None] = {}
    for task in loaded.plain.tasks.values():
        people = (task.claimed_by,) if task.claimed_by else task.people
        roles = () if task.claimed_by else task.roles
        for name in holders(surroundings, roles, people, app.world.now()):
            found[surroundings.organisation.name_of(name)] = None
    return list(found)

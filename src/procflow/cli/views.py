"""A case as people and programs see it; shared by the commands that end with "and what now"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.app import App
from procflow.cli.style import fitted
from procflow.core.case import Case
from procflow.core.choices import choices_named
from procflow.core.clock_words import shown_clocks
from procflow.core.decide import with_note
from procflow.core.fields import words_for_field
from procflow.core.journal import EffectRequested
from procflow.core.procedure import Ask, Choice, Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.core.words import due_in_words, instant_in_words
from procflow.engine import Answer, Loaded

WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "case": "Case", "state": "State", "say": "Say", "guide": "Do", "choices": "You can", "asks": "asks for",
        "nothing": "Nothing is offered to you here.", "deadlines": "Deadlines",
        "closed": "Closed", "items": "To look at", "waiting": "On its way", "optional": "optional",
        "started": "started case", "by": "for", "rehearsal": "REHEARSAL", "manual": "By hand", "read": "To read", "failed": "Failed", "stuck": "Stuck", "alarm": "Alarm", "notice": "Notice",
        "message": "message", "waits_not": "Nothing waits.",
    },
    "da": {
        "case": "Sag", "state": "Tilstand", "say": "Sig", "guide": "Gør", "choices": "Du kan", "asks": "spørger om",
        "nothing": "Intet tilbydes dig her.", "deadlines": "Frister",
        "closed": "Afsluttet", "items": "Se på", "waiting": "Undervejs", "optional": "valgfri",
        "started": "startede sag", "by": "for", "rehearsal": "ØVELSE", "manual": "I hånden", "read": "At læse", "failed": "Mislykket", "stuck": "Sidder fast", "alarm": "Alarm", "notice": "Besked",
        "message": "besked", "waits_not": "Intet venter.",
    },
}  # fmt: skip


def words(language: str) -> Mapping[str, str]:
    return WORDS.get(language, WORDS["en"])


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
        "items": _items(app, loaded, by, language),
        "deadlines": _clocks(procedure, case, scope, language),
        "waiting": [{"key": key, "operation": item.operation} for key, item in case.waiting.items()],
    }


def ask_view(ask: Ask, scope: StepScope, language: str) -> dict[str, Any]:
    field = ask.field
    return {
        "name": ask.name,
        "label": text_in(field.label, scope, language) or ask.name.replace("_", " "),
        "type": field.type,
        "optional": ask.optional,
        "help": text_in(field.help, scope, language) or words_for_field(field, language),
        "options": list(field.schema.get("enum", ())),
    }


def _items(app: App, loaded: Loaded, by: str, language: str) -> list[dict[str, Any]]:
    mine = app.item_offers(loaded, by)
    about = app.items(loaded)
    return [
        {
            "id": key,
            "kind": item.kind,
            "about": about.get(key),
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


def case_text(view: Mapping[str, Any], language: str) -> str:
    """The case for a terminal: the next sentence to say, what can be done, and the dates to promise."""
    w = words(language)
    mark = f" [{w['rehearsal']}]" if view["rehearsal"] else ""
    lines = [f"{w['case']} {view['number']}: {view['title']}{mark}"]
    if view["closed"]:
        lines.append(f"{w['closed']}: {view['outcome']}")
    for state in view["words"]:
        lines.append(f"{w['state']}: {state['title']}")
        if state["say"]:
            lines.append(f"  {w['say']}: “{state['say']}”")
        if state["guide"]:
            lines.append(f"  {w['guide']}: {state['guide']}")
    lines += _choices_text(view, w)
    for clock in view["deadlines"]:
        lines += [f"  {line}" for line in clock["lines"]]
    lines += _items_text(view, w)
    for effect in view["waiting"]:
        lines.append(f"  {w['waiting']}: {effect['operation']}")
    for case in view.get("started", ()):
        lines.append(f"  {w['started']} {case['number']}: {case['title']}")
    return "\n".join(fitted(lines))


def after_step(app: App, answer: Answer, by: str, language: str) -> dict[str, Any]:
    """The case after a step, with the cases that the step opened."""
    loaded = app.engine.load(answer.case_id)
    view = case_view(app, loaded, by, language)
    if any(isinstance(e, EffectRequested) and e.operation == "start" for e in answer.entries):
        view["started"] = []
        for number in app.started_by(loaded, answer.sequence - 1):
            other = app.engine.load(number)
            procedure = app.procedure_of(other)
            scope = StepScope(procedure, other.plain, app.engine.surroundings(), app.world.now(), actor=by)
            title = text_in(procedure.title, scope, language)
            view["started"].append({"number": number, "procedure": procedure.name, "title": title})
    return view


def already_open(number: int, language: str) -> str:
    """That nothing was opened, and which case is shown instead."""
    if language == "da":
        return f"Sag {number} er åben i forvejen, og der må kun være én: den vises her."
    return f"Case {number} is open already, and there may be only one: here it is."


def _items_text(view: Mapping[str, Any], w: Mapping[str, str]) -> list[str]:
    lines = []
    kinds = [item["kind"] for item in view["items"]]
    for item in view["items"]:
        first, *rest = spoken(item["about"]).splitlines() or [""]
        lines.append(f"  {w.get(item['kind'], item['kind'])}: {_short(first)}")
        lines += [f"      {_short(line)}" for line in rest]
        which = f" --with item={item['id']}" if kinds.count(item["kind"]) > 1 else ""
        for choice in item["choices"]:
            asked = "".join(f" --with {name}=…" for name in item["asks"][choice])
            lines.append(f"    procflow do {view['number']} {choice}{asked}{which}")
    return lines


def _choices_text(view: Mapping[str, Any], w: Mapping[str, str]) -> list[str]:
    available = [choice for choice in view["choices"] if choice["available"]]
    if view["closed"]:
        return []
    if not available:
        return [w["nothing"]]
    lines = [f"{w['choices']}:"]
    for choice in available:
        label = "" if choice["label"] == choice["name"].replace("_", " ") else f" - {choice['label']}"
        behalf = f" ({w['by']} {choice['for']})" if choice["for"] else ""
        lines.append(f"  {choice['name']}{label}{behalf}")
        if choice["asks"]:
            names = [
                ask["name"] + (f" ({w['optional']})" if ask["optional"] else "") for ask in choice["asks"]
            ]
            lines.append(f"      {w['asks']}: {', '.join(names)}")
    return lines


def _short(value: Any) -> str:
    text = ", ".join(f"{k}={v}" for k, v in value.items()) if isinstance(value, Mapping) else str(value)
    return text if len(text) <= 200 else text[:199] + "…"


def spoken(facts: Any) -> str:
    """What an item is about, a line each; the values as people read them."""
    if not isinstance(facts, Mapping):
        return str(facts) if facts is not None else ""
    lines = []
    for key, value in facts.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{k}: {v}" for k, v in value.items() if v not in (None, "", (), []))
        elif isinstance(value, list | tuple):
            value = ", ".join(str(item) for item in value)
        lines.append(f"{key}: {value}")
    return "\n".join(lines)


def reason_in_words(reason: str, language: str) -> str:
    """Why a message belongs to no case; the store keeps it in English."""
    if language != "da":
        return reason
    count = reason.removesuffix(" cases fit")
    if count.isdigit():
        return f"{count} sager passer"
    opens = "several procedures open with it: "
    if reason.startswith(opens):
        return f"flere procedurer oprettes af den: {reason.removeprefix(opens)}"
    return {"no case fits": "ingen sag passer"}.get(reason, reason)


def find_choice(app: App, loaded: Loaded, name: str) -> Choice | None:
    found = choices_named(app.procedure_of(loaded), loaded.plain, name)
    return found[0][1] if found else None

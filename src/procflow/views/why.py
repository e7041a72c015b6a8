"""The facts behind `procflow why`, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.app import App
from procflow.core.choices import active_states, asked_names, reads_input, task_owners
from procflow.core.decide import with_note
from procflow.core.explain import Explained, explain
from procflow.core.expression_nodes import And, Call, If, Not, Or, walk
from procflow.core.guard_words import GuardWords
from procflow.core.people import holders
from procflow.core.procedure import Choice, Procedure, Transition
from procflow.core.render import value_in_words
from procflow.core.scope import StepScope
from procflow.core.values import Person
from procflow.core.words import due_in_words, instant_in_words
from procflow.engine import Loaded
from procflow.errors import NotFound, words_in_both
from procflow.views.case import ask_view
from procflow.views.plain import as_json


def why_view(app: App, loaded: Loaded, by: str, wanted: str, language: str) -> dict[str, Any]:
    """Every choice of the active states (or the one wanted) with guards, people and inputs; every deadline.

    Raises NotFound for a choice that the procedure does not have at all.
    """
    procedure = app.procedure_of(loaded)
    surroundings = app.engine.surroundings()
    scope = StepScope(procedure, loaded.plain, surroundings, app.world.now(), actor=by)
    offers = app.offers(loaded, by)
    choices = [
        _choice(procedure, offer, scope, language)
        for offer in offers
        if wanted in ("", offer.choice.name, f"{offer.state}.{offer.choice.name}")
    ]
    if wanted and not choices:
        choices = _elsewhere(procedure, wanted, loaded, language)
    zone = surroundings.organisation.zone
    return {
        "number": loaded.plain.number,
        "state": list(loaded.plain.active),
        "closed": loaded.plain.is_closed,
        "path": procedure.path,
        "choices": choices,
        "tasks": [
            _task(procedure, state.name, scope, language)
            for state in active_states(procedure, loaded.plain)
            if state.task is not None
        ],
        "deadlines": [
            {
                "name": name,
                "state": state,
                "due": due.at if due else None,
                "words": instant_in_words(due.at, zone, language) if due else None,
                "act_by": due.act_by if due else None,
                "derivation": due_in_words(due, zone, language) if due else [],
                "line": procedure.deadline[name].at[0],
            }
            for name, state, due in app.clocks(loaded)
        ],
    }


def _choice(procedure: Procedure, offer: Any, scope: StepScope, language: str) -> dict[str, Any]:
    choice: Choice = offer.choice
    asked = asked_names(choice)
    return {
        "name": offer.word,
        "state": offer.state,
        "available": offer.available,
        "refusal": offer.refusal.as_json(language) if offer.refusal is not None else None,
        "line": choice.at[0],
        "asks": [ask_view(ask, scope, language) for ask in with_note(choice)],
        "alternatives": _alternatives(choice, asked, scope, language),
    }


def _alternatives(
    choice: Choice, asked: frozenset[str], scope: StepScope, language: str
) -> list[dict[str, Any]]:
    words = GuardWords(scope, language)
    return [
        {
            "to": item.to,
            "to_title": _goal(scope.procedure, item, words, language),
            "refuses": item.refuse is not None,
            "line": item.when.at[0] if item.when is not None else item.at[0],
            "needs_input": item.when is not None and reads_input(item.when, asked),
            "guard": tree(explain(item.when, scope), words) if item.when is not None else None,
        }
        for item in choice.alternatives
    ]


_ANEW = {"en": "{0}, which begins anew", "da": "{0}, som begynder forfra"}
_LAST = {"en": "where {0} was left", "da": "dér, hvor {0} blev forladt"}


def _called(procedure: Procedure, name: str | None, words: GuardWords) -> str:
    """A state as the screen calls it."""
    state = procedure.state.get(name or "")
    return words.terms.called(state.name, state.title) if state is not None else name or ""


def _goal(procedure: Procedure, move: Transition, words: GuardWords, language: str) -> str:
    """Where a transition leads: `self` is the state that it leaves, `outer.last` where that was left."""
    name = move.to or ""
    if name == "self":
        return _form(_ANEW, language).format(_called(procedure, move.source, words))
    if name.endswith(".last"):
        return _form(_LAST, language).format(_called(procedure, name.removesuffix(".last"), words))
    return _called(procedure, name, words)


def _form(forms: Mapping[str, str], language: str) -> str:
    return forms.get(language, forms["en"])


def tree(part: Explained, words: GuardWords) -> dict[str, Any]:
    """A guard with its live values, part by part, each in words. Of other cases their numbers: what they know is looked
    at in them, by whoever may."""
    value = shown(part.value)
    told = said(part.value, words)
    if part.looked and _tells_of_others(part):
        value, told = _by_number(part.value, words)
    return {
        "text": part.source,
        "words": words.told(part),
        "value": value,
        "said": told,
        "error": part.error or None,
        "looked": part.looked,
        "is_joint": isinstance(part.node, And | Or | If)
        or (isinstance(part.node, Not) and isinstance(part.node.of, And | Or)),
        "line": part.at[0],
        "column": part.at[1],
        "parts": [tree(child, words) for child in part.children],
    }


def _tells_of_others(part: Explained) -> bool:
    """Whether a value was taken from other cases; a yes or no, and how many there are, tell nothing of them."""
    node = part.node
    if node is None or part.value is None or isinstance(part.value, bool):
        return False
    if isinstance(node, Call) and node.function == "size":
        return False
    return any(isinstance(each, Call) and each.function == "cases" for each in walk(node))


def _by_number(value: Any, words: GuardWords) -> tuple[Any, str]:
    """Cases as programs and people name them; of anything else that it stands in other cases."""
    each = value if isinstance(value, tuple | list) else [value]
    if all(isinstance(one, Mapping) and {"id", "number", "procedure"} <= one.keys() for one in each):
        numbers = [int(one["number"]) for one in each]
        return numbers if each is value else numbers[0], ", ".join(map(str, numbers))
    hidden = words.terms.pick(("it stands in other cases", "det står i andre sager"))
    return hidden, hidden


def said(value: Any, words: GuardWords) -> str | None:
    """A value as people write it, where that is not how programs do: a time, a person, a list."""
    if isinstance(value, str | bool | None) or (isinstance(value, Mapping) and not isinstance(value, Person)):
        return None
    return value_in_words(value, words.terms.scope, words.terms.language)


def shown(value: Any) -> Any:
    """A value as programs read it; of evidence what was decided."""
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, dict) and "accepted" in value:
        return {k: v for k, v in value.items() if k in ("accepted", "verdict", "reason", "channel")}
    if isinstance(value, tuple | list):
        return [shown(item) for item in value]
    return as_json(value)


def _task(procedure: Procedure, leaf: str, scope: StepScope, language: str) -> dict[str, Any]:
    task = procedure.state[leaf].task
    assert task is not None
    owners = task_owners(procedure, task, scope)
    have = holders(scope.surroundings, owners.roles, owners.people, scope.now)
    open_task = scope.case.tasks.get(leaf)
    return {
        "state": leaf,
        "title": _called(procedure, leaf, GuardWords(scope, language)),
        "roles": list(owners.roles),
        "people": list(owners.people),
        "now_with": dict(have),
        "claimed_by": open_task.claimed_by or None if open_task else None,
        "names": {
            who: scope.surroundings.organisation.name_of(who)
            for who in (*have, *have.values(), open_task.claimed_by if open_task else "")
            if who
        },
    }


def _elsewhere(procedure: Procedure, wanted: str, loaded: Loaded, language: str) -> list[dict[str, Any]]:
    """A choice of other states: not offered here, and where it would be."""
    of, _, name = wanted.rpartition(".")
    states = [s.name for s in procedure.states if name in s.choices_by_name and of in ("", s.name)]
    if not states:
        from procflow.core.nearest import did_you_mean

        known = [c.name for s in procedure.states for c in s.choices]
        raise NotFound(
            *words_in_both(
                f"{procedure.name} has no choice {wanted!r}", f"{procedure.name} har intet valg {wanted!r}",
                did_you_mean(wanted, known) or "the procedure lists its choices",
                did_you_mean(wanted, known, "da") or "proceduren nævner sine valg",
            )
        )  # fmt: skip
    here = ", ".join(loaded.plain.active)
    message = {
        "en": f"“{wanted}” belongs to {', '.join(states)}; the case is in {here}",
        "da": f"“{wanted}” hører til {', '.join(states)}; sagen er i {here}",
    }
    words = message.get(language, message["en"])
    choice = procedure.state[states[0]].choices_by_name[name]
    refusal = {"code": "not_offered", "message": words, "hint": "", "line": choice.at[0]}
    return [
        {
            "name": wanted, "state": states[0], "available": False, "refusal": refusal, "line": choice.at[0],
            "asks": [], "alternatives": [],
        }
    ]  # fmt: skip

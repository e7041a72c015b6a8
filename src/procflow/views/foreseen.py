"""What a choice would do, before it is done: what goes out to whom, in its very words, and what is opened.

A step cannot be taken back: others see it at once, clocks run from it, and what has gone out is out. So whoever is about
to take it may see all of it first; the same decision is made, and nothing of it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.app import App
from procflow.core.decide import Decision
from procflow.core.journal import EffectRequested
from procflow.core.outside import goes_out
from procflow.core.procedure import Choice, Effect, Procedure, State
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.engine import Loaded
from procflow.errors import NotFound
from procflow.views.scopes import scope_before

_NOTHING: tuple[Effect, ...] = ()


def foreseen_view(app: App, loaded: Loaded, decision: Decision, by: str, language: str) -> dict[str, Any]:
    """`sends`: each effect that leaves the house, as people read it; `opens`: titles of cases; `state`: where the case
    would be, by title."""
    sends, opens = [], []
    for entry in decision.entries:
        if not isinstance(entry, EffectRequested):
            continue
        found = getattr(entry.parameters, "value", entry.parameters)
        given: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
        if goes_out(entry.operation):
            channel, _, operation = entry.operation.partition(".")
            words = app.channels.outgoing(channel, operation, given)
            lines = words["da" if language == "da" else "en"].splitlines()
            sends.append({"operation": entry.operation, "lines": [line for line in lines if line.strip()]})
        elif entry.operation in ("start", "procedure"):
            opens.append(_title(app, str(given.get("procedure", "")), by, language))
    procedure = app.procedure_of(loaded)
    scope = StepScope(procedure, decision.case, app.engine.surroundings(), app.world.now(), actor=by)
    states = [
        _called(procedure.state[name], scope, language)
        for name in decision.case.active
        if name in procedure.state
    ]
    return {"sends": sends, "opens": opens, "state": states}


def may_send(procedure: Procedure, choice: Choice) -> bool:
    """Whether taking a choice may send something: in its own words, on leaving its state, or where it leads."""
    source = procedure.state.get(choice.state)
    effects = [*(source.exit if source is not None else _NOTHING)]
    waiting: list[str] = []
    for alternative in choice.alternatives:
        effects += alternative.effects
        waiting += [alternative.to] if alternative.to else []
    seen: set[str] = set()
    while waiting:
        name = waiting.pop()
        state = procedure.state.get(name)
        if state is None or name in seen:
            continue
        seen.add(name)
        effects += state.entry
        waiting += [state.parent, *(inside.name for inside in procedure.states if inside.parent == name)]
        for transition in state.always:
            effects += transition.effects
            waiting += [transition.to] if transition.to else []
    return any(goes_out(effect.operation) for effect in effects)


def _called(state: State, scope: StepScope, language: str) -> str:
    return text_in(state.title, scope, language) or state.name.replace("_", " ")


def _title(app: App, name: str, by: str, language: str) -> str:
    try:
        _, procedure = app.in_force(name)
    except NotFound:
        return name.replace("_", " ")
    return text_in(procedure.title, scope_before(app, procedure, by), language) or name.replace("_", " ")

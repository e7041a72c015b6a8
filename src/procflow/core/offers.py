"""What a person can do with a case now, and why not the rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from procflow.core.case import Case
from procflow.core.choices import (
    ITEM_CHOICES,
    active_states,
    inner_ones,
    not_now,
    who_may,
    who_may_take,
)
from procflow.core.organisation import Surroundings
from procflow.core.people import holders
from procflow.core.procedure import Choice, Procedure, State
from procflow.core.refusals import Refusal
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.errors import CalendarError, EvaluationError


class Offer(Struct, frozen=True):
    """One choice of the case's states, for one person: `refusal` None means that it can be taken.

    `word` is what to say to take it: its name, or `state.choice` where the name alone could mean another one.
    """

    choice: Choice
    state: str
    refusal: Refusal | None
    behalf: str = ""
    word: str = ""

    @property
    def available(self) -> bool:
        return self.refusal is None


def offers(
    procedure: Procedure, case: Case, surroundings: Surroundings, actor: str, now: datetime
) -> list[Offer]:
    """Every choice of the active states, in the order written, offered or not. A closed case has none."""
    if case.is_closed:
        return []
    scope = StepScope(procedure, case, surroundings, now, actor=actor)
    found = []
    for state in active_states(procedure, case):
        for choice in state.choices:
            behalf = ""
            try:
                refusal, behalf = who_may_take(procedure, state, choice, case, actor, scope)
                if refusal is None:
                    refusal = not_now(choice, procedure, scope)
            except (EvaluationError, CalendarError) as problem:
                facts = {"what": choice.name, "problem": problem.message, "owner": procedure.owner}
                refusal = Refusal("evaluation", facts, at=choice.at, path=procedure.path)
            found.append(Offer(choice, state.name, refusal, behalf, choice.name))
    return _told_apart(procedure, found)


def _told_apart(procedure: Procedure, found: list[Offer]) -> list[Offer]:
    """With `state.choice` as the word of those that can be taken and have their name in common."""
    of: dict[str, list[Offer]] = {}
    for offer in found:
        if offer.available:
            of.setdefault(offer.choice.name, []).append(offer)
    if all(len(same) < 2 for same in of.values()):
        return found
    told = []
    for offer in found:
        same = of.get(offer.choice.name, [])
        if offer.available and len(same) > 1:
            inner = inner_ones(procedure, [procedure.state[other.state] for other in same])
            if [state.name for state in inner] != [offer.state]:
                offer = replace(offer, word=f"{offer.state}.{offer.choice.name}")
        told.append(offer)
    return told


def kept_from(
    procedure: Procedure, case: Case, surroundings: Surroundings, actor: str, now: datetime, name: str
) -> Refusal | None:
    """Why four eyes leave `actor` nothing to do with the task of the state `name`; None: something may be done.

    What cannot be worked out keeps nobody away: the case itself says what is the matter.
    """
    state = procedure.state[name]
    choices = _choices_of_task(procedure, state)
    if not four_eyes_in(procedure, name):
        return None
    scope = StepScope(procedure, case, surroundings, now, actor=actor)
    task = case.tasks.get(name)
    try:
        whole, _ = who_may(procedure, state, None, task, actor, scope)
        if whole is not None and whole.code == "four_eyes":
            return whole
        found = [who_may(procedure, state, choice, task, actor, scope)[0] for choice in choices]
    except (EvaluationError, CalendarError):
        return None
    if any(refusal is None or refusal.code not in ("four_eyes", "not_allowed") for refusal in found):
        return None
    return next((refusal for refusal in found if refusal is not None and refusal.code == "four_eyes"), None)


def four_eyes_in(procedure: Procedure, name: str) -> bool:
    """Whether some rule of four eyes is about the task of a state, or about one of its choices."""
    state = procedure.state[name]
    holders = (state.task, *_choices_of_task(procedure, state))
    return any(holder is not None and holder.other_than for holder in holders)


def _choices_of_task(procedure: Procedure, state: State) -> list[Choice]:
    """What can be done with the task of a state: its choices, and those around it that are of the tasks inside."""
    found = list(state.choices)
    while state.parent:
        state = procedure.state[state.parent]
        if state.task is None:
            found += [choice for choice in state.choices if choice.by is None]
    return found


def item_offers(case: Case, surroundings: Surroundings, actor: str, now: datetime) -> dict[str, list[str]]:
    """item id -> the choices that `actor` has for it."""
    found: dict[str, list[str]] = {}
    for key, item in case.items.items():
        if actor in holders(surroundings, item.roles, item.people, now):
            found[key] = [name for name, kinds in ITEM_CHOICES.items() if item.kind in kinds]
    return found


def offered_names(
    procedure: Procedure, case: Case, surroundings: Surroundings, actor: str, now: datetime
) -> list[str]:
    """The names of what `actor` can do now."""
    names = [o.word for o in offers(procedure, case, surroundings, actor, now) if o.available]
    for choices in item_offers(case, surroundings, actor, now).values():
        names += [name for name in choices if name not in names]
    return names


def words_of_state(
    procedure: Procedure, case: Case, surroundings: Surroundings, actor: str, now: datetime, language: str
) -> list[Mapping[str, str]]:
    """For each innermost active state, and each around it in which people work, its title, what to `say` to the
    customer and the `guide` for the person."""
    scope = StepScope(procedure, case, surroundings, now, actor=actor)
    found: list[Mapping[str, str]] = []
    for state in active_states(procedure, case):
        if state.has_inside and state.task is None:
            continue
        found.append(
            {
                "state": state.name,
                "title": text_in(state.title, scope, language) or state.name.replace("_", " "),
                "say": text_in(state.task.say, scope, language) if state.task else "",
                "guide": text_in(state.task.guide, scope, language) if state.task else "",
                "help": text_in(state.help, scope, language),
            }
        )
    return found

"""Choices: to whom one belongs, whether it is offered, and why not.

The same answers serve a step (`decide`), the list of what can be done, and `procflow why`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct

from procflow.core.case import Case, OpenTask
from procflow.core.explain import explain
from procflow.core.expressions import Expression, holds, reads
from procflow.core.people import holders
from procflow.core.procedure import Choice, Procedure, State, Task, Transition
from procflow.core.refusals import Refusal
from procflow.core.render import fill_spec
from procflow.core.scope import StepScope
from procflow.core.values import Person, Value

#: The choices of items, which every case has beside its procedure's own.
ITEM_CHOICES: Mapping[str, frozenset[str]] = {
    "confirm": frozenset({"manual"}),
    "not_possible": frozenset({"manual"}),
    "take_over": frozenset({"handover"}),
    "turn_down": frozenset({"handover"}),
    "read": frozenset({"read", "notice", "alarm", "failed", "stuck"}),
}

_NO_ONE: Mapping[str, str] = {"en": "nobody", "da": "ingen"}


class Owners(Struct, frozen=True):
    """For whom work is: roles and named people, before absences are looked at."""

    roles: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


_NOBODY = Owners()


def owners_of(value: Value, scope: StepScope) -> Owners:
    """People and roles in a filled `to` or `by`: a person, a role, a list of them, or a role's or person's id."""
    roles: list[str] = []
    people: list[str] = []
    organisation = scope.surroundings.organisation
    for item in value if isinstance(value, list | tuple) else (value,):
        if item is None or item == "":
            continue
        if isinstance(item, Person):
            people.append(str(item["id"]))
        elif isinstance(item, Mapping):
            roles.append(str(item.get("role")))
        elif str(item) in organisation.roles:
            roles.append(str(item))
        else:
            found = organisation.person_id(str(item))
            people.append(found or str(item))
    return Owners(tuple(dict.fromkeys(roles)), tuple(dict.fromkeys(people)))


def task_owners(procedure: Procedure, task: Task, scope: StepScope) -> Owners:
    """For whom a task is now. One that names nobody goes to the owner of the procedure, never to no one."""
    if task.to is not None:
        found = owners_of(fill_spec(task.to, scope, "en"), scope)
    else:
        found = _of_role(task.role) if task.role else _NOBODY
    if not found.roles and not found.people:
        return _of_role(procedure.owner) if procedure.owner else _NOBODY
    return found


@lru_cache(1000)
def _of_role(role: str) -> Owners:
    return Owners((role,))


def _names(scope: StepScope, owners: Owners) -> Mapping[str, list[str]]:
    organisation = scope.surroundings.organisation
    people = [organisation.name_of(name) for name in owners.people]
    return {
        language: [*people, *(organisation.role_name(role, language) for role in owners.roles)]
        for language in ("en", "da")
    }


def _joined(names: Mapping[str, list[str]]) -> dict[str, str]:
    return {language: ", ".join(items) for language, items in names.items()}


def active_states(procedure: Procedure, case: Case) -> list[State]:
    """Every active state, outer and inner, in document order."""
    if not case.around:
        return [procedure.state[name] for name in case.active]
    active = {*case.active, *case.around}
    return [state for state in procedure.states if state.name in active]


def choices_named(procedure: Procedure, case: Case, word: str) -> list[tuple[State, Choice]]:
    """The choices of active states that a word can mean: a choice's name alone, or `state.choice`."""
    of, _, name = word.rpartition(".")
    found = []
    active = (
        map(procedure.state.__getitem__, case.active) if not case.around else active_states(procedure, case)
    )
    for state in active:
        choice = state.choices_by_name.get(name)
        if choice is not None and of in ("", state.name):
            found.append((state, choice))
    return found


def inner_ones(procedure: Procedure, states: list[State]) -> list[State]:
    """Those of the states that stand around none of the others: inner before outer."""
    around: set[str] = set()
    for state in states:
        while state.parent:
            around.add(state.parent)
            state = procedure.state[state.parent]
    return [state for state in states if state.name not in around]


def who_may_take(
    procedure: Procedure, state: State, choice: Choice, case: Case, actor: str, scope: StepScope
) -> tuple[Refusal | None, str]:
    """(why not, on whose behalf). A choice of a state without a task, and without `by`, belongs to each open task
    inside the state."""
    if choice.by is not None or state.task is not None or not state.has_inside:
        return who_may(procedure, state, choice, case.tasks.get(state.name), actor, scope)
    refusal: Refusal | None = None
    for inner in active_states(procedure, case):
        task = case.tasks.get(inner.name)
        if task is None or not _stands_inside(procedure, inner, state.name):
            continue
        why_not, behalf = who_may(procedure, inner, choice, task, actor, scope)
        if why_not is None:
            return None, behalf
        refusal = refusal or why_not
    return (refusal, "") if refusal else who_may(procedure, state, choice, None, actor, scope)


def _stands_inside(procedure: Procedure, state: State, outer: str) -> bool:
    while state.parent and state.parent != outer:
        state = procedure.state[state.parent]
    return state.parent == outer


def who_may(
    procedure: Procedure,
    state: State,
    choice: Choice | None,
    task: OpenTask | None,
    actor: str,
    scope: StepScope,
) -> tuple[Refusal | None, str]:
    """(why not, on whose behalf). `actor` is a person's id; `choice` None asks for the task as a whole."""
    organisation = scope.surroundings.organisation
    now: datetime = scope.now
    if actor not in organisation.people:
        return Refusal("unknown_person", {"actor": actor}), ""
    by = choice.by if choice is not None else None
    owners = _NOBODY
    if by is not None:
        owners = owners_of(fill_spec(by, scope, "en"), scope)
    elif state.task is not None:
        owners = task_owners(procedure, state.task, scope)
        if task is not None and (task.claimed_by or task.allotted):
            refusal, behalf = _claimed(task, actor, scope)
            if refusal is not None:
                return refusal, ""
            return no_four_eyes(procedure, state, choice, actor, scope), behalf
    allowed = holders(scope.surroundings, owners.roles, owners.people, now)
    if actor not in allowed:
        names = _joined(_names(scope, owners))
        away = scope.surroundings.absent(actor, now) is not None
        theirs = actor in owners.people or any(
            actor in organisation.members.get(role, ()) for role in owners.roles
        )
        if away and theirs:
            stand = ", ".join(organisation.name_of(name) for name in allowed) or _NO_ONE
            return Refusal("absent", {"actor": organisation.name_of(actor), "owners": stand}), ""
        facts = {"actor": organisation.name_of(actor), "owners": names, "roles": list(owners.roles)}
        return Refusal("not_allowed", facts), ""
    if choice is not None and by is None and state.task is not None and state.task.take == "offer":
        return Refusal("offered", {"choice": choice.name}), ""
    return no_four_eyes(procedure, state, choice, actor, scope), allowed[actor]


def _claimed(task: OpenTask, actor: str, scope: StepScope) -> tuple[Refusal | None, str]:
    owner = holder_of(task)
    allowed = holders(scope.surroundings, (), (owner,), scope.now)
    if actor in allowed:
        return None, allowed[actor]
    organisation = scope.surroundings.organisation
    if actor == owner:  # away
        stand = ", ".join(organisation.name_of(name) for name in allowed) or _NO_ONE
        return Refusal("absent", {"actor": organisation.name_of(actor), "owners": stand}), ""
    return Refusal("claimed", {"owner": organisation.name_of(owner)}), ""


def holder_of(task: OpenTask) -> str:
    """The one person who has a task: who claimed it, or got it by a rule; "" while it is several people's."""
    if task.claimed_by:
        return task.claimed_by
    return task.people[0] if task.allotted and task.people else ""


def excluded(state: State, choice: Choice | None, actor: str, scope: StepScope) -> bool:
    """Whether four eyes keep somebody from a task, or from one of its choices."""
    return _kept_away(state, choice, actor, scope) is not None


def _kept_away(state: State, choice: Choice | None, actor: str, scope: StepScope) -> Any:
    from procflow.core.four_eyes import kept_away  # few tasks have a rule for it

    return kept_away(state, choice, actor, scope, lambda value: owners_of(value, scope).people)


def no_four_eyes(
    procedure: Procedure, state: State, choice: Choice | None, actor: str, scope: StepScope
) -> Refusal | None:
    """Why four eyes keep somebody from a task, or from one of its choices, and who could do it instead."""
    task = state.task
    ruled = (task is not None and task.other_than) or (choice is not None and choice.other_than)
    found = _kept_away(state, choice, actor, scope) if ruled else None
    if found is None:
        return None
    if choice is not None and choice.by is not None:
        owners = owners_of(fill_spec(choice.by, scope, "en"), scope)
    else:
        owners = task_owners(procedure, state.task, scope) if state.task is not None else Owners()
    there = holders(scope.surroundings, owners.roles, owners.people, scope.now)
    others = [name for name in there if name != actor and not excluded(state, choice, name, scope)]
    from procflow.core.four_eyes import refusal

    rule, at = found
    return refusal(rule, at, actor, others, scope)


def reads_input(expression: Expression, asked: frozenset[str]) -> bool:
    """Whether a guard needs what is asked here: `input.x`, or a field that the step stores."""
    names = reads(expression.node)
    return any(name == "input" or name.startswith("input.") or name in asked for name in names)


def asked_names(choice: Choice) -> frozenset[str]:
    return frozenset(ask.name for alternative in choice.alternatives for ask in alternative.asks)


def _need_input(choice: Choice) -> tuple[bool, ...]:
    """For each alternative whether its guard needs what is asked here; worked out once for each choice."""
    kept: dict[str, Any] = choice.__dict__
    found: tuple[bool, ...] | None = kept.get("need_input")
    if found is None:
        asked = asked_names(choice)
        found = kept["need_input"] = tuple(
            a.when is not None and reads_input(a.when, asked) for a in choice.alternatives
        )
    return found


def not_now(choice: Choice, procedure: Procedure, scope: StepScope) -> Refusal | None:
    """Why the choice is not offered, from guards that read nothing asked here; None: it is offered.

    An alternative whose guard needs the input may still be taken, so it keeps the choice on offer.
    """
    for alternative, needs_input in zip(choice.alternatives, _need_input(choice), strict=True):
        guard = alternative.when
        if needs_input:
            return None
        if guard is None or holds(guard, scope):
            return refused_by(alternative, procedure, scope) if alternative.refuse is not None else None
    wanted = guards_towards(choice)
    failed = [explain(guard, scope) for guard in wanted]
    from procflow.core.guard_words import guards_in_words  # only a refusal needs words

    words = guards_in_words(failed, scope)
    where = {"en": f"now: {words['en']}", "da": f"nu: {words['da']}"}
    facts = {"choice": choice.name, "where": where}
    return Refusal("not_offered", facts, tuple(failed), at=wanted[0].at, path=procedure.path)


def guards_towards(choice: Choice) -> list[Expression]:
    """The guards of the alternatives that lead on; of a choice that only ever refuses, all of them."""
    guards = [a.when for a in choice.alternatives if a.when is not None and a.refuse is None]
    return guards or [a.when for a in choice.alternatives if a.when is not None]


def refused_by(alternative: Transition, procedure: Procedure, scope: StepScope) -> Refusal | None:
    """The owner's own refusal, where this alternative is one."""
    if alternative.refuse is None:
        return None
    texts = {}
    for language in dict.fromkeys((*scope.surroundings.organisation.languages, "en")):
        template = alternative.refuse.template(language, scope.surroundings.organisation.language)
        if template is not None:
            texts[language] = str(fill_spec(template, scope, language))
    return Refusal("refused", texts=texts, at=alternative.at, path=procedure.path)

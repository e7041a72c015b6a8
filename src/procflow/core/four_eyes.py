"""Four eyes: whom `other_than` keeps from a task or a choice, why, and who could do it instead.

It must not know whose a task is; that is told to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from procflow.core.expressions import Template
from procflow.core.procedure import Choice, State
from procflow.core.refusals import Refusal
from procflow.core.render import fill_spec, text_in
from procflow.core.scope import StepScope
from procflow.core.values import Value

#: A rule of `other_than`: the id of a choice, or a text that gives people.
Rule = Any

#: How many of those who could do it are named.
NAMED = 5

#: Why, by language: for one who took a choice, for one who is named by a field, for any other rule.
_WHY: Mapping[str, tuple[str, str, str]] = {
    "en": (
        "{actor} took “{earlier}”, so somebody else must do this",
        "{actor} stands in this case as “{field}”, so somebody else must do this",
        "somebody else than {actor} must do this",
    ),
    "da": (
        "{actor} tog “{earlier}”, så en anden skal gøre dette",
        "{actor} står i sagen som “{field}”, så en anden skal gøre dette",
        "en anden end {actor} skal gøre dette",
    ),
    "nb": (
        "{actor} tok “{earlier}”, så en annen må gjøre dette",
        "{actor} står i saken som “{field}”, så en annen må gjøre dette",
        "en annen enn {actor} må gjøre dette",
    ),
    "nl": (
        "{actor} koos “{earlier}”, dus iemand anders moet dit doen",
        "{actor} staat in de zaak als “{field}”, dus iemand anders moet dit doen",
        "iemand anders dan {actor} moet dit doen",
    ),
}
#: Who could, by language: some people, more than are named, nobody.
_WHO: Mapping[str, tuple[str, str, str]] = {
    "en": ("{names} can.", "{names} and {more} others can.", "Nobody else who may is there now; the lead can have it done."),
    "da": ("{names} kan.", "{names} og {more} andre kan.", "Ingen anden, der må, er her nu; vagtlederen kan få det gjort."),
    "nb": ("{names} kan.", "{names} og {more} andre kan.", "Ingen andre som kan, er her nå; vaktlederen kan få det gjort."),
    "nl": ("{names} kan het.", "{names} en {more} anderen kunnen het.", "Niemand anders die mag is er nu; de teamleider kan het laten doen."),
}  # fmt: skip


def kept_away(
    state: State,
    choice: Choice | None,
    actor: str,
    scope: StepScope,
    people_of: Callable[[Value], Iterable[str]],
) -> tuple[Rule, Any] | None:
    """The first rule that keeps somebody away, with where it stands; `people_of` reads people from a value."""
    for holder in (state.task, choice):
        for rule in holder.other_than if holder is not None else ():
            if isinstance(rule, Template):
                found = people_of(fill_spec(rule, scope, "en"))
            else:
                found = (scope.past.who.get(str(rule)),)
            if actor in found:
                return rule, choice.at if choice else state.at
    return None


def refusal(rule: Rule, at: Any, actor: str, others: Iterable[str], scope: StepScope) -> Refusal:
    """Why `actor` is kept away, in words, and who of `others` could do it."""
    organisation = scope.surroundings.organisation
    name = organisation.name_of(actor)
    names = sorted(organisation.name_of(other) for other in others)
    facts = {"actor": name, "reason": _why(rule, name, scope), "others": _who(names)}
    return Refusal("four_eyes", facts, at=at, path=scope.procedure.path)


def _why(rule: Rule, actor: str, scope: StepScope) -> dict[str, str]:
    if not isinstance(rule, Template):
        return {
            language: words[0].format(actor=actor, earlier=_label(str(rule), scope, language))
            for language, words in _WHY.items()
        }
    single = rule.single
    field = scope.procedure.fields.get(getattr(single.node, "name", "")) if single is not None else None
    if field is None:
        return {language: words[2].format(actor=actor) for language, words in _WHY.items()}
    return {
        language: words[1].format(
            actor=actor, field=text_in(field.label, scope, language) or field.name.replace("_", " ")
        )
        for language, words in _WHY.items()
    }


def _label(choice: str, scope: StepScope, language: str) -> str:
    """What a choice is called on the screen, where its words need nothing of the step in which it was taken."""
    for state in scope.procedure.states:
        found = state.choices_by_name.get(choice)
        if found is not None and found.label is not None:
            template = found.label.template(language, scope.surroundings.organisation.language)
            if template is not None and template.is_static:
                return text_in(found.label, scope, language)
    return choice.replace("_", " ")


def _who(names: list[str]) -> dict[str, str]:
    told, more = names[:NAMED], len(names) - NAMED
    if more == 1:
        told, more = names, 0
    case = 2 if not names else 1 if more > 0 else 0
    return {
        language: words[case].format(names=", ".join(told), more=more) for language, words in _WHO.items()
    }

"""What the resources share: an answer or its refusal, a case that may be seen, files of a body, places of pages."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from procflow.api.declared import Answered, Asked
from procflow.api.problems import Refused, guard_trees
from procflow.app.acting import Upload
from procflow.core.guard_words import GuardWords
from procflow.core.scope import StepScope
from procflow.engine import Answer, Loaded
from procflow.errors import UsageError, words_in_both
from procflow.views import places
from procflow.views.case import after_step
from procflow.web.hints import at_terminal, for_programs


def accepted(asked: Asked, answer: Answer, within: str = "with") -> Answer:
    """The answer, if it was accepted. Raises Refused; `within` is the part of the body that the fields are of."""
    refusal = answer.refusal
    if refusal is None:
        return answer
    trees: tuple[Any, ...] = ()
    if refusal.guards and answer.case is not None and answer.case.definition:
        app = asked.app
        procedure = app.engine.procedure(answer.case.definition)
        scope = StepScope(procedure, answer.case, app.engine.surroundings(), app.world.now(), actor=asked.by)
        trees = guard_trees(refusal, GuardWords(scope, asked.language))
    raise Refused(refusal, trees, within)


def case_seen(asked: Asked, view: Mapping[str, Any]) -> dict[str, Any]:
    """A case as a program is told of it: what to do about what cannot be chosen, by the routes of the API."""
    if at_terminal(asked.call.headers):
        return dict(view)
    choices = [
        {**one, "because": {**one["because"], "hint": for_programs(one["because"]["hint"])}} if one["because"] else one
        for one in view["choices"]
    ]  # fmt: skip
    return {**view, "choices": choices}


def stepped(asked: Asked, answer: Answer, view: Mapping[str, Any] | None = None, **more: Any) -> Answered:
    """The case after a step; `status` 201 and its place where it was opened."""
    accepted(asked, answer)
    if view is None:
        view = case_seen(asked, after_step(asked.app, answer, asked.by, asked.language))
    step = {"sequence": answer.sequence, "repeated": answer.repeated}
    return Answered({**view, **more, "step": step}, sequence=view["sequence"])


def seen(asked: Asked, what: str, choice: str = "") -> Loaded:
    """A case that who asks may see; that they looked is kept in the access log."""
    app = asked.app
    loaded: Loaded = app.look(asked.path("case"), asked.by)
    app.looked(asked.by, what, loaded.row.id, choice)
    return loaded


def given(asked: Asked, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a body, with the files that stand in it as they were sent."""
    return {name: _uploaded(value) for name, value in values.items()}


def _uploaded(value: Any) -> Any:
    if isinstance(value, list):
        return [_uploaded(item) for item in value]
    if isinstance(value, dict) and value.keys() == {"name", "content"}:
        try:
            content = base64.b64decode(str(value["content"]), validate=True)
        except (binascii.Error, ValueError):
            return value  # no file, and told so beside the other fields
        return Upload(str(value["name"]), content)
    return value


def instant(asked: Asked, text: str, *, last: bool = False) -> datetime:
    """An instant as a program or a person writes it."""
    from procflow.app.days import an_instant

    organisation = asked.app.engine.surroundings().organisation
    return an_instant(text, organisation.calendar, asked.app.world.now(), last=last)


# pages


def place_of(text: str, kind: Any) -> Any:
    """What `places.cursor` wrote, as `kind`; None for the first page. Raises UsageError."""
    try:
        return places.place_of(text, kind)
    except ValueError as why:
        raise UsageError(
            *words_in_both(
                str(why), "denne cursor er ikke en af vores", "take it from `next` of the page before",
                "tag den fra `next` på siden før", parameter="cursor",
            )
        ) from why  # fmt: skip


def paged(answered: Answered, place: str | None) -> Answered:
    """The answer with what leads to the page after it."""
    return replace(answered, next={"cursor": place} if place else None)

"""The guided way: what to ask next, typed values checked before anything is done, and what is typed kept."""

from __future__ import annotations

from procflow.api import given as g
from procflow.api import given_guided as gg
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.api.problems import Refused
from procflow.api.telling import case_seen, given, seen
from procflow.views.foreseen import foreseen_view
from procflow.views.guided import (
    asks_of,
    checked_opening,
    checked_view,
    draft_name,
    guided_view,
    keep_opening,
    keep_typed,
    opening_view,
)


@resource("GET", "/api/cases/{case}/guide", may="case.read", tag="work", gives=gg.Guided, query=t.GuideFilter)
def guide(asked: Asked) -> Answered:
    """A case with everything that a guide asks somebody: the choices with their fields, what was typed for each, what is
    to be looked at, with whom the work is. `since`: also who did what after that step."""
    loaded = seen(asked, "case")
    view = guided_view(asked.app, loaded, asked.by, asked.language, asked.query.since)
    view = {**view, "case": case_seen(asked, view["case"])}
    return Answered(view, sequence=loaded.row.sequence)


@resource(
    "POST", "/api/cases/{case}/choices/{choice}/check", may="case.step", tag="work", gives=gg.Checked, takes=t.Typed
)  # fmt: skip
def check_choice(asked: Asked) -> Answered:
    """Hold values against the fields of a choice, as they are typed. Nothing is done; a file is kept for the case, and
    its `value` is what the choice takes. `note:` is the note beside every choice."""
    loaded = asked.app.look(asked.path("case"), asked.by)
    typed, item = given(asked, asked.body.with_), asked.body.item
    return Answered(
        checked_view(asked.app, loaded, asked.path("choice"), item, typed, asked.by, asked.language)
    )


@resource(
    "POST", "/api/cases/{case}/choices/{choice}/preview", may="case.step", tag="work", gives=gg.Foreseen, takes=t.Typed,
    refuses=(409,),
)  # fmt: skip
def preview_choice(asked: Asked) -> Answered:
    """What a choice would do now: what goes out, in its very words, which cases are opened, where the case would be.
    Nothing is done; a refusal is told as the choice itself would tell it. Whoever steps first may change it."""
    app, choice, item = asked.app, asked.path("choice"), asked.body.item
    loaded = app.look(asked.path("case"), asked.by)
    values = given(asked, asked.body.with_)
    decision = app.foresee(loaded.row.id, choice, asked.by, {**values, "item": item} if item else values)
    if decision.refusal is not None:
        raise Refused(decision.refusal)
    return Answered(foreseen_view(app, loaded, decision, asked.by, asked.language))


@resource("GET", "/api/procedures/{procedure}/opening", may="case.open", tag="work", gives=gg.OpeningAsked)
def get_opening(asked: Asked) -> Answered:
    """What opening a case of a procedure asks of who asks, and what they had typed for it."""
    return Answered(opening_view(asked.app, asked.path("procedure"), asked.by, asked.language))


@resource(
    "POST", "/api/procedures/{procedure}/opening/check", may="case.open", tag="work", gives=gg.Checked, takes=t.Draft
)  # fmt: skip
def check_opening(asked: Asked) -> Answered:
    """Hold values against the fields that opening a case asks for, as they are typed; nothing is opened."""
    typed = given(asked, asked.body.with_)
    return Answered(checked_opening(asked.app, asked.path("procedure"), typed, asked.by, asked.language))


# what is being typed


@resource(
    "GET", "/api/cases/{case}/drafts/{choice}", may="case.step", tag="work", gives=g.DraftKept, query=t.DraftFilter
)  # fmt: skip
def get_draft(asked: Asked) -> Answered:
    """What who asks has typed so far for a choice, or for the note beside everything (`note:`)."""
    loaded = asked.app.look(asked.path("case"), asked.by)
    choice, item = asked.path("choice"), asked.query.item
    asks_of(asked.app, loaded, choice, item)  # which the case has to know
    kept = asked.app.draft(loaded.row.id, asked.by, draft_name(choice, item))
    return Answered({"choice": choice, "with": kept})


@resource(
    "PUT", "/api/cases/{case}/drafts/{choice}", may="case.step", tag="work", gives=g.DraftKept, takes=t.Draft,
    query=t.DraftFilter,
)  # fmt: skip
def keep_draft(asked: Asked) -> Answered:
    """Keep what is typed so far, sealed, so that nothing typed is lost; it goes when the choice is taken. What must
    never be kept, such as the number of a person, is left out of it, and so is what the choice does not ask for; the
    answer has what is kept."""
    loaded = asked.app.look(asked.path("case"), asked.by)
    choice, item = asked.path("choice"), asked.query.item
    return Answered(
        {"choice": choice, "with": keep_typed(asked.app, loaded, choice, item, asked.body.with_, asked.by)}
    )


@resource(
    "DELETE",
    "/api/cases/{case}/drafts/{choice}",
    may="case.step",
    tag="work",
    status=204,
    query=t.DraftFilter,
)
def drop_draft(asked: Asked) -> Answered:
    """Forget what was typed for a choice, also for one that the case has no longer."""
    loaded = asked.app.look(asked.path("case"), asked.by)
    asked.app.drop_draft(loaded.row.id, asked.by, draft_name(asked.path("choice"), asked.query.item))
    return Answered(b"", 204)


@resource(
    "PUT", "/api/procedures/{procedure}/opening/draft", may="case.open", tag="work", gives=gg.OpeningKept, takes=t.Draft
)  # fmt: skip
def keep_opening_draft(asked: Asked) -> Answered:
    """Keep what is typed before there is a case, as a draft of a choice is kept."""
    kept = keep_opening(asked.app, asked.path("procedure"), asked.body.with_, asked.by)
    return Answered({"procedure": asked.path("procedure"), "with": kept})


@resource("DELETE", "/api/procedures/{procedure}/opening/draft", may="case.open", tag="work", status=204)
def drop_opening_draft(asked: Asked) -> Answered:
    """Forget it."""
    _, procedure = asked.app.in_force(asked.path("procedure"))
    asked.app.drop_opening_draft(procedure.name, asked.by)
    return Answered(b"", 204)

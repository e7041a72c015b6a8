"""A message without a case: what it says, and to which case it is given."""

from __future__ import annotations

from procflow.builtin.evidence_words import form_in_words
from procflow.core.senders import known_as
from procflow.core.words import instant_in_words
from procflow.desk.case_page import number_of
from procflow.desk.frame import page, told
from procflow.engine import Loaded, identity_texts
from procflow.errors import ProcflowError
from procflow.views.customer import cases_with, other_case
from procflow.views.messages import NO_CASE, message_view, reason_in_words, set_aside
from procflow.web.calls import Call, Reply, see_other
from procflow.web.hints import for_people
from procflow.web.routes import Routes

routes = Routes()


@routes.route("GET", "/messages/{message}", may="message.take")
def message(call: Call) -> Reply:
    """What came, and the cases that it may belong to."""
    return _draw(call)


@routes.route("POST", "/messages/{message}", may="message.take")
def give(call: Call) -> Reply:
    """Give it to a case."""
    app = call.app
    row = app.unmatched(call.path["message"])
    try:
        if why := str(call.form.get("no_case") or ""):
            set_aside(app, row.id, why, call.person)
            return see_other("/")
        to = app.look(number_of(str(call.form.get("case") or "").strip()), call.person)
        app.store.log_access(app.world.now(), call.person, "receive", to.row.id, row.id[:8], "given")
        answer = app.give(row.id, to.row.number)
    except ProcflowError as problem:
        said = told(problem, call.language, 422)
        return _draw(call, said.message, said.hint, 422)
    if answer.refusal is not None:
        return _draw(
            call,
            answer.refusal.words(call.language),
            for_people(answer.refusal.hint(call.language), call.language),
            422,
        )
    return see_other(f"/cases/{answer.number}?after={max(0, answer.sequence - 1)}#main")


def _draw(call: Call, wrong: str = "", hint: str = "", status: int = 200) -> Reply:
    app = call.app
    row = app.unmatched(call.path["message"])
    app.looked(call.person, "message", row.case_id, row.id[:8])
    view = message_view(app, row)
    near: list[Loaded] = list(cases_with(app, identity_texts(known_as(str(view["from"]))), call.person))
    zone = app.engine.surroundings().organisation.zone
    return page(
        call, "message.html", status=status, message=view, reason=reason_in_words(row.reason, call.language),
        when=instant_in_words(row.received, zone, call.language), wrong=wrong, hint=hint,
        waits=row.state == "unmatched", form=form_in_words(str(view["form"]), call.language),
        no_case={why: words[call.language == "da"] for why, words in NO_CASE.items()},
        near=[other_case(app, each, call.person, call.language) for each in near], typed=str(call.form.get("case") or ""),
    )  # fmt: skip

"""Opening a case: which procedures a person may begin, and what the start of one asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from procflow.app.acting import Upload
from procflow.core.procedure import Ask, Procedure
from procflow.core.render import text_in
from procflow.core.scope import StepScope
from procflow.desk.answers import kept_of
from procflow.desk.form_fields import Drawing, at_its_field, posted, widget, with_kept
from procflow.desk.frame import page
from procflow.desk.requests import request_of
from procflow.desk.words import desk_words
from procflow.views.guided import opening_asks
from procflow.views.scopes import scope_before
from procflow.views.typed import is_file
from procflow.web.calls import Call, Reply, see_other
from procflow.web.hints import for_people
from procflow.web.routes import Routes

routes = Routes()


class Opening(Struct, frozen=True):
    """A procedure that a person may begin; `begun`: something was typed for it before."""

    name: str
    title: str
    summary: str
    group: str


def openings(call: Call) -> list[Opening]:
    """By title. The store's list of what is in force is asked, not the files."""
    app, found = call.app, []
    organisation = app.engine.surroundings().organisation
    roles = organisation.people.get(call.person, {}).get("roles", ())
    for name, hash_ in app.engine.opened():
        procedure = app.engine.procedure(hash_)
        if any(start.kind == "by" and start.role in roles for start in procedure.starts):
            scope = _scope(call, procedure)
            title = text_in(procedure.title, scope, call.language)
            found.append(Opening(name, title, "", procedure.path.split("/")[-3] if procedure.path.count("/") > 2 else ""))  # fmt: skip
    return sorted(found, key=lambda each: each.title.casefold())


def _scope(call: Call, procedure: Procedure) -> StepScope:
    return scope_before(call.app, procedure, call.person)


@routes.route("GET", "/open/{procedure}", may="case.open")
def opening(call: Call) -> Reply:
    """What the start of a procedure asks for; one that asks for nothing is opened by its button alone."""
    return _draw(call, call.path["procedure"])


@routes.route("POST", "/open/{procedure}", may="case.open")
def open_case(call: Call) -> Reply:
    """Open it, or say why not with everything typed still there."""
    app, name = call.app, call.path["procedure"]
    app.publish()
    procedure = app.to_open(name)
    asks = opening_asks(call.app, procedure, call.person)
    return _open(call, procedure, asks, _read(call, asks))


def _open(call: Call, procedure: Procedure, asks: tuple[Ask, ...], values: Mapping[str, Any]) -> Reply:
    app, name = call.app, procedure.name
    typed = {ask.name: values[ask.name] for ask in asks if not is_file(ask.field)}
    keep = call.form.get("take") == ":keep"
    kept = with_kept(call.form, "open", typed, app.opening_draft(name, call.person)) if keep else typed
    app.keep_opening_draft(name, call.person, kept_of(_scope(call, procedure), asks, kept))
    if keep:
        return see_other(f"/open/{name}") if "request" in call.form else Reply(status=204)
    given = {key: value for key, value in values.items() if value is not None}
    answer = app.open(name, call.person, given, request_of(call))
    if answer.refusal is not None:
        wrong: dict[str, list[str]] = {}
        scope = _scope(call, procedure)
        fields = {ask.name: ask.field for ask in asks}
        labels = {name: text_in(field.label, scope, call.language) for name, field in fields.items()}
        for problem in answer.refusal.problems:
            label = labels.get(problem.name, "")
            words = at_its_field(problem, fields.get(problem.name), label, call.language)
            wrong.setdefault(problem.name, []).append(words)
        w = desk_words(call.language)
        refusal = answer.refusal
        told = {
            "message": refusal.words(call.language),
            "hint": for_people(refusal.hint(call.language), call.language),
        }
        if wrong:
            told = {"message": w["wrong_fields"][len(wrong) > 1].format(n=len(wrong)), "hint": ""}
        return _draw(call, name, typed, wrong, told, 422)
    app.drop_opening_draft(name, call.person)
    shown = "&already=1" if answer.shown else ""
    return see_other(f"/cases/{answer.number}?after=0{shown}#main")


def _read(call: Call, asks: tuple[Ask, ...]) -> dict[str, Any]:
    """What the form says; files are sealed under the key of the case when it is opened."""
    values = {}
    for ask in asks:
        sent = [file for file in call.files.get(f"open|{ask.name}", ()) if file.filename]
        files = [Upload(file.filename or "", file.file.read()) for file in sent]
        many = ask.field.type == "array"
        values[ask.name] = posted(ask, "open", call.form, (files if many else files[-1]) if files else None)
    return values


def _draw(
    call: Call, name: str, values: Mapping[str, Any] | None = None, wrong: Mapping[str, list[str]] | None = None,
    problem: Mapping[str, Any] | None = None, status: int = 200,
) -> Reply:  # fmt: skip
    app = call.app
    app.publish()
    procedure = app.to_open(name)
    scope = _scope(call, procedure)
    drawing = Drawing(scope, call.language, desk_words(call.language))
    raws = values if values is not None else app.opening_draft(name, call.person)
    widgets = [
        widget(ask, "open", f"o-{ask.name}", raws.get(ask.name, _default(ask)), drawing, (wrong or {}).get(ask.name, ()))
        for ask in opening_asks(call.app, procedure, call.person)
    ]  # fmt: skip
    return page(
        call, "opening.html", status=status, name=name, title=text_in(procedure.title, scope, call.language),
        summary=procedure.summary_in(call.language), help=text_in(procedure.help, scope, call.language), widgets=widgets,
        problem=problem, told=app.kept_back(name), request=app.world.new_id(),
    )  # fmt: skip


def _default(ask: Ask) -> Any:
    return ask.field.default if isinstance(ask.field.default, str | bool | int) else None

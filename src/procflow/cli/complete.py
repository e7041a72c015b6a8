"""What the shell completes: procedures, case numbers, choices and field names. Never an error, never slow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from procflow.cli.session import session
from procflow.errors import ProcflowError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _item(value: str, about: str = "") -> CompletionItem:
    from click.shell_completion import CompletionItem  # only a shell that completes needs it

    return CompletionItem(value, help=about or None)


def _app(ctx: click.Context) -> Any:
    return session().app


def _there() -> Any:
    """The workspace on another machine that is asked, without patience: nobody waits long for a completion."""
    there = session().there
    if there is not None:
        there.patience = 2.0
    return there


def _named(names: Iterable[str], typed: str) -> list[CompletionItem]:
    return [_item(name) for name in dict.fromkeys(names) if name.startswith(typed)]


def _given(ctx: click.Context, name: str) -> str:
    """An argument typed so far. While an option is being typed, click keeps arguments aside, unnamed."""
    known = ctx.params.get(name)
    if known:
        return str(known)
    names = [param.name for param in ctx.command.params if isinstance(param, click.Argument)]
    place = names.index(name) if name in names else len(ctx.args)
    return ctx.args[place] if place < len(ctx.args) else ""


def complete_procedure(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        if there := _there():
            return _named([one["name"] for one in there.get("/procedures")["procedures"]], typed)
        names = [name for name, _ in _app(ctx).engine.opened()]
    except ProcflowError:
        return []
    return _named(names, typed)


def complete_case(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        if there := _there():
            told = {str(row["number"]): row for row in there.inbox(not session().anybody)["tasks"]}
            return [
                _item(number, ": ".join(filter(None, (row["title"], row["what"]))))
                for number, row in told.items()
                if number.startswith(typed)
            ]
        app = _app(ctx)
        person = session().anybody
        rows = app.inbox(person) if person else app.inbox()
    except ProcflowError:
        return []
    found = {str(row.number): row for row in rows}
    language = session().language
    return [
        _item(number, ": ".join(filter(None, app.called(row, person, language))))
        for number, row in found.items()
        if number.startswith(typed)
    ]


def complete_person(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        if there := _there():
            people = there.names.people.items()
            return [_item(code, name) for code, name in people if code.startswith(typed)]
        organisation = _app(ctx).engine.surroundings().organisation
    except ProcflowError:
        return []
    return [_item(name, organisation.name_of(name)) for name in organisation.people if name.startswith(typed)]


def complete_code(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from procflow.definitions.codes import CODES

    return [_item(code, title) for code, (_, title) in CODES.items() if code.startswith(typed.upper())]


def complete_start_field(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """What a procedure may be opened with: what its start asks for, else any of its data."""
    try:
        if there := _there():
            asked = there.get(f"/procedures/{_given(ctx, 'procedure')}/opening")["asks"]
            return _named([f"{ask['name']}=" for ask in asked], typed)
        _, procedure = _app(ctx).engine.procedure_in_force(_given(ctx, "procedure"))
    except ProcflowError:
        return []
    names = [ask.name for start in procedure.starts for ask in start.asks] or [f.name for f in procedure.data]
    return _named([f"{name}=" for name in names], typed)


def complete_choice(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        if there := _there():
            view = there.case(_given(ctx, "case"))
            return _named([one["name"] for one in view["choices"] if one["available"]], typed)
        app = _app(ctx)
        loaded = app.engine.load(_given(ctx, "case"))
        offers = app.offers(loaded, session().anybody)
    except ProcflowError:
        return []
    person = session().anybody
    names = [o.word for o in offers if o.available or not person]
    return _named(names, typed)


def complete_event(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    """The events that the case takes where it is; a deadline's name is none that anybody sends."""
    from procflow.core.choices import active_states

    try:
        app = _app(ctx)
        loaded = app.engine.load(_given(ctx, "case"))
        procedure = app.engine.procedure(loaded.row.definition)
    except ProcflowError:
        return []
    own = {"message", "done", "failed", *procedure.deadline}
    names = {name for state in active_states(procedure, loaded.plain) for name in state.events_by_name}
    return [_item(name) for name in sorted(names - own) if name.startswith(typed)]


def complete_field(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from procflow.core.decide import with_note
    from procflow.views.case import find_choice

    try:
        if there := _there():
            return _field_there(there, ctx, typed)
        app = _app(ctx)
        loaded = app.engine.load(_given(ctx, "case"))
        choice = find_choice(app, loaded, _given(ctx, "choice"))
    except ProcflowError:
        return []
    if choice is None:
        return []
    name, sign, value = typed.partition("=")
    if sign:
        ask = next((a for a in with_note(choice) if a.name == name), None)
        words = [str(word) for word in ask.field.schema.get("enum", ())] if ask else []
        if ask is not None and ask.field.type == "person":
            words = list(app.engine.surroundings().organisation.people)
        elif ask is not None and ask.field.type in ("boolean", "tick"):
            words = ["ja", "nej"] if session().language == "da" else ["yes", "no"]
        return [_item(f"{name}={word}") for word in words if word.startswith(value)]
    return [_item(f"{ask.name}=") for ask in with_note(choice) if ask.name.startswith(typed)]


def _field_there(there: Any, ctx: click.Context, typed: str) -> list[CompletionItem]:
    offered = there.case(_given(ctx, "case"))["choices"]
    asks: list[Any] = next((one["asks"] for one in offered if one["name"] == _given(ctx, "choice")), [])
    name, sign, value = typed.partition("=")
    if not sign:
        return _named([f"{ask['name']}=" for ask in asks], typed)
    ask = next((ask for ask in asks if ask["name"] == name), None)
    words = [str(word) for word in ask["options"]] if ask else []
    if ask and ask["type"] == "person":
        words = list(there.names.people)
    elif ask and ask["type"] in ("boolean", "tick"):
        words = ["ja", "nej"] if session().language == "da" else ["yes", "no"]
    return [_item(f"{name}={word}") for word in words if word.startswith(value)]

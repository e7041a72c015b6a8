"""What the shell completes: procedures, case numbers, choices and field names. Never an error, never slow."""

from __future__ import annotations

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


def complete_procedure(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        names = [name for name, _ in _app(ctx).store.names_in_force("procedure")]
    except ProcflowError:
        return []
    return [_item(name) for name in names if name.startswith(typed)]


def complete_case(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        app = _app(ctx)
        person = session().anybody
        rows = app.inbox(person) if person else app.store.tasks()
    except ProcflowError:
        return []
    found = {str(row.number): f"{row.procedure}: {row.task}" for row in rows}
    return [_item(n, about) for n, about in found.items() if n.startswith(typed)]


def complete_choice(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    try:
        app = _app(ctx)
        loaded = app.engine.load(str(ctx.params.get("case", "")))
        offers = app.offers(loaded, session().anybody)
    except ProcflowError:
        return []
    person = session().anybody
    names = [o.choice.name for o in offers if o.available or not person]
    return [_item(name) for name in names if name.startswith(typed)]


def complete_field(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from procflow.cli.views import find_choice
    from procflow.core.decide import with_note

    try:
        app = _app(ctx)
        loaded = app.engine.load(str(ctx.params.get("case", "")))
        choice = find_choice(app, loaded, str(ctx.params.get("choice", "")))
    except ProcflowError:
        return []
    if choice is None:
        return []
    name, sign, value = typed.partition("=")
    if sign:
        ask = next((a for a in with_note(choice) if a.name == name), None)
        words = [str(word) for word in ask.field.schema.get("enum", ())] if ask else []
        return [_item(f"{name}={word}") for word in words if word.startswith(value)]
    return [_item(f"{ask.name}=") for ask in with_note(choice) if ask.name.startswith(typed)]

"""`procflow step [CASE]`: the guided way, for somebody with a customer on the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from procflow.cli.complete import complete_case, complete_procedure
from procflow.cli.session import COMMON, given_values, session
from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.cli.guide import Guide


@click.command()
@click.argument("case", required=False, default="", shell_complete=complete_case)
@click.option(
    "--open",
    "procedure",
    metavar="PROCEDURE",
    default="",
    shell_complete=complete_procedure,
    help="Open a case of PROCEDURE first.",
)
@click.option(
    "--with", "with_", multiple=True, metavar="NAME=VALUE", help="A value to open with; may be repeated."
)
@COMMON
def command(case: str, procedure: str, with_: tuple[str, ...]) -> None:
    """Be guided through CASE: the words to say, one question, the fields one by one, the date to promise, and on
    until the case is closed or nothing is offered to you. Without CASE, choose from your inbox.

    \b
    <  back        ?  why and help        n  write a note        q  stop

    Whatever is typed is kept at once and offered again next time. With --json nothing is asked: what would be
    asked is printed.
    """
    from procflow.cli.guide import Guide
    from procflow.cli.guide_terminal import Stop, Terminal

    s = session()
    if case and procedure:
        raise UsageError("give a CASE or --open PROCEDURE, not both", "a new case gets its own number")
    if with_ and not procedure:
        raise UsageError("--with belongs to --open", "the fields of a case are asked one by one")
    s.app.one_clock()
    if procedure:
        s.app.publish()
    guide = Guide(s.app, s.person, s.language, Terminal())
    if s.json:
        _as_json(guide, case, procedure, with_)
        return
    try:
        number = guide.open(procedure, given_values(with_)) if procedure else (case or guide.pick())
        if number:
            guide.go(number)
        else:
            click.echo(guide.w["empty"])
    except Stop as stop:
        _leave(guide)
        if stop.at_end and (guide.begun or guide.opening):
            raise SystemExit(1) from None
    except KeyboardInterrupt:
        click.echo()
        _leave(guide)
        raise SystemExit(130) from None


def _leave(guide: Guide) -> None:
    guide.t.line()
    if guide.opening:
        click.echo(guide.w["stopped_opening"].format(name=guide.opening))
    elif guide.case:
        click.echo(guide.w["stopped"].format(case=guide.case))


def _as_json(guide: Guide, case: str, procedure: str, with_: tuple[str, ...]) -> None:
    """What the guide would ask, as data; with --open the case is opened."""
    from procflow.views.case import ask_view, case_view

    s = session()
    number: str | int = case
    if procedure:
        number = s.answer(s.app.open(procedure, s.person, given_values(with_))).number
    elif not case:
        rows = s.app.inbox(s.person)
        if len({row.number for row in rows}) != 1:
            raise UsageError("which case?", "`procflow inbox` lists what waits for you")
        number = rows[0].number
    loaded = s.app.engine.load(number)
    scope = guide.scope(loaded)
    questions = [
        {
            "key": key, "choice": option.name, "label": option.label, "item": option.item or None,
            "fields": [ask_view(ask, scope, s.language) for ask in option.asks],
            "begun": sorted(guide.begun_fields(option, loaded.row.number)),
        }
        for key, option in guide.keyed(loaded).items()
    ]  # fmt: skip
    view = case_view(s.app, loaded, guide.person, s.language)
    promises = list(guide.promises(loaded, None))
    s.show({"case": view, "options": questions, "promises": promises}, "")

"""`procflow step [CASE]`: the guided way, for somebody with a customer on the phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from procflow.cli.complete import complete_case, complete_procedure
from procflow.cli.session import COMMON, given_values, session
from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.cli.guide import Guide
    from procflow.cli.guide_place import Place


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
    from procflow.cli.guide import Guide, Unreached
    from procflow.cli.guide_terminal import Stop, Terminal, ended_in_good_order

    s = session()
    if case and procedure:
        raise UsageError("give a CASE or --open PROCEDURE, not both", "a new case gets its own number")
    if with_ and not procedure:
        raise UsageError("--with belongs to --open", "the fields of a case are asked one by one")
    if procedure and s.there is None:
        s.app.publish()  # as `open` does: nothing may have been published yet
    place = _place()
    if s.json:
        _as_json(place, case, procedure, with_)
        return
    guide = Guide(place, Terminal())
    try:
        with ended_in_good_order():
            if procedure:
                number: int | str = guide.open(procedure, given_values(with_))
            else:
                number = case or guide.pick(s.names.zone, s.now)
            if number:
                guide.go(number)
            else:
                click.echo(guide.w["empty"])
    except Unreached as stop:
        _leave(guide, "_unreached")
        raise SystemExit(stop.problem.exit_code) from None
    except Stop as stop:
        _leave(guide)
        if stop.at_end and (guide.begun or guide.opening):
            raise SystemExit(1) from None
    except KeyboardInterrupt:
        click.echo()
        _leave(guide)
        raise SystemExit(130) from None


def _place() -> Place:
    s = session()
    if s.there is not None:
        from procflow.cli.guide_there import Afar

        return Afar(s.there)
    from procflow.cli.guide_place import Here

    return Here(s.app, s.person, s.language)


def _leave(guide: Guide, how: str = "") -> None:
    guide.t.line()
    if guide.opening:
        click.echo(guide.w[f"stopped_opening{how}"].format(name=guide.opening))
    elif guide.case:
        click.echo(guide.w[f"stopped{how}"].format(case=guide.case))


def _as_json(place: Place, case: str, procedure: str, with_: tuple[str, ...]) -> None:
    """What the guide would ask, as data; with --open the case is opened."""
    from procflow.cli.guide import begun_fields, keyed, promises
    from procflow.cli.guide_place import Refused

    s = session()
    number: str | int = case
    if procedure:
        try:
            number = place.open(procedure, given_values(with_), "")["number"]
        except Refused as refused:
            s.refused_view(refused.view)
    elif not case:
        numbers = {row["number"] for row in place.waiting()}
        if len(numbers) != 1:
            raise UsageError("which case?", "`procflow inbox` lists what waits for you")
        number = numbers.pop()
    view = place.look(number)
    questions = [
        {
            "key": key, "choice": option["choice"], "label": option["label"], "item": option["item"],
            "fields": option["asks"], "begun": sorted(begun_fields(option)),
        }
        for key, option in keyed(view).items()
    ]  # fmt: skip
    s.show({"case": view["case"], "options": questions, "promises": list(promises(view["case"], None))}, "")

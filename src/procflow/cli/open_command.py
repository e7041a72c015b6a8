"""`procflow open PROCEDURE`: a new case."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_procedure, complete_start_field
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, given_values, session
from procflow.cli.views import already_open, case_text
from procflow.cli.visible import harmless
from procflow.views.case import after_step


@click.command()
@click.argument("procedure", shell_complete=complete_procedure)
@click.option(
    "--with",
    "with_",
    multiple=True,
    metavar="NAME=VALUE",
    shell_complete=complete_start_field,
    help="A value to open with; may be repeated.",
)
@click.option("--request-id", default="", help="The same id again gives the same case, never a second one.")
@COMMON
def command(procedure: str, with_: tuple[str, ...], request_id: str) -> None:
    """Open a case of PROCEDURE; where it may have only one for the same values, the one that is open is shown."""
    s = session()
    if s.there:
        view, told = s.there.open(procedure, given_values(with_), request_id)
    else:
        answer = s.answer(s.app.open(procedure, s.person, given_values(with_), request_of(request_id)))
        told = s.app.kept_back(procedure)
    if told and not s.json:
        click.echo(harmless(f"procflow: {told}\n    `procflow check` says what is wrong"), err=True)
    if not s.there:
        view = after_step(s.app, answer, s.person, s.language)
        if answer.shown:
            view["shown"] = True
    already = f"{already_open(view['number'], s.language)}\n\n" if view.get("shown") else ""
    s.show(view, lambda: already + case_text(view, s.language))

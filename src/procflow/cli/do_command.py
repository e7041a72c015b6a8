"""`procflow do CASE CHOICE`: one step."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case, complete_choice, complete_field
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, given_values, session
from procflow.cli.views import case_text
from procflow.views.case import after_step


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("choice", shell_complete=complete_choice)
@click.option(
    "--with", "with_", multiple=True, metavar="NAME=VALUE", shell_complete=complete_field,
    help="A value that the choice asks for; may be repeated.",
)  # fmt: skip
@click.option(
    "--request-id", default="", help="The same id again gives the same answer, never a second step."
)
@COMMON
def command(case: str, choice: str, with_: tuple[str, ...], request_id: str) -> None:
    """Take CHOICE in CASE."""
    s = session()
    if s.there:
        view = s.there.do(case, choice, given_values(with_), request_id)
    else:
        answer = s.answer(s.app.do(case, choice, s.person, given_values(with_), request_of(request_id)))
        view = after_step(s.app, answer, s.person, s.language)
    s.show(view, lambda: case_text(view, s.language))

"""`procflow note CASE TEXT`: a customer note."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.views.steps import taken_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("text")
@click.option("--request-id", default="", help="The same id again writes no second note.")
@COMMON
def command(case: str, text: str, request_id: str) -> None:
    """Write TEXT as a note into CASE."""
    s = session()
    if s.there:
        view = s.there.about_case(case, "notes", {"text": text}, request_id)
    else:
        view = taken_view(s.answer(s.app.note(case, s.person, text, request_of(request_id))))
    done = "Noten er skrevet i sag" if s.language == "da" else "The note is in case"
    s.show(view, f"{done} {view['number']}.")

"""`procflow claim CASE`: work taken, before anything is done with it."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.views.steps import taken_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.option("--task", default="", help="The state whose work is meant, where the case has several.")
@click.option("--request-id", default="", help="The same id again changes nothing.")
@COMMON
def command(case: str, task: str, request_id: str) -> None:
    """Take the open work of CASE: it is yours until you give it back."""
    s = session()
    if s.there:
        view = s.there.about_case(case, "claim", {"task": task}, request_id)
    else:
        view = taken_view(s.answer(s.app.claim(case, s.person, task, request_of(request_id))))
    words = "Opgaven i sag {number} er din." if s.language == "da" else "The work of case {number} is yours."
    s.show(view, words.format(number=view["number"]))

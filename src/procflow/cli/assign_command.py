"""`procflow assign CASE PERSON`: work handed over; no clock starts anew."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case, complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.views.steps import taken_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("person", shell_complete=complete_person)
@click.option("--with-drafts", is_flag=True, help="Also what its holder has typed so far.")
@click.option("--request-id", default="", help="The same id again hands over no second time.")
@COMMON
def command(case: str, person: str, with_drafts: bool, request_id: str) -> None:
    """Hand the open work of CASE to PERSON."""
    s = session()
    if s.there:
        body = {"person": person, "with_drafts": with_drafts}
        view = s.there.about_case(case, "assign", body, request_id)
    else:
        answer = s.answer(
            s.app.assign(case, person, s.person, request_of(request_id), with_drafts=with_drafts)
        )
        view = taken_view(answer, person=person)
    name = s.names.name_of(person)
    words = (
        f"Sag {view['number']} ligger nu hos {name}."
        if s.language == "da"
        else f"Case {view['number']} is now with {name}."
    )
    s.show(view, words)

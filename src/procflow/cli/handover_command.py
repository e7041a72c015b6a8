"""`procflow handover CASE PERSON`: work offered to a colleague, who takes it over or turns it down."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_case, complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, as_instant, session
from procflow.core.words import instant_in_words
from procflow.errors import UsageError
from procflow.views.steps import handed_view, taken_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("person", default="", shell_complete=complete_person)
@click.option("--note", default="", help="What the colleague must know; kept with the case.")
@click.option("--back", is_flag=True, help="Take the offer back; a lead may too.")
@click.option("--task", default="", help="The state whose work is meant, where the case has several.")
@click.option("--request-id", default="", help="The same id again offers no second time.")
@COMMON
def command(case: str, person: str, note: str, back: bool, task: str, request_id: str) -> None:
    """Offer the work of CASE to PERSON, with a note. It stays with you until `procflow do CASE take_over`; with
    `turn_down`, or where nobody answers in time, it is yours alone again."""
    s = session()
    if back == bool(person):
        raise UsageError("say to whom, or --back", "procflow handover 42 qbb --note 'what they must know'")
    view: dict[str, Any]
    if back:
        if s.there:
            view = s.there.about_case(case, "take-back", {"task": task}, request_id)
        else:
            view = taken_view(s.answer(s.app.take_back(case, s.person, task, request_of(request_id))))
        words = (
            f"Opgaven i sag {view['number']} er ikke længere tilbudt nogen."
            if s.language == "da"
            else f"The work of case {view['number']} is offered to nobody any more."
        )
        s.show(view, words)
        return
    if s.there:
        body = {"person": person, "note": note, "task": task}
        view = s.there.about_case(case, "hand-over", body, request_id)
    else:
        view = handed_view(
            s.answer(s.app.hand_over(case, s.person, person, note, task, request_of(request_id)))
        )
    if "until" not in view:  # it was offered before, and that is over
        s.show(view, "")
        return
    until = as_instant(view["until"])
    shown = instant_in_words(until, s.names.zone, s.language) if until else "?"
    name = s.names.name_of(view["person"])
    if s.language == "da":
        words = f"Sag {view['number']} er tilbudt {name}, der har til {shown} til at svare. Indtil da er den hos dig."
    else:
        words = f"Case {view['number']} is offered to {name}, who has until {shown} to answer. Until then it is with you."
    s.show(view, words)

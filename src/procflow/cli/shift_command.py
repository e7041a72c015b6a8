"""`procflow shift DAY SHIFT PERSON`: a person put on a shift of the roster."""

from __future__ import annotations

from typing import Any

import click

from procflow.app.days import a_day
from procflow.cli.complete import complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.core.words import date_in_words
from procflow.errors import UsageError
from procflow.views.steps import shift_view


@click.command()
@click.argument("day")
@click.argument("shift")
@click.argument("person", required=False, default="", shell_complete=complete_person)
@click.option("--off", is_flag=True, help="Take the shift off the roster.")
@click.option("--request-id", default="", help="The same id again changes nothing.")
@COMMON
def command(day: str, shift: str, person: str, off: bool, request_id: str) -> None:
    """Put PERSON on the SHIFT of DAY; whoever had it has it no longer."""
    s = session()
    if bool(person) == off:
        raise UsageError("who has this shift?", "name one person, or say --off and no person")
    on = a_day(day, s.today)
    view: dict[str, Any]
    if s.there:
        view = s.there.on_shift(on.isoformat(), shift, person, request_id)
    else:
        answer = s.answer(s.app.assign_shift(on, shift, person, s.person, request_of(request_id)))
        view = shift_view(s.app, answer, on, shift, person)
    shown = date_in_words(on, s.language)
    words = f"{shift} {shown}: -" if off else f"{shift} {shown}: {s.names.name_of(view['person'])}"
    s.show(view, words)

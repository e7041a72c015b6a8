"""`procflow swap DAY GIVER TAKER`: a shift that changes hands, with the word of both."""

from __future__ import annotations

from typing import Any

import click

from procflow.app.days import a_day
from procflow.cli.complete import complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.core.words import date_in_words
from procflow.views.steps import swap_view


@click.command()
@click.argument("day")
@click.argument("giver", shell_complete=complete_person)
@click.argument("taker", shell_complete=complete_person)
@click.option("--in-return", default="", help="The day of the taker's shift that the giver takes in return.")
@click.option(
    "--confirmed", multiple=True, shell_complete=complete_person, help="Who confirmed it; give it twice."
)
@click.option("--request-id", default="", help="The same id again swaps nothing twice.")
@COMMON
def command(
    day: str, giver: str, taker: str, in_return: str, confirmed: tuple[str, ...], request_id: str
) -> None:
    """Give GIVER's shift of DAY to TAKER. Both must have confirmed it, and both are kept."""
    s = session()
    on, back = a_day(day, s.today), a_day(in_return, s.today) if in_return else None
    view: dict[str, Any]
    if s.there:
        body = {"day": on.isoformat(), "giver": giver, "taker": taker, "confirmed": list(confirmed)}
        if back is not None:
            body["in_return"] = back.isoformat()
        view = s.there.post("/roster/swaps", body, request_id)
    else:
        answer = s.answer(
            s.app.swap_shift(on, giver, taker, confirmed, s.person, back, request_of(request_id))
        )
        view = swap_view(answer, on, giver, taker, back, list(confirmed))
    names = [s.names.name_of(s.names.person_id(one) or one) for one in (giver, taker)]
    shown = date_in_words(on, s.language)
    if s.language == "da":
        words = f"{names[1]} har nu vagten {shown} i stedet for {names[0]}."
    else:
        words = f"{names[1]} has the shift of {shown} now, instead of {names[0]}."
    s.show(view, words)

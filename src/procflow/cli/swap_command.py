"""`procflow swap DAY GIVER TAKER`: a shift that changes hands, with the word of both."""

from __future__ import annotations

import click

from procflow.app.days import a_day
from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, session
from procflow.core.words import date_in_words


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
    organisation = s.app.engine.surroundings().organisation
    today = organisation.calendar.civil_date(s.app.world.now())
    on, back = a_day(day, today), a_day(in_return, today) if in_return else None
    answer = s.answer(s.app.swap_shift(on, giver, taker, confirmed, s.person, back, request_id))
    names = [organisation.name_of(organisation.person_id(one) or one) for one in (giver, taker)]
    shown = date_in_words(on, s.language)
    if s.language == "da":
        words = f"{names[1]} har nu vagten {shown} i stedet for {names[0]}."
    else:
        words = f"{names[1]} has the shift of {shown} now, instead of {names[0]}."
    result = {
        "day": on, "giver": giver, "taker": taker, "in_return": back, "confirmed": list(confirmed),
        "sequence": answer.sequence,
    }  # fmt: skip
    s.show(result, words)

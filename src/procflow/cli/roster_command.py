"""`procflow roster`: who has which shift."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_person
from procflow.cli.days import a_day
from procflow.cli.session import COMMON, session
from procflow.core.words import date_in_words


@click.command()
@click.option("--from", "since", default="", help="The first day; else today.")
@click.option("--until", default="", help="The last day; else all that are planned.")
@click.option("--person", default="", shell_complete=complete_person, help="Only the shifts of this person.")
@COMMON
def command(since: str, until: str, person: str) -> None:
    """List the shifts of the roster, by day."""
    s = session()
    app = s.app
    organisation = app.engine.surroundings().organisation
    today = organisation.calendar.civil_date(app.world.now())
    first = a_day(since, today) if since else today
    shifts = app.roster(first, a_day(until, today) if until else None, person)

    def text() -> str:
        lines = [
            f"{date_in_words(one.day, s.language)}  {one.name}  {organisation.name_of(one.person)}"
            for one in shifts
        ]
        nothing = "Ingen vagter." if s.language == "da" else "No shifts."
        return "\n".join(lines) or nothing

    found = [{"day": one.day, "shift": one.name, "person": one.person} for one in shifts]
    s.show({"shifts": found}, text)

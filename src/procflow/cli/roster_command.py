"""`procflow roster`: who has which shift."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from procflow.app.days import a_day
from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, Session, session
from procflow.core.words import date_in_words
from procflow.views.people import shifts_view


@click.command()
@click.option("--from", "since", default="", help="The first day; else today.")
@click.option("--until", default="", help="The last day; else all that are planned.")
@click.option("--person", default="", shell_complete=complete_person, help="Only the shifts of this person.")
@COMMON
def command(since: str, until: str, person: str) -> None:
    """List the shifts of the roster, by day."""
    s = session()
    if s.there:
        view = s.there.get("/roster", {"from": since, "until": until, "person": person})
    else:
        view = _here(s, since, until, person)

    def text() -> str:
        lines = [
            f"{date_in_words(_day(one['day']), s.language)}  {one['shift']}  {s.names.name_of(one['person'])}"
            for one in view["shifts"]
        ]
        nothing = "Ingen vagter." if s.language == "da" else "No shifts."
        return "\n".join(lines) or nothing

    s.show(view, text)


def _here(s: Session, since: str, until: str, person: str) -> dict[str, Any]:
    app = s.app
    app.allow("people.read", s.anybody)
    today = app.engine.surroundings().organisation.calendar.civil_date(app.world.now())
    first = a_day(since, today, "from") if since else today
    last = a_day(until, today, "until") if until else None
    return shifts_view(app.roster(first, last, person))


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value

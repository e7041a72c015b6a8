"""`procflow absent PERSON`: an absence registered or ended."""

from __future__ import annotations

from typing import Any

import click

from procflow.app.days import an_instant
from procflow.cli.complete import complete_person
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, Session, as_instant, session
from procflow.core.nearest import did_you_mean
from procflow.core.words import instant_in_words
from procflow.errors import UsageError
from procflow.views.steps import absence_taken_view


@click.command()
@click.argument("person", shell_complete=complete_person)
@click.option("--from", "since", default="", help="A date or instant, `2026-03-09 08:00`; else now.")
@click.option(
    "--until", default="", help="A date (its last day) or instant; without it until further notice."
)
@click.option("--back", is_flag=True, help="The person is back: end the absence that runs.")
@click.option("--holiday", is_flag=True, help="Refused while the team mate is away; illness is not.")
@click.option("--request-id", default="", help="The same id again registers nothing twice.")
@COMMON
def command(person: str, since: str, until: str, back: bool, holiday: bool, request_id: str) -> None:
    """Register that PERSON is away; the work goes to the stand-ins and comes back by itself."""
    s = session()
    if s.there:
        body = {"person": person, "back": back, "holiday": holiday, "from": since, "until": until}
        sent = {name: value for name, value in body.items() if value}
        view = s.there.post("/absences", sent, request_id)
    else:
        view = _here(s, person, since, until, back, holiday, request_id)
    name, zone = s.names.name_of(s.names.person_id(person) or person), s.names.zone
    if back:
        words = f"{name} er tilbage." if s.language == "da" else f"{name} is back."
    else:
        start, end, warning = as_instant(view["from"]), as_instant(view["until"]), view["warning"]
        danish = s.language == "da"
        since_when = instant_in_words(start, zone, s.language) if start else "?"
        until_when = "indtil videre" if danish else "until further notice"
        if end:
            until_when = f"{'til' if danish else 'until'} {instant_in_words(end, zone, s.language)}"
        words = f"{name} {'er væk fra' if danish else 'is away from'} {since_when} {until_when}"
        if warning:
            words += f"\n! {warning[:1].upper()}{warning[1:]}."
    s.show(view, words)


def _here(
    s: Session, person: str, since: str, until: str, back: bool, holiday: bool, request_id: str
) -> dict[str, Any]:
    app = s.app
    app.publish()
    organisation = app.engine.surroundings().organisation
    if organisation.person_id(person) is None:
        hint = did_you_mean(person, organisation.people) or "people: " + ", ".join(organisation.people)
        raise UsageError(f"nobody here is called {person!r}", hint)
    now = app.world.now()
    start = an_instant(since, organisation.calendar, now) if since else now
    end = now if back else (an_instant(until, organisation.calendar, now, last=True) if until else None)
    if end is not None and end <= start and not back:
        raise UsageError("the absence would end before it begins", "check --from and --until")
    warning = "" if back else app.mate_warning(person, start, end, s.language)
    answer = s.answer(app.absent(person, start, end, s.person, request_of(request_id), holiday=holiday))
    return absence_taken_view(app, answer, person, start, end, warning)

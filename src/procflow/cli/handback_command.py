"""`procflow handback [PERSON]`: what was done for somebody who was away, and what is open."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, session
from procflow.core.words import instant_in_words, relative_in_words


@click.command()
@click.argument("person", required=False, default="", shell_complete=complete_person)
@COMMON
def command(person: str) -> None:
    """List what others did in your name (or PERSON's) during the last absence, and what is open now."""
    s = session()
    app = s.app
    found = app.hand_back(person or s.person)
    organisation = app.engine.surroundings().organisation
    zone, now, danish = organisation.zone, app.world.now(), s.language == "da"

    def text() -> str:
        if found.absence is None:
            return "Intet fravær er registreret." if danish else "No absence is registered."
        since = instant_in_words(found.absence.since, zone, s.language)
        until = instant_in_words(found.absence.until, zone, s.language) if found.absence.until else "?"
        lines = [f"{organisation.name_of(found.person)}: {since} - {until}"]
        lines.append("Gjort imens:" if danish else "Done meanwhile:")
        for one in found.done:
            at = instant_in_words(one.at, zone, s.language)
            lines.append(f"{one.number:>6}  {one.choice:<20} {organisation.name_of(one.by)}, {at}")
        lines.append("Åbent nu:" if danish else "Open now:")
        for row in found.open:
            when = relative_in_words(row.act_by, now, zone, s.language) if row.act_by else "-"
            lines.append(
                f"{row.number:>6}  {': '.join(filter(None, app.called(row, s.anybody, s.language)))}  {when}"
            )
        return "\n".join(lines)

    absence = None
    if found.absence is not None:
        absence = {"from": found.absence.since, "until": found.absence.until}
    result = {
        "person": found.person,
        "absence": absence,
        "done": [
            {"number": one.number, "case": one.case_id, "choice": one.choice, "by": one.by, "at": one.at}
            for one in found.done
        ],
        "open": [
            {"number": row.number, "case": row.case_id, "task": row.task, "act_by": row.act_by}
            for row in found.open
        ],
    }
    s.show(result, text)

"""`procflow handback [PERSON]`: what was done for somebody who was away, and what is open."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_person
from procflow.cli.session import COMMON, as_instant, session
from procflow.core.words import instant_in_words, relative_in_words
from procflow.views.people import hand_back_view


@click.command()
@click.argument("person", required=False, default="", shell_complete=complete_person)
@COMMON
def command(person: str) -> None:
    """List what others did in your name (or PERSON's) during the last absence, and what is open now."""
    s = session()
    view: dict[str, Any]
    if s.there:
        view = s.there.hand_back(person)
    else:
        view = hand_back_view(s.app, s.app.hand_back(person or s.person), s.anybody, s.language)
    names, danish = s.names, s.language == "da"

    def at(value: Any, otherwise: str) -> str:
        instant = as_instant(value)
        return instant_in_words(instant, names.zone, s.language) if instant else otherwise

    def text() -> str:
        away = view["absence"]
        if away is None:
            return "Intet fravær er registreret." if danish else "No absence is registered."
        lines = [f"{names.name_of(view['person'])}: {at(away['from'], '')} - {at(away['until'], '?')}"]
        lines.append("Gjort imens:" if danish else "Done meanwhile:")
        for one in view["done"]:
            lines.append(
                f"{one['number']:>6}  {one['choice']:<20} {names.name_of(one['by'])}, {at(one['at'], '')}"
            )
        lines.append("Åbent nu:" if danish else "Open now:")
        for row in view["open"]:
            act_by = as_instant(row["act_by"])
            when = relative_in_words(act_by, s.now, names.zone, s.language) if act_by else "-"
            lines.append(
                f"{row['number']:>6}  {': '.join(filter(None, (row['title'], row['what'])))}  {when}"
            )
        return "\n".join(lines)

    s.show(view, text)

"""`procflow who CASE`: who was asked, who took it, who did it."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, as_instant, session
from procflow.core.words import instant_in_words
from procflow.views.people import who_view

_WORDS = {
    "da": {
        "asked": "spurgt", "allotted": "tildelt", "claimed": "taget af", "given": "givet til", "given_back": "givet tilbage af",
        "suspended": "lagt til side af", "resumed": "genoptaget", "passed_on": "væk", "back": "tilbage", "done": "gjort af",
        "handed_over": "tilbudt af", "taken_over": "overtaget af", "turned_down": "afslået af", "taken_back": "tilbud taget tilbage af",
        "unanswered": "ikke besvaret af", "lapsed": "tilbud bortfaldet til",
    },
    "en": {
        "asked": "asked", "allotted": "allotted to", "claimed": "taken by", "given": "given to", "given_back": "given back by",
        "suspended": "put aside by", "resumed": "gone on with", "passed_on": "away", "back": "back", "done": "done by",
        "handed_over": "offered by", "taken_over": "taken over by", "turned_down": "turned down by", "taken_back": "offer taken back by",
        "unanswered": "not answered by", "lapsed": "offer is over to",
    },
}  # fmt: skip


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Say of each task of CASE who was asked, who took it and who did it."""
    s = session()
    if s.there:
        view = s.there.of_case(case, "tasks")
    else:
        view = who_view(s.app, s.app.look(case, s.anybody), s.anybody, s.language)
    names, w = s.names, s.words(_WORDS)

    def at(value: Any) -> str:
        instant = as_instant(value)
        return instant_in_words(instant, names.zone, s.language) if instant else ""

    def text() -> str:
        lines = []
        for work in view["tasks"]:
            whom = [names.name_of(name) for name in work["people"]]
            whom += [names.role_name(role, s.language) for role in work["roles"]]
            lines.append(f"{work['title']}: {w['asked']} {', '.join(whom)}, {at(work['asked_at'])}")
            for move in work["moves"]:
                name = names.name_of(move["person"]) if move["person"] else ""
                more = f"({move['more']})" if move["more"] else ""
                did = " ".join(part for part in (w[move["what"]], name, more) if part)
                lines.append(f"  {did}, {at(move['at'])}")
        return "\n".join(lines) or "-"

    s.show(view, text)

"""`procflow who CASE`: who was asked, who took it, who did it."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.core.words import instant_in_words

_WORDS = {
    "da": {
        "asked": "spurgt", "allotted": "tildelt", "claimed": "taget af", "given": "givet til", "given_back": "givet tilbage af",
        "suspended": "lagt til side af", "resumed": "genoptaget", "passed_on": "væk", "back": "tilbage", "done": "gjort af",
    },
    "en": {
        "asked": "asked", "allotted": "allotted to", "claimed": "taken by", "given": "given to", "given_back": "given back by",
        "suspended": "put aside by", "resumed": "gone on with", "passed_on": "away", "back": "back", "done": "done by",
    },
}  # fmt: skip


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Say of each task of CASE who was asked, who took it and who did it."""
    s = session()
    app = s.app
    loaded = app.look(case, s.anybody)
    works = app.work_of_case(case)
    organisation = app.engine.surroundings().organisation
    w = _WORDS.get(s.language, _WORDS["en"])

    def text() -> str:
        lines = []
        for work in works:
            whom = [organisation.name_of(name) for name in work.people]
            whom += [organisation.role_name(role, s.language) for role in work.roles]
            at = instant_in_words(work.opened, organisation.zone, s.language)
            title = app.state_called(loaded, work.state, s.anybody, s.language)
            lines.append(f"{title}: {w['asked']} {', '.join(whom)}, {at}")
            for when, what, person, more in work.moves:
                at = instant_in_words(when, organisation.zone, s.language)
                name = organisation.name_of(person) if person else ""
                lines.append(
                    "  "
                    + " ".join(part for part in (w[what], name, f"({more})" if more else "") if part)
                    + f", {at}"
                )
        return "\n".join(lines) or "-"

    def one(work: Any) -> dict[str, Any]:
        moves = [
            {"at": at, "what": what, "person": person or None, "more": more or None}
            for at, what, person, more in work.moves
        ]
        return {
            "state": work.state, "asked_at": work.opened, "roles": list(work.roles),
            "people": list(work.people), "moves": moves,
        }  # fmt: skip

    s.show({"number": loaded.row.number, "tasks": [one(work) for work in works]}, text)

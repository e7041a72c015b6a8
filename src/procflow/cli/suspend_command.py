"""`procflow suspend CASE`: work put aside until an instant."""

from __future__ import annotations

from typing import Any

import click

from procflow.app.days import an_instant
from procflow.cli.complete import complete_case
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, as_instant, session
from procflow.core.words import instant_in_words
from procflow.views.steps import taken_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.option(
    "--until",
    required=True,
    help="When it comes back: `next open day at 09:00`, `2026-03-12 10:00`, `2 hours`.",
)
@click.option("--reason", required=True, help="Why it has to wait.")
@click.option("--task", default="", help="The state whose work is meant, where the case has several.")
@click.option("--request-id", default="", help="The same id again changes nothing.")
@COMMON
def command(case: str, until: str, reason: str, task: str, request_id: str) -> None:
    """Put the work of CASE aside: it leaves the inbox until then, and every clock runs on."""
    s = session()
    view: dict[str, Any]
    if s.there:
        view = s.there.about_case(
            case, "suspend", {"until": until, "reason": reason, "task": task}, request_id
        )
    else:
        calendar = s.app.engine.surroundings().organisation.calendar
        at = an_instant(until, calendar, s.app.world.now())
        view = taken_view(
            s.answer(s.app.suspend(case, s.person, at, reason, task, request_of(request_id))), until=at
        )
    back = as_instant(view["until"])
    shown = instant_in_words(back, s.names.zone, s.language) if back else "?"
    if s.language == "da":
        words = f"Opgaven i sag {view['number']} er lagt til side til {shown}. Fristerne løber videre."
    else:
        words = f"The work of case {view['number']} is put aside until {shown}. Its deadlines run on."
    s.show(view, words)

"""`procflow suspend CASE`: work put aside until an instant."""

from __future__ import annotations

import click

from procflow.app.days import an_instant
from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.core.words import instant_in_words


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
    organisation = s.app.engine.surroundings().organisation
    at = an_instant(until, organisation.calendar, s.app.world.now())
    answer = s.answer(s.app.suspend(case, s.person, at, reason, task, request_id))
    shown = instant_in_words(at, organisation.zone, s.language)
    if s.language == "da":
        words = f"Opgaven i sag {answer.number} er lagt til side til {shown}. Fristerne løber videre."
    else:
        words = f"The work of case {answer.number} is put aside until {shown}. Its deadlines run on."
    s.show({"number": answer.number, "until": at, "sequence": answer.sequence}, words)

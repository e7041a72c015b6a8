"""`procflow note CASE TEXT`: a customer note."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("text")
@click.option("--request-id", default="", help="The same id again writes no second note.")
@COMMON
def command(case: str, text: str, request_id: str) -> None:
    """Write TEXT as a note into CASE."""
    s = session()
    answer = s.answer(s.app.note(case, s.person, text, request_id))
    done = "Noten er skrevet i sag" if s.language == "da" else "The note is in case"
    s.show({"number": answer.number, "sequence": answer.sequence}, f"{done} {answer.number}.")

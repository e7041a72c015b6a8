"""`procflow why CASE [CHOICE]`: why a choice is offered or not, and how each deadline was computed."""

from __future__ import annotations

from typing import Any

import click

from procflow.cli.complete import complete_case, complete_choice
from procflow.cli.session import COMMON, session
from procflow.cli.why_text import why_text
from procflow.views.why import why_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("choice", required=False, default="", shell_complete=complete_choice)
@COMMON
def command(case: str, choice: str) -> None:
    """Explain, for every choice of CASE (or one): offered or not, each guard with its values and its line,
    the role, evidence or input that is missing, and how each deadline was computed."""
    s = session()
    if s.there:
        told = s.there.of_case(case, "why", {"choice": choice})
        s.show(told, lambda: why_text(told, s.language))
        return
    app = s.app
    loaded = app.look(case, s.anybody)
    view: dict[str, Any] = why_view(app, loaded, s.anybody, choice, s.language)
    s.looked("why", loaded.row.id, choice)
    s.show(view, lambda: why_text(view, s.language))

"""`procflow case CASE`: where it is and what can be done."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.cli.views import case_text, case_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Look at CASE: its state, what you can do, its deadlines."""
    s = session()
    view = case_view(s.app, s.app.engine.load(case), s.anybody, s.language)
    s.show(view, lambda: case_text(view, s.language))

"""`procflow case CASE`: where it is and what can be done."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, session
from procflow.cli.views import case_text
from procflow.views.case import case_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Look at CASE: its state, what you can do, its deadlines."""
    s = session()
    if s.there:
        told = s.there.case(case)
        s.show(told, lambda: case_text(told, s.language))
        return
    loaded = s.app.look(case, s.anybody)
    view = case_view(s.app, loaded, s.anybody, s.language)
    s.looked("case", loaded.row.id)
    s.show(view, lambda: case_text(view, s.language))

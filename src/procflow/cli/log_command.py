"""`procflow log CASE`: its journal as a story."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from procflow.cli.complete import complete_case
from procflow.cli.session import COMMON, as_instant, session
from procflow.cli.style import fitted
from procflow.core.words import instant_in_words
from procflow.views.journal import journal_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@COMMON
def command(case: str) -> None:
    """Tell the story of CASE, step by step: who did what, when, and what followed."""
    s = session()
    if s.there:
        told = s.there.log(case)
        s.show(told, lambda: _story(told))
        return
    app = s.app
    loaded = app.look(case, s.anybody)
    view = journal_view(app, loaded, s.language)
    s.looked("log", loaded.row.id)
    s.show(view, lambda: _story(view))


def _story(view: Mapping[str, Any]) -> str:
    s, lines = session(), []
    for step in view["steps"]:
        at = as_instant(step["at"])
        lines.append(f"{step['sequence']:>3}  {instant_in_words(at, s.names.zone, s.language) if at else ''}")
        lines += [f"       {line}" for line in step["words"]]
    return "\n".join(fitted(lines))

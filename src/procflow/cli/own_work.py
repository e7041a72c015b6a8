"""What the commands share that change who has the work of a case, and ask no more than which: claim, giveback, resume."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import click

from procflow.cli.complete import complete_case
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, session
from procflow.views.steps import taken_view

if TYPE_CHECKING:
    from procflow.app import App
    from procflow.core.decide import Request
    from procflow.engine import Answer

    Change = Callable[[str, str, str, str | Request], Answer]


def own_work(
    about: str, route: str, change: Callable[[App], Change], said: Mapping[str, str]
) -> click.Command:
    """The command that asks the app for `change`, or another machine for `route`; `said` tells by language what came of
    it, with the case's {number}."""

    @click.command(help=about)
    @click.argument("case", shell_complete=complete_case)
    @click.option("--task", default="", help="The state whose work is meant, where the case has several.")
    @click.option("--request-id", default="", help="The same id again changes nothing.")
    @COMMON
    def command(case: str, task: str, request_id: str) -> None:
        s = session()
        if s.there:
            view = s.there.about_case(case, route, {"task": task}, request_id)
        else:
            view = taken_view(s.answer(change(s.app)(case, s.person, task, request_of(request_id))))
        s.show(view, s.words(said).format(number=view["number"]))

    return command

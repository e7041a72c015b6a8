"""`procflow signal CASE EVENT`: an event from outside."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case, complete_event
from procflow.cli.requests import request_of
from procflow.cli.session import COMMON, given_values, session
from procflow.cli.views import case_text
from procflow.views.steps import meant_event, signal_view


@click.command()
@click.argument("case", shell_complete=complete_case)
@click.argument("event", shell_complete=complete_event)
@click.option(
    "--with", "with_", multiple=True, metavar="NAME=VALUE", help="What the event brings; may be repeated."
)
@click.option("--request-id", default="", help="The same id again is the same event, never a second one.")
@COMMON
def command(case: str, event: str, with_: tuple[str, ...], request_id: str) -> None:
    """Tell CASE that EVENT has happened, as another case or another system would. Where no state takes it, it is
    dropped, and the case's story says so."""
    s = session()
    if s.there:
        view, near = s.there.signal(case, event, given_values(with_), request_id)
    else:
        answer = s.answer(s.app.signal(case, event, given_values(with_), s.anybody, request_of(request_id)))
        view = signal_view(s.app, answer, event, s.anybody, s.language)
        near = meant_event(s.app, answer.number, event) if view["taken"] is False else ""
    dropped = view["taken"] is False
    s.show(view, lambda: _dropped(view["number"], event, near) if dropped else case_text(view, s.language))


def _dropped(number: int, event: str, near: str) -> str:
    if session().language == "da":
        return f"Sag {number} venter ikke på hændelsen “{event}”; den er noteret og droppet."
    meant = f" ({near})" if near else ""
    return f"Case {number} does not wait for the event “{event}”; it was recorded and dropped.{meant}"

"""`procflow signal CASE EVENT`: an event from outside."""

from __future__ import annotations

import click

from procflow.cli.complete import complete_case, complete_event
from procflow.cli.session import COMMON, given_values, session
from procflow.cli.views import case_text
from procflow.core.journal import EventDropped
from procflow.core.nearest import did_you_mean
from procflow.views.case import after_step


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
    answer = s.answer(s.app.signal(case, event, given_values(with_), s.anybody, request_id))
    dropped = any(isinstance(entry, EventDropped) and entry.name == event for entry in answer.entries)
    view = {**after_step(s.app, answer, s.anybody, s.language), "taken": not dropped}
    if answer.repeated:
        view["taken"] = None  # the first answer said it
    s.show(view, lambda: _dropped(answer.number, event) if dropped else case_text(view, s.language))


def _dropped(number: int, event: str) -> str:
    s = session()
    procedure = s.app.engine.procedure(s.app.engine.load(number).row.definition)
    listened = sorted({name for state in procedure.states for name in state.events_by_name})
    near = f" ({did_you_mean(event, listened)})" if event not in listened and listened else ""
    if s.language == "da":
        return f"Sag {number} venter ikke på hændelsen “{event}”; den er noteret og droppet."
    return f"Case {number} does not wait for the event “{event}”; it was recorded and dropped.{near}"

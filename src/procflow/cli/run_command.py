"""`procflow run`: the local host."""

from __future__ import annotations

import click

from procflow.cli.hosting import HOST_WORDS, prepared, run_until_stopped
from procflow.cli.session import COMMON, session


@click.command()
@click.option("--once", is_flag=True, help="Do what can be done now, then end.")
@COMMON
def command(once: bool) -> None:
    """Run what happens over time: deadlines in order, deliveries with retry, incoming messages.

    Stop it with Ctrl-C or SIGTERM; it finishes the step it is in. What was due while it was away happens
    when it is back, at the instants at which it was due. Where procflow.toml says `[web] listen`, it also
    answers the web requests of gateways and forms.
    """
    s = session()
    w = HOST_WORDS.get(s.language, HOST_WORDS["en"])
    host = prepared(s.app)
    if once:
        done = host.until_idle()
        result = {
            "steps": done.steps,
            "delivered": done.delivered,
            "received": done.received,
            "problems": done.problems,
        }
        s.show(result, w["done"].format(done=done))
        return
    run_until_stopped(host)

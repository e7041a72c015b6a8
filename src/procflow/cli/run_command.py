"""`procflow run`: the local host."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import click

from procflow.app import App
from procflow.cli.session import COMMON, session
from procflow.hosts.door import Refusals
from procflow.hosts.local import Round

#: What it means that a channel was not tried against the other side itself.
_AGAINST = {
    "stand-in": "tried against our own idea of the other side only",
    "recorded": "tried against what the other side once said",
}


def _speaking(app: App) -> Iterator[str]:
    """The channels that really speak to somebody, each with what it was tried against."""
    for name, found in sorted(app.plugins.channels.items()):
        if app.channels.mode(name) == "real":
            verified = found.channel.verified
            yield f"{name}: real, verified {verified}" + (
                f" ({_AGAINST[verified]})" if verified in _AGAINST else ""
            )


_WORDS = {
    "en": {
        "done": "steps {done.steps}, deliveries {done.delivered}, messages {done.received}",
        "stopped": "stopped",
    },
    "da": {
        "done": "trin {done.steps}, leveringer {done.delivered}, beskeder {done.received}",
        "stopped": "stoppet",
    },
}


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
    app = s.app
    w = _WORDS.get(s.language, _WORDS["en"])
    for problem in app.publish():
        if problem.is_error:
            click.echo(problem.as_text(), err=True)
    host = app.host()
    for line in _speaking(app):
        click.echo(line, err=True)
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
    stopped: list[int] = []
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda number, frame: stopped.append(number))

    refusals = Refusals()
    door = app.door(refusals) if app.has_door else None

    def report(done: Round) -> None:
        if s.json:
            return
        click.echo(f"{app.world.now().isoformat()}  {w['done'].format(done=done)}")
        for problem in done.problems:
            click.echo(f"    {problem}", err=True)

    def stop() -> bool:
        for line in refusals.taken():
            click.echo(f"    {line}", err=True)
        return bool(stopped)

    if door is not None:
        door.start()
        if not s.json:
            click.echo(f"listening at {app.settings.web.listen.rpartition(':')[0]}:{door.port}")
    try:
        host.run(stop, report)
    finally:
        if door is not None:
            door.stop()
    s.show({"stopped": True}, w["stopped"])

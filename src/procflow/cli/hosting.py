"""What `run` and `serve` share: a host that runs until it is stopped, with whatever listens beside it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator, Sequence
from threading import Event
from typing import TYPE_CHECKING, Protocol

import click

from procflow.app import App
from procflow.cli.session import session
from procflow.hosts.door import Refusals
from procflow.hosts.local import Round

if TYPE_CHECKING:
    from procflow.definitions.settings_host import HostSettings

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


HOST_WORDS = {
    "en": {
        "done": "steps {done.steps}, deliveries {done.delivered}, messages {done.received}",
        "stopped": "stopped",
    },
    "da": {
        "done": "trin {done.steps}, leveringer {done.delivered}, beskeder {done.received}",
        "stopped": "stoppet",
    },
}


class Server(Protocol):
    """Something that listens at `port` from its making on."""

    port: int

    def start(self) -> None: ...
    def stop(self) -> None: ...


class RunningHost(Protocol):
    """What runs cases over time: see `hosts.local`, `hosts.temporal`."""

    def run(self, stop: Callable[[], bool], report: Callable[[Round], None] | None = None) -> None: ...
    def until_idle(self, most: int = 1000) -> Round: ...


def prepared(app: App, said: HostSettings | None = None, *, patient: bool = False) -> RunningHost:
    """The host, with documents published; what is wrong with them, and who is spoken to, is told."""
    for problem in app.publish():
        if problem.is_error:
            click.echo(problem.as_text(), err=True)
    host = app.host(said, patient=patient)
    for line in _speaking(app):
        click.echo(line, err=True)
    return host


def run_until_stopped(host: RunningHost | None, servers: Sequence[tuple[str, Server]] = ()) -> None:
    """Run the host and the web door until SIGTERM or Ctrl-C, with further `servers`, each with what is told of it."""
    s = session()
    app, w = s.app, HOST_WORDS.get(s.language, HOST_WORDS["en"])
    ended = Event()
    for wanted in (signal.SIGTERM, signal.SIGINT):
        signal.signal(wanted, lambda number, frame: ended.set())
    refusals = Refusals()
    listening = list(servers)
    if host is not None and app.has_door:
        door = app.door(refusals)
        listening.append((f"listening at {app.settings.web.listen.rpartition(':')[0]}:{door.port}", door))

    def report(done: Round) -> None:
        if s.json:
            return
        click.echo(f"{app.world.now().isoformat()}  {w['done'].format(done=done)}")
        for problem in done.problems:
            click.echo(f"    {problem}", err=True)

    def stop() -> bool:
        for line in refusals.taken():
            click.echo(f"    {line}", err=True)
        return ended.is_set()

    for told, server in listening:
        server.start()
        if not s.json:
            click.echo(told)
    try:
        if host is not None:
            host.run(stop, report)
        ended.wait()
    finally:
        for _, server in listening:
            server.stop()
    s.show({"stopped": True}, w["stopped"])

"""What `run` and `serve` share: a host that runs until it is stopped, with whatever listens beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

import click

from procflow.app import App
from procflow.cli.notifying import Notifying
from procflow.cli.seeing import Seeing
from procflow.cli.session import session
from procflow.cli.stopping import Stopping
from procflow.cli.streams import OutputLost
from procflow.errors import ProcflowError
from procflow.hosts.door import Refusals
from procflow.hosts.local import Round

if TYPE_CHECKING:
    from procflow.definitions.settings_host import HostSettings

#: What it means that a channel was not tried against the other side itself.
_AGAINST = {
    "stand-in": "tried against our own idea of the other side only",
    "recorded": "tried against what the other side once said",
}


def _speaking(app: App) -> Iterator[tuple[str, str, str]]:
    """The channels that really speak to somebody, each with what it was tried against, and the same as a sentence."""
    for name, found in sorted(app.plugins.channels.items()):
        if app.channels.mode(name) == "real":
            verified = found.channel.verified
            against = f" ({_AGAINST[verified]})" if verified in _AGAINST else ""
            yield name, verified, f"{name}: real, verified {verified}{against}"


HOST_WORDS = {
    "en": {
        "done": "steps {done.steps}, deliveries {done.delivered}, messages {done.received}",
        "again": "\nNot delivered, and to be tried again: {again}. What was said: procflow doctor, procflow case CASE",
        "stopped": "stopped",
    },
    "da": {
        "done": "trin {done.steps}, leveringer {done.delivered}, beskeder {done.received}",
        "again": "\nIkke leveret, og prøves igen: {again}. Hvad der blev sagt: procflow doctor, procflow case SAG",
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


#: Seconds from the first signal within which everything has stopped. The longest thing that may be under way is one
#: delivery by a plugin (`hosts.plugin_calls`); whoever stops the process from outside should wait a little longer.
STOP_WITHIN = 45.0


#: Seconds between two looks at what the web door refused, where no host runs.
_LOOK_EVERY = 5.0


def prepared(app: App, said: HostSettings | None = None, *, patient: bool = False) -> RunningHost:
    """The host, with documents published; what is wrong with them, and who is spoken to, is told."""
    for problem in app.publish():
        if not problem.is_error:
            continue
        if app.seen is not None:
            app.seen.tell("document_problem", path=problem.path, line=problem.line, code=problem.code)
        else:
            click.echo(problem.as_text(), err=True)
    host = app.host(said, patient=patient)
    for name, verified, line in _speaking(app):
        if app.seen is not None:
            app.seen.tell("channel_real", channel=name, verified=verified)
        else:
            click.echo(line, err=True)
    return host


def run_until_stopped(
    host: RunningHost | None, seeing: Seeing, servers: Sequence[tuple[str, str, Server]] = ()
) -> None:
    """Run the host and the web door until SIGTERM or Ctrl-C, with further `servers`: what each is, and what is told of
    it. At the first signal nothing new is begun and what was begun is finished; at the second everything ends at once."""
    s = session()
    app, w = s.app, s.words(HOST_WORDS)
    stopping, manager = Stopping(), Notifying()
    app.asked_to_stop = lambda: stopping.asked
    refusals = Refusals()
    listening = list(servers)
    if host is not None and app.has_door:
        door = app.door(refusals)
        where = f"{app.settings.web.listen.rpartition(':')[0]}:{door.port}"
        listening.append(("door", f"listening at {where}", door))

    def report(done: Round) -> None:
        if not s.json and seeing.for_people:
            _tell(f"{app.world.now().isoformat()}  {w['done'].format(done=done)}")

    def stop() -> bool:
        seeing.watching.looked = app.world.monotonic()
        manager.works()
        for channel, reason, count in refusals.counted():
            seeing.watching.tell("web_refused", channel=channel, reason=reason, count=count)
        return stopping.asked

    for what, told, server in listening:
        server.start()
        seeing.watching.tell("listening", what=what, port=server.port)
        if not s.json:
            _tell(told)
    stopping.then([server.stop for _, _, server in listening], seeing)
    manager.ready()
    try:
        if host is not None:
            host.run(stop, report)
        while not stopping.wait(_LOOK_EVERY):
            stop()
    finally:
        manager.stopping()
        stopping.finish()
        stop()
        if app.alive is not None:
            with suppress(ProcflowError):
                # a store that cannot be written now will be told from its last sign
                app.alive.gone()
    if seeing.watching.tracer is not None:
        seeing.watching.tracer.close()
    seeing.watching.tell("stopped", clean=True, duration=stopping.since)
    s.show({"stopped": True}, w["stopped"])


def _tell(words: str) -> None:
    """To whoever looks on; that nobody does, or that the disk of the log is full, stops no host."""
    with suppress(OSError, OutputLost):
        click.echo(words)

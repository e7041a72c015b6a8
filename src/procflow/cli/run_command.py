"""`procflow run`: what happens over time, by the local host or on a Temporal server."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from procflow.cli.hosting import HOST_WORDS, prepared, run_until_stopped
from procflow.cli.seeing import LOG, begun, is_asked_for, seen, traced
from procflow.cli.session import COMMON, session
from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.definitions.settings_host import HostSettings

#: Of what waits to be tried again, so much is counted at the most.
_COUNTED = 1000


@click.command()
@click.option("--once", is_flag=True, help="Do what can be done now, then end.")
@click.option("--host", type=click.Choice(["local", "temporal"]), default=None, help="What runs the cases: this process alone, or a Temporal server whose worker it is.")  # fmt: skip
@click.option("--temporal", "address", default="", metavar="HOST:PORT", help="Where the Temporal server listens, else 127.0.0.1:7233.")  # fmt: skip
@click.option("--namespace", default="", metavar="NAME", help="Its namespace, else `default`.")
@click.option("--task-queue", default="", metavar="NAME", help="The workspace's task queue, else one made from the store's id.")  # fmt: skip
@click.option("--tls", is_flag=True, help="Speak to it over TLS.")
@click.option("--tls-ca", default="", metavar="FILE", type=click.Path(dir_okay=False), help="Who vouches for the server's certificate.")  # fmt: skip
@click.option("--tls-certificate", default="", metavar="FILE", type=click.Path(dir_okay=False), help="Our certificate, where the server asks for one.")  # fmt: skip
@click.option("--tls-key", default="", metavar="FILE", type=click.Path(dir_okay=False), help="The key of our certificate.")  # fmt: skip
@click.option("--tls-name", default="", metavar="NAME", help="The name in the server's certificate, where it is another than the address's.")  # fmt: skip
@LOG
@COMMON
def command(
    once: bool,
    host: str | None,
    log_format: str | None,
    log_level: str | None,
    metrics: str,
    traces: str,
    **temporal: str | bool,
) -> None:
    """Run what happens over time: deadlines in order, deliveries with retry, incoming messages.

    Stop it with Ctrl-C or SIGTERM; it finishes what it has begun and begins nothing new, and a second one ends it at
    once. What was due while it was away happens
    when it is back, at the instants at which it was due. Where procflow.toml says `[web] listen`, it also
    answers the web requests of gateways and forms. What the options about Temporal say may stand in procflow.toml
    under `[host]`.
    """
    s = session()
    from procflow.app.alive import Alive
    from procflow.cli.figures import operated

    seeing = None
    if not once or is_asked_for(s.app, log_format, log_level):
        seeing = seen(s.app, "run", log_format, log_level)
    w = s.words(HOST_WORDS)
    said = _said(s.app.settings.host, host, temporal)
    if seeing is not None:
        traced(s.app, seeing, "run", traces)
        begun(s.app, seeing, "run", said.kind if said is not None else "local")
    running = prepared(s.app, said)
    if once:
        done = running.until_idle()
        if not done.problems:
            Alive(s.app, "once").took_over()
        rows = s.app.store.waiting_effects(s.app.world.now() + timedelta(days=1), _COUNTED)
        again = sum(row.tried > 0 for row in rows)
        result = {
            "steps": done.steps,
            "delivered": done.delivered,
            "received": done.received,
            "problems": done.problems,
            "again": again,
        }
        if not s.json:
            for problem in done.problems:
                click.echo(problem, err=True)
        told = w["done"].format(done=done)
        s.show(result, f"{told}{w['again'].format(again=again)}" if again else told)
        return
    assert seeing is not None
    s.app.alive = Alive(s.app, said.kind if said is not None else "local")
    run_until_stopped(running, seeing, operated(s.app, seeing.watching, metrics, True))


def _said(
    settings: HostSettings | None, host: str | None, options: dict[str, str | bool]
) -> HostSettings | None:
    """What the options say, and where they say nothing the settings. Raises UsageError."""
    from os.path import abspath

    from msgspec.structs import replace

    from procflow.definitions.settings import LISTEN
    from procflow.definitions.settings_host import HostSettings

    given = {_NAMES.get(name, name): value for name, value in options.items() if value}
    for name in ("server_ca", "certificate", "key"):
        if name in given:
            given[name] = abspath(str(given[name]))
    kind = host or (settings.kind if settings is not None else "local")
    if kind == "local":
        if given:
            raise UsageError("the options about Temporal are for --host temporal", "add --host temporal")
        return HostSettings() if host else settings
    if not LISTEN.fullmatch(str(given.get("address", "here:1"))):
        raise UsageError(f"--temporal {given['address']} is no HOST:PORT", "write 127.0.0.1:7233")
    said = replace(settings if settings is not None else HostSettings(), **{**given, "kind": kind})
    if bool(said.certificate) != bool(said.key):
        raise UsageError("--tls-certificate and --tls-key belong together", "give both files")
    return said


#: option -> the setting that it stands for, where that has another name.
_NAMES = {
    "tls_ca": "server_ca",
    "tls_certificate": "certificate",
    "tls_key": "key",
    "tls_name": "server_name",
}

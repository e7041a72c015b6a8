"""`procflow serve`: the desk and the API, with the host beside them."""

from __future__ import annotations

import click

from procflow.cli.hosting import prepared, run_until_stopped
from procflow.cli.seeing import LOG, address, begun, seen, traced
from procflow.cli.session import COMMON, session

#: Where it listens when nobody says it.
LISTEN = "127.0.0.1:8380"


@click.command()
@click.option("--listen", default="", callback=address, metavar="HOST:PORT", help=f"Where browsers reach it, else {LISTEN}; port 0: any that is free.")  # fmt: skip
@click.option("--certificate", default="", metavar="FILE", type=click.Path(dir_okay=False), help="Serve over TLS with this certificate and its chain.")  # fmt: skip
@click.option("--key", default="", metavar="FILE", type=click.Path(dir_okay=False), help="The key of the certificate.")  # fmt: skip
@click.option(
    "--behind-proxy", is_flag=True, help="TLS ends at a proxy on this machine, which says who asks."
)
@click.option("--host-name", "host_names", multiple=True, metavar="NAME", help="A name that it is reached by; may be repeated.")  # fmt: skip
@click.option(
    "--no-host", is_flag=True, help="Only serve; `procflow run` takes care of deadlines and deliveries."
)
@LOG
@COMMON
def command(
    listen: str, certificate: str, key: str, behind_proxy: bool, host_names: tuple[str, ...], no_host: bool,
    log_format: str | None, log_level: str | None, metrics: str, traces: str,
) -> None:  # fmt: skip
    """Serve the desk and the API, and run what happens over time as `procflow run` does.

    On this machine alone and without users it works at once for one person, the one of --as. For others to reach it,
    make users (`procflow user add`), and give a certificate or put it behind a proxy. Stop it with Ctrl-C or SIGTERM;
    it answers what is being asked and takes nothing new, and a second one ends it at once. What the options say may stand in procflow.toml under `[serve]`.
    """
    from contextlib import suppress

    from procflow.app.alive import Alive
    from procflow.cli.figures import Figures, another, operated
    from procflow.cli.serving import serving, wishes
    from procflow.errors import UsageError

    s = session()
    wanted = wishes(s.app, listen, certificate, key, behind_proxy, host_names)
    seeing = seen(s.app, "serve", log_format, log_level)
    traced(s.app, seeing, "serve", traces)
    said = s.app.settings.host
    begun(s.app, seeing, "serve", "none" if no_host else said.kind if said is not None else "local")
    host = None if no_host else prepared(s.app, patient=True)  # the desk waits for no server
    if host is not None:
        s.app.alive = Alive(s.app, said.kind if said is not None else "local")
    with suppress(UsageError):  # without prometheus-client there is nothing at /metrics
        Figures(another(s.app), seeing.watching, host is not None)
    server, told = serving(s, wanted, runs_host=host is not None)
    run_until_stopped(
        host, seeing, [("desk", told, server), *operated(s.app, seeing.watching, metrics, host is not None)]
    )

"""`procflow serve`: the desk and the API, with the host beside them."""

from __future__ import annotations

import click

from procflow.cli.hosting import prepared, run_until_stopped
from procflow.cli.session import COMMON, session

#: Where it listens when nobody says it.
LISTEN = "127.0.0.1:8380"


@click.command()
@click.option("--listen", default="", metavar="HOST:PORT", help=f"Where browsers reach it, else {LISTEN}; port 0: any that is free.")  # fmt: skip
@click.option("--certificate", default="", metavar="FILE", type=click.Path(dir_okay=False), help="Serve over TLS with this certificate and its chain.")  # fmt: skip
@click.option("--key", default="", metavar="FILE", type=click.Path(dir_okay=False), help="The key of the certificate.")  # fmt: skip
@click.option(
    "--behind-proxy", is_flag=True, help="TLS ends at a proxy on this machine, which says who asks."
)
@click.option("--host-name", "host_names", multiple=True, metavar="NAME", help="A name that it is reached by; may be repeated.")  # fmt: skip
@click.option(
    "--no-host", is_flag=True, help="Only serve; `procflow run` takes care of deadlines and deliveries."
)
@COMMON
def command(
    listen: str, certificate: str, key: str, behind_proxy: bool, host_names: tuple[str, ...], no_host: bool
) -> None:
    """Serve the desk and the API, and run what happens over time as `procflow run` does.

    On this machine alone and without users it works at once for one person, the one of --as. For others to reach it,
    make users (`procflow user add`), and give a certificate or put it behind a proxy. Stop it with Ctrl-C or SIGTERM;
    it answers what is being asked. What the options say may stand in procflow.toml under `[serve]`.
    """
    from procflow.cli.serving import serving, wishes

    s = session()
    wanted = wishes(s.app, listen, certificate, key, behind_proxy, host_names)
    host = None if no_host else prepared(s.app, patient=True)  # the desk waits for no server
    server, told = serving(s, wanted)
    run_until_stopped(host, [(told, server)])

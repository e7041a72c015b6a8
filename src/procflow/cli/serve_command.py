"""`procflow serve`: the desk and the API, with the host beside them."""

from __future__ import annotations

import click

from procflow.app import App
from procflow.cli.hosting import Server, prepared, run_until_stopped
from procflow.cli.session import COMMON, Session, session
from procflow.errors import NotFound, UsageError

#: Where it listens when nobody says it.
LISTEN = "127.0.0.1:8380"


@click.command()
@click.option("--listen", default=LISTEN, show_default=True, metavar="HOST:PORT", help="Where browsers reach it; port 0: any that is free.")  # fmt: skip
@click.option(
    "--no-host", is_flag=True, help="Only serve; `procflow run` takes care of deadlines and deliveries."
)
@COMMON
def command(listen: str, no_host: bool) -> None:
    """Serve the desk and the API, and run what happens over time as `procflow run` does.

    On this machine alone and without users it works at once for one person, the one of --as. Stop it with Ctrl-C or
    SIGTERM; it answers what is being asked.
    """
    s = session()
    host = None if no_host else prepared(s.app)
    server = serving(s, listen)
    where = f"http://{listen.rpartition(':')[0]}:{server.port}"
    run_until_stopped(
        host, [(f"the desk is at {where}/ for {s.person}, and for whoever reaches this machine", server)]
    )


def serving(s: Session, listen: str) -> Server:
    """The site of the workspace, listening. Raises UsageError where it may not, or the extra is missing."""
    try:
        from procflow.api.room import ApiRoom
        from procflow.desk.room import DeskRoom, static
        from procflow.hosts.listening import Listening
        from procflow.web.access import OnePerson
        from procflow.web.addresses import is_loopback
        from procflow.web.site import Site
    except ImportError as why:
        raise UsageError(
            f"`procflow serve` wants {why.name}, which is not installed here", "pip install 'procflow[web]'"
        ) from why
    if not is_loopback(listen):
        raise UsageError(
            f"without users the desk listens on this machine only, and {listen} is reached from others",
            "make users first, or write --listen 127.0.0.1:8380",
        )
    app = s.app
    organisation = app.engine.surroundings().organisation
    person = organisation.person_id(s.person)
    if person is None:
        raise NotFound(f"nobody here is called {s.person!r}", "say with --as who you are")

    def opened() -> App:
        return App(app.folder, plugins_dirs=app.plugins_dirs)

    site = Site(opened, OnePerson(person), [DeskRoom(), ApiRoom()], mounts=[static()])
    return Listening(site, listen, setting="--listen", stopping=site.stop)

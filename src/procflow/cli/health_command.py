"""`procflow health`: whether the workspace can be worked in now, told by the exit code, for whatever keeps processes running.

Without `--at` the workspace itself is looked at, and its hosts' last signs of life; with it a running process is asked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import click

from procflow.cli.session import COMMON, session
from procflow.errors import StorageError, UsageError

_WORDS = {
    "en": {"ready": "Ready.", "not": "Not ready: {failing}.", "advice": "procflow doctor says more, and what to do"},
    "da": {"ready": "Klar.", "not": "Ikke klar: {failing}.", "advice": "procflow doctor siger mere, og hvad der skal gøres"},
}  # fmt: skip


@click.command()
@click.option(
    "--at", "address", metavar="HOST:PORT|URL", help="Ask the process that answers there, `run` or `serve`."
)
@click.option(
    "--live", is_flag=True, help="With --at: only whether it still goes round, not whether it is ready."
)
@click.option("--without-host", is_flag=True, help="No host has to run.")
@COMMON
def command(address: str | None, live: bool, without_host: bool) -> None:
    """Say whether the workspace can be worked in now: 0 when it can, else 1.

    The store can be read and written, the key file is there, no step lies ahead of the clock, there is room on the disk,
    and a host gave a sign of life within two minutes.
    """
    if live and not address:
        raise UsageError("--live asks a process", "say with --at where it answers")
    s = session()
    checks = _asked(address, live) if address else _looked(without_host)
    w = s.words(_WORDS)
    failing = [name for name, holds in checks.items() if not holds]

    def text() -> str:
        return f"{w['not'].format(failing=', '.join(failing))} {w['advice']}" if failing else w["ready"]

    s.show({"ready": not failing, "checks": dict(checks)}, text, ok=not failing)
    if failing:
        raise SystemExit(1)


def _looked(without_host: bool) -> Mapping[str, bool]:
    from procflow.app.alive import hosts_alive
    from procflow.app.health import Health
    from procflow.cli.doctor_findings import is_stored

    app = session().app
    if not is_stored(app):
        return {"store": False}  # a look makes none

    def since_it_went_round() -> float | None:
        if without_host:
            return None
        beats = hosts_alive(app)
        return max((app.world.now() - beats[0].at).total_seconds(), 0.0) if beats else float("inf")

    return Health(app, since_it_went_round).ready()


def _asked(address: str, live: bool) -> Mapping[str, bool]:
    """What the process says of itself; one that does not answer is not ready."""
    from procflow.definitions.settings_seen import is_listen
    from procflow.http_client import NotReached, request

    if "://" not in address and not is_listen(address):
        raise UsageError(f"--at: {address!r} is no HOST:PORT and no URL", "write one such as 127.0.0.1:8380")
    url = address if "://" in address else f"http://{address}"
    place = f"{url.rstrip('/')}/health/{'live' if live else 'ready'}"
    try:
        answer = request({"timeout": 4}, "GET", place, {})
    except NotReached:
        return {"process": False}
    try:
        told = json.loads(answer.body)["checks"]
        return {str(name): said == "ok" for name, said in told.items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StorageError(
            f"{place} is not a process of procflow: {answer.status}", "look at the address"
        ) from None

"""The figures and the health of the process that runs or serves: who counts, who looks, and where it is answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from procflow.app import App
from procflow.cli.hosting import Server
from procflow.errors import ProcflowError, UsageError
from procflow.seen.watching import Watching

if TYPE_CHECKING:
    from procflow.app.standing import Sample
    from procflow.web.operations import Operations

#: Seconds that whoever asks for the figures waits for them at the most.
PATIENCE = 20.0


class Figures:
    """Counts from now on, and looks at the store in a thread with a workspace of its own."""

    def __init__(self, opened: Callable[[], App], watching: Watching, runs_host: bool) -> None:
        """Raises UsageError where prometheus-client is not installed."""
        try:
            from procflow.seen.metrics import Metrics
        except ImportError as why:
            raise UsageError(
                f"figures want {why.name}, which is not installed here", "pip install 'procflow[web]'"
            ) from why
        self._opened, self._watching, self._runs_host = opened, watching, runs_host
        self._pool = ThreadPoolExecutor(1, "figures")
        self._app: App | None = None
        self._metrics = Metrics(self._look)
        watching.listeners.append(self._metrics)
        watching.figures = self.text

    def text(self) -> bytes:
        return self._pool.submit(self._metrics.text).result(PATIENCE)

    def _look(self) -> Iterator[Sample]:
        from procflow.app.standing import samples

        yield "procflow_round_seconds", (), since(self._watching) if self._runs_host else -1.0
        try:
            if self._app is None:
                self._app = self._opened()
            yield from samples(self._app)
        except (ProcflowError, OSError):
            return  # what could be looked at is told


def since(watching: Watching) -> float:
    """Seconds since the host of this process last went round."""
    return max(watching.world.monotonic() - watching.looked, 0.0)


def another(app: App) -> Callable[[], App]:
    """Opens the workspace once more, for another thread."""
    return app.again


def operations(app: App, watching: Watching, runs_host: bool, inner: Any = None, **how: bool) -> Operations:
    """What answers /health and /metrics, and passes the rest on."""
    from procflow.app.health import Health, alive
    from procflow.web.operations import Operations

    opened = another(app)

    def looked() -> float | None:
        return since(watching) if runs_host else None

    return Operations(watching, lambda: alive(looked()), lambda: Health(opened(), looked), inner, **how)


class OperationsServer:
    """Answers them at an address of their own, from its making on."""

    def __init__(self, app: App, watching: Watching, listen: str, runs_host: bool) -> None:
        """Raises UsageError when it cannot listen there, or the extra `web` is missing."""
        try:
            from procflow.hosts.listening import Listening

            self._answers = operations(app, watching, runs_host, anyone=True)
        except ImportError as why:
            raise UsageError(
                f"--metrics wants {why.name}, which is not installed here", "pip install 'procflow[web]'"
            ) from why
        self._listening = Listening(self._answers, listen, setting="--metrics", most=50)
        self.port = self._listening.port

    def start(self) -> None:
        self._listening.start()

    def stop(self) -> None:
        self._listening.stop()
        self._answers.close()


def operated(app: App, watching: Watching, listen: str, runs_host: bool) -> list[tuple[str, str, Server]]:
    """The server of `--metrics` or `[metrics] listen`, counting from now on; none where nobody asked for it."""
    settings = app.settings.seen
    listen = listen or (settings.metrics.listen if settings is not None else "")
    if not listen:
        return []
    if watching.figures is None:
        Figures(another(app), watching, runs_host)
    server = OperationsServer(app, watching, listen, runs_host)
    where = f"{listen.rpartition(':')[0]}:{server.port}"
    return [("operations", f"figures and health at http://{where}/metrics and /health/ready", server)]

"""What an operator asked to see of `run` and `serve`: the options, the settings, and who hears the events."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TextIO, TypeVar

import click

from procflow.app import App
from procflow.cli.session import session
from procflow.definitions.settings_seen import (
    LOG_FORMATS,
    LOG_LEVELS,
    LogSettings,
    TracesSettings,
    is_endpoint,
    is_listen,
)
from procflow.errors import UsageError
from procflow.seen.watching import Watching

F = TypeVar("F", bound=Callable[..., Any])


def address(context: click.Context, option: click.Parameter, value: str) -> str:
    """What an option says of where to listen. Raises BadParameter where that is no address."""
    if value and not is_listen(value):
        raise click.BadParameter(f"{value!r} is no HOST:PORT; write one such as 127.0.0.1:9464")
    return value


def _kept(context: click.Context, option: click.Parameter, value: str | None) -> str | None:
    """Which command has a log and in which form, for when it cannot begin; before any other option can be wrong."""
    session().given.update(logs=context.info_name, log_format=value)
    return value


_OPTIONS = (
    click.option("--log-format", type=click.Choice(LOG_FORMATS), default=None, is_eager=True, callback=_kept, help="Lines of JSON, or text; else text on a terminal and JSON anywhere else."),
    click.option("--metrics", default="", callback=address, metavar="HOST:PORT", help="Answer /metrics and /health there, to whoever asks; port 0: any that is free."),
    click.option("--traces", default="", metavar="URL", help="Send traces to a collector there, by OTLP over HTTP."),
    click.option("--log-level", type=click.Choice(LOG_LEVELS), default=None, help="What is at least as grave is written, else info."),
)  # fmt: skip


def LOG(command: F) -> F:  # noqa: N802 - reads as a decorator of its own kind
    """The options of the log."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class Seeing:
    """Who hears what happens in this process. `for_people`: the log is text, for somebody who looks on."""

    def __init__(self, watching: Watching, for_people: bool) -> None:
        self.watching, self.for_people = watching, for_people

    def stopping(self, by: str) -> None:
        self.watching.tell("stopping", signal=by)


def seen(app: App, what: str, log_format: str | None, log_level: str | None) -> Seeing:
    """From here on what happens in `app` is told, to standard error at least; before its engine is used."""
    from procflow.seen.log import Lines

    said = app.settings.seen.log if app.settings.seen is not None else None
    said = said or LogSettings()
    form = log_format or said.format
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    watching = Watching(app.world)
    watching.listeners.append(Lines(line_of(sys.stderr), form, log_level or said.level))
    app.seen = watching
    _what_goes_wrong(watching)
    return Seeing(watching, form == "text")


def traced(app: App, seeing: Seeing, what: str, endpoint: str) -> None:
    """Traces from now on, where somebody asked for them. Raises UsageError for an address that is none, and where the
    extra `otel` is missing."""
    settings = app.settings.seen.traces if app.settings.seen is not None else TracesSettings()
    if endpoint and not is_endpoint(endpoint):
        raise UsageError(f"--traces {endpoint} is no address", "write http://127.0.0.1:4318")
    endpoint = endpoint or settings.endpoint
    if not endpoint:
        return
    try:
        from procflow.seen.traces import Traces
    except ImportError as why:
        raise UsageError(
            f"traces want {why.name}, which is not installed here", "pip install 'procflow[otel]'"
        ) from why
    from procflow import __version__

    traces = Traces(endpoint, settings.sample, __version__, what)
    seeing.watching.tracer = traces
    seeing.watching.listeners.append(traces)


def is_asked_for(app: App, log_format: str | None, log_level: str | None) -> bool:
    """Whether somebody said that there is to be a log, where else there is none."""
    return bool(
        log_format or log_level or (app.settings.seen is not None and app.settings.seen.log is not None)
    )


def begun(app: App, seeing: Seeing, what: str, host: str) -> None:
    import os

    from procflow import __version__

    seeing.watching.tell(
        "started", what=what, version=__version__, host=host, store=app.settings.store.partition(":")[0],
        pid=os.getpid(),
    )  # fmt: skip


def line_of(stream: TextIO) -> Callable[[str], None]:
    """Writes to this very stream: while a plugin's function runs, `sys.stderr` is another (`plugin_guard`)."""

    def write(line: str) -> None:
        stream.write(line)
        stream.flush()

    return write


def _what_goes_wrong(watching: Watching) -> None:
    """A fault of the program, and what libraries say, are events: a traceback would quote what people wrote."""
    import logging
    import threading
    import warnings

    from procflow.seen.log import OfLibraries

    sys.excepthook = lambda kind, problem, trace: watching.tell("crashed", problem)
    threading.excepthook = lambda given: watching.tell("crashed", given.exc_value)
    sys.unraisablehook = lambda given: watching.tell("library", given.exc_value, logger="python")
    logging.getLogger().addHandler(OfLibraries(watching.tell))
    warnings.simplefilter("ignore")

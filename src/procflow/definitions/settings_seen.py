"""The tables of `procflow.toml` for whoever operates a house: `[log]`, `[metrics]` and `[traces]`. What is wrong goes to
`problem` and has its default. It must not know what becomes of an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from msgspec import Struct

from procflow.core.nearest import did_you_mean
from procflow.definitions.settings import LISTEN

if TYPE_CHECKING:
    from procflow.definitions.settings_access import Problem

#: auto: text on a terminal, else JSON.
LOG_FORMATS = ("auto", "json", "text")
LOG_LEVELS = ("debug", "info", "warning", "error")


class LogSettings(Struct, frozen=True):
    """`format` auto, json or text; `level`: what is at least as grave is written."""

    format: str = "auto"
    level: str = "info"


class MetricsSettings(Struct, frozen=True):
    """`listen`: where `procflow run` answers /metrics and /health; "" for nowhere."""

    listen: str = ""


class TracesSettings(Struct, frozen=True):
    """`endpoint`: the collector, by OTLP over HTTP; "" for none. `sample`: which part of all traces is kept, 0 to 1."""

    endpoint: str = ""
    sample: float = 1.0


class SeenSettings(Struct, frozen=True):
    """All that the settings say about what an operator sees."""

    log: LogSettings | None = None  # None: the settings say nothing of it
    metrics: MetricsSettings = MetricsSettings()
    traces: TracesSettings = TracesSettings()


def read_seen(document: Mapping[str, Any], problem: Problem) -> SeenSettings:
    given: dict[str, Any] = {}
    for name, (kind, hint) in _TABLES.items():
        if name in document:
            given[name] = _table(name, document[name], kind, hint, problem)
    return SeenSettings(**given)


def _table(name: str, table: Any, kind: Any, hint: str, problem: Problem) -> Any:
    if not isinstance(table, dict):
        problem((name,), "PF232", f"`{name}` is no table of settings", f"write {hint}")
        return kind()
    given: dict[str, Any] = {}
    for key, value in table.items():
        if key not in kind.__struct_fields__:
            known = did_you_mean(key, kind.__struct_fields__)
            problem((name, key), "PF231", f"`{key}` is no setting of `{name}`", known)
            continue
        right, words = _RIGHT[key]
        if right(value):
            given[key] = value
        else:
            problem((name, key), "PF232", f"`{key}` must be {words}", f"write {hint}")
    return kind(**given)


def is_listen(value: Any) -> bool:
    return isinstance(value, str) and bool(LISTEN.fullmatch(value))


def is_endpoint(value: Any) -> bool:
    """Whether it is an address that a collector may be reached at."""
    if not isinstance(value, str):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username


_TABLES: Mapping[str, tuple[Any, str]] = {
    "log": (LogSettings, '[log] and format = "json"'),
    "metrics": (MetricsSettings, '[metrics] and listen = "127.0.0.1:9464"'),
    "traces": (TracesSettings, '[traces] and endpoint = "http://127.0.0.1:4318"'),
}
_RIGHT: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "format": (lambda v: v in LOG_FORMATS, "auto, json or text"),
    "level": (lambda v: v in LOG_LEVELS, "debug, info, warning or error"),
    "listen": (is_listen, "HOST:PORT, such as 127.0.0.1:9464"),
    "endpoint": (is_endpoint, "an address, such as http://127.0.0.1:4318"),
    "sample": (
        lambda v: isinstance(v, int | float) and not isinstance(v, bool) and 0 <= v <= 1,
        "a number from 0 to 1",
    ),
}

"""Prints `docs/reference/limits.md`: limits and defaults, with the values that the program itself uses.

python -m procflow.cli.limits_reference > docs/reference/limits.md
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from typing import Any

#: Heading -> (what it is, module, name, how it is written).
LIMITS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Documents and expressions": (
        ("the largest document", "definitions.reader", "SIZE", "bytes"),
        ("how deep one may be nested", "definitions.reader", "DEPTH", ""),
        ("how many values one may have", "definitions.reader", "NODES", ""),
        ("the longest single value", "definitions.reader", "SCALAR", "bytes"),
        ("what one evaluation of an expression may cost, in operations", "core.expression_run", "MAX_STEPS", ""),
    ),
    "Cases and steps": (
        ("how often a host decides again after somebody was faster", "engine.answers", "HOST_TRIES", ""),
        ("cases that open each other one after the other at one instant", "hosts.between", "MOST_AT_ONCE", ""),
        ("the largest file that is read by its name", "builtin.world", "LARGEST_FILE", "bytes"),
        ("the largest file of evidence", "stores.evidence", "LIMIT", "bytes"),
        ("the largest message as it was received", "stores.evidence", "WHOLE_LIMIT", "bytes"),
    ),
    "Hosts": (
        ("how long a host sleeps at the most before it looks again", "hosts.local", "LONGEST_SLEEP", "seconds"),
        ("`always` moves and raised events in one step of a case", "core.step", "MOST_MOVES", ""),
        ("how often the same thing comes by time at one instant of a case, before it is laid aside for the owner", "engine.circles", "MOST_AT_ONE_INSTANT", ""),
        ("after so many steps of a case it is looked whether it goes in circles by itself", "engine.circles", "LOOKED_AT", ""),
        ("the same where data was set on the way", "engine.circles", "LOOKED_AT_ALL", ""),
        ("how often the heads of changed cases are sealed", "hosts.local", "SEAL_EVERY", "time"),
        ("how often a host gives a sign of life", "app.alive", "BEAT_EVERY", "time"),
        ("after which one that gave none is taken for away", "app.alive", "BEAT_LATE", "seconds"),
        ("within which `run` and `serve` have stopped after the first signal", "cli.hosting", "STOP_WITHIN", "seconds"),
    ),
    "Deliveries": (
        ("how long a host holds an effect that it delivers; longer where a channel's `deadline` is", "hosts.outbox", "LEASE", "time"),
        ("pauses between tries, the last one again and again", "hosts.outbox", "BACK_OFF", "seconds"),
        ("tries before an effect becomes an item for a person", "hosts.outbox", "MOST_TRIES", ""),
        ("how long a plugin may take for one call (`deadline` in its table says otherwise)", "hosts.asking", "DEADLINE", "seconds"),
        ("how long a plugin may take to load", "hosts.plugin_calls", "LOADING", "seconds"),
        ("memory of a plugin's process", "hosts.channel_process", "MEMORY", "bytes"),
        ("the largest answer taken from a plugin", "hosts.channels", "LIMIT", "bytes"),
    ),
    "The web door": (
        ("the largest request", "hosts.door", "LARGEST_BODY", "bytes"),
        ("bodies larger than 1 MiB that are here at a time, together", "hosts.door_http", "MOST_AT_ONCE", "bytes"),
        ("how long a body may take to come", "hosts.door_http", "PATIENCE", "seconds"),
        ("requests answered side by side", "hosts.door_http", "WORKERS", ""),
        ("requests of one address to one channel of the web door in a minute, unless its table says otherwise", "app.running", "WEB_PER_MINUTE", ""),
    ),
    "The desk and the API": (
        ("where `serve` listens when nobody says it", "cli.serve_command", "LISTEN", ""),
        ("requests answered side by side, each with a store of its own", "web.site", "WORKERS", ""),
        ("the largest request", "web.site", "LARGEST", "bytes"),
        ("the largest request of somebody whom nobody knows", "web.site", "LARGEST_OF_STRANGERS", "bytes"),
        ("how long a body may take to come", "web.bodies", "PATIENCE", "seconds"),
        ("how long a connection may stay that asks nothing", "hosts.listening", "PATIENCE", "seconds"),
        ("a login ends when it is not used for", "access.sessions", "IDLE", "time"),
        ("a login ends in any case after", "access.sessions", "LONGEST", "time"),
    ),
    "What an operator sees": (
        ("values of one label of a figure; what comes after them is `other`", "seen.metrics", "MOST_VALUES", ""),
        ("waiting effects and messages that are counted", "app.standing", "MOST", ""),
        ("how long an answer of /health/ready is given again", "web.operations", "AGAIN_AFTER", "seconds"),
        ("how long /health/ready waits for a store before it calls it failing", "web.operations", "PATIENCE", "seconds"),
        ("how often /health/ready really writes", "app.health", "WRITE_EVERY", "seconds"),
        ("after which a host that has not gone round is not ready (three times that: not alive)", "app.health", "ROUND_LATE", "seconds"),
        ("free space below which nothing new should be sent here", "app.health", "LITTLE", "bytes"),
        ("free space below which `doctor` calls the disk wrong", "cli.doctor_look", "LITTLE", "bytes"),
        ("a write-ahead log that `doctor` calls wrong", "cli.doctor_operated", "LONG_WAL", "bytes"),
        ("the oldest SQLite that `doctor` calls sound", "cli.doctor_operated", "SOUND_SQLITE", "version"),
        ("how long a collector may take for a batch of traces", "seen.traces", "PATIENCE", "seconds"),
        ("how long the store keeps of which trace a step with effects was", "seen.engine", "TRACE_KEPT", "time"),
    ),
}  # fmt: skip


def page() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "# Limits and defaults"
    yield ""
    yield "Made by `python -m procflow.cli.limits_reference` from the constants that the program itself uses."
    for title, limits in LIMITS.items():
        yield ""
        yield f"## {title}"
        yield ""
        yield "| limit | value | where |"
        yield "|---|---|---|"
        for about, module, name, kind in limits:
            value = getattr(import_module(f"procflow.{module}"), name)
            yield f"| {about} | {written(value, kind)} | `{module}.{name}` |"
    yield ""


def written(value: Any, kind: str) -> str:
    """A value as people read it."""
    if isinstance(value, timedelta):
        return _time(value)
    if kind == "version":
        return ".".join(map(str, value))
    if isinstance(value, tuple):
        return ", ".join(_time(timedelta(seconds=each)) for each in value)
    if kind == "bytes":
        return _bytes(value)
    if kind == "seconds":
        return f"{value:g} s"
    return f"{value:,}" if isinstance(value, int) else f"`{value}`"


def _bytes(value: int) -> str:
    for unit, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if value >= size and value % size == 0:
            return f"{value // size} {unit}"
    return f"{value:,} bytes"


def _time(value: timedelta) -> str:
    seconds = value.total_seconds()
    for unit, size in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= size and seconds % size == 0:
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


if __name__ == "__main__":
    print(page(), end="")

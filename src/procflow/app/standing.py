"""How a workspace stands now: what waits, how late, how large. Read by whoever draws figures, and by health checks.

A look at a store that is large costs no more than one at a small one: what waits is counted up to a limit.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta

from procflow.app import App
from procflow.app.alive import BEAT_LATE, Beat, hosts_alive
from procflow.stored import EffectRow

Sample = tuple[str, tuple[str, ...], float]
#: How many waiting effects and messages are counted at the most.
MOST = 1000


def samples(app: App) -> Iterator[Sample]:
    """Every figure that is looked at, by its name, the values of its labels, and its value."""
    store, now = app.store, app.world.now()
    yield "procflow_build_info", _build(app), 1.0
    for state, count in store.counts().items():
        yield "procflow_cases", (state,), float(count)
    due = store.next_due()
    yield "procflow_due_lag_seconds", (), max((now - due).total_seconds(), 0.0) if due is not None else 0.0
    waiting: dict[str, list[EffectRow]] = defaultdict(list)
    for row in store.waiting_effects(now + timedelta(days=1), MOST):
        waiting[row.channel].append(row)
    for channel in sorted({*waiting, *app.settings.channels}):
        rows = waiting[channel]
        asked = [row.asked_at for row in rows if row.asked_at is not None]
        oldest = max((now - min(asked)).total_seconds(), 0.0) if asked else 0.0
        yield "procflow_outbox_waiting", (channel,), float(len(rows))
        yield "procflow_outbox_tried", (channel,), float(sum(row.tried > 0 for row in rows))
        yield "procflow_outbox_oldest_seconds", (channel,), oldest
    work: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for queue in store.queues(now, now):
        counts = work[queue.role or "person"]
        counts[0], counts[1] = counts[0] + queue.work, counts[1] + queue.late
    for role, (tasks, late) in sorted(work.items()):
        yield "procflow_inbox_tasks", (role,), float(tasks)
        yield "procflow_inbox_late", (role,), float(late)
    for state in ("new", "unmatched"):
        yield "procflow_messages_waiting", (state,), float(len(store.messages(state, MOST)))
    yield from _sizes(app)
    alive = hosts_alive(app)
    for channel, seconds in _failing(app, alive).items():
        yield "procflow_fetch_failing_seconds", (channel,), seconds
    beats = [(now - beat.at).total_seconds() for beat in alive]
    yield "procflow_hosts", (), float(sum(age < BEAT_LATE for age in beats))
    yield "procflow_host_heartbeat_seconds", (), max(min(beats), 0.0) if beats else -1.0


def _failing(app: App, hosts: Iterable[Beat]) -> dict[str, float]:
    """Channel -> for how many seconds a host that runs could fetch nothing from it; 0 where all can."""
    now = app.world.now()
    found = dict.fromkeys(sorted(app.settings.channels), 0.0)
    for host in hosts:
        if (now - host.at).total_seconds() < BEAT_LATE:
            for each in host.failing:
                seconds = max((now - each.since).total_seconds(), 0.0)
                found[each.channel] = max(found.get(each.channel, 0.0), seconds)
    return found


def _build(app: App) -> tuple[str, str, str, str]:
    from procflow import __version__

    kind, sqlite = app.settings.store.partition(":")[0], ""
    if kind == "sqlite":
        from procflow.stores.sqlite_connection import sqlite_version

        sqlite = str(sqlite_version())
    return __version__, platform.python_version(), sqlite, kind


def _sizes(app: App) -> Iterator[Sample]:
    kind, _, rest = app.settings.store.partition(":")
    if kind == "sqlite":
        path = app.path(rest)
        for name, file in (("procflow_store_bytes", path), ("procflow_wal_bytes", f"{path}-wal")):
            try:
                yield name, (), float(os.stat(file).st_size)
            except OSError:
                yield name, (), 0.0
    yield "procflow_disk_free_bytes", (), float(shutil.disk_usage(app.folder).free)

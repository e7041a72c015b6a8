"""Whether a workspace can be worked in now, for whoever keeps processes running: each check by its name, and whether it
succeeds. Details are `procflow doctor`'s; nothing here names anybody, or a path.

Ready means: the store can be read and written in its newest form, the key file is there and is the store's own, the clock
is sane, there is room on every disk that the workspace uses, and a host that is to run in this process gives signs of life.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from datetime import timedelta

from procflow.app import App
from procflow.errors import ProcflowError

#: Free bytes below which nothing new should be sent here.
LITTLE = 64 << 20
#: Seconds between two tries to write; in between the last one counts.
WRITE_EVERY = 5.0
#: Seconds after which a host that has not gone round is taken for stuck; a delivery may last `STOP_WITHIN`.
ROUND_LATE = 120.0
#: How far the newest step may lie ahead of the clock.
SKEW = timedelta(minutes=2)


class Health:
    """Of one process; `app` is used by one thread. `looked` gives the seconds since the host here went round, or None
    where none runs here."""

    def __init__(self, app: App, looked: Callable[[], float | None]) -> None:
        self._app, self._looked = app, looked
        self._wrote = float("-inf")

    def ready(self) -> Mapping[str, bool]:
        """Every check that could be taken, by name: what only the store knows is left out where the store does not say it."""
        found = {"store": _holds(self._reads)}
        found["write"] = found["store"] and _holds(self._writes)
        found["keys"] = _holds(self._keys)
        if found["store"]:
            try:
                found["clock"] = self._clock()
            except (ProcflowError, OSError):
                found["store"] = False
        return {**found, "disk": _holds(self._disk), "host": self._host()}

    def _reads(self) -> bool:
        self._app.store.counts()  # which brings an older form up to date first, or refuses a newer one
        return True

    def _writes(self) -> bool:
        if self._app.reading_only:
            return False
        clock = self._app.world.monotonic()
        if clock - self._wrote >= WRITE_EVERY:
            now = self._app.world.now()
            self._app.store.keep("health", "probe", b"", now + timedelta(minutes=5))
            if missing_rights(self._app.store):
                return False
            self._wrote = clock
        return True

    def _keys(self) -> bool:
        if self._app.settings.store.startswith("memory:"):
            return True
        for name in ("check", "must_lie_there"):  # a file may be cut, or replaced, while we have it open
            check = getattr(self._app.keys, name, None)
            if check is not None:
                check()
        return os.path.exists(self._app.path(self._app.settings.keys))

    def _clock(self) -> bool:
        now, store = self._app.world.now(), self._app.store
        changes = store.changes(max(store.last_change() - 1, 0), 1)
        for change in changes:
            for row in store.journal(change.case_id, change.sequence - 1):
                return max(row.at, row.ran_at) <= now + SKEW
        return True

    def _disk(self) -> bool:
        return all(shutil.disk_usage(path).free >= LITTLE for _, path in disks(self._app))

    def _host(self) -> bool:
        since = self._looked()
        return since is None or since < ROUND_LATE


def alive(since: float | None) -> bool:
    """Whether the host in this process, which went round so many seconds ago, still goes round at all; None: none runs here."""
    return since is None or since < ROUND_LATE * 3


def missing_rights(store: object) -> list[str]:
    """What the store's user may not do there, in words; a store in a file knows of none."""
    asked: Callable[[], list[str]] | None = getattr(store, "missing_rights", None)
    return asked() if asked is not None else []


def disks(app: App) -> list[tuple[str, str]]:
    """(what lies there, a path on it) of every disk that the workspace uses; the workspace's own first."""
    kind, _, rest = app.settings.store.partition(":")
    names = {"": ".", "evidence": app.settings.evidence, "outbox": "outbox"}
    if kind == "sqlite":
        names["store"] = os.path.dirname(rest) or "."
    found: dict[int, tuple[str, str]] = {}
    for what, name in names.items():
        path = app.path(name)
        if os.path.exists(path):
            found.setdefault(os.stat(path).st_dev, (what, path))
    return list(found.values())


def _holds(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except (ProcflowError, OSError):
        return False

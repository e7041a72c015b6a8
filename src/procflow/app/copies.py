"""Copies of a workspace, and a workspace brought back from one: `records.backup` with this workspace's places."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from procflow.errors import StorageError, UsageError

if TYPE_CHECKING:
    from procflow.app import App
    from procflow.records.audit import AuditReport
    from procflow.records.backup import Copied, Places

#: How many waiting effects are counted at the most, and before and after everything that a store holds.
_MOST, _FIRST, _LAST = 100_000, datetime(1970, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC)


def back_up(app: App, to: str, keys_to: str = "") -> Copied:
    """A copy of the workspace, made while others work. See `records.backup.back_up`."""
    from procflow.records.backup import back_up as made

    if app.settings.database is not None:
        return _back_up_database(app, to, keys_to)
    copy_store = getattr(app.store, "copy_into", None)
    if copy_store is None:
        raise UsageError(
            f"a store of the kind {app.settings.store.partition(':')[0]} is not copied by procflow",
            "use the way of its own database",
        )
    app.keys  # noqa: B018 -- the key file is made where there is none yet
    return made(_places(app), copy_store, to, keys_to, app.world.now())


def _back_up_database(app: App, to: str, keys_to: str) -> Copied:
    """A copy of a workspace whose cases are in a database: as one whose cases are in a file."""
    from procflow.app.moving import to_files
    from procflow.app.workspaces import MARKER
    from procflow.definitions.settings_store import on_file
    from procflow.records.backup import STORE, Places
    from procflow.records.backup import back_up as made

    parent = os.path.dirname(os.path.abspath(to))
    os.makedirs(parent, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".procflow-backup-", dir=parent) as place:
        at = app.world.now()
        store, keys, evidence = (os.path.join(place, name) for name in (STORE, "keys", "evidence"))
        _, _, report = to_files(app, store, keys, evidence)
        if not report.is_whole:
            raise StorageError(
                f"the record of the store does not hold: {report.findings[0]}", "run: procflow audit"
            )
        settings = os.path.join(place, MARKER)
        with open(os.path.join(app.folder, MARKER), encoding="utf-8") as file:
            text = on_file(file.read(), STORE)
        with open(settings, "w", encoding="utf-8") as file:
            file.write(text)
        places = Places(app.folder, store, evidence, keys, settings)
        return made(places, lambda path: os.rename(store, path), to, keys_to, at)


def bring_back(copy: str, into: str, keys: str = "") -> tuple[Copied, AuditReport, Mapping[str, int]]:
    """The workspace of a copy, what the audit says of it, and how much waits there to go out, by channel: some of it may
    have gone out since the copy was made. See `records.backup.bring_back`."""
    from procflow.app import App
    from procflow.records.backup import EVIDENCE, KEYS, STORE
    from procflow.records.backup import bring_back as brought

    reports: list[AuditReport] = []
    outside: list[tuple[str, str]] = []
    waiting = Counter[str]()

    def settle(made: str) -> None:
        """Everything where procflow.toml says that it lies, and looked at: a folder that has its name is a workspace."""
        with App(made) as app:
            places = _places(app)
            for name, place in ((STORE, places.store), (EVIDENCE, places.evidence), (KEYS, places.keys)):
                lies = os.path.join(made, name)
                if os.path.exists(lies) and os.path.abspath(place) != os.path.abspath(lies):
                    if not os.path.abspath(place).startswith(os.path.abspath(made) + os.sep):
                        outside.append((place, os.path.join(into, name)))
                        continue
                    os.makedirs(os.path.dirname(place), exist_ok=True)
                    os.rename(lies, place)
            if not outside:
                reports.append(app.audit())
                if reports[0].is_whole:
                    _forget_hosts(app)
                    waiting.update(_waiting(app))

    copied = brought(copy, into, keys, settle)
    if outside:
        place, lies = outside[0]
        raise UsageError(
            f"procflow.toml says {place}, which is outside {into}; the copy lies in {lies}",
            "change procflow.toml there, or move it yourself",
        )
    return copied, reports[0], dict(sorted(waiting.items()))


def _forget_hosts(app: App) -> None:
    """Signs of life are taken out, for those hosts run elsewhere, if at all. No clock is asked: that of a rehearsal is not
    in the copy."""
    from procflow.app.alive import KIND

    for row in app.store.all_kept(KIND, _FIRST):
        app.store.drop_kept(KIND, row.name)


def _waiting(app: App) -> Iterator[str]:
    """The channel of each effect that waits to go out."""
    rows = app.store.waiting_effects(_LAST, _MOST)
    return (row.channel for row in rows if row.channel in app.settings.channels)


def prove(copy: str, keys: str = "") -> tuple[Copied, AuditReport, Mapping[str, int]]:
    """As `bring_back`, into a folder that goes afterwards: whether the copy can be relied on."""
    place = tempfile.mkdtemp(prefix="procflow-restore-")
    try:
        return bring_back(copy, os.path.join(place, "workspace"), keys)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _places(app: App) -> Places:
    from procflow.records.backup import Places

    kind, _, rest = app.settings.store.partition(":")
    store = app.path(rest) if kind == "sqlite" else ""
    return Places(app.folder, store, app.path(app.settings.evidence), app.path(app.settings.keys))

"""A workspace's cases brought from a file to a database that several nodes share, or back; see `stores.copying`.

What lies in files beside a store on SQLite (the keys of cases, evidence) goes into the database with it, and out again.
Nothing of the source is changed; whoever is content with the copy names it in procflow.toml.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

from msgspec import Struct
from msgspec.structs import replace

from procflow.builtin.bell import listeners
from procflow.definitions.settings_store import without_password
from procflow.errors import UsageError

if TYPE_CHECKING:
    from procflow.app import App
    from procflow.records.audit import AuditReport
    from procflow.stores.postgres import PostgresStore
    from procflow.stores.postgres_aside import DatabaseKeys


class Moved(Struct, frozen=True):
    """`to` is shown without a password; `keys` and `evidence` are files and folders that came with a file; `rows` by
    table; `settings` is what procflow.toml says of the copy."""

    to: str
    rows: Mapping[str, int]
    files: int
    settings: str
    keys: str = ""
    evidence: str = ""


def copy_store(app: App, to: str, password: str = "", password_file: str = "") -> tuple[Moved, AuditReport]:
    """The store of the workspace into the empty database or new file `to`, and what the audit says of the copy. Where the
    password was read from is only told.

    Raises UsageError where hosts or desks run on the workspace, or where the target is not empty.
    """
    nobody_at_work(app)
    app.must_write()
    if to.partition(":")[0] in ("postgresql", "postgres"):
        moved, report = _to_database(app, to, password)
        if password_file:
            moved = replace(moved, settings=f'{moved.settings}\npassword_file = "{password_file}"')
        return moved, report
    return _to_file(app, to.removeprefix("sqlite:"))


def nobody_at_work(app: App) -> None:
    """Raises UsageError, which says who, where a host or a desk runs on the workspace."""
    there = [f"process {name}" for name in listeners(app.folder)]
    others = getattr(app.store, "others", None)
    if others is not None:
        there = [*there, *others()] if not there else list(others()) or there
    if there:
        raise UsageError(
            f"others are at work on this store: {', '.join(there[:5])}",
            "stop every `procflow run` and `procflow serve` of the workspace first: what they store meanwhile "
            "would not be in the copy",
            {"others": tuple(there)},
        )


def _to_database(app: App, to: str, password: str) -> tuple[Moved, AuditReport]:
    from procflow.stores.copying import copy
    from procflow.stores.postgres import PostgresStore
    from procflow.stores.postgres_aside import DatabaseEvidence, DatabaseKeys
    from procflow.stores.postgres_copy import CASE_KEYS, EVIDENCE, PostgresCopy
    from procflow.stores.sqlite_copy import SqliteCopy

    kind, _, rest = app.settings.store.partition(":")
    if kind != "sqlite":
        raise UsageError(f"a store of the kind {kind} is not copied to a database", "copy it to a file first")
    app.keys  # noqa: B018 -- the key file is made where there is none yet
    target = PostgresStore(to, password, create=True)
    try:
        # before its keys: those of another workspace would be told as lost ones
        try:
            PostgresCopy(target).must_be_empty()
        except UsageError as taken:
            raise _copied_before(app, target) or taken from taken
        keys = DatabaseKeys(target, app.path(app.settings.keys), app.world)
        try:
            files = list(cast("Any", app.evidence).sealed())
            beside = {
                CASE_KEYS: lambda: keys.sealed_from(cast("Any", app.keys).every(app.store.next_slot())),
                EVIDENCE: lambda: ((hash_, slot, sealed()) for hash_, slot, sealed in files),
            }
            rows = copy(SqliteCopy(app.path(rest)), PostgresCopy(target), beside)
            moved = Moved(target.place, rows, len(files), f'[store]\nurl = "{without_password(to)}"')
            return moved, _audited(app, target, keys, DatabaseEvidence(target, keys))
        finally:
            keys.close()
    finally:
        target.close()


def _copied_before(app: App, target: PostgresStore) -> UsageError | None:
    """What to say where the database is taken by a copy of this very store, such as one that was killed at its end."""
    here, there = (store.load(1) for store in (app.store, target))
    if here is None or there is None or here.id != there.id:
        return None
    return UsageError(
        f"the store at {target.place} is not empty: it already holds a copy of this store",
        "a copy is there whole or not at all, also one that was killed: name the database in procflow.toml and run "
        "`procflow audit`. Where work went on here since, empty it, or name another, and copy again",
    )


def _to_file(app: App, to: str) -> tuple[Moved, AuditReport]:
    if app.settings.database is None:
        raise UsageError("this store is in a file already", "procflow backup FOLDER copies it as it is")
    path = os.path.abspath(to)
    keys, evidence = f"{os.path.splitext(path)[0]}.keys", f"{os.path.splitext(path)[0]}.evidence"
    for place in (path, keys, evidence):
        if os.path.exists(place):
            raise UsageError(f"{place} is there already", "name a file that is not there yet")
    rows, files, report = to_files(app, path, keys, evidence)
    settings = f'store = "sqlite:{path}"\nkeys = "{keys}"\nevidence = "{evidence}"'
    return Moved(path, rows, files, settings, keys, evidence), report


def to_files(app: App, path: str, keys: str, evidence: str) -> tuple[Mapping[str, int], int, AuditReport]:
    """A store on PostgreSQL as files with these names, made whole or not at all; -> rows by table, the number of files
    of evidence, and what the audit says."""
    from procflow.app.key_file import keep_reach
    from procflow.stores.copying import copy
    from procflow.stores.evidence import FolderEvidence
    from procflow.stores.keys import KeyFile
    from procflow.stores.postgres_copy import PostgresCopy
    from procflow.stores.sqlite import SqliteStore
    from procflow.stores.sqlite_copy import SqliteCopy

    store, ring = cast("PostgresStore", app.store), cast("DatabaseKeys", app.keys)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".procflow-copy-", dir=os.path.dirname(path)) as made:
        place = os.path.join(made, "cases.db")
        rows = copy(PostgresCopy(store), SqliteCopy(place))
        file = KeyFile.written(os.path.join(made, "keys"), app.world, _with_root(ring))
        try:
            folder = FolderEvidence(os.path.join(made, "evidence"), file)
            files = 0
            for hash_, slot, sealed in cast("Any", app.evidence).sealed():
                folder.put_sealed(hash_, slot, sealed())
                files += 1
            there = SqliteStore(place)
            try:
                # it has the keys that are in use, and none that were made ahead
                keep_reach(there, file.ready)
                report = _audited(app, there, file, folder)
            finally:
                there.close()
        finally:
            file.close()
        for name, target in (("keys", keys), ("evidence", evidence), ("cases.db", path)):
            with suppress(FileNotFoundError):  # no evidence yet
                os.rename(os.path.join(made, name), target)
    return rows, files, report


def _with_root(ring: DatabaseKeys) -> Iterator[tuple[int, bytes]]:
    yield 0, ring.root()
    yield from ring.every()


def _audited(app: App, store: Any, keys: Any, evidence: Any) -> AuditReport:
    """The record of a copy, by whoever opened it."""
    from procflow.app import App as Whole

    with Whole(app.folder, plugins_dirs=app.plugins_dirs, world=app.world) as there:
        there.__dict__.update(store=store, keys=keys, evidence=evidence)
        try:
            return there.audit()
        finally:
            for name in ("store", "keys", "evidence"):  # whoever opened them closes them
                there.__dict__.pop(name, None)

"""A workspace's store on PostgreSQL, opened: what is missing is said in words of the settings."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from procflow.errors import NotFound, StorageError, UsageError

if TYPE_CHECKING:
    from procflow.app.parts import Parts
    from procflow.definitions.settings_store import StoreSettings
    from procflow.stores.postgres import PostgresStore


def postgres_store(app: Parts, database: StoreSettings) -> PostgresStore:
    """The store at an address; its tables are made where neither they nor the key file are there.

    Raises UsageError where the extra is not installed, NotFound where no store is there yet, and StorageError where a key
    file says that there was one.
    """
    try:
        from procflow.stores.postgres import PostgresStore
    except ImportError as why:
        raise UsageError(
            f"procflow.toml: store wants {why.name}, which is not installed here",
            "pip install 'procflow[postgres]'",
        ) from why

    def read(name: str) -> bytes:
        return app.world.read_file(app.path(name))

    keys = app.path(app.settings.keys)
    new = not os.path.exists(keys)  # a key file is never made before its store
    try:
        return PostgresStore(
            database.address(), lambda: database.password(read), create=new, patient=app.waits_for_store
        )
    except NotFound as why:
        if new or "sqlstate" in why.facts:
            raise
        raise StorageError(
            f"{why.message}, and the key file of its cases is there: {keys}",
            "is the address right? Bring the database back from its backup, or take the cases there from where they are"
            " (procflow store copy); to begin anew, move the key file away",
            why.facts,
        ) from why

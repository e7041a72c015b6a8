"""The key file of a workspace and its store belong together: neither is made anew beside what is left of the other, and
a key file is used with the store only that it was made with.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast

from procflow.app.workspaces import MARKER
from procflow.errors import ProcflowError, StorageError

if TYPE_CHECKING:
    from procflow.app.parts import Parts
    from procflow.ports import Keys, Store
    from procflow.stores.keys import KeyFile
    from procflow.stores.postgres import PostgresStore

#: Under which kind and name a store keeps the mark of its key file.
HOUSE, MARK = "house", "mark"
#: And how many slots the key file had when it was last made longer.
REACH = "reach"
_EVER = datetime(1970, 1, 1, tzinfo=UTC)  # what is kept without an end is there at any time


def keys_of(app: Parts) -> Keys:
    """Raises StorageError where the key file is missing, cannot be used, or is another store's."""
    from procflow.stores.keys import KeyFile, MemoryKeys

    if app.settings.store.startswith("memory:"):
        return MemoryKeys(app.world)
    path, store = app.path(app.settings.keys), app.store
    new = not os.path.exists(path) and not _was_sealed(store)
    if app.settings.database is not None:
        from procflow.stores.postgres_aside import DatabaseKeys

        return DatabaseKeys(cast("PostgresStore", store), path, app.world, create=new)
    keys = KeyFile.create(path, app.world) if new else KeyFile(path, app.world)
    try:
        _must_be_of(store, keys)
        _must_reach(store, keys)
    except BaseException:
        keys.close()
        raise
    return keys


def _was_sealed(store: Store) -> bool:
    """A new key file beside what was sealed under another would lose it: never make one then."""
    return store.next_slot() > 1 or bool(store.cases(limit=1)) or store.kept(HOUSE, MARK, _EVER) is not None


def _must_be_of(store: Store, keys: KeyFile) -> None:
    mark, kept = keys.mark(), store.kept(HOUSE, MARK, _EVER)
    if kept is None:
        if not getattr(store, "reading_only", False):
            with suppress(ProcflowError):  # a full disk, say: looks go on, and the next process keeps it
                store.keep(HOUSE, MARK, mark)
    elif kept.value != mark:
        raise StorageError(
            f"the key file {keys.path} is not the one that this store was made with",
            "bring the store's own key file back from its backup; what is in this one opens nothing here",
            {"file": keys.path},
        )


def _must_reach(store: Store, keys: KeyFile) -> None:
    """An older copy of the store's own key file would be made longer with other keys than those that are in use: what
    the lost ones sealed would be lost for good, and what the new ones seal as soon as the newest copy is back."""
    ready, kept = keys.ready, store.kept(HOUSE, REACH, _EVER)
    reach = int(kept.value) if kept is not None else 0
    if ready < reach:
        raise StorageError(
            f"the key file {keys.path} is older than the store: it has {ready} keys, and had {reach}",
            "bring its newest copy back from the backup; with this one what came since could never be read again",
            {"file": keys.path, "keys": ready, "reach": reach},
        )
    if getattr(store, "reading_only", False):
        return
    if ready > reach:
        keep_reach(store, ready)
    keys.grown = lambda now: keep_reach(store, now)


def keep_reach(store: Store, ready: int) -> None:
    """The key file of this store has so many keys from now on."""
    with suppress(ProcflowError):  # a full disk, say: the next process keeps it
        store.keep(HOUSE, REACH, str(ready).encode())


def may_be_made(app: Parts, name: str) -> bool:
    """Whether a store in the file `name` may be made where none is. Raises StorageError where the key file says that
    there was one. It is looked for first: a key file is never made before its store."""
    keys = app.path(app.settings.keys)
    if not os.path.exists(keys):
        # the folder was moved since its settings were read: an empty store would take the place of the one that is elsewhere
        return os.path.exists(app.path(MARKER))
    path = app.path(name)
    if not os.path.exists(path):
        raise StorageError(
            f"the store {path} is missing, and the key file of its cases is there: {keys}",
            "bring the store back from its backup (procflow restore), or mount its disk; to begin anew, move the key file "
            "and the evidence away",
            {"file": path, "keys": keys},
        )
    return False

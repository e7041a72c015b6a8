"""Names of files as SQLite takes them, and of those that it keeps beside a store."""

from __future__ import annotations

import os

from procflow.errors import StorageError


def sqlite_name(path: str) -> str:
    """The name as UTF-8, whatever the locale of this process makes of it. Raises StorageError for one that is none."""
    if path.isascii():
        return path
    try:
        return os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        raise StorageError(
            f"the name {path!r} is not written in UTF-8, and SQLite opens no such file",
            "give the folder another name",
        ) from None


def closed_beside(path: str) -> str:
    """The first of the files beside the store that this user may not write, who may write the store; "" where there is
    none. SQLite gives them the rights that the store has when they are made, and whoever mends those may leave them."""
    real = os.path.realpath(path)
    if not os.access(real, os.W_OK):  # nor the disk, perhaps
        return ""
    beside = (f"{real}{end}" for end in ("-wal", "-shm", ".lock"))
    return next((each for each in beside if os.path.exists(each) and not os.access(each, os.W_OK)), "")

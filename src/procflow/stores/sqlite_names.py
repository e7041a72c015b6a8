"""Names of files as SQLite takes them."""

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

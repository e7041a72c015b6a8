"""Whether a store that SQLite calls malformed is damaged, or the disk could not read it. It knows no table."""

from __future__ import annotations

import os

import apsw

from procflow.errors import StorageError
from procflow.stores.sqlite_names import sqlite_name

_SMALL_ENOUGH = 64 * 1024 * 1024  # a second look at a bigger file takes too long inside a command


def damaged_or_unreadable(path: str, facts: dict[str, str], errno: int) -> StorageError:
    """SQLite says "malformed" for some failed reads too, so a damage is believed after a second look only."""
    hint = "restore the newest backup beside it and compare: procflow audit"
    try:
        if os.path.getsize(path) > _SMALL_ENOUGH:
            return StorageError(
                f"the store {path} is damaged, or the disk could not read it (SQLite cannot tell)",
                hint=f"look at the system's log for the disk; {hint}",
                facts=facts,
            )
        second = apsw.Connection(sqlite_name(path), flags=apsw.SQLITE_OPEN_READONLY)
        try:
            found = ["; ".join(str(row[0]).splitlines()) for row in second.execute("PRAGMA quick_check(3)")]
        except (apsw.CorruptError, apsw.NotADBError) as why:
            import ctypes

            last = ctypes.c_int(0)
            second.file_control("main", apsw.SQLITE_FCNTL_LAST_ERRNO, ctypes.addressof(last))
            if last.value:
                raise OSError(last.value, os.strerror(last.value)) from why
            found = [str(why)]
        finally:
            second.close()
    except (apsw.Error, OSError) as why:
        return StorageError(
            f"the disk failed under the store {path} while it was read ({why})",
            hint="look at the system's log for the disk, then run: procflow audit",
            facts={**facts, "second look": str(why)},
        )
    if found == ["ok"]:
        return StorageError(
            f"the disk failed under the store {path} for a moment: a read went wrong, the file itself is whole",
            hint="look at the system's log for the disk, then run: procflow audit",
            facts={**facts, "second look": "ok"},
        )
    return StorageError(
        f"the store {path} is damaged: {'; '.join(found)}",
        hint=f"change nothing in it; {hint}",
        facts={**facts, "second look": "; ".join(found), "errno": str(errno)},
    )

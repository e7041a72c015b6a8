"""Files that other programs read: whole or not there at all, and never twice. It must not know what they hold."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress


def write_once(path: str, content: bytes, *, replace: bool = False) -> bool:
    """Write a file through a temporary one beside it, flushed; False when it was there already and stays.

    Raises OSError. With `replace` a file that is there is exchanged.
    """
    folder = os.path.dirname(path)
    if not replace and os.path.exists(path):
        return False
    handle, beside = tempfile.mkstemp(prefix=".new-", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(beside, path)
        else:
            try:
                os.link(beside, path)  # unlike a rename, it never puts one file over another
            except FileExistsError:
                return False
        folder_handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(folder_handle)
        finally:
            os.close(folder_handle)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(beside)
    return True

"""Which effect a centre's message id belongs to, for its reports: a line each in a file of the workspace, with nothing
personal in it. It must not know what is sent."""

from __future__ import annotations

import json
import os
from contextlib import suppress

#: Bytes of one file; the one before it is kept too. Reports come within days.
LARGEST = 4 << 20


class Sent:
    def __init__(self, path: str) -> None:
        self._path = path

    def note(self, id: str, key: str) -> None:
        """A full disk stops no message: its report is then on no thread."""
        with suppress(OSError):
            os.makedirs(os.path.dirname(self._path), exist_ok=True)
            if os.path.exists(self._path) and os.path.getsize(self._path) > LARGEST:
                os.replace(self._path, f"{self._path}.before")
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps([id, key]) + "\n")

    def key_of(self, id: str) -> str:
        """The latest effect with this id; "" where none is known."""
        wanted = json.dumps(id)
        for path in (self._path, f"{self._path}.before"):
            with suppress(OSError), open(path, encoding="utf-8") as file:
                found = [line for line in file if line.startswith(f"[{wanted}, ")]
                for line in reversed(found):
                    with suppress(ValueError, IndexError):
                        return str(json.loads(line)[1])
        return ""

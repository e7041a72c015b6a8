"""Which effect a centre's message id belongs to, for its reports: a line each in a file of the workspace, with nothing
personal in it. It must not know what is sent."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import suppress

#: Bytes of one file; the one before it is kept too. Reports come within days.
LARGEST = 4 << 20
#: An id that is a number, in whatever notation: as it is noted, and as it is told.
_NOTED = re.compile(r'\["(?:0x)?([0-9a-fA-F]{1,32})", ')
_TOLD = re.compile(r"(?:0x)?([0-9a-fA-F]{1,32})")


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

    def key_of(self, *ids: str) -> str:
        """The latest effect with one of these ids; "" where none is known. Each is looked for as it was given, then as the
        same number written otherwise: many a centre answers 499602D2, and reports on 1234567890 or 00499602d2."""
        for id in ids:
            start = f"[{json.dumps(id)}, "
            for line in self._lines():
                if line.startswith(start) and (key := _key(line)):
                    return key
        noted = [(found[1], line) for line in self._lines() if (found := _NOTED.match(line))]
        for id in ids:
            if told := _TOLD.fullmatch(id):
                keys = {_key(line) for number, line in noted if int(number, 16) == int(told[1], 16)} - {""}
                keys = keys or {_key(line) for line in _in_other_notation(told[1], noted)} - {""}
                if len(keys) == 1:  # of two, a letter could be called lost that arrived
                    return keys.pop()
        return ""

    def _lines(self) -> Iterator[str]:
        """What was noted, the latest first."""
        for path in (self._path, f"{self._path}.before"):
            with suppress(OSError), open(path, encoding="utf-8") as file:
                yield from reversed(file.readlines())


def _key(line: str) -> str:
    """ "" of a line that a full disk or a killed process left unfinished."""
    with suppress(ValueError, IndexError):
        return str(json.loads(line)[1])
    return ""


def _in_other_notation(told: str, noted: list[tuple[str, str]]) -> list[str]:
    """The lines whose number is this one, where one side writes hexadecimal digits and the other decimal ones. A centre
    none of whose ids has a letter writes all of them alike."""
    if not told.isdecimal():
        return [line for number, line in noted if number.isdecimal() and int(number) == int(told, 16)]
    if all(number.isdecimal() for number, _ in noted):
        return []
    return [line for number, line in noted if int(number, 16) == int(told)]

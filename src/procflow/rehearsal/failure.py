"""How a rehearsal fails: what was expected, what was there, and where it stands in the file.

It must not know how anything is rehearsed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import ndiff
from typing import Any

At = tuple[int, int]


@dataclass(frozen=True)
class Difference:
    """One thing that is not as expected. `expected` and `actual` are lines; `about` says of what."""

    about: str
    expected: Sequence[str]
    actual: Sequence[str]
    at: At
    hint: str = ""

    def lines(self) -> list[str]:
        """`- expected`, `+ what was there`; lines that both have are shown once."""
        found = [f"  {self.about}: expected (-), and what was there (+)"]
        for line in ndiff(list(self.expected) or ["(nothing)"], list(self.actual) or ["(nothing)"]):
            if not line.startswith("?"):
                found.append(f"    {line.rstrip()}")
        if self.hint:
            found.append(f"    hint: {self.hint}")
        return found


class Failed(Exception):
    """A step that did not go as the scenario says. `message` is one sentence, `differences` the details."""

    def __init__(self, message: str, at: At, hint: str = "", differences: Sequence[Difference] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint
        self.differences = tuple(differences)

    def lines(self) -> list[str]:
        found = [self.message]
        if self.hint:
            found.append(f"    hint: {self.hint}")
        for difference in self.differences:
            found += difference.lines()
        return found


def place_of(node: Any, otherwise: At = (1, 1)) -> At:
    """Line and column of a node that was read from YAML."""
    line = getattr(node, "line", 0)
    return (line, getattr(node, "column", 1)) if line else otherwise


def key_of(mapping: Any, key: str) -> At:
    """Where a key stands, else where its mapping begins."""
    at: At | None = getattr(mapping, "key_at", {}).get(key)
    return at if at is not None else place_of(mapping)

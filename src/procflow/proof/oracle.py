"""Choosing in a proof: the oracle that tries every alternative, and why a step comes to nothing."""

from __future__ import annotations


class Unknown(Exception):
    """A value that the proof does not keep."""


class Impossible(Exception):
    """A step that cannot be taken: it is refused, or what was chosen contradicts itself."""


class Wrong(Impossible):
    """A step that is refused because something in it goes wrong, or says so (`refuse`); of a condition that goes wrong in an
    `or` and an `and` that does no harm where another part decides."""


class Broken(Exception):
    """A step that a safety promise refuses."""

    def __init__(self, promise: str) -> None:
        self.promise = promise


class Circle(Exception):
    """A step that never comes to rest; not `surely` where that hangs on numbers which are not known."""

    def __init__(self, surely: bool) -> None:
        self.surely = surely


class Oracle:
    """Chooses among alternatives; runs again and again until every combination was chosen."""

    __slots__ = ("picked", "prefix", "widths")

    def __init__(self, prefix: tuple[int, ...] = ()) -> None:
        self.prefix = prefix
        self.picked: list[int] = []
        self.widths: list[int] = []

    def pick(self, width: int) -> int:
        if width == 1:
            return 0
        n = len(self.picked)
        chosen = self.prefix[n] if n < len(self.prefix) else 0
        self.picked.append(chosen)
        self.widths.append(width)
        return chosen

    def following(self) -> tuple[int, ...] | None:
        """The next combination; None after the last."""
        picked, widths = self.picked, self.widths
        for n in range(len(picked) - 1, -1, -1):
            if picked[n] + 1 < widths[n]:
                return (*picked[:n], picked[n] + 1)
        return None

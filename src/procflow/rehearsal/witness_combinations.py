"""Combinations of what a step may enter, those nearest to the likeliest first.

Names on which nothing depends keep their first value that is taken; the others are varied, one at a time, then two,
then three. It must not know what is entered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, islice, product
from typing import Any

#: Samples of everything varied at once, the same in every run.
_SAMPLES = 80
#: The likely values of all names come before the others of any; the first is what is not varied.
_TURNS = ((1, 3), (3, 8), (8, None))


def _drawn(seed: int, place: int) -> int:
    """A number that looks drawn, and is the same every time."""
    mixed = (seed * 2654435761 + place * 40503 + 12345) & 0xFFFFFFFF
    return (mixed ^ (mixed >> 15)) * 2246822519 % 0xFFFFFFFF >> 7


class _Omitted:
    def __repr__(self) -> str:
        return "(left out)"


#: Stands for a value that is not given.
OMITTED = _Omitted()


class Combinations:
    """Goes through `options` (name -> values, the likeliest first); `reject` says that a value is never taken."""

    def __init__(self, options: Mapping[str, Sequence[Any]], varied: Collection[str], most: int) -> None:
        self.options = {name: list(values) for name, values in options.items()}
        self.varied = [name for name in options if name in varied]
        self.most = most

    def reject(self, name: str, value: Any) -> bool:
        """Never give this value again; -> whether there is another."""
        values = self.options.get(name, [])
        if len(values) > 1 and any(value is known for known in values):
            self.options[name] = [known for known in values if known is not value]
            return True
        return False

    def __iter__(self) -> Iterator[dict[str, Any]]:
        tried: set[str] = set()
        for names, chosen in islice(self._orders(), self.most):
            while (made := self._made(names, chosen)) is not None:
                text = repr(sorted(made.items(), key=lambda each: each[0]))
                if text in tried:
                    break
                tried.add(text)
                yield made  # what is rejected now is left out when it goes round again

    def _orders(self) -> Iterator[tuple[Sequence[str], Sequence[Any]]]:
        """Which names are varied with which values: none, one, all alike, two, a few of all, three."""
        names = self.varied
        yield (), ()
        for first, reach in _TURNS:
            for name in names:
                yield from (((name,), (value,)) for value in self.options[name][first:reach])
        for turn in (1, 2, 3, -1):
            yield names, [self.options[n][min(turn, len(self.options[n]) - 1)] for n in names]
        yield from self._some(names, 2)
        for seed in range(_SAMPLES):
            yield (
                names,
                [self.options[n][_drawn(seed, k) % len(self.options[n])] for k, n in enumerate(names)],
            )
        yield from self._some(names, 3)

    def _some(self, names: Sequence[str], width: int) -> Iterator[tuple[Sequence[str], Sequence[Any]]]:
        """Two or three at a time, the likely values of all names before the unlikely ones of any."""
        if len(names) < width:
            return
        for reach in (3, 8, 99):
            for chosen in combinations(names, width):
                for values in product(*[self.options[name][1:reach] for name in chosen]):
                    yield chosen, values

    def _made(self, names: Sequence[str], chosen: Sequence[Any]) -> dict[str, Any] | None:
        made = {name: values[0] for name, values in self.options.items() if values}
        for name, value in zip(names, chosen, strict=True):
            if not any(value is known for known in self.options[name]):
                return None
            made[name] = value
        return made

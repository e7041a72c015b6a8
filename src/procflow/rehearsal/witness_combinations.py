"""Combinations of what a step may enter, those nearest to the likeliest first.

Names on which nothing depends keep their first value that is taken; the others are varied, one at a time, then two,
then three. It must not know what is entered.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import Any


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
        given = 0
        tried: set[str] = set()
        for width in range(min(3, len(self.varied)) + 1):
            for names in combinations(self.varied, width):
                for chosen in product(*[self.options[name][1:] for name in names]):
                    while (made := self._made(names, chosen)) is not None:
                        text = repr(sorted(made.items()))
                        if text in tried:
                            break
                        tried.add(text)
                        yield made  # what is rejected now is left out when it goes round again
                    given += 1
                    if given >= self.most:
                        return

    def _made(self, names: Sequence[str], chosen: Sequence[Any]) -> dict[str, Any] | None:
        made = {name: values[0] for name, values in self.options.items() if values}
        for name, value in zip(names, chosen, strict=True):
            if not any(value is known for known in self.options[name]):
                return None
            made[name] = value
        return made

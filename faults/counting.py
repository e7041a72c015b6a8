"""What a harness answers: how many faults really fired, and everything that did not hold afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module

#: How many findings of one harness are kept in words.
KEPT = 20


@dataclass
class Count:
    """`fired` counts faults that really happened, not those that were asked for. `told` says more, in one line."""

    fired: int = 0
    bad: list[str] = field(default_factory=list)
    told: str = ""

    def wrong(self, words: str) -> None:
        if len(self.bad) < KEPT:
            self.bad.append(words)


@dataclass(frozen=True)
class In:
    """A function of a module of this room, imported when it runs: a process runs one harness, and to import all of them
    takes a second."""

    module: str
    name: str

    def function(self) -> Callable[[int, int], Count]:
        found: Callable[[int, int], Count] = getattr(import_module(f"faults.{self.module}"), self.name)
        return found

    def __call__(self, figure: int, seed: int) -> Count:
        return self.function()(figure, seed)


@dataclass(frozen=True)
class Harness:
    """`figures` are how many faults must fire: in CI, and before a release. `run` is given that figure and a seed."""

    name: str
    goal: str
    about: str
    figures: tuple[int, int]
    run: Callable[[int, int], Count]

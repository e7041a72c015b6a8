"""What is tried: steps of a scenario, the last of which is the move, and what a refusal says about their values.

It must not know what they are tried for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from procflow.core.refusals import Refusal
from procflow.rehearsal.witness_combinations import OMITTED, Combinations
from procflow.rehearsal.witness_scene import Step


@dataclass(frozen=True)
class Entered:
    """Who acts, and what is given with it."""

    who: str
    given: dict[str, Any]
    among: Combinations

    def learn(self, refusal: Refusal) -> None:
        """What a refused input says about the values: those that are never taken, and what must be given."""
        for problem in refusal.problems:
            value = self.given.get(problem.name, OMITTED)
            known = self.among.options.get(problem.name, [])
            same = next((v for v in known if v is value or (type(v) is type(value) and v == value)), None)
            if same is not None:
                self.among.reject(problem.name, same)


@dataclass(frozen=True)
class Attempt:
    """Steps of a scenario, the last of which is the move. `learn` is told why an input was refused."""

    steps: tuple[Step, ...]
    learn: Callable[[Refusal], None] | None = None

    def after(self, before: Sequence[Step]) -> Attempt:
        return Attempt((*before, *self.steps), self.learn)

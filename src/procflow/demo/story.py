"""What the demo prints: a readable story, a closing table, and what was not as it must be."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TextIO


@dataclass
class Story:
    """Lines with a clock in front; `must` keeps what went wrong and goes on, so that one run shows it all."""

    out: TextIO = field(default_factory=lambda: sys.stdout)
    bar: bool = False
    problems: list[str] = field(default_factory=list)
    checked: int = 0
    _acts: int = 0
    _of: int = 0

    def begin(self, title: str, acts: int) -> None:
        self._of = acts
        print(f"\n{title}\n{'=' * len(title)}", file=self.out)

    def act(self, title: str) -> None:
        """A new part of the day, with a progress bar where somebody watches."""
        self._acts += 1
        if self.bar:
            done = self._acts * 20 // self._of
            print(f"\n[{'#' * done}{'.' * (20 - done)}] {self._acts}/{self._of}", file=self.out)
        print(f"\n{title}", file=self.out, flush=True)

    def tell(self, clock: str, words: str) -> None:
        print(f"  {clock:<16} {words}", file=self.out, flush=True)

    def must(self, condition: bool, words: str) -> None:
        """Something that has to be so; said aloud only when it is not."""
        self.checked += 1
        if not condition:
            self.problems.append(words)
            print(f"  !! not as it must be: {words}", file=self.out, flush=True)

    def table(self, title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        widths = [max(len(str(row[n])) for row in (head, *rows)) for n in range(len(head))]
        print(f"\n{title}", file=self.out)
        for row in (head, ["-" * width for width in widths], *rows):
            print(
                "  "
                + "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip(),
                file=self.out,
            )
        self.out.flush()

    def end(self) -> bool:
        if self.problems:
            print(f"\n{len(self.problems)} of {self.checked} checks failed:", file=self.out)
            for problem in self.problems:
                print(f"  - {problem}", file=self.out)
            return False
        print(f"\nEverything was as it must be ({self.checked} checks).", file=self.out)
        return True

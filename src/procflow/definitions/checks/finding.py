"""What every group of rules needs to speak: problems of one file, collected.

It must not know any rule.
"""

from __future__ import annotations

from collections.abc import Collection

from procflow.core.nearest import did_you_mean, with_nearest
from procflow.definitions.codes import diagnostic
from procflow.definitions.environment import Problem
from procflow.definitions.nodes import At
from procflow.errors import Diagnostic


class Findings:
    """The problems of the file at `path`, in the order in which they were found."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.found: list[Diagnostic] = []

    def add(self, at: At, code: str, message: str, hint: str = "", about: tuple[str, ...] = ()) -> None:
        """Report; the severity is the code's."""
        self.found.append(diagnostic(self.path, at[0], at[1], code, message, hint, about))

    def unknown(self, at: At, code: str, what: str, word: str, known: Collection[str]) -> None:
        """A name that is not there, with the nearest one that is."""
        some = did_you_mean(word, known) or ("" if known else f"there is no {what} at all")
        if word != word.strip():  # a block, `|` or `>`, ends with a line break
            word, some = word.strip(), "write it on the line of its key, without `|` or `>`"
        self.add(at, code, f"there is no {what} `{word}`", some, with_nearest(word, known))

    def problems(self, problems: Collection[Problem]) -> None:
        """What the checker of expressions found."""
        for p in problems:
            self.found.append(Diagnostic(self.path, *p.at, p.code, p.severity, p.message, p.hint, p.about))

"""Names that are not there, in a procedure that its schema refuses: so that they are told in the same run.

Of such a file a part may be missing, so a name counts as misspelt only where it stands nowhere else in the file.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from procflow.definitions.checks import names
from procflow.definitions.checks.derived import UNKNOWN
from procflow.definitions.checks.examined import Examined
from procflow.definitions.checks.walk import look
from procflow.errors import Diagnostic

if TYPE_CHECKING:
    from procflow.definitions.checks.known import Known
    from procflow.definitions.workspace import Documents

_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def check(documents: Documents, path: str, known: Known) -> list[Diagnostic]:
    """The misspelt names of one procedure, on lines of which nothing else is wrong."""
    procedure, built = documents.doubtful[path]
    examined = Examined(path, documents.trees[path], procedure, known)
    try:
        found = [*built, *look(examined)[0], *names.check(examined)]
    except (AttributeError, KeyError, IndexError, StopIteration, TypeError, ValueError):
        return []  # it lacks what every procedure has, and that was told
    lines = {problem.line for problem in documents.problems if problem.path == path}
    text = documents.sources[path].decode("utf-8", "replace")
    places = {
        (p.line, p.column): p for p in found if p.code in UNKNOWN and p.path == path and p.line not in lines
    }
    rows = text.splitlines()
    words = {at: _word(rows, *at) for at in places}
    blamed = Counter(words.values())
    there = Counter(_WORD.findall(text))
    return [p for at, p in places.items() if words[at] and there[words[at]] == blamed[words[at]]]


def _word(rows: list[str], line: int, column: int) -> str:
    """The word that begins at a place, after a quote perhaps."""
    found = _WORD.search(rows[line - 1], column - 1, column + 100) if line <= len(rows) else None
    return found[0] if found is not None and found.start() <= column else ""

"""How the tests are dealt to the workers of a run: file by file, the longest first.

What a file's tests share (a served desk, a published workspace, a bad document of each kind) is then made once, and at
the end no worker sits idle while another still has minutes to go. What several files share binds them into one unit.
How long a unit takes is noted in `seconds.txt` by `pytest --note-seconds`; a unit that is not there counts by its tests.
The order means nothing to a test: `pytest -n 0` runs them as they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

NOTED = Path(__file__).with_name("seconds.txt")
#: What a test takes of which nothing is known.
USUAL = 0.02

#: Files that use one costly thing, and what it is: its name is their unit's.
TOGETHER = {
    "tests/desk/": "a browser",
    "tests/temporal/": "a Temporal server",
    "tests/procedures/test_shipped_procedures.py": "the shipped scenarios played",
    "tests/procedures/test_four_ways.py": "the shipped scenarios played",
    "tests/seen/": "a desk that is watched",
    "plugins/procflow-mail/tests/test_mail_imap.py": "mail servers",
    "plugins/procflow-mail/tests/test_mail_whole.py": "mail servers",
}


def unit_of(test: str) -> str:
    """The unit to which a test belongs by its id."""
    file = test.partition("::")[0]
    for below, unit in TOGETHER.items():
        if file.startswith(below):
            return unit
    return file


def noted() -> dict[str, float]:
    """unit -> seconds, as they were noted."""
    lines = NOTED.read_text("utf-8").splitlines() if NOTED.exists() else []
    return {unit: float(seconds) for seconds, _, unit in (line.strip().partition(" ") for line in lines)}


def longest_first(items: list[pytest.Item]) -> list[pytest.Item]:
    """The tests by their units, the longest unit first; within a file they stand as they stood."""
    units = {item: unit_of(item.nodeid) for item in items}
    takes = noted()
    guessed: dict[str, float] = {}
    for unit in units.values():
        guessed[unit] = takes.get(unit, guessed.get(unit, 0) + USUAL)
    return sorted(items, key=lambda i: (-guessed[units[i]], units[i], i.nodeid.partition("::")[0]))


class _Found(list[str]):
    """A worker's tests; where each of them stands is asked twelve thousand times."""

    def __init__(self, tests: Sequence[str]) -> None:
        super().__init__(tests)
        self._place = {test: at for at, test in enumerate(self)}

    def index(self, value: str, *between: Any) -> int:
        return self._place[value]


class Dealing(LoadScopeScheduling):
    """Deals unit after unit, in the order in which the workers found them."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False
        self.took: dict[str, float] = {}

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def add_node_collection(self, node: Any, collection: Sequence[str]) -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = _Found(collection)

    def mark_test_complete(self, node: Any, item_index: int, duration: float = 0) -> None:
        unit = unit_of(self.registered_collections[node][item_index])
        self.took[unit] = self.took.get(unit, 0) + duration
        mine = self.assigned_work[node]
        for done in [name for name, tests in mine.items() if name != unit and all(tests.values())]:
            del mine[done]
        super().mark_test_complete(node, item_index, duration)

    def note(self) -> None:
        """Write down what the units took; what takes no time is left out."""
        lines = [f"{seconds:7.1f} {unit}" for unit, seconds in self.took.items() if seconds >= 0.5]
        NOTED.write_text("".join(f"{line}\n" for line in sorted(lines, reverse=True)), "utf-8")

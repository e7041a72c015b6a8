"""A store as it stands when all is quiet: every journal in plain, and every case folded from its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from faults.simulated.house import House
from procflow.core import journal as j
from procflow.core.case import Case, replay
from procflow.core.record import decode_entries, open_entries
from procflow.stored import JournalRow, StoredCase


class Looked:
    """The store as it stands in the end, read once: every journal in plain, and every case folded from its own."""

    def __init__(self, house: House) -> None:
        self.house = house
        assert house.last is not None
        self.store: Any = house.last.store
        self.engine = house.last.engine
        self.now = house.turns.clock.now()
        self.cases: list[StoredCase] = self.store.cases(limit=100_000)
        self.rows: dict[str, list[JournalRow]] = {}
        self.steps: dict[str, list[tuple[Any, ...]]] = {}
        self.folded: dict[str, Case] = {}
        for case in self.cases:
            rows = self.rows[case.id] = list(self.store.journal(case.id))
            sealed = [decode_entries(row.entries) for row in rows]
            unseal = self._unsealer(case)
            self.steps[case.id] = [open_entries(entries, unseal) for entries in sealed]
            self.folded[case.id] = replay(
                case.id, ((row.sequence, entries) for row, entries in zip(rows, sealed, strict=True))
            )

    def _unsealer(self, case: StoredCase) -> Callable[[j.Sealed], bytes]:
        return lambda sealed: self.engine.unseal_bytes(case.id, case.key_slot, sealed)

    def of(self, procedure: str) -> Iterator[tuple[StoredCase, list[JournalRow], list[tuple[Any, ...]]]]:
        for case in self.cases:
            if case.procedure == procedure:
                yield case, self.rows[case.id], self.steps[case.id]

    def entries(self, kind: type) -> Iterator[tuple[StoredCase, JournalRow, Any]]:
        for case in self.cases:
            for row, step in zip(self.rows[case.id], self.steps[case.id], strict=True):
                for entry in step:
                    if type(entry) is kind:
                        yield case, row, entry

    def in_order(self) -> Iterator[tuple[StoredCase, JournalRow, tuple[Any, ...]]]:
        """Every step of every case, as they were stored."""
        by_id = {case.id: case for case in self.cases}
        after = 0
        while changes := self.store.changes(after):
            for change in changes:
                after = change.place
                if change.number:
                    n = change.sequence - 1
                    yield by_id[change.case_id], self.rows[change.case_id][n], self.steps[change.case_id][n]

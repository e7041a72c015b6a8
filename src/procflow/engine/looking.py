"""Open cases looked up by their data: an index of fingerprints, and what a decision saw of it.

What is found stays part of the decision: a step whose look-up would now answer otherwise is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case
from procflow.core.lookups import lookup_text, lookups_of, recurring
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.record import decode
from procflow.core.values import equal
from procflow.engine.answers import Loaded
from procflow.engine.rows import identity_texts
from procflow.ports import ORGANISATION, Keys, Looked, Store, World

_BATCH = 500


class LookUps:
    """The part of the engine that finds cases by their data."""

    store: Store
    keys: Keys
    world: World
    load: Callable[[str | int], Loaded]
    procedure: Callable[[str], Procedure]
    organise: Any
    surroundings: Any
    _looked: list[Looked]

    def cases_like(self, procedure: str, where: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """The open cases of a procedure with these data, oldest first: id, number, opened, procedure, and the data."""
        known = self.surroundings().lookups.get(procedure, ())
        set_ = {name: value for name, value in where.items() if value is not None and name in known}
        fingerprints = self._fingerprints(procedure, set_)
        found = self.store.look_up(procedure, fingerprints)
        self._looked.append(Looked(procedure, fingerprints, found))
        cases = []
        for number, _ in found:
            case = self.load(number).plain
            if all(equal(case.data.get(name), value) for name, value in where.items()):
                facts = {key: value for key, value in case.data.items() if not key.endswith("~void")}
                own = {
                    "id": case.id,
                    "number": case.number,
                    "opened": case.opened,
                    "procedure": case.procedure,
                }
                cases.append({**facts, **own})
        return tuple(cases)

    def _fingerprints(self, procedure: str, where: Mapping[str, Any]) -> tuple[bytes, ...]:
        texts = [lookup_text(procedure, name, value) for name, value in sorted(where.items())]
        return tuple([self.keys.fingerprint(text) for text in texts if text])

    def what_finds(self, procedure: Procedure, case: Case, surroundings: Surroundings) -> tuple[bytes, ...]:
        """Everything by which a case is found: what identifies its customer, and what others look it up by."""
        values = [case.data.get(name) for name in procedure.correlate]
        texts = [text for value in values for text in identity_texts(value)]
        looked_up = (*surroundings.lookups.get(procedure.name, ()), *procedure.one_open_per)
        for name in dict.fromkeys(looked_up):
            texts.append(lookup_text(procedure.name, name, case.data.get(name)))
        return tuple(dict.fromkeys([self.keys.fingerprint(text) for text in texts if text]))

    def twin(self, procedure: Procedure, case: Case) -> int:
        """The number of the open case that `one_open_per` shows instead of a second one; 0 where there is none."""
        names = procedure.one_open_per
        where = {name: case.data.get(name) for name in names}
        if not names or any(value is None for value in where.values()):
            return 0
        fingerprints = self._fingerprints(procedure.name, where)
        found = self.store.look_up(procedure.name, fingerprints)
        self._looked.append(Looked(procedure.name, fingerprints, found))
        same = [
            n for n, _ in found if all(equal(self.load(n).plain.data.get(k), v) for k, v in where.items())
        ]
        return same[0] if same else 0

    def declare_lookups(self, command_id: str, in_force: Iterable[Procedure] | None = None) -> None:
        """After documents were put in force: by which fields cases are looked up from now on; open ones are found by
        new ones too. `in_force` are the procedures, where somebody has them at hand."""
        if in_force is None:
            in_force = [self.procedure(hash) for _, hash in self.store.names_in_force("procedure")]
        in_force = list(in_force)
        self._recur(in_force)
        row = self.store.load(ORGANISATION)
        wanted, known = (
            lookups_of(in_force),
            decode(row.snapshot).get("lookups", {}) if row is not None else {},
        )
        if wanted == dict(known):
            return
        self.organise(command_id, (j.LookupsDeclared(wanted),))
        for name, fields in wanted.items():
            if not set(fields) <= set(known.get(name, ())):
                self._find_again(name)

    def _recur(self, in_force: list[Procedure]) -> None:
        """What recurs from now on begins now; what recurs no more is forgotten."""
        wanted = {f"{item.name}/{start}" for item in in_force for start in recurring(item)}
        known = self.store.ticks()
        for name in sorted(known.keys() - wanted):
            self.store.tick(name, None)
        for name in sorted(wanted - known.keys()):
            self.store.tick(name, self.world.now())

    def _find_again(self, name: str) -> None:
        after = 0
        while rows := self.store.cases(open_only=True, procedure=name, after=after, limit=_BATCH):
            for row in rows:
                after = row.number
                case = self.load(row.id).plain
                found = self.what_finds(self.procedure(row.definition), case, self.surroundings())
                self.store.identify(row.id, found)

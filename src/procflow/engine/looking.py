"""Open cases looked up by their data: an index of fingerprints, and what a decision saw of it.

What is found stays part of the decision: a step whose look-up would now answer otherwise is decided again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from procflow.core import journal as j
from procflow.core.case import Case
from procflow.core.lookups import MOVED_BY, lookup_text, lookups_of, recurring, tasks_move
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.record import decode
from procflow.core.scope import StepScope
from procflow.core.values import equal
from procflow.engine.answers import HOST_TRIES, Loaded
from procflow.engine.at_hand import AtHand
from procflow.engine.rows import identity_texts
from procflow.errors import Conflict
from procflow.stored import ORGANISATION, Looked

_BATCH = 500


class LookUps(AtHand):
    """The part of the engine that finds cases by their data."""

    organise: Any
    finds_moved: Any

    def cases_like(self, procedure: str, where: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
        """The open cases of a procedure with these data, oldest first: id, number, opened, procedure, and the data."""
        surroundings, cases = self.surroundings(), []
        for loaded in self._found(procedure, where):
            case = loaded.plain
            scope = StepScope(self.procedure(loaded.row.definition), case, surroundings, self.world.now())
            data = {field.name: scope.name(field.name) for field in scope.procedure.data}
            own = {"id": case.id, "number": case.number, "opened": case.opened, "procedure": case.procedure}
            cases.append({**data, **own})
        return tuple(cases)

    def _found(self, procedure: str, where: Mapping[str, Any]) -> list[Loaded]:
        """The open cases with these data, by number. What no index is whole for yet is compared case by case."""
        ready = self.surroundings().lookups_ready.get(procedure, ())
        texts = [lookup_text(procedure, name, value) for name, value in where.items() if name in ready]
        fingerprints = tuple(sorted(self.keys.fingerprint(text) for text in texts if text))
        found = self.store.look_up(procedure, fingerprints)
        self._looked.append(Looked(procedure, fingerprints, found))
        loaded = [self.load(number) for number, _ in found]
        return [
            each
            for each in loaded
            if not each.row.closed
            and all(equal(each.plain.data.get(name), value) for name, value in where.items())
        ]

    def what_finds(self, procedure: Procedure, case: Case, surroundings: Surroundings) -> tuple[bytes, ...]:
        """Everything by which a case is found: what identifies its customer, what others look it up by, and whose
        absence moves its tasks."""
        found = self._found_by(procedure, case, surroundings.lookups.get(procedure.name, ()))
        if tasks_move(procedure):
            found += self.finds_moved(procedure, case, surroundings)
        return tuple(dict.fromkeys(found))

    def must_find(self, procedure: Procedure, case: Case) -> frozenset[bytes]:
        """By what a case is found at least, whenever it took its last step."""
        ready = () if case.is_closed else self.surroundings().lookups_ready.get(procedure.name, ())
        return frozenset(self._found_by(procedure, case, ready))

    def _found_by(self, procedure: Procedure, case: Case, lookups: Iterable[str]) -> list[bytes]:
        texts: list[str] = []
        for name in procedure.correlate:
            texts += identity_texts(case.data.get(name))
        for name in dict.fromkeys((*lookups, *procedure.one_open_per)):
            if name != MOVED_BY:
                texts.append(lookup_text(procedure.name, name, case.data.get(name)))
        return [self.keys.fingerprint(text) for text in texts if text]

    def twin(self, procedure: Procedure, case: Case) -> int:
        """The number of the open case that `one_open_per` shows instead of a second one; 0 where there is none."""
        names = procedure.one_open_per
        where = {name: case.data.get(name) for name in names}
        if not names or any(value is None for value in where.values()):
            return 0
        same = self._found(procedure.name, where)
        return same[0].row.number if same else 0

    def declare_lookups(self, command_id: str, in_force: Iterable[Procedure] | None = None) -> None:
        """After documents were put in force: by which fields cases are looked up from now on; open ones are found by
        new ones too. `in_force` are the procedures, where somebody has them at hand."""
        if in_force is None:
            in_force = [self.procedure(hash) for _, hash in self.store.names_in_force("procedure")]
        in_force = list(in_force)
        self._recur(in_force)
        row = self.store.load(ORGANISATION)
        state = decode(row.snapshot) if row is not None else {}
        wanted, ready = lookups_of(in_force), dict(state.get("lookups_ready", {}))
        if wanted == ready and wanted == dict(state.get("lookups", {})):
            return
        still = {n: tuple([f for f in fields if f in ready.get(n, ())]) for n, fields in wanted.items()}
        if still != wanted:  # every step from here on keeps the index; then the cases of before come into it
            self.organise(command_id, (j.LookupsDeclared(wanted, still),))
            for name, fields in wanted.items():
                if still[name] != fields:
                    self._find_again(name)
        self.organise(f"{command_id}/ready", (j.LookupsDeclared(wanted, wanted),))

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
                for _ in range(HOST_TRIES):
                    loaded = self.load(row.id)
                    finds = self.what_finds(
                        self.procedure(loaded.row.definition), loaded.plain, self.surroundings()
                    )
                    if loaded.row.closed or self.store.identify(row.id, loaded.row.sequence, finds):
                        break
                else:
                    raise Conflict(f"case {row.number} is changed by others all the time", "try again")

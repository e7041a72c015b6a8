"""What was decided becomes one step in the store: sealed, chained, with everything that moves along in its transaction.

It must not know how the step was decided.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec.json import encode as to_json
from msgspec.structs import replace

from procflow.core import journal as j
from procflow.core import snapshot
from procflow.core.case import Case
from procflow.core.clocks import due_items
from procflow.core.decide import Command, Decision
from procflow.core.lookups import tasks_move
from procflow.core.organisation import Surroundings
from procflow.core.procedure import Procedure
from procflow.core.record import chain_hash, encode, encode_entries, seal_entries
from procflow.engine.answers import Answer, Loaded
from procflow.engine.looking import LookUps
from procflow.engine.people import people_facts
from procflow.engine.rows import SETTLING, asked_and_settled, sealed_after, settled, task_rows
from procflow.stored import Append, EffectRow, JournalRow, StoredCase, TaskRow

#: The entry that asks for an effect.
_ASKS = j.EffectRequested


class Appending(LookUps):
    """The part of the engine that appends to a case's journal."""

    stepped: Callable[[Answer], None] | None

    def _append(
        self,
        loaded: Loaded,
        procedure: Procedure,
        command: Command,
        decision: Decision,
        surroundings: Surroundings,
        at: datetime,
        ran_at: datetime,
    ) -> Answer:
        row, after = loaded.row, decision.case
        sequence = row.sequence + 1
        at = max(at, loaded.plain.now) if loaded.plain.now is not None else at
        entries = seal_entries(decision.entries, self._sealer(row.id, row.key_slot, sequence))
        if after.sequence != sequence:
            after = replace(after, sequence=sequence)
        kinds = set(map(type, entries))
        sealed = sealed_after(loaded.sealed, after, entries, kinds)
        written = encode_entries(entries)
        columns = (row.id, sequence, command.id, at, ran_at, row.definition, surroundings.version, written)
        journal_row = JournalRow(*columns, row.head, chain_hash(row.head, *columns))
        items = due_items(procedure, after)
        opens = row.sequence == 0
        told: dict[str, Any] = {"case": row.id, "number": row.number, "sequence": sequence}
        if command.asked:
            told["asked"] = command.asked
        data = snapshot.to_bytes(sealed)
        effects = self._effects(entries, row, at, min(at, ran_at), surroundings) if _ASKS in kinds else ()
        gone = () if kinds.isdisjoint(SETTLING) else tuple(settled(entries, command))
        if effects and gone:
            effects, gone = asked_and_settled(effects, gone)
        self.store.append(
            Append(
                row=journal_row,
                snapshot=data,
                answer=to_json(told),
                key_slot=row.key_slot,
                procedure=row.procedure,
                number=row.number,
                opens=opens,
                closes=after.closed is not None and loaded.plain.closed is None,
                late=True if after.missed and after.missed is not loaded.plain.missed else None,
                outcome=after.outcome,
                next_due=items[0][0] if items else None,
                tasks=self._tasks(loaded.plain, after, row, opens),
                effects=effects,
                settled=gone,
                holder=command.holder,
                identities=self._identities(procedure, surroundings, loaded.plain, after, opens),
                message=command.id if command.message is not None and not command.again else "",
                people=people_facts(decision.entries, kinds, row, sequence),
                surroundings=surroundings.version,
                looked=tuple(self._looked),
            )
        )
        self._looked.clear()
        stored = StoredCase(
            row.id, row.number, row.procedure, row.definition, sequence, journal_row.hash, row.key_slot, data,
            after.closed is not None,
        )  # fmt: skip
        self._remember(Loaded(stored, sealed, after))
        answer = Answer(True, row.id, row.number, sequence, None, after, False, decision.entries)
        if self.stepped is not None:
            with suppress(Exception):  # an observer: what it does wrong undoes no step
                self.stepped(answer)
        return answer

    def _tasks(self, before: Case, after: Case, row: StoredCase, opens: bool) -> tuple[TaskRow, ...] | None:
        same = before.tasks is after.tasks and before.items is after.items and before.clocks is after.clocks
        return None if same and not opens else task_rows(after, row)

    def _effects(
        self,
        entries: tuple[Any, ...],
        row: StoredCase,
        at: datetime,
        first_try: datetime,
        surroundings: Surroundings,
    ) -> tuple[EffectRow, ...]:
        """`first_try` is by the machine's clock, should that have been set back behind the case's own time."""
        found = []
        for entry in entries:
            if type(entry) is not _ASKS:
                continue
            channel, _, operation = entry.operation.partition(".")
            found.append(
                EffectRow(
                    key=entry.key,
                    case_id=row.id,
                    channel=channel,
                    operation=operation,
                    parameters=encode(entry.parameters),
                    state="manual" if channel in surroundings.manual else "waiting",
                    next_try=first_try,
                    asked_at=at,
                    unless_left=entry.unless_left,
                )
            )
        return tuple(found)

    def _identities(
        self, procedure: Procedure, surroundings: Surroundings, before: Case, after: Case, opens: bool
    ) -> tuple[bytes, ...] | None:
        """By what the case is found from now on; None where that stays as it is."""
        if tasks_move(procedure):
            return self.what_finds(procedure, after, surroundings)
        if before.data is after.data and not opens:
            return None
        names = (*procedure.correlate, *procedure.one_open_per, *surroundings.lookups.get(procedure.name, ()))
        for name in names:
            if opens or after.data.get(name) != before.data.get(name):
                return self.what_finds(procedure, after, surroundings)
        return None

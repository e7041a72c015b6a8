"""How a workspace's record is verified: what makes anew what the store keeps of each case, from the journal alone.

The audit itself knows no procedures; here is the engine that does.
"""

from __future__ import annotations

from functools import partial

from procflow.core import snapshot
from procflow.core.case import replay
from procflow.core.clocks import due_items
from procflow.core.journal import Sealed
from procflow.core.record import decode_entries, encode
from procflow.engine import NO_ORGANISATION, Engine, fold_organisation, task_rows
from procflow.ports import Evidence
from procflow.records.audit import AuditReport, audit, audit_case
from procflow.stored import ORGANISATION, Projection, StoredCase
from procflow.stores.rows import kept_text


def verified(engine: Engine, evidence: Evidence, seal: bytes = b"") -> AuditReport:
    """The whole record; `seal` was kept elsewhere and must be in it."""
    return audit(
        engine.store, evidence=evidence, unseal=partial(_unsealed, engine), rebuild=partial(_rebuilt, engine),
        project=partial(_projected, engine), seal=seal,
    )  # fmt: skip


def case_verified(engine: Engine, evidence: Evidence, case: StoredCase) -> AuditReport:
    """The record of one case."""
    return audit_case(
        engine.store, case, evidence=evidence, unseal=partial(_unsealed, engine), rebuild=partial(_rebuilt, engine),
        project=partial(_projected, engine),
    )  # fmt: skip


def _unsealed(engine: Engine, case: StoredCase, sealed: Sealed) -> bytes:
    return engine.unseal_bytes(case.id, case.key_slot, sealed)


def _rebuilt(engine: Engine, case: StoredCase) -> bytes:
    """The snapshot of a case (or of the organisation), folded anew from its journal, in the form that is stored."""
    steps = ((row.sequence, decode_entries(row.entries)) for row in engine.store.journal(case.id))
    if case.id != ORGANISATION:
        folded = snapshot.to_bytes(replay(case.id, steps))
        earlier = folded != case.snapshot and snapshot.is_earlier_form(case.snapshot, folded)
        return case.snapshot if earlier else folded
    state = dict(NO_ORGANISATION)
    for _, entries in steps:
        for entry in entries:
            state = fold_organisation(state, entry)
    return encode(state)


def _projected(engine: Engine, case: StoredCase) -> Projection | None:
    """What the store must keep of a case beside its journal; None for one that was compiled before 0.1.0, whose
    deadlines had another form."""
    procedure, folded = engine.procedure(case.definition), snapshot.from_bytes(case.snapshot)
    if folded.clocks.keys() - {deadline.name for deadline in procedure.deadlines}:
        return None
    items = due_items(procedure, folded)
    return Projection(
        items[0][0] if items else None,
        bool(folded.missed),
        folded.outcome,
        kept_text(task_rows(folded, case)),
        engine.must_find(procedure, engine.load(case.id).plain),
    )

"""A proof that stands although other procedures changed is the one that is found anew."""

from __future__ import annotations

from collections.abc import Mapping

from procflow.core.organisation import Organisation
from procflow.core.procedure import Procedure
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.proof.proving import Prover
from procflow.proof.taken import stands
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.mutants import mutants_of

#: What the checker says of the sense of a procedure.
_NOT_ASKED = [code for code in CODES if "PF246" <= code < "PF300"]

CALL = """
procedure: call
title: {en: Call, da: Opkald}
owner: lead
starts: [{by: agent, ask: [urgent]}]
data: {urgent: {type: boolean}, kind: {enum: [new, old]}, sent: {type: integer, default: 0}}
initial: wish
states:
  wish:
    task: {role: agent}
    choices:
      new: {set: {kind: new}, to: asked}
      old: {when: urgent != true, set: {kind: old}, to: asked}
      write:
        when: urgent != true && sent < 2
        set: {sent: "${sent + 1}"}
        do: [{start: {procedure: letter, with: {kind: new, urgent: "${urgent}"}}}]
        to: self
  asked:
    invoke: {procedure: letter, with: {kind: "${kind}", urgent: "${urgent}"}}
    events: {done: [{when: result.outcome == "sent", to: told}, {to: wish}], failed: {to: over}}
  told: {after: {1 day: {do: [{signal: {to: {procedure: letter, where: {kind: "${kind}"}}, name: stop}}], to: over}}}
  over: {final: true}
promises: {in_time: {says: {da: Til tiden., en: In time.}, after: state("asked"), eventually: state("over")}}
"""
LETTER = """
procedure: letter
title: {en: Letter, da: Brev}
owner: lead
data: {kind: {enum: [new, old]}, urgent: {type: boolean}, signed: {type: boolean}}
initial: written
states:
  written:
    task: {role: agent}
    choices:
      send: {ask: [signed], to: sent}
      drop: {when: kind == "old", to: dropped}
    events: {stop: {to: dropped}}
  sent: {final: true, outcome: sent}
  dropped: {final: true, outcome: dropped}
promises:
  calm: {says: {da: Ro., en: Calm.}, never: state("sent") && urgent == true && kind == "old"}
  kind: {says: {da: Slags., en: Kind.}, never: kind == null}
"""


def test_what_stands_is_what_is_found_anew() -> None:
    documents = documents_of(CALL, LETTER, organisation=ORGANISATION, overlook=_NOT_ASKED)
    stood = fell = 0
    for changed in ("call", "letter"):
        other = "letter" if changed == "call" else "call"
        before = _prover(documents.procedures, documents.organisation).prove(other)
        assert before.taken is not None
        for mutant in mutants_of(documents.procedures[changed]):
            prover = _prover({**documents.procedures, changed: mutant.make()}, documents.organisation)
            if stands(before.taken, documents.procedures[other], prover.composition):
                again = _prover(prover.composition.procedures, documents.organisation).prove(other)
                assert again == before, mutant.words
                stood += 1
            else:
                fell += 1
    assert stood >= 10 and fell >= 5, (stood, fell)


TABLE = """
tables: codes
title: {en: Codes, da: Koder}
columns: {code: {type: string, key: true}, desk: {type: string}}
versions:
  - valid: {from: 2026-01-01}
    rows: [{code: new, desk: one}, {code: old, desk: two}]
"""


def test_what_a_proof_takes_for_granted_itself_is_nothing_that_it_took_of_others() -> None:
    """Else it would be found anew at every change beside it."""
    desk = "  desk:\n    never: state('sent') && table('codes')[kind].desk == null\n"
    text = LETTER + desk + "    says: {da: Bord., en: Desk.}\n"
    documents = documents_of(CALL, text, organisation=ORGANISATION, tables=[TABLE], overlook=_NOT_ASKED)

    def anew() -> Prover:
        return Prover(documents.procedures, documents.organisation, tables=documents.tables)

    proof = anew().prove("letter")
    assert "tables" in proof.assumptions
    assert proof.taken is not None and proof.taken.sharp
    assert stands(proof.taken, documents.procedures["letter"], anew().composition)


def _prover(procedures: Mapping[str, Procedure], organisation: Organisation | None) -> Prover:
    return Prover(procedures, organisation)

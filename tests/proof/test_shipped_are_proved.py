"""Every shipped procedure is proved: nothing is found unasked, and what is not decided is known, with its reason."""

from pathlib import Path

import pytest

from procflow.app import check_given
from procflow.definitions.workspace import Documents
from procflow.proof.proving import Prover, prove_all
from procflow.rehearsal.stagehand import Stagehand

SHIPPED = Path(__file__).parents[2] / "procedures"

#: What the prover alone leaves open, with the reason.
NOT_DECIDED: dict[tuple[str, str], str] = {}


@pytest.fixture(scope="module")
def documents() -> Documents:
    return check_given((str(SHIPPED),), ())


def test_what_is_proved_hangs_neither_on_how_many_share_the_work_nor_on_what_else_is_proved(
    documents: Documents,
) -> None:
    names = ["account_report", "contact_registration", "contract_renewal", "kc_return", "lead", "settlement"]
    hand = Stagehand(documents, 0, "en")
    shared = {s.proof.procedure: s.proof for s in hand.show_all(names, jobs=2)}
    assert list(shared) == names
    alone = {s.proof.procedure: s.proof for s in hand.show_all(names[::-1], jobs=1)}
    assert alone == shared
    assert [s.proof for s in hand.show_all(names[1:2])] == [shared["contact_registration"]]


def test_what_a_proof_takes_for_granted_does_not_hang_on_the_order(documents: Documents) -> None:
    """For both a third is looked at that opens a case, each time with an eye to something else."""
    names = ["agreement", "copy_deletion"]
    given = documents.procedures, documents.organisation
    there, back = Prover(*given, tables=documents.tables), Prover(*given, tables=documents.tables)
    forth = {name: there.prove(name).assumptions for name in names}
    assert forth == {name: back.prove(name).assumptions for name in names[::-1]}
    assert "opened by cancelled_appointment" in forth["copy_deletion"]


def test_every_shipped_procedure_is_proved(documents: Documents) -> None:
    proofs = list(prove_all(documents.procedures, documents.organisation, tables=documents.tables))
    assert [(p.procedure, f.kind, f.what, f.at) for p in proofs for f in p.findings] == []
    assert [p.procedure for p in proofs if p.left] == []
    undecided = {(p.procedure, v.promise) for p in proofs for v in p.verdicts if v.verdict != "proved"}
    assert undecided == NOT_DECIDED.keys()

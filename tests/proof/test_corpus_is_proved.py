"""The prover finds every fault of the corpus, in the right line, and accuses no sound procedure."""

from collections.abc import Callable

import pytest
from corpus import PROMISES, Case, cases

from procflow.definitions.workspace import Documents
from procflow.proof.proving import Proof, prove_all

#: Faults that `procflow check` tells, or that stand in a decision table, are not the prover's.
ALL = [case for case in cases() if case.found_by == "prove" and not case.fault.startswith("table")]


Read = Callable[[Case], Documents]


def proof_of(case: Case, documents: Documents) -> Proof:
    good = {name: p for name, p in documents.procedures.items() if documents.is_good(p.path)}
    (proof,) = prove_all(good, documents.organisation, [case.name])
    return proof


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in ALL if case.fault in PROMISES])
def test_a_promise_that_is_broken_is_the_only_one_that_is_not_proved(case: Case, read: Read) -> None:
    proof = proof_of(case, read(case))
    open_ones = {v.promise: v for v in proof.verdicts if v.verdict != "proved"}
    assert set(open_ones) == {case.promise}
    assert open_ones[case.promise].reason == "suspicion"


@pytest.mark.parametrize(
    "case", [pytest.param(case, id=case.name) for case in ALL if case.fault and case.fault not in PROMISES]
)
def test_a_fault_is_found_in_its_line(case: Case, read: Read) -> None:
    proof = proof_of(case, read(case))
    assert [v.promise for v in proof.verdicts if v.verdict != "proved"] == []
    found = [(f.kind, f.at[0]) for f in proof.findings]
    assert any(kind == case.fault and line in case.lines for kind, line in found), found


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in ALL if case.is_sound])
def test_a_sound_procedure_is_proved_and_not_accused(case: Case, read: Read) -> None:
    proof = proof_of(case, read(case))
    assert [v.promise for v in proof.verdicts if v.verdict != "proved"] == []
    assert [(f.kind, f.what, f.at) for f in proof.findings] == []

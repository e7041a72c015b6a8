"""Every broken promise of the corpus is shown in the real engine: the prover's way becomes a scenario that runs.

The corpus' own `breaks.yaml` is taken away first: the witness finds its values by itself.
"""

from pathlib import Path

import pytest
from corpus import PROMISES, Case, cases

from procflow.app import check_given
from procflow.proof.proving import prove_all
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.witness import Theatre, Witness

BROKEN = [case for case in cases() if case.fault in PROMISES and case.found_by == "prove"]


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in BROKEN])
def test_a_broken_promise_is_shown_by_a_scenario_that_runs(case: Case, tmp_path: Path) -> None:
    desk = case.workspace(tmp_path / "desk")
    place = desk / "procedures" / case.name
    (place / "scenarios.yaml").unlink()
    documents = check_given((str(desk),), ())
    (proof,) = prove_all(documents.procedures, documents.organisation, [case.name])
    (verdict,) = [v for v in proof.verdicts if v.promise == case.promise]
    found = Theatre(documents, budget=600).realise(case.name, verdict.suspicion)
    assert isinstance(found, Witness), found
    for name, content in found.files.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_bytes(content)
    (place / "scenarios.yaml").write_text(found.document, "utf-8")
    written = check_given((str(desk),), ())
    assert [problem.as_text() for problem in written.diagnostics if problem.is_error] == []
    path = f"procedures/{case.name}/scenarios.yaml"
    (result,) = run_scenarios(written, written.trees[path], path)
    assert result.passed, result.as_text()
    told = "\n".join(found.stories["da"])
    assert case.promise in told

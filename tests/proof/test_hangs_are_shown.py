"""Where a case hangs its story and its scenario say that nobody may act, and who is away for that."""

from pathlib import Path

import pytest
from corpus import Case, faulty

from procflow.app import check_given
from procflow.proof.proving import prove_all
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.witness import Theatre, Witness

SAID = {
    "en": "Nobody may take a step that leads on now, and no time does.",
    "da": "Ingen må nu tage et skridt, der fører videre, og ingen tid gør det.",
}


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in faulty("hang")])
def test_a_hang_is_shown_by_a_scenario_in_which_nobody_may_act(case: Case, tmp_path: Path) -> None:
    desk = case.workspace(tmp_path / "desk")
    place = desk / "procedures" / case.name
    (place / "scenarios.yaml").unlink(missing_ok=True)
    documents = check_given((str(desk),), ())
    (proof,) = prove_all(documents.procedures, documents.organisation, [case.name])
    found = next(f for f in (*proof.findings, *proof.suspected) if f.kind == "hang")
    shown = Theatre(documents, budget=600).show(case.name, found.way, "It hangs", hangs=True)
    assert isinstance(shown, Witness), shown
    offered = shown.steps[-1]["expect"]["choices"]
    states = documents.procedures[case.name].states
    staying = {c.name for s in states for c in s.choices if not any(each.to for each in c.alternatives)}
    assert offered and {name for names in offered.values() for name in names} <= staying
    for language, words in SAID.items():
        assert shown.stories[language][-1] == words
    (place / "scenarios.yaml").write_text(shown.document, "utf-8")
    written = check_given((str(desk),), ())
    path = f"procedures/{case.name}/scenarios.yaml"
    (result,) = run_scenarios(written, written.trees[path], path)
    assert result.passed, result.as_text()

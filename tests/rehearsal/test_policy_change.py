"""The language's own example: it rehearses, and fails where it is turned against itself."""

from pathlib import Path

import pytest

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.coverage import coverage_of
from procflow.rehearsal.runner import run_scenarios

GOOD = Path(__file__).parents[1] / "definitions" / "good"
PATH = "procedures/policy_change/scenarios.yaml"


@pytest.fixture
def policy(tmp_path, picture):
    """Runs the example's scenarios, changed by (old, new) texts."""
    folder = tmp_path / "procedures" / "policy_change"
    (folder / "fixtures").mkdir(parents=True)
    (folder / "fixtures" / "mette.png").write_bytes(picture)
    (tmp_path / "procflow.toml").write_text("")
    for name, place in (
        ("organisation", "../organisation"), ("types", "../types"),
        ("policy_change", "procedure"), ("policy_change_scenarios", "scenarios"),
    ):  # fmt: skip
        (folder / f"{place}.yaml").write_text((GOOD / f"{name}.yaml").read_text("utf-8"), "utf-8")

    def run(*changes: tuple[str, str]):
        text = (GOOD / "policy_change_scenarios.yaml").read_text("utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        (folder / "scenarios.yaml").write_text(text, "utf-8")
        documents = read_workspace(str(tmp_path))
        assert not [p.as_text() for p in documents.problems if p.is_error]
        return documents, run_scenarios(documents, documents.trees[PATH], PATH)

    return run


def test_the_example_passes(policy):
    documents, (result,) = policy()
    assert result.passed, result.as_text()
    (figures,) = coverage_of(documents.procedures, [result])
    assert (figures.states_percent, figures.transitions_percent) == (40, 18)


@pytest.mark.parametrize(
    ("old", "new", "words", "line"),
    [
        ("executed, by: agent_1, because: not offered", "executed, by: agent_1, because: four eyes", "four eyes", 10),
        ("because: not offered", "because: tilbydes ikke", "", 0),
        ("state: at_policy_dept\n", "state: in_mia\n", "+ at_policy_dept", 15),
        ('"104233 Mette Holm"', '"104233 Mette"', "+ mail.send to: policy@prosam.example, subject: 104233 Mette Holm", 16),
        ("due: {carrier_acts: 2026-05-19 17:00}", "due: {carrier_acts: 2026-05-18 17:00}", "+ carrier_acts: 2026-05-19 17:00", 17),
        ("wait: until 2026-05-19 17:00", "wait: until 2026-05-19 16:59", "- carrier_acts", 19),
        ("name_is_visible: true", "name_is_visible: false", "name_is_visible", 13),
        ("fixtures/mette.png", "fixtures/bo.png", "fixtures/bo.png cannot be read", 13),
    ],
)  # fmt: skip
def test_turned_against_itself(policy, old, new, words, line):
    _, (result,) = policy((old, new))
    assert result.passed is (not words), result.as_text()
    if words:
        assert words in result.failure and result.line == line, result.as_text()

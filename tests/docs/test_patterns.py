"""The patterns of docs/patterns: each checks without a word, its rehearsals hold, and the page names all of the 43."""

import re
from pathlib import Path

import pytest

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.runner import run_scenarios

FOLDER = Path(__file__).resolve().parents[2] / "docs/patterns"
PAGE = (FOLDER / "README.md").read_text("utf-8")
#: number -> the procedure that the page links.
LINKED = dict(re.findall(r"^\| (W[CR]P-\d+) \| [^|]+ \| \[\w+\]\((\S+)\) \|$", PAGE, re.M))
LEFT_OUT = set(re.findall(r"^\| (WCP-\d+) \| [^|]+ \| [^|\[]{40,} \|$", PAGE, re.M))


@pytest.fixture(scope="module")
def documents():
    return read_workspace(str(FOLDER))


def test_every_control_flow_pattern_has_a_procedure_or_a_reason():
    numbers = {f"WCP-{n}" for n in range(1, 44)}
    assert numbers == {number for number in LINKED if number.startswith("WCP")} | LEFT_OUT
    assert not LEFT_OUT & set(LINKED)


def test_each_link_leads_to_a_procedure_that_says_its_number(documents):
    for number, path in LINKED.items():
        name = Path(path).parent.name
        assert number in documents.procedures[name].see, f"{path} does not say {number}"


def test_the_patterns_check_without_errors_and_warnings(documents):
    assert [problem.as_text() for problem in documents.problems] == []


@pytest.mark.parametrize(
    "path",
    sorted(str(p.relative_to(FOLDER)) for p in FOLDER.rglob("scenarios.yaml")),
    ids=lambda p: Path(p).parent.name,
)
def test_the_rehearsals_of_a_pattern_hold(documents, path):
    results = run_scenarios(documents, documents.trees[path], path)
    assert results
    assert [result.as_text() for result in results if not result.passed] == []

"""The desk's own procedures: they check without a word, their scenarios pass and take every transition."""

import re
from pathlib import Path

import pytest

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.coverage import coverage, seen_by
from procflow.rehearsal.runner import run_scenarios

ROOT = Path(__file__).parents[2]

#: The numbered acceptance scenarios that these procedures carry.
NUMBERS = {  # ten to a line
    1, 3, 5, 8, 9,
    11, 13, 16, 18,
    20, 23, 25, 27, 29,
    31, 34, 38,
    40, 43, 44, 47,
    50, 52, 54, 57, 59,
    60, 62, 64, 66, 69,
    71, 73, 76, 78,
    80, 83, 87, 89,
}  # fmt: skip


@pytest.fixture(scope="module")
def documents():
    return read_workspace(str(ROOT))


@pytest.fixture(scope="module")
def results(documents):
    """path of the scenarios -> their results."""
    return {
        path: run_scenarios(documents, tree, path)
        for path, tree in documents.trees.items()
        if "scenarios" in tree
    }


def test_the_shipped_procedures_check_without_errors_and_warnings(documents):
    assert [problem.as_text() for problem in documents.problems] == []


def test_every_shipped_procedure_has_scenarios_beside_it(documents, results):
    folders = {str(Path(procedure.path).parent) for procedure in documents.procedures.values()}
    assert folders == {str(Path(path).parent) for path in results}
    assert len(folders) >= 7


def test_every_scenario_passes(results):
    failed = [result.as_text() for each in results.values() for result in each if not result.passed]
    assert not failed, "\n".join(failed)


def test_the_scenarios_of_each_procedure_enter_every_state_and_take_every_transition(documents, results):
    for path, each in results.items():
        name = str(documents.trees[path]["scenarios"])
        found = coverage(documents.procedures[name], seen_by(each)[name])
        assert not found.missing_states and not found.missing_transitions, found.as_text()


def test_every_numbered_scenario_is_there(results):
    names = [result.name for each in results.values() for result in each]
    assert {int(found[1]) for name in names if (found := re.match(r"S(\d+) ", name))} == NUMBERS

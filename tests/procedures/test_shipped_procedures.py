"""The desk's own procedures: they check without a word, their scenarios pass and take every transition."""

import re
from pathlib import Path

from procflow.rehearsal.coverage import coverage, seen_by

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


def test_the_shipped_procedures_check_without_errors_and_warnings(shipped):
    assert [problem.as_text() for problem in shipped.problems] == []


def test_every_shipped_procedure_has_scenarios_beside_it(shipped, rehearsed):
    folders = {str(Path(procedure.path).parent) for procedure in shipped.procedures.values()}
    assert folders == {str(Path(path).parent) for path in rehearsed}
    assert len(folders) >= 7


def test_every_scenario_passes(rehearsed):
    failed = [result.as_text() for each in rehearsed.values() for result in each if not result.passed]
    assert not failed, "\n".join(failed)


def test_the_scenarios_of_each_procedure_enter_every_state_and_take_every_transition(shipped, rehearsed):
    for path, each in rehearsed.items():
        name = str(shipped.trees[path]["scenarios"])
        found = coverage(shipped.procedures[name], seen_by(each)[name])
        assert not found.missing_states and not found.missing_transitions, found.as_text()


def test_every_numbered_scenario_is_there(rehearsed):
    names = [result.name for each in rehearsed.values() for result in each]
    assert {int(found[1]) for name in names if (found := re.match(r"S(\d+) ", name))} == NUMBERS

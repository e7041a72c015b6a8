"""How much of a procedure its scenarios saw."""

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.coverage import coverage, coverage_of
from procflow.rehearsal.runner import Visited

ERRAND = "scenarios: errand\nclock: 2026-05-11 10:05\ntests:\n"
FINISH = ERRAND + "  It:\n    - open: {by: qll, with: {about: Bread}}\n    - do: finish\n      by: qll\n"


def test_nothing_seen_is_nothing_percent(workspace):
    errand = read_workspace(str(workspace)).procedures["errand"]
    figures = coverage(errand, Visited())
    assert (figures.states_percent, figures.transitions_percent) == (0, 0)
    assert [item.words for item in figures.missing_states] == ["todo", "finished"]


def test_what_is_missing_is_listed_with_its_line(rehearse, workspace):
    results = rehearse(FINISH, name="errand")
    (figures,) = coverage_of(read_workspace(str(workspace)).procedures, results)
    assert figures.as_text() == (
        "errand: states 2 of 2 (100%), transitions 1 of 2 (50%)\n"
        "  procedures/errand/procedure.yaml:12: never taken: todo: after 1 day, staying"
    )
    assert figures.as_json() == {
        "procedure": "errand",
        "path": "procedures/errand/procedure.yaml",
        "states": {"all": 2, "seen": 2, "percent": 100, "missing": []},
        "transitions": {
            "all": 2,
            "seen": 1,
            "percent": 50,
            "missing": [{"what": "todo: after 1 day, staying", "line": 12, "column": 20}],
        },
    }


def test_tests_are_added_up(rehearse, workspace):
    results = rehearse(
        FINISH + "  Later:\n    - open: {by: qll, with: {about: Bread}}\n    - wait: 1 day\n", name="errand"
    )
    (figures,) = coverage_of(read_workspace(str(workspace)).procedures, results)
    assert (figures.states_percent, figures.transitions_percent) == (100, 100)


def test_started_procedures_count_too_and_refusals_do_not(rehearse, workspace):
    results = rehearse("- open: {by: qaa, with: {kn: 104233}}\n- do: call_elsewhere")
    procedures = read_workspace(str(workspace)).procedures
    found = {figures.procedure: figures for figures in coverage_of(procedures, results)}
    assert set(found) == {"callback", "errand"}
    assert not any("scold" in item.words for item in found["callback"].missing_transitions)
    assert any(
        item.words.startswith("waiting: event message when proof_of")
        for item in found["callback"].missing_transitions
    )


def test_a_percentage_is_rounded_down(workspace):
    callback = read_workspace(str(workspace)).procedures["callback"]
    most = frozenset(state.name for state in callback.states[1:])
    figures = coverage(callback, Visited(most, frozenset()))
    assert figures.states_percent == 100 * (len(callback.states) - 1) // len(callback.states) < 100

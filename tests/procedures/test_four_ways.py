"""Each of the desk's procedures is rehearsed in a happy way, with a missed deadline, with bad input, and in an exception.

What counts is what the rehearsals did, read from the journals of their cases, never what they are called.
"""

from pathlib import Path

import pytest

from procflow.definitions.workspace import read_workspace
from procflow.rehearsal.runner import run_scenarios

ROOT = Path(__file__).parents[2]
#: Refusals that answer what somebody entered or asked for; who may do it, and when it is offered, is another matter.
BAD_INPUT = {"input", "refused", "set", "evaluation"}


@pytest.fixture(scope="module")
def documents():
    return read_workspace(str(ROOT))


PROCEDURES = sorted(path.parent.name for path in (ROOT / "procedures").rglob("procedure.yaml"))


@pytest.fixture(scope="module")
def rehearsed(documents):
    """procedure -> what each of the tests beside it saw of it."""
    return {
        str(tree["scenarios"]): [
            result.visited[str(tree["scenarios"])]
            for result in run_scenarios(documents, tree, path)
            if str(tree["scenarios"]) in result.visited
        ]
        for path, tree in documents.trees.items()
        if "scenarios" in tree
    }


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_comes_to_its_end_with_nothing_late(rehearsed, name):
    assert any(
        seen.outcomes - {"cancelled"} and not seen.missed and not seen.failed for seen in rehearsed[name]
    )


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_deadline_is_missed_in_some_rehearsal(rehearsed, documents, name):
    """Where there is none, nothing waits, or the waiting itself ends by time and is rehearsed to that end."""
    procedure = documents.procedures[name]
    missed = {late for seen in rehearsed[name] for late in seen.missed}
    assert {deadline.name for deadline in procedure.deadlines} - missed == set()
    if not procedure.deadlines:
        taken = {taken for seen in rehearsed[name] for taken in seen.transitions}
        waiting = [state for state in procedure.states if state.task is not None or state.invoke is not None]
        by_time = [{item.id for after in state.after for item in after.alternatives} for state in waiting]
        assert all(ids & taken for ids in by_time)


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_is_given_bad_input_and_refuses_it(rehearsed, name):
    assert any(seen.refused & BAD_INPUT for seen in rehearsed[name])


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_goes_another_way_than_the_happy_one(rehearsed, name):
    """It ends otherwise, something cannot be delivered, or it must go back to where it had been."""
    ends = {outcome for seen in rehearsed[name] for outcome in seen.outcomes}
    assert len(ends) > 1 or any(seen.failed or seen.again for seen in rehearsed[name])

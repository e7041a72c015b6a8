"""Each of the desk's procedures is rehearsed in a happy way, with a missed deadline, with bad input, and in an exception.

What counts is what the rehearsals did, read from the journals of their cases, never what they are called.
"""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Refusals that answer what somebody entered or asked for; who may do it, and when it is offered, is another matter.
BAD_INPUT = {"input", "refused", "set", "evaluation"}


PROCEDURES = sorted(path.parent.name for path in (ROOT / "procedures").rglob("procedure.yaml"))


@pytest.fixture(scope="module")
def ways(shipped, rehearsed):
    """procedure -> what each of the tests beside it saw of it."""
    names = {path: str(shipped.trees[path]["scenarios"]) for path in rehearsed}
    return {
        name: [result.visited[name] for result in rehearsed[path] if name in result.visited]
        for path, name in names.items()
    }


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_comes_to_its_end_with_nothing_late(ways, name):
    assert any(seen.outcomes - {"cancelled"} and not seen.missed and not seen.failed for seen in ways[name])


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_deadline_is_missed_in_some_rehearsal(ways, shipped, name):
    """Where there is none, nothing waits, or the waiting itself ends by time and is rehearsed to that end."""
    procedure = shipped.procedures[name]
    missed = {late for seen in ways[name] for late in seen.missed}
    assert {deadline.name for deadline in procedure.deadlines} - missed == set()
    if not procedure.deadlines:
        taken = {taken for seen in ways[name] for taken in seen.transitions}
        waiting = [state for state in procedure.states if state.task is not None or state.invoke is not None]
        by_time = [{item.id for after in state.after for item in after.alternatives} for state in waiting]
        assert all(ids & taken for ids in by_time)


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_is_given_bad_input_and_refuses_it(ways, name):
    assert any(seen.refused & BAD_INPUT for seen in ways[name])


@pytest.mark.parametrize("name", PROCEDURES)
def test_some_rehearsal_goes_another_way_than_the_happy_one(ways, name):
    """It ends otherwise, something cannot be delivered, or it must go back to where it had been."""
    ends = {outcome for seen in ways[name] for outcome in seen.outcomes}
    assert len(ends) > 1 or any(seen.failed or seen.again for seen in ways[name])

"""The benchmark `peers`: what we are given to step through is what the others are given, and both come to the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from benchmarks.peers.procedures import CLAIM, PROCEDURES, Procedure
from benchmarks.peers_bench import Ours, engine_over, opened

from procflow.engine import Engine
from procflow.stores.sqlite import SqliteStore


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    store = SqliteStore(str(tmp_path / "cases.db"), create=True)
    yield engine_over(store, str(tmp_path / "cases.keys"))
    store.close()


def test_the_claim_of_ours_has_the_states_choices_questions_and_ways_that_the_others_have(
    engine: Engine,
) -> None:
    _, ours = engine.procedure_in_force("claim")
    found = {
        state.name: {
            choice.name: (choice.alternatives[0].to, {ask.name for ask in choice.asks})
            for choice in state.choices
        }
        for state in ours.states
    }
    wanted = {
        state: {name: (choice.to, set(choice.asks)) for name, choice in choices.items()}
        for state, choices in CLAIM.states.items()
    }
    assert found == wanted
    guarded = {(s.name, c.name) for s in ours.states for c in s.choices if c.alternatives[0].when is not None}
    assert guarded == {
        (s, name) for s, choices in CLAIM.states.items() for name, c in choices.items() if c.guard
    }
    assert len(ours.deadlines) == len(CLAIM.deadlines)
    assert {state.name for state in ours.states if state.entry} == set(CLAIM.mails)


@pytest.mark.parametrize("procedure", PROCEDURES.values(), ids=PROCEDURES)
def test_a_case_comes_to_the_same_as_in_the_table_of_the_others(
    engine: Engine, procedure: Procedure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.peers_bench.ROUNDS", 0)
    monkeypatch.setattr("benchmarks.peers_bench.CASES", {procedure.name: 2})
    (ours,) = opened(engine, procedure, 1)
    assert isinstance(ours, Ours)
    ours.take()
    state, data, mails = procedure.first, {}, []
    for name, given in procedure.path:
        moved = procedure.moved(state, data, name, given)
        assert moved is not None
        state, data = moved
        mail = procedure.mail(state, ours.last, data)
        mails += [mail] if mail is not None else []
    assert ours.show(ours.last) == {"state": state, "data": data, "mails": mails}

"""The corpus says the truth: each document checks, each fault shows in the engine, each sound procedure comes to an end."""

from collections import Counter
from collections.abc import Callable

import pytest
from corpus import KINDS, PROMISES, Case, cases, faulty, sound

from procflow.definitions.workspace import Documents
from procflow.rehearsal.runner import run_scenarios

ALL = list(cases())
BY_NAME = {case.name: case for case in ALL}


def named(some: list[Case]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in some]


Read = Callable[[Case], Documents]


@pytest.mark.parametrize("case", named(ALL))
def test_what_is_expected_is_written_out(case: Case) -> None:
    """Each line that is said to be wrong stands there, and reads so."""
    for line in case.at:
        text = (case.folder / line.file).read_text("utf-8").splitlines()
        assert text[line.line - 1].strip() == line.reads
    assert case.says.endswith(".")
    assert bool(case.at) is bool(case.fault)
    assert case.fault in ("", *KINDS)
    assert bool(case.promise) is (case.fault in PROMISES)
    assert (case.found_by, bool(case.code)) in (("prove", False), ("check", True))
    assert not case.twin_of or BY_NAME[case.twin_of].fault


@pytest.mark.parametrize("case", named(ALL))
def test_the_checker_says_no_more_than_is_expected(case: Case, read: Read) -> None:
    """A sound one is without a warning, a faulty one without an error but the one that is its fault."""
    found = read(case).diagnostics
    told = [p for p in found if p.is_error or case.is_sound]
    if case.found_by == "check":
        assert any(p.code == case.code and p.line in case.lines for p in found), [p.as_text() for p in found]
        told = [p for p in told if p.code != case.code]
    assert [p.as_text() for p in told] == []


@pytest.mark.parametrize("case", named([case for case in ALL if case.rehearsal.exists()]))
def test_the_engine_shows_it(case: Case, read: Read) -> None:
    documents = read(case)
    path = f"procedures/{case.name}/scenarios.yaml"
    results = run_scenarios(documents, documents.trees[path], path)
    assert results
    assert [r.as_text() for r in results if not r.passed] == []


def test_a_broken_promise_and_a_sound_procedure_have_their_rehearsal() -> None:
    assert [case.name for case in [*faulty(*PROMISES), *sound()] if not case.rehearsal.exists()] == []


@pytest.mark.parametrize("case", named(sound()))
def test_a_sound_one_comes_to_an_end(case: Case) -> None:
    assert "outcome: " in case.rehearsal.read_text("utf-8")


@pytest.mark.parametrize("case", named(faulty(*PROMISES)))
def test_the_broken_promise_is_declared(case: Case, read: Read) -> None:
    procedure = read(case).procedures[case.name]
    assert case.promise in [promise.name for promise in procedure.promises]


def test_there_are_enough_of_each_kind() -> None:
    """At least 70 faulty ones and 40 sound ones, five of each kind; the checker finds a quarter at most."""
    count = Counter(case.fault for case in ALL)
    assert len(ALL) - count[""] >= 70 and count[""] >= 40
    tables = sum(count[kind] for kind in KINDS if kind.startswith("table_"))
    alternatives = count["overlap"] + count["gap"]
    kinds = [k for k in KINDS if not k.startswith("table_") and k not in ("overlap", "gap")]
    assert {k: count[k] for k in kinds if count[k] < 5} == {}
    assert tables >= 5 and alternatives >= 5
    found = sum(case.found_by == "check" for case in ALL)
    assert found * 4 <= len(ALL) - count[""]

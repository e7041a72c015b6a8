"""Proofs begin while the documents are still being checked; what a check finds then counts all the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from procflow.definitions.workspace import Begun, Documents
from procflow.errors import NotFound
from procflow.proof.proving import Proof, prove_all
from procflow.rehearsal.proving_ahead import ProvingAhead
from procflow.rehearsal.stagehand import Shown, Stagehand

_ERRAND = """
procedure: {name}
title: An errand
owner: lead
starts: [{{by: agent}}]
initial: begun
states:
  begun:
    task: {{role: agent, guide: "Settle it."}}
    choices: {{settle: {{to: {to}}}}}
  settled: {{final: true}}
promises:
  settled_once: {{at_most: {{times: 1, of: 'choice("settle")'}}}}
"""
_SCENARIOS = """
scenarios: errand_2
clock: 2026-05-11 10:05
tests:
  One:
    - open: {by: ann}
    - do: settle
      by: ann
"""
#: More than are proved in one process.
NAMES = tuple(f"errand_{n}" for n in range(8))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    procedures = tmp_path / "procedures"
    (tmp_path / "procflow.toml").write_text("")
    procedures.mkdir()
    (procedures / "organisation.yaml").write_text(
        "organisation: desk\nlanguages: [en]\ntimezone: Europe/Copenhagen\n"
        "roles: {agent: {en: Agent}, lead: {en: Lead}}\n"
        "people: {ann: {name: Ann Test, roles: [agent]}, lis: {name: Lis Test, roles: [lead]}}\n"
    )
    for name in NAMES:
        write(tmp_path, name)
    return tmp_path


def write(folder: Path, name: str, to: str = "settled") -> None:
    place = folder / "procedures" / name
    place.mkdir(exist_ok=True)
    (place / "procedure.yaml").write_text(_ERRAND.format(name=name, to=to))


def ahead_of(
    folder: Path, known: Callable[[Documents], Mapping[str, Proof]] = lambda documents: {}
) -> ProvingAhead:
    def choose(documents: Documents) -> list[str]:
        return sorted(n for n, p in documents.procedures.items() if documents.is_good(p.path))

    def make(documents: Documents, rehearsed: Callable[[], Documents]) -> Stagehand:
        return Stagehand(documents, 0, "en", rehearsed=rehearsed)

    return ProvingAhead(Begun(str(folder)), choose, known, make)


def shown(ahead: ProvingAhead, said: list[str] | None = None) -> list[Shown]:
    meanwhile = (lambda: said.append("meanwhile")) if said is not None else lambda: None
    return list(ahead.show_all(1000, lambda name, states: None, meanwhile))


def names(found: list[Shown]) -> list[str]:
    return [each.proof.procedure for each in found]


def test_what_is_good_is_proved_and_checked(folder: Path) -> None:
    said: list[str] = []
    ahead = ahead_of(folder)
    found = shown(ahead, said)
    assert names(found) == list(NAMES)
    assert {v.verdict for each in found for v in each.proof.verdicts} == {"proved"}
    assert ahead.documents.problems == () and said == ["meanwhile"]


@pytest.mark.parametrize("few", [False, True])
def test_an_error_that_only_a_check_sees_is_told_and_nothing_is_shown_of_its_procedure(
    folder: Path, few: bool
) -> None:
    for name in NAMES[3:] if few else ():
        (folder / "procedures" / name / "procedure.yaml").unlink()
    write(folder, "errand_1", to="nowhere")
    begun = Begun(str(folder))
    assert begun.documents.problems == ()  # reading does not see it
    said: list[str] = []
    ahead = ahead_of(folder)
    assert "errand_1" in ahead.wanted
    found = shown(ahead, said)
    assert names(found) == ahead.wanted == [name for name in NAMES[: 3 if few else 8] if name != "errand_1"]
    assert [p.path for p in ahead.documents.problems if p.is_error] == ["procedures/errand_1/procedure.yaml"]
    assert said == ["meanwhile"]


def test_what_was_proved_before_is_shown_after_the_checks_too(folder: Path) -> None:
    """The checks come first however much is known, for what is shown cannot be taken back."""

    documents = Begun(str(folder)).checked()
    known = {each.procedure: each for each in prove_all(documents.procedures, documents.organisation)}
    said: list[str] = []
    found = shown(ahead_of(folder, lambda documents: known), said)
    assert all(each.before for each in found) and said == ["meanwhile"]
    write(folder, "errand_7", to="nowhere")
    seen = []
    ahead = ahead_of(folder, lambda documents: {n: p for n, p in known.items() if n < "errand_4"})
    for each in ahead.show_all(1000, lambda name, states: None):
        assert ahead.documents.problems
        seen.append((each.proof.procedure, each.before))
    assert seen == [(name, name < "errand_4") for name in NAMES[:-1]]


def test_a_scenario_with_an_error_stops_no_proof(folder: Path) -> None:
    (folder / "procedures/errand_2/scenarios.yaml").write_text(_SCENARIOS + "unheard: 1\n")
    ahead = ahead_of(folder)
    assert names(shown(ahead)) == list(NAMES)
    assert not ahead.documents.problems, "they are left to check and test"


def test_the_scenarios_are_read_once_something_is_to_be_run(folder: Path) -> None:
    (folder / "procedures/errand_2/scenarios.yaml").write_text(_SCENARIOS)
    begun = Begun(str(folder))
    path = "procedures/errand_2/scenarios.yaml"
    assert path not in begun.documents.sources
    assert begun.rehearsed() is begun.rehearsed() and path in begun.rehearsed().scenarios
    assert path not in begun.documents.sources and path not in begun.documents.trees


def test_a_name_that_is_not_there_is_said_before_anything_is_proved(folder: Path) -> None:
    def choose(documents: Documents) -> list[str]:
        raise NotFound("there is no procedure 'other'")

    with pytest.raises(NotFound):
        ProvingAhead(Begun(str(folder)), choose, lambda documents: {}, lambda *given: Stagehand(*given))  # type: ignore[arg-type]

"""Cases that signal each other without end lead nowhere: a search for a witness leaves such a way early.

The engine itself lays such signals aside, but only after a thousand steps of each case, and a search takes thousands of tries.
"""

from __future__ import annotations

from procflow.definitions.from_texts import documents_of
from procflow.proof.proving import prove_all
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.witness import Theatre, Undecided

STORM = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}, {event: heard}]
data: {name: {type: string}, times: {type: integer, default: 0}}
initial: open
states:
  open:
    task: {role: agent}
    entry: [{signal: {name: heard, to: {procedure: errand, where: {}}}}]
    events: {heard: {set: {times: "${times + 1}"}, to: self}}
    choices: {finish: {to: finished}}
  finished: {final: true, outcome: finished}
promises:
  it: {never: 'state("open") && name.matches("(a|b)*c{1000}d")'}
"""


def test_it_is_left_after_some_hundred_steps() -> None:
    theatre = Theatre(documents_of(STORM, organisation=ORGANISATION))
    scene = theatre.scene("errand")
    assert not scene.goes({"open": {"by": "ann"}})
    assert scene.stage.store.last_change() < 1_000


def test_what_is_suspected_where_it_begins_is_not_decided() -> None:
    documents = documents_of(STORM, organisation=ORGANISATION)
    (proof,) = prove_all(documents.procedures, documents.organisation, ["errand"])
    (verdict,) = proof.verdicts
    assert verdict.suspicion is not None
    assert isinstance(Theatre(documents, budget=30).realise("errand", verdict.suspicion), Undecided)

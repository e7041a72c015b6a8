"""What is set is compared as the field keeps it: a person by id whatever code is written, a text as `normalise` makes it."""

import pytest

from procflow.definitions.from_texts import documents_of
from procflow.proof.composing import Composition
from procflow.proof.proving import prove
from procflow.proof.space import Budget
from procflow.proof.standing import Standing
from procflow.proof.verdicts import PROVED
from procflow.rehearsal.bench import ORGANISATION, Bench

TEXT = """
procedure: errand
title: Errand
owner: lead
starts: [{{by: agent, ask: [word]}}]
data: {{kept: {field}, word: {{type: string}}}}
initial: s0
states:
  s0: {{task: {{role: agent}}, choices: {{on: {{set: {{kept: {value}}}, to: s1}}}}}}
  s1: {{task: {{role: agent}}, choices: {{end: {{when: '{guard}', to: done}}, leave: {{to: gone}}}}}}
  done: {{final: true}}
  gone: {{final: true}}
promises: {{never_done: {{never: 'state("done")'}}}}
"""
UPPER = "{type: string, normalise: [trim, upper]}"


@pytest.mark.parametrize(
    ("field", "value", "guard"),
    [
        ("{type: person}", "BOB", 'kept == "bob"'),
        ("{type: array, items: {type: person}}", "[BOB]", '"bob" in kept'),
        (UPPER, '\'${"a" + "b"}\'', 'kept == "AB"'),
        (UPPER, "'${word}'", "kept != word"),
        ("{type: array, items: {type: string, normalise: [upper]}}", "[ab]", '"AB" in kept'),
    ],
)
def test_nothing_is_proved_that_the_engine_breaks(field: str, value: str, guard: str) -> None:
    text = TEXT.format(field=field, value=value, guard=guard)
    bench = Bench(text)
    bench.open("ann", word="ab")
    bench.do("on", "ann")
    assert bench.try_do("end", "ann").refusal.code == "promise"  # it holds there
    documents = documents_of(text, organisation=ORGANISATION)
    procedure = documents.procedures["errand"]
    around = Composition(documents.procedures, Standing(documents.organisation, documents.tables))
    assert [v.verdict for v in prove(procedure, around, Budget(2000)).verdicts] != [PROVED]


def test_what_is_kept_as_it_is_written_is_still_known() -> None:
    text = TEXT.format(field="{type: person}", value="BOB", guard='kept == "ann"')
    documents = documents_of(text, organisation=ORGANISATION)
    around = Composition(documents.procedures, Standing(documents.organisation, documents.tables))
    proof = prove(documents.procedures["errand"], around, Budget(2000))
    assert [v.verdict for v in proof.verdicts] == [PROVED]


OPENER = """
procedure: errand
title: Errand
owner: lead
starts: [{by: agent}]
initial: s0
states:
  s0:
    task: {role: agent}
    choices:
      sure: {do: [{start: {procedure: other, with: {sure: true, whom: BOB}}}], to: done}
      bare: {do: [{start: {procedure: other, with: {whom: BOB}}}], to: done}
  done: {final: true}
"""
OTHER = """
procedure: other
title: Other
owner: lead
data: {sure: {type: boolean}, whom: {type: person}}
initial: s0
states: {s0: {task: {role: agent}, choices: {end: {to: done}}}, done: {final: true}}
promises: {p: {never: 'choice("end") && !sure'}, q: {never: 'choice("end") && whom == "bob"'}}
"""


def test_what_one_of_two_places_leaves_out_may_be_left_out() -> None:
    """Also where too many ways lead there to look at each: then what every place gives is all that is known."""
    documents = documents_of(OPENER, OTHER, organisation=ORGANISATION)
    around = Composition(documents.procedures, Standing(documents.organisation, documents.tables))
    (call,) = around.plan(documents.procedures["other"]).around.calls
    assert dict(call.given) == {"sure": None, "whom": "BOB"}
    proof = prove(documents.procedures["other"], around, Budget(2000))
    assert PROVED not in [v.verdict for v in proof.verdicts]

"""The word with which a case ends, as people and rehearsals read it."""

import pytest

from procflow.testing import Bench

TEXT = """\
procedure: sample
title: Sample
owner: lead
starts: [{by: agent, ask: [young, desk, kind]}]
data:
  young: {type: boolean}
  desk: {type: role}
  kind: {enum: [car, house]}
initial: first
states:
  first: {always: [{to: last}]}
  last: {final: true, outcome: "${%s}"}
"""


@pytest.mark.parametrize(
    ("field", "word"), [("young", "true"), ("!young", "false"), ("desk", "lead"), ("kind", "car")]
)
def test_an_outcome_is_said_in_the_words_of_the_language(field: str, word: str) -> None:
    bench = Bench(TEXT % field)
    bench.open("ann", young=True, desk="lead", kind="car")
    assert bench.outcome == word

"""What happens `always` is looked at again at every later step: what it looks back on then holds, and so may the moment."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.cli.prove_words import move_in_words
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.proof.proving import prove_all
from procflow.rehearsal.bench import ORGANISATION, Bench
from procflow.rehearsal.witness import Theatre, Witness

SENSELESS = [code for code in CODES if "PF246" <= code < "PF300"]
LATER = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [day]}}]
data: {{day: {{type: date}}}}
initial: open
states:
  open: {{task: {{role: agent}}, choices: {{go: {{to: waiting}}}}}}
  waiting:
    task: {{role: agent}}
    always: [{{when: '{guard}', to: gone}}]
  gone: {{final: true}}
deadlines:
  soon:
    title: {{en: Soon, da: Snart}}
    starts: [opening]
    within: 3 days
    met: [entering gone]
    warn: {{at: 50%, do: [{{mail.send: {{to: ann@bench.example, subject: Soon, text: It is late.}}}}]}}
promises:
  never_gone: {{never: 'state("gone")'}}
"""


@pytest.mark.parametrize("guard", ['count("go") >= 1', 'who("go") != null', "day < date(now)"])
def test_a_warning_is_such_a_step(guard: str) -> None:
    text = LATER.format(guard=guard)
    bench = Bench(text, overlook=SENSELESS)
    bench.open("ann", day="2026-05-11")
    bench.do("go", "ann")
    assert bench.state == "waiting"
    bench.wait("2 days")
    assert "stuck" in bench.kinds  # the promise refuses the warning

    documents = documents_of(text, organisation=ORGANISATION, overlook=SENSELESS)
    (proof,) = prove_all(documents.procedures, documents.organisation, ["errand"])
    (verdict,) = proof.verdicts
    assert verdict.verdict == "not decided"
    assert isinstance(Theatre(documents).realise("errand", verdict.suspicion), Witness)


def test_what_hangs_on_the_data_alone_needs_a_step_that_sets_it(verdicts: Any) -> None:
    text = LATER.format(guard="day == null")
    assert verdicts(text) == {"never_gone": "proved"}


def test_it_has_words() -> None:
    assert (move_in_words("en", "time", "", ""), move_in_words("da", "time", "", "")) == (
        "time passes",
        "tiden går",
    )

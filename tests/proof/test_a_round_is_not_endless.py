"""A round within one step, of which the prover keeps too little to know when it ends, uses up the budget and no more."""

from __future__ import annotations

from typing import Any

ROUND = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  sure: {type: boolean}
  tries: {type: integer, default: 0}
initial: open
states:
  open: {task: {role: agent}, choices: {try: {ask: [sure], to: trying}, finish: {to: finished}}}
  trying:
    task: {role: agent}
    choices: {finish: {to: finished}}
    always: [{when: 'tries >= 2 || sure', do: [{raise: again}], to: counted}]
  counted: {always: [{set: {tries: "${tries + 1}"}, to: trying}]}
  finished: {final: true, outcome: finished}
promises:
  it: {never: 'state("finished") && choice("try")'}
"""


def test_it_is_said_that_something_is_left(proof_of: Any) -> None:
    proof = proof_of(ROUND, budget=500)
    assert proof.left
    assert {v.verdict for v in proof.verdicts} <= {"proved", "not decided"}

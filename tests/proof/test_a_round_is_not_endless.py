"""What comes round within one step, and what only looks so.

A round of which the prover keeps too little to know when it ends uses up the budget and no more. Events that raise each
other one after the other go round only where the same one comes again.
"""

from __future__ import annotations

from typing import Any

from procflow.proof.microstep import StepMoving

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


PASSED_ON = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
initial: open
states:
  open:
    task: {role: agent}
    choices: {tell: {do: [{raise: first}]}}
    events:
      first: {do: [{raise: second}]}
      second: {do: [{raise: third}]}
      third: {do: [{raise: fourth}]}
      fourth: {do: [{raise: fifth}]}
      fifth: {do: [{raise: sixth}]}
      sixth: {to: heard}
  heard: {final: true, outcome: heard}
promises:
  never_heard: {never: 'state("heard")'}
"""


def test_a_word_that_is_passed_on_often_comes_to_where_it_ends(proof_of: Any) -> None:
    proof = proof_of(PASSED_ON)
    assert [v.verdict for v in proof.verdicts] == ["not decided"]  # until the engine has shown it
    assert not proof.findings


def test_a_word_that_comes_back_to_whoever_told_it_goes_round(found: Any) -> None:
    assert ("loop", "open") in found(PASSED_ON.replace("sixth: {to: heard}", "sixth: {do: [{raise: first}]}"))


GROWING = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  seen: {type: array, items: {type: string}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {go: {to: asking}}
  asking:
    task: {role: agent}
    choices: {finish: {to: finished}}
    always: [{when: 'count("go") > 1', set: {seen: "${seen + [\\"x\\"]}"}, do: [{raise: again}]}]
    events: {again: {do: [{note.write: {text: Again.}}]}}
  finished: {final: true, outcome: finished}
promises:
  it: {never: 'state("finished") && size(seen) > 2'}
"""


def test_a_round_that_raises_an_event_each_time_is_seen_as_one(proof_of: Any, monkeypatch: Any) -> None:
    """What waits to be raised hears nothing before the round is over: else each time round would be another place."""
    rounds = []
    often = StepMoving._here
    monkeypatch.setattr(StepMoving, "_here", lambda step: rounds.append(step) or often(step))
    proof_of(GROWING)
    assert len(rounds) < 100, len(rounds)


#: Most ways of the round come to where they were before, once more for each length of the list: they come to nothing.
COMING_TO_NOTHING = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  seen: {type: array, items: {type: string}}
  whom: {type: person}
initial: open
states:
  open:
    task: {role: agent}
    choices: {finish: {to: finished}}
    always: [{when: absent(whom), set: {whom: ann}, do: [{each: "${seen}", as: x, raise: heard}]}]
  finished: {final: true, outcome: finished}
promises:
  it: {never: 'state("finished") && absent(whom)'}
"""


def test_ways_that_come_to_nothing_are_gone_no_more_often_than_others(
    proof_of: Any, monkeypatch: Any
) -> None:
    gone = []
    often = StepMoving._microstep
    monkeypatch.setattr(
        StepMoving, "_microstep", lambda step, taken: gone.append(taken) or often(step, taken)
    )
    proof = proof_of(COMING_TO_NOTHING, budget=500)
    assert len(gone) < 100_000, len(gone)
    assert proof.left and [v.verdict for v in proof.verdicts] == ["not decided"]


#: Whether `kind` is in what was left of `told` is not known each time round; each look at it has all of these ways.
LOOKED_AT_OFTEN = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  kind: {enum: [red, green, blue]}
  sure: {type: boolean}
  amount: {type: integer, minimum: 0, maximum: 9}
  tries: {type: integer, default: 0}
  seen: {type: array, items: {type: string}}
  told: {type: array, items: {type: string}}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      ask:
        ask: [sure, kind]
        then: [{when: 'kind == "green" && kind != "red"', to: reading}, {set: {amount: "${sure ? 1 : 5}"}, to: finished}]
      leave: {do: [{raise: left}], to: finished}
    events: {seen: {set: {tries: 0}, to: reading}}
    after: {3 hours: {when: 'kind == null && size(seen + told) > 1', set: {sure: "${amount > 2}"}}}
  checking:
    always:
      - {when: 'kind == (sure ? "red" : "green")', set: {told: "${told.filter(x, x != kind)}"}, to: reading}
      - {when: 'count_today("say") >= 1 || "red" in seen && "red" in told', to: reading}
      - {to: open}
  reading:
    task: {role: agent}
    choices:
      say: {ask: [kind, amount], when: '!sure', set: {amount: "${amount + 1}"}, to: finished}
      again: {set: {tries: "${tries + 1}"}, to: reading}
    entry: [{raise: read}]
    always: [{when: kind in told, to: checking}]
  finished: {final: true, outcome: finished}
promises:
  said: {after: 'choice("say")', eventually: 'state("checking")', within: 1 days}
  asked: {after: 'choice("ask")', eventually: 'closed()', within: 2 working days}
"""


def test_what_has_very_many_ways_has_fewer_once_much_of_it_was_gone(proof_of: Any, monkeypatch: Any) -> None:
    gone = []
    often = StepMoving._microstep
    monkeypatch.setattr(StepMoving, "_microstep", lambda step, taken: gone.append(1) or often(step, taken))
    assert proof_of(LOOKED_AT_OFTEN, budget=2_000).left
    assert len(gone) < 400_000, len(gone)

"""Each kind of promise: proved where it holds, suspected by the shortest way where it does not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HEAD = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, set: {count: 0}}]
data:
  kind: {enum: [small, large]}
  count: {type: integer, default: 0}
  amount: {type: number}
  low: {type: date}
  high: {type: date}
  proof: {type: evidence, covers: [amount]}
initial: open
"""

FLOW = """
states:
  open:
    task: {role: agent}
    choices:
      register: {ask: [kind], to: sorted}
      give_up: {to: stopped}
  sorted:
    always:
      - {when: 'kind == "small"', to: small_one}
      - {to: large_one}
  small_one:
    task: {role: agent}
    choices: {finish: {to: finished}}
  large_one:
    task: {role: agent}
    choices: {finish: {to: finished}}
    after: {5 days: {to: late}}
  late:
    task: {role: lead}
    choices: {finish: {to: finished}}
  finished: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
"""


Promised = Callable[..., str]


@pytest.fixture
def promised(verdicts: Any) -> Promised:
    def judged(text: str, flow: str = FLOW) -> str:
        return str(verdicts(f"{HEAD}{flow}\npromises:\n  it: {text}\n")["it"])

    return judged


@pytest.mark.parametrize(
    "text",
    [
        '{never: \'state("small_one") && kind != "small"\'}',
        "{always: '!state(\"finished\") || kind != null'}",
        "{before: 'state(\"finished\")', must: 'state(\"sorted\")'}",
        "{at_most: {times: 1, of: 'choice(\"finish\")'}}",
        "{after: 'state(\"large_one\")', eventually: 'state(\"late\") || closed()'}",
        "{after: 'state(\"large_one\")', eventually: 'state(\"late\") || closed()', within: 5 days}",
        "{always: 'state(\"open\") || true'}",
        "{never: 'state(\"late\") && false'}",
    ],
)
def test_what_holds_is_proved(text: str, promised: Promised) -> None:
    assert promised(text) == "proved"


@pytest.mark.parametrize(
    "text",
    [
        '{never: \'state("small_one") && kind != "large"\'}',
        "{always: '!state(\"stopped\") || kind != null'}",
        "{before: 'closed()', must: 'state(\"sorted\")'}",
        "{at_most: {times: 0, of: 'choice(\"finish\")'}}",
        "{after: 'state(\"small_one\")', eventually: 'closed()'}",
        "{after: 'state(\"large_one\")', eventually: 'state(\"late\") || closed()', within: 4 days}",
        "{after: 'state(\"open\")', eventually: 'state(\"finished\")'}",
        "{never: 'state(\"late\") && true'}",
        "{always: '!state(\"late\") || false'}",
    ],
)
def test_what_does_not_hold_is_never_proved(text: str, promised: Promised) -> None:
    assert promised(text) == "not decided"


def test_the_way_is_the_shortest(proof_of: Any) -> None:
    proof = proof_of(f"{HEAD}{FLOW}\npromises:\n  it: {{never: 'state(\"late\")'}}\n")
    suspicion = proof.verdicts[0].suspicion
    assert suspicion is not None and suspicion.last is not None
    moves = [step.move.kind for step in (*suspicion.way, suspicion.last)]
    assert moves == ["open", "choice", "after"]


def test_a_timer_that_people_can_always_start_anew_need_never_come(promised: Promised) -> None:
    flow = FLOW.replace(
        "choices: {finish: {to: finished}}\n    after",
        "choices: {finish: {to: finished}, again: {to: self}}\n    after",
    )
    assert (
        promised("{after: 'state(\"large_one\")', eventually: 'state(\"late\") || closed()'}", flow)
        == "not decided"
    )


def test_a_timer_that_starts_itself_anew_is_no_progress(promised: Promised) -> None:
    flow = FLOW.replace("after: {5 days: {to: late}}", "after: {5 days: {to: self}}")
    assert promised("{after: 'state(\"large_one\")', eventually: 'closed()'}", flow) == "not decided"


COUNTING = """
states:
  open:
    task: {role: agent}
    choices:
      try: {set: {count: "${count + 1}"}, to: tried}
      give_up: {to: stopped}
  tried:
    always:
      - {when: 'count >= 3', to: enough}
      - {to: open}
  enough: {task: {role: lead}, choices: {close: {to: finished}}}
  finished: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
"""


def test_counters_are_exact_up_to_their_largest_constant(promised: Promised) -> None:
    assert promised("{never: 'state(\"enough\") && count != 3'}", COUNTING) == "proved"
    assert promised("{at_most: {times: 3, of: 'choice(\"try\")'}}", COUNTING) == "proved"
    assert promised("{at_most: {times: 2, of: 'choice(\"try\")'}}", COUNTING) == "not decided"


ORDERED = """
states:
  open:
    task: {role: agent}
    choices:
      enter: {ask: [low, high, amount], when: 'low <= high && amount > 10', to: entered}
      stop: {to: stopped}
  entered:
    task: {role: agent}
    choices:
      finish: {when: 'amount > 5', to: finished}
      correct: {ask: [low], to: entered}
  finished: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
"""


def test_numbers_and_dates_are_ordered_against_constants_and_each_other(promised: Promised) -> None:
    assert promised("{never: 'state(\"entered\") && amount <= 10'}", ORDERED) == "proved"
    assert promised("{never: 'choice(\"enter\") && high < low'}", ORDERED) == "proved"
    assert promised("{never: 'choice(\"correct\") && high < low'}", ORDERED) == "not decided"
    assert promised("{never: 'state(\"finished\") && amount <= 5'}", ORDERED) == "proved"


EYES = """
states:
  open:
    task: {role: agent}
    choices: {propose: {to: proposed}, stop: {to: stopped}}
  proposed:
    task: {role: agent}
    choices:
      approve: {other_than: [propose], to: finished}
      approve_alone: {to: finished}
  finished: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
"""


def test_four_eyes_are_kept_apart(promised: Promised) -> None:
    assert promised('{never: \'choice("approve") && who("approve") == who("propose")\'}', EYES) == "proved"
    alone = '{never: \'choice("approve_alone") && who("approve_alone") == who("propose")\'}'
    assert promised(alone, EYES) == "not decided"


INNER = """
states:
  open:
    initial: first
    task: {role: agent}
    choices: {leave: {to: stopped}}
    states:
      first: {choices: {on: {to: second, by: agent}}}
      second: {choices: {on: {to: ended, by: agent}, away: {to: elsewhere, by: agent}}}
      ended: {final: true}
    events: {done: {to: finished}}
  elsewhere: {task: {role: agent}, choices: {back: {to: open.last}}}
  finished: {final: true, outcome: finished}
  stopped: {final: true, outcome: stopped}
"""


def test_nested_states_are_gone_through_and_gone_back_to(promised: Promised) -> None:
    assert promised("{before: 'state(\"finished\")', must: 'state(\"second\")'}", INNER) == "proved"
    assert promised("{before: 'state(\"stopped\")', must: 'state(\"second\")'}", INNER) == "not decided"
    assert promised('{never: \'state("elsewhere") && state("open")\'}', INNER) == "proved"
    assert promised('{never: \'choice("back") && state("first")\'}', INNER) == "proved"
    assert promised('{never: \'choice("back") && state("second")\'}', INNER) == "not decided"


BESIDE = """
states:
  open:
    parallel:
      left: {initial: l1, states: {l1: {task: {role: agent}, choices: {left_done: {to: l2}}}, l2: {final: true}}}
      right: {initial: r1, states: {r1: {task: {role: agent}, choices: {right_done: {to: r2}}}, r2: {final: true}}}
    events: {done: {to: finished}}
  finished: {final: true, outcome: finished}
"""


def test_regions_are_done_only_together(promised: Promised) -> None:
    assert promised("{before: 'state(\"finished\")', must: 'choice(\"left_done\")'}", BESIDE) == "proved"
    assert (
        promised("{before: 'choice(\"right_done\")', must: 'choice(\"left_done\")'}", BESIDE) == "not decided"
    )


AWAY = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [who]}]
data: {who: {type: person}}
initial: looking
states:
  looking:
    always:
      - {when: '!absent(who)', to: told}
      - {when: 'mate(who) != null && !absent(mate(who))', set: {who: "${mate(who)}"}, to: told}
      - {to: nobody}
  told: {final: true, outcome: told}
  nobody: {final: true, outcome: nobody}
promises:
  here: {says: {en: Only who is here., da: Kun den der er her.}, never: 'state("told") && %s'}
"""


def test_what_is_known_of_somebody_is_known_of_the_field_that_takes_them(verdicts: Any) -> None:
    assert verdicts(AWAY % "absent(who)") == {"here": "proved"}
    assert verdicts(AWAY % "absent(mate(who))") == {"here": "not decided"}


LASTING = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [lasts]}}]
data: {{lasts: {{type: duration}}}}
initial: open
states:
  open: {{task: {{role: agent}}, choices: {{take: {{when: '{guard}', to: taken}}, leave: {{to: left}}}}}}
  taken: {{final: true, outcome: taken}}
  left: {{final: true, outcome: left}}
promises:
  not_so_long: {{says: {{en: Not so long., da: Ikke så længe.}}, never: 'state("taken") && {promise}'}}
"""


@pytest.mark.parametrize(
    ("guard", "promise", "is_proved"),
    [
        ('lasts == duration("60 minutes")', 'lasts == duration("1 hour")', False),
        ('lasts == duration("60 minutes")', 'lasts == duration("2 hours")', True),
        ('lasts <= duration("60 minutes")', 'lasts > duration("1 hour")', True),
        ('lasts < duration("90 minutes")', 'lasts > duration("1 hour")', False),
        ('lasts < duration("90 minutes")', 'lasts > duration("2 hours")', True),
    ],
)
def test_durations_compare_as_long_as_they_are(
    guard: str, promise: str, is_proved: bool, verdicts: Any
) -> None:
    """60 minutes and an hour were two, so that what is one of them was never the other."""
    text = LASTING.format(guard=guard, promise=promise)
    assert (verdicts(text)["not_so_long"] == "proved") is is_proved

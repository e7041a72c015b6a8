"""In the step in which a deadline is missed, guards do not see it as missed yet, and promises do."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.rehearsal.bench import Bench

MISSED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
initial: open
states:
  open:
    task: {role: agent}
    choices: {finish: {to: finished}}
    events:
      in_time:
        - {when: 'missed("in_time")', to: known_late}
        - {to: just_late}
  known_late: {task: {role: agent}, choices: {finish: {to: finished}}}
  just_late: {task: {role: agent}, choices: {look: [{when: 'missed("in_time")', to: known_late}]}}
  finished: {final: true, outcome: finished}
deadlines:
  in_time: {title: {en: In time, da: I tide}, starts: [opening], within: 3 hours, met: [choice finish]}
promises:
  first_it_is_just_late: {before: 'state("known_late")', must: 'state("just_late")'}
  never_just_late: {never: 'state("just_late")'}
  promises_see_it: {never: 'state("just_late") && !missed("in_time")'}
"""


@pytest.fixture
def judged(verdicts: Any) -> dict[str, str]:
    return dict(verdicts(MISSED))


def test_the_prover_takes_the_alternative_that_the_engine_takes(judged: dict[str, str], found: Any) -> None:
    text = MISSED.replace("  never_just_late: {never: 'state(\"just_late\")'}\n", "")
    bench = Bench(text, overlook=["PF256", "PF255"])
    bench.open("ann")
    bench.wait("4 hours")
    assert bench.state == "just_late"
    assert ("dead", "just_late") not in found(MISSED)
    assert judged["never_just_late"] == "not decided"
    assert judged["first_it_is_just_late"] == "proved"


def test_a_promise_sees_it_at_once(judged: dict[str, str]) -> None:
    assert judged["promises_see_it"] == "proved"


@pytest.mark.parametrize(
    ("begins", "verdict"), [("entering just_late", "not decided"), ("opening", "proved")]
)
def test_one_that_has_not_begun_is_due_at_no_time(begins: str, verdict: str, verdicts: Any) -> None:
    looked = MISSED.replace(
        "finish: {to: finished}}\n    events",
        "look: {when: 'due(\"later\") == null', to: finished}}\n    events",
    )
    later = f"  later: {{title: Later, starts: [{begins}], within: 9 days, met: [leaving just_late]}}\npromises:\n"
    later += '  not_yet: {never: \'choice("look") && state("finished")\'}\n'
    assert verdicts(looked.replace("promises:\n", later))["not_yet"] == verdict

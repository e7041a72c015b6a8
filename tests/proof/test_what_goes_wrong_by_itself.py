"""A step by time that cannot be worked out is refused, and leads nowhere: what waits for it waits for ever."""

from __future__ import annotations

from typing import Any

import pytest

TEXT = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [parts], optional: [amount, name]}}]
data:
  amount: {{type: number, minimum: 0}}
  parts: {{type: integer, minimum: 0}}
  rounds: {{type: integer, default: 1}}
  share: {{type: number}}
  name: {{type: string}}
decisions:
  half:
    title: {{en: Half, da: Halv}}
    hit: first
    inputs: {{amount: number}}
    rows: [{{amount: "< 5", gives: {{desk: low}}}}, {{amount: ">= 5", gives: {{desk: high}}}}]
initial: open
states:
  open:
    task: {{role: agent}}
    choices: {{stop: {{to: finished}}}}
    after: {{2 days: [{{{way}}}, {{to: finished}}]}}
  finished: {{final: true, outcome: finished}}
promises:
  it_ends: {{says: {{en: It ends., da: Den ender.}}, after: 'state("open")', eventually: closed()}}
"""


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ("when: 'amount > 5', to: finished", True),
        ("when: 'amount * 2 > 5', to: finished", False),
        ("when: 'amount != null && amount * 2 > 5', to: finished", True),
        ("when: 'rounds * 2 > 5', to: finished", True),
        ("when: '-amount < 5', to: finished", False),
        ("when: 'name.size() > 5', to: finished", False),
        ("when: 'name.startsWith(\"x\")', to: finished", True),
        ("when: '100 / parts > 5', to: finished", False),
        ("when: 'parts != 0 && 100 / parts > 5', to: finished", True),
        ("when: 'parts > 3', set: {share: \"${100 / parts}\"}, to: finished", True),
        ("when: 'parts < 3', set: {share: \"${100 / parts}\"}, to: finished", False),
        ("when: 'parts < 3', set: {share: \"${amount + 1}\"}, to: finished", False),
        ("when: 'decide(\"half\", {amount: amount}).desk == \"low\"', to: finished", False),
        ("when: 'amount != null && decide(\"half\", {amount: amount}).desk == \"low\"', to: finished", True),
    ],
)  # fmt: skip
def test_what_can_go_wrong_where_nobody_acts_is_not_proved_to_come(
    way: str, is_proved: bool, verdicts: Any
) -> None:
    assert (verdicts(TEXT.format(way=way))["it_ends"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("way", "is_proved"),
    [
        ("when: 'amount > 5', to: finished", True),
        ("when: 'amount * 2 > 5', to: finished", False),
        ("when: 'amount != null && amount * 2 > 5', to: finished", True),
        ("when: 'rounds > 0', set: {rounds: \"${rounds + 1}\"}, to: finished", False),
        ("set: {rounds: 1}, to: finished", True),
    ],
)
def test_where_a_step_by_time_is_refused_a_later_one_comes(way: str, is_proved: bool, verdicts: Any) -> None:
    text = TEXT.format(way=way).replace("default: 1}", "default: 1, maximum: 1}")
    text = text.replace("{to: finished}]}", "{to: finished}], 5 days: {to: late}}")
    text = text.replace("  finished: {", "  late: {final: true, outcome: late}\n  finished: {", 1)
    text = text.partition("promises:")[0] + "promises:\n  in_time: {never: 'state(\"late\")'}\n"
    assert (verdicts(text)["in_time"] == "proved") is is_proved

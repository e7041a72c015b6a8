"""A deadline is accused only where nothing can ever meet it."""

from __future__ import annotations

from typing import Any

import pytest

ROUND = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data: {sure: {type: boolean}}
initial: open
states:
  open: {task: {role: agent}, choices: {once_more: {to: open}, finish: {to: finished}}}
  finished: {final: true, outcome: finished}
deadlines:
  in_time:
    title: {en: In time, da: I tide}
    starts: [entering open]
    within: 3 hours
    met: [%s]
    again: true
"""


def test_one_that_is_met_and_starts_again_in_one_step_can_be_met(found: Any) -> None:
    assert ("deadline", "in_time") not in found(ROUND % "entering open")


@pytest.mark.parametrize("met", ["{when: 'sure && !sure'}"])
def test_one_that_starts_again_and_again_and_is_never_met_is_found(found: Any, met: str) -> None:
    assert ("deadline", "in_time") in found(ROUND % met)

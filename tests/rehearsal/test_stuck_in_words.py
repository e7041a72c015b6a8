"""What is stuck is told in the reader's language: in the story of a case, and where its item is read."""

from __future__ import annotations

import pytest

from procflow.core.scope import StepScope
from procflow.records.story import step_in_words
from procflow.rehearsal.bench import Bench
from procflow.views.items import told

TEXT = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, optional: [n]}]
data: {n: {type: integer}, m: {type: integer, default: 0}}
initial: open
states:
  open:
    task: {role: agent, guide: "${m}"}
    choices: {stop: {to: finished}}
    after: {2 days: {set: {m: "${n + 1}"}, to: finished}, 3 days: {refuse: {en: Not so., da: Ikke sådan.}}}
  finished: {final: true}
"""


@pytest.mark.parametrize(
    ("language", "unset", "refused", "why"),
    [("en", "n: is not set", "Not so.", "Why"), ("da", "n: har ingen værdi", "Ikke sådan.", "Hvorfor")],
)
def test_what_is_stuck_is_told_in_the_language_of_the_reader(
    language: str, unset: str, refused: str, why: str
) -> None:
    bench = Bench(TEXT, overlook=("PF323",))
    bench.open("ann")
    bench.wait("4 days")
    organisation = bench.stage.surroundings.organisation
    steps = bench.stage.engine.journal(bench.case_id)
    story = [
        line
        for _, entries in steps
        for line in step_in_words(entries, bench.procedure, organisation, language)
    ]
    assert [unset in line for line in story].count(True) == 1, story
    assert [refused in line for line in story].count(True) == 1, story
    scope = StepScope(bench.procedure, bench.case, bench.stage.surroundings, bench.stage.now)
    lines = [line for about in bench.items.values() for line in told(about, scope, language)]
    assert [line for line in lines if line.startswith(why)][-1] == f"{why}: {refused}"
    assert not any("words" in line for line in lines)

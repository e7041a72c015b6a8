"""The story of a broken promise can be read aloud: in the order in which things happened, and in words."""

from pathlib import Path

import pytest
from ready import started

from procflow.rehearsal.bench import ORGANISATION

APPROVAL = """
procedure: approval
title: Approval
owner: lead
data: {amount: {type: number}}
initial: judging
states:
  judging: {task: {role: lead}, choices: {approve: {to: approved}, refuse: {to: refused}}}
  approved: {final: true, outcome: approved}
  refused: {final: true, outcome: refused}
"""
REFUND = """
procedure: refund
title: Refund
owner: agent
starts: [{by: agent, ask: [amount]}]
data: {amount: {type: number}, verdict: {enum: [approved, refused]}}
initial: asking
states:
  asking:
    invoke: {procedure: approval, with: {amount: "${amount}"}}
    events: {done: {set: {verdict: "${result.outcome}"}, to: refunded}, failed: {to: stopped}}
  refunded: {final: true}
  stopped: {final: true}
promises:
  only_approved: {says: Nothing is refunded unless approved., never: 'state("refunded") && verdict != "approved"'}
"""
LETTER = """
procedure: letter
title: Letter
owner: agent
starts: [{by: agent, ask: [email]}]
data: {email: {type: email, pii: true}, told: {type: boolean}}
initial: asking
states:
  asking:
    invoke: {mail.send: {to: "${email}", subject: Records, text: Please send}}
    events: {done: {set: {told: true}, to: waiting}, failed: {to: waiting}}
  waiting: {task: {role: agent}, choices: {received: {to: over}}}
  over: {final: true}
promises:
  told_first: {says: Nobody waits who was not told., never: 'state("waiting") && !told'}
"""
STAY = """
procedure: stay
title: Stay
owner: agent
starts: [{by: agent, ask: [first_day, until_on]}]
data: {first_day: {type: date}, until_on: {type: date}}
initial: planned
states:
  planned: {task: {role: agent}, choices: {move: {ask: [until_on], to: self}, left: {to: over}}}
  over: {final: true}
promises:
  ends_later: {says: A stay ends after it begins., never: 'state("planned") && until_on <= first_day'}
"""


@pytest.fixture
def told(tmp_path: Path):
    """The story that `procflow prove` tells of a procedure, line by line."""
    (tmp_path / "procflow.toml").write_text('store = "memory:"\nlanguage = "en"\n', "utf-8")

    def tell(*texts: str, lang: str = "en") -> list[str]:
        for text in texts:
            name = text.split()[1]
            place = tmp_path / "procedures" / name
            place.mkdir(parents=True)
            (place / "procedure.yaml").write_text(text.lstrip(), "utf-8")
        (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION, "utf-8")
        proved = started(("prove", texts[-1].split()[1], "--lang", lang), tmp_path)
        assert proved.returncode == 1, proved.stdout + proved.stderr
        return [line.strip() for line in proved.stdout.splitlines()]

    return tell


def test_what_two_cases_did_is_told_in_the_order_in_which_it_happened(told) -> None:
    story = told(APPROVAL, REFUND)
    begun = next(n for n, line in enumerate(story) if "opened case 1 (refund)" in line)
    refused = next(n for n, line in enumerate(story) if "took “refuse”" in line)
    stopped = next(n for n, line in enumerate(story) if "this would break the promise" in line)
    assert begun < refused < stopped, story


def test_what_is_stuck_is_told_in_words_and_without_the_ids_of_commands(told) -> None:
    story = "\n".join(told(APPROVAL, REFUND))
    assert "the answer of the other case cannot be taken as this one stands" in story
    assert (
        "must look at this: this would break the promise “only_approved”: Nothing is refunded unless approved."
        in story
    )
    assert "command:" not in story and "answered stuck" not in story and "/1/1" not in story


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("en", "here mail.send failed (nobody answers), and procflow has to refuse the answer"),
        ("da", "her mislykkedes mail.send (nobody answers), og procflow må afvise svaret"),
    ],
)
def test_an_answer_that_is_refused_is_told_in_words(told, lang: str, words: str) -> None:
    assert words in "\n".join(told(LETTER, lang=lang))


def test_a_day_that_is_entered_is_told_as_the_days_that_were_kept(told) -> None:
    later = STAY.replace(
        "ask: [first_day, until_on]", "ask: [first_day, until_on], when: 'until_on > first_day'"
    )
    (tried,) = [line for line in told(later) if "wants to take “move”" in line]
    assert "until_on = " in tried and "2026-" not in tried and "May 2026" in tried, tried


def test_a_case_that_may_not_be_opened_is_told_with_what_the_promise_says(told) -> None:
    story = told(STAY)
    assert "The promise “ends_later” says: A stay ends after it begins." in story
    assert any("wants to open the case with first_day = Tuesday" in line for line in story), story

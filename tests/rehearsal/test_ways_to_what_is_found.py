"""What is found without being asked is shown in the engine with the very values that hit it."""

from __future__ import annotations

import pytest

from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.definitions.reader import read
from procflow.definitions.workspace import Documents
from procflow.rehearsal.bench import ORGANISATION
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.stagehand import Shown, Stagehand

TEXT = """
procedure: errand
title: {{en: Errand, da: Ærinde}}
owner: lead
starts: [{{by: agent, ask: [first, last], optional: [exam, price]}}]
data:
  first: {{type: date}}
  last: {{type: date}}
  exam: {{type: date}}
  price: {{type: number}}
  weight: {{type: number, minimum: 0, maximum: 10}}
  code: {{type: string, pattern: "^[A-C][0-9]$"}}
  plate: {{type: string, pattern: "^[AB][0-9]$"}}
initial: {initial}
states:
  open: {{task: {{role: agent}}, choices: {{{choice}}}}}
  sorting: {{always: [{{when: 'price > 12', to: turning}}, {{to: stopped}}]}}
  turning: {{always: [{{to: sorting}}]}}
  stopped: {{final: true, outcome: stopped}}
"""
GAP = "go: [{when: 'exam == null || exam < first || exam > last', to: stopped}, {when: 'exam >= first && exam < last', to: stopped}]"
OVERLAP = "go: [{when: 'exam < first', to: stopped}, {when: 'exam > last', to: stopped}, {when: 'exam >= first && exam <= last || exam == null', to: stopped}]"
ASKED = (
    "go: {ask: [price], then: [{when: 'price < 499.95', to: stopped}, {when: 'price > 499.95', to: stopped}]}"
)

SUM = "go: {ask: [price, weight], then: [{when: 'price + weight <= 40', to: stopped}, {when: 'price + weight > 40.5', to: stopped}]}"
BEGINS = "go: {ask: [code], then: [{when: 'code.startsWith(\"A\")', to: stopped}, {when: 'code.startsWith(\"B\")', to: stopped}]}"
NO_GAP = BEGINS.replace("code", "plate")


def shown(choice: str, kind: str, initial: str = "open") -> tuple[Shown, str, str]:
    return shown_of(TEXT.format(choice=choice, initial=initial), kind)


def shown_of(text: str, kind: str) -> tuple[Shown, str, str]:
    """What was shown, the scenario of the finding of that kind, which is run here, and its story."""
    documents, found = looked_at(text)
    (n,) = [n for n, finding in enumerate(found.proof.findings) if finding.kind == kind and n in found.ways]
    tree, _ = read(found.ways[n].document, "shown.yaml")
    results = run_scenarios(documents, tree, "shown.yaml")
    assert results and all(r.passed for r in results), [r.as_text() for r in results]
    return found, found.ways[n].document, "\n".join(found.ways[n].stories["en"])


def looked_at(text: str) -> tuple[Documents, Shown]:
    documents = documents_of(
        text, organisation=ORGANISATION, overlook=[c for c in CODES if "PF246" <= c < "PF300"]
    )
    (found,) = Stagehand(documents, 300, "en").show_all(["errand"])
    return documents, found


def test_a_gap_that_a_proof_only_guesses_is_found_where_the_engine_shows_it() -> None:
    _, found = looked_at(TEXT.format(choice=NO_GAP, initial="open"))
    assert found.proof.suspected and not [f for f in found.proof.findings if f.kind == "gap"]


@pytest.mark.parametrize("choice", [GAP, ASKED, SUM, BEGINS])
def test_where_no_alternative_holds_the_choice_is_refused(choice: str) -> None:
    _, document, story = shown(choice, "gap")
    assert "refused: {do: go" in document
    assert "wants to take “go”" in story and story.endswith("procflow has to refuse it")
    if choice is BEGINS:
        assert "with code = C" in story
    if choice is ASKED:
        assert "with price = 499.95" in story


def test_where_two_alternatives_hold_both_hold_for_what_is_told() -> None:
    _, document, _ = shown(OVERLAP, "overlap")
    tree, _ = read(document, "shown.yaml")
    (steps,) = tree["tests"].values()
    given = {name: str(value) for name, value in steps[0]["open"]["with"].items()}
    assert given["last"] < given["exam"] < given["first"]


@pytest.mark.parametrize(
    ("initial", "choice", "tried"),
    [("sorting", "go: {to: stopped}", "open"), ("open", "go: {to: sorting}", "do")],
)
def test_a_step_that_never_comes_to_rest_is_refused_and_its_ring_told_once(
    initial: str, choice: str, tried: str
) -> None:
    found, document, story = shown(choice, "loop", initial)
    assert f"refused: {{{tried}" in document or f"{tried}:" in document
    assert "because: loop" in document and "procflow has to refuse it" in story
    assert [finding.kind for finding in found.proof.findings].count("loop") == 2


LOST = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [email]}]
correlate: [email]
data: {email: {type: email, pii: true}}
initial: written
states:
  written:
    entry: [{mail.send: {to: "${email}", subject: Question, text: Have you the file?}}]
    task: {role: agent}
    choices: {filed: {to: waiting}}
  waiting: {events: {message: {to: stopped}}}
  stopped: {final: true, outcome: stopped}
"""


def test_a_message_that_comes_too_early_stands_in_the_story_before_the_case_waits_for_it() -> None:
    _, document, story = shown_of(LOST, "lost_message")
    assert document.index("receive:") < document.index("do: filed") < document.index("state: [waiting]")
    assert story.index("must read this") < story.index("led from written to waiting")


def test_a_message_that_is_refused_where_the_case_takes_messages_is_not_told_as_the_lost_one() -> None:
    """It waits there and is tried again; what is lost comes where the case takes none."""
    text = LOST.replace("initial: written", "initial: asked").replace(
        "states:\n",
        "states:\n  asked:\n    task: {role: agent}\n    choices: {go_on: {to: written}}\n"
        '    events: {message: {set: {wish: "${message.text}"}}}\n',
    )
    text = text.replace("pii: true}}\n", "pii: true}, wish: {type: string, minLength: 500, pii: true}}\n")
    _, document, story = shown_of(text, "lost_message")
    assert document.index("do: go_on") < document.index("receive:") < document.index("do: filed")
    assert "stuck" not in story and story.index("must read this") < story.index("led from written to waiting")


NAMED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [tutor]}]
data: {tutor: {type: person}}
initial: written
states:
  written: {task: {role: agent}, choices: {mark: {when: 'GUARD', to: second}, stop: {to: stopped}}}
  second: {task: {to: "${tutor}", other_than: [mark]}, choices: {agree: {to: stopped}}}
  stopped: {final: true, outcome: stopped}
"""


def test_the_person_named_may_be_the_one_whom_four_eyes_keep_out() -> None:
    _, document, _ = shown_of(NAMED.replace("GUARD", "tutor != null"), "hang")
    tree, _ = read(document, "shown.yaml")
    (steps,) = tree["tests"].values()
    assert str(steps[0]["open"]["with"]["tutor"]) == str(steps[1]["by"])
    _, found = looked_at(NAMED.replace("GUARD", "tutor != null && actor != tutor"))
    assert not found.proof.findings

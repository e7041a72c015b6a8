"""What a case can be given by those who open it: of each field exactly the values that some of them give."""

from __future__ import annotations

from typing import Any

import pytest

OPENED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
data:
  kind: {enum: [small, large]}
  sure: {type: boolean}
  count: {type: integer}
  tags: {type: array, items: {enum: [red, blue]}}
  seen: {type: evidence}
initial: open
states:
  open: {task: {role: agent}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  small: {never: 'kind == "small"'}
  large: {never: 'kind == "large"'}
  no_kind: {never: 'kind == null'}
  yes: {never: 'sure == true'}
  no: {never: 'sure == false'}
  not_sure: {never: 'sure == null'}
  no_count: {never: 'count == null'}
  few: {never: 'count < 3'}
  three: {never: 'count == 3'}
  many: {never: 'count > 3'}
  red: {never: '"red" in tags'}
  blue: {never: '"blue" in tags'}
  no_tags: {never: 'tags == []'}
"""
#: What a case is that was given nothing.
NOTHING = {"no_kind", "not_sure", "no_count", "no_tags"}

OPENING = """
procedure: parent
title: {en: Parent, da: Forælder}
owner: lead
starts: [{by: agent}]
data:
  kind: {enum: [small, large]}
  sure: {type: boolean}
  count: {type: integer}
  tags: {type: array, items: {enum: [red, blue]}}
  word: {type: string}
initial: wish
states:
  wish:
    task: {role: agent}
    choices:
      send: {%s}
      stop: {to: finished}
  waiting: {invoke: {procedure: errand, with: {kind: large, count: 5}}, events: {done: {to: finished}, failed: {to: finished}}}
  finished: {final: true, outcome: finished}
"""
OTHER = OPENED.replace("procedure: errand", "procedure: other").partition("promises:")[0]


def starts(given: str, when: str = "") -> str:
    return f"{{start: {{procedure: errand, with: {{{given}}}}}{when and f', when: {when!r}'}}}"


def sends(*effects: str, ask: str = "", more: str = "", to: str = "finished") -> str:
    """A choice that has these effects."""
    return f"{ask and f'ask: [{ask}], '}{more and f'{more}, '}do: [{', '.join(effects)}], to: {to}"


@pytest.mark.parametrize(
    ("choice", "can_be"),
    [
        (sends(starts("kind: small")), {"small"}),
        (sends("{start: {procedure: errand}}"), set()),
        (sends(starts('kind: "${kind}"'), ask="kind"), {"small", "large"}),
        (sends(starts('kind: "${kind}"'), more="optional: [kind]"), {"small", "large", "no_kind"}),
        (sends(starts('kind: "${input.size}"'), more="ask: {size: {enum: [small, large]}}"), {"small", "large"}),
        (sends(starts('kind: "${kind}"'), ask="kind", more="when: 'kind == \"large\"'"), {"large"}),
        (sends(starts('kind: "${kind}"', 'kind == "small"'), ask="kind"), {"small"}),
        (sends(starts('kind: "${kind == \\"small\\" ? \\"large\\" : kind}"'), ask="kind"), {"large"}),
        (sends(starts("kind: small"), starts("kind: small")), {"small"}),
        (sends(starts("kind: small"), starts("kind: large")), {"small", "large"}),
        (sends(starts("kind: small"), starts("sure: true")), {"small", "no_kind", "yes", "not_sure"}),
        (sends(starts("kind: small"), "{start: {procedure: other, with: {kind: large}}}"), {"small"}),
        (sends(starts("kind: small"), to="waiting"), {"small", "large", "many", "no_count"}),
        (sends(starts('sure: "${sure}"'), ask="sure"), {"yes", "no"}),
        (sends(starts('sure: "${kind == \\"small\\"}"'), ask="kind"), {"yes", "no"}),
        (sends(starts('sure: "${kind == \\"small\\"}"'), ask="kind", more="when: 'kind == \"large\"'"), {"no"}),
        (sends(starts("count: 3")), {"three"}),
        (sends(starts('count: "${count}"'), ask="count"), {"few", "three", "many"}),
        (sends(starts("tags: [red]")), {"red"}),
        (sends(starts("tags: [red, blue]")), {"red", "blue"}),
        (sends(starts('tags: "${tags}"'), ask="tags"), {"red", "blue"}),
        (sends(starts('tags: ["${word}", blue]'), ask="word"), {"red", "blue"}),
        (sends("{each: '${tags}', as: word, start: {procedure: errand, with: {sure: '${word == \"red\"}'}}}", ask="tags"), {"yes", "no"}),
        (sends("{each: '${tags}', as: word, when: 'word == \"red\"', start: {procedure: errand, with: {sure: true}}}", ask="tags"), {"yes"}),
        (sends(starts('count: "${word.size()}"'), ask="word"), {"few", "three", "many"}),
    ],
)  # fmt: skip
def test_a_field_is_what_those_who_open_the_case_give(choice: str, can_be: set[str], verdicts: Any) -> None:
    assert_can_be(can_be, verdicts(OPENED, OPENING % choice, OTHER))


COUNTING = (
    OPENING.replace("agent}]", "agent, ask: [word]}]")
    .replace("  word:", "  n: {type: integer, default: 0}\n  word:")
    .replace("      stop:", "      more: {when: 'n >= 0', set: {n: \"${n + 1}\"}}\n      stop:")
)


@pytest.mark.parametrize(
    ("given", "can_be"),
    [
        ('count: "${n}"', {"few", "three", "many"}),
        ('count: "${count(\\"more\\")}"', {"few", "three", "many"}),
        ('sure: "${n > 5}"', {"yes", "no"}),
        ('sure: "${count(\\"more\\") > 5}"', {"yes", "no"}),
    ],
)
def test_what_was_counted_is_given_as_far_as_it_was(given: str, can_be: set[str], verdicts: Any) -> None:
    assert_can_be(can_be, verdicts(OPENED, COUNTING % sends(starts(given)), OTHER))


TIMES = """deadlines:
  soon:
    title: {en: Soon, da: Snart}
    starts: [opening]
    within: 3 hours
    met: [choice send]
    %s
"""


@pytest.mark.parametrize(
    "time",
    [
        "missed: {do: [{start: {procedure: errand, with: {kind: large}}}]}",
        "warn: {at: 50%, do: [{start: {procedure: errand, with: {kind: large}}}]}",
    ],
)
def test_what_a_deadline_gives_counts_with_what_a_choice_gives(time: str, verdicts: Any) -> None:
    opening = OPENING % sends(starts("kind: small")) + TIMES % time
    assert_can_be({"small", "large"}, verdicts(OPENED, opening, OTHER))


def assert_can_be(can_be: set[str], judged: dict[str, str]) -> None:
    of = {"small": "no_kind", "large": "no_kind", "yes": "not_sure", "no": "not_sure", "few": "no_count"}
    of |= {"three": "no_count", "many": "no_count", "red": "no_tags", "blue": "no_tags"}
    unset = NOTHING - {of[word] for word in can_be if word in of}
    assert {name for name, verdict in judged.items() if verdict != "proved"} == can_be | unset

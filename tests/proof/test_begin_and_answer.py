"""How a case begins, and how those that it invokes answer: what a proof takes as possible, and what it does not."""

from __future__ import annotations

from typing import Any

import pytest

BEGINS = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: %s
data:
  kind: {enum: [small, large]}
  sure: {type: boolean}
  count: {type: integer}
  fixed: {type: integer, default: 3}
  word: {type: string}
  tags: {type: array, items: {enum: [red, blue]}}
  seen: {type: evidence}
initial: open
states:
  open:
    task: {role: agent}
    events: {message: [{when: 'message.text.contains("yes")', set: {sure: true}, to: heard}, {to: other}]}
    choices: {finish: {to: finished}}
  heard: {task: {role: agent}, choices: {finish: {to: finished}}}
  other: {task: {role: agent}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  small: {never: 'kind == "small"'}
  large: {never: 'kind == "large"'}
  no_kind: {never: 'kind == null'}
  yes: {never: 'sure'}
  not_sure: {never: 'sure == null'}
  no_count: {never: 'count == null'}
  few: {never: 'count <= 3'}
  many: {never: 'count > 3'}
  not_three: {never: 'fixed != 3'}
  word: {never: 'word != null'}
  tagged: {never: 'tags != []'}
  accepted: {never: 'seen.accepted'}
  heard: {never: 'state("heard") && !choice("finish")'}
  other: {never: 'event("message") && state("other")'}
"""
#: What may be of a case that was given nothing, whose messages may come or not.
BARE = {"no_kind", "yes", "not_sure", "no_count", "heard", "other"}
ANYTHING = {
    "small",
    "large",
    "no_kind",
    "yes",
    "not_sure",
    "no_count",
    "few",
    "many",
    "not_three",
    "word",
    "tagged",
}


@pytest.mark.parametrize(
    ("starts", "may_be"),
    [
        ("[{by: agent}]", BARE | ANYTHING),
        ("[{event: begun}]", BARE | ANYTHING),
        ("[{by: agent, ask: [kind]}]", BARE - {"no_kind"} | {"small", "large"}),
        ("[{by: agent, optional: [kind]}]", BARE | {"small", "large"}),
        ("[{by: agent, ask: [kind], when: 'kind == \"small\"'}]", BARE - {"no_kind"} | {"small"}),
        ("[{by: agent, ask: [count], when: 'count > 3'}]", BARE - {"no_count"} | {"many"}),
        ("[{by: agent, ask: [word], set: {kind: small, count: 2}}]", BARE - {"no_kind", "no_count"} | {"small", "few", "word"}),
        ("[{by: agent, ask: [word], set: {fixed: 4}}]", BARE | {"not_three", "word"}),
        ("[{by: agent, ask: [tags]}]", BARE | {"tagged"}),
        ("[{by: agent, ask: [seen]}]", BARE | {"accepted"}),
        ('[{every: "open day at 08:00"}]', BARE),
        ('[{every: "open day at 08:00", set: {kind: large}}]', BARE - {"no_kind"} | {"large"}),
        ("[{message: 'message.channel == \"mail\"'}]", BARE),
        ("[{message: 'true', set: {kind: small}}]", BARE - {"no_kind"} | {"small"}),
        ("[{by: agent, ask: [word], when: 'false'}, {every: \"open day at 08:00\"}]", BARE),
        ("[{by: agent, ask: [kind]}, {by: agent, ask: [count]}]", BARE | {"small", "large", "few", "many"}),
    ],
)  # fmt: skip
def test_what_a_case_can_be_at_the_opening_and_after(starts: str, may_be: set[str], verdicts: Any) -> None:
    judged = verdicts(BEGINS % starts)
    assert {name for name, verdict in judged.items() if verdict != "proved"} == may_be


ASKS = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [kind]}]
data:
  kind: {enum: [small, large]}
  outcome: {type: string}
  size: {type: integer}
  desk: {enum: [one, two, three]}
  sure: {type: boolean}
initial: asking
states:
  asking:
    invoke: {procedure: %s, with: {kind: "${kind}"}}
    events:
      done:
        - {when: 'result.outcome == "good"', set: {desk: "${result.desk}", sure: "${result.sure}", size: "${result.size}"}, to: good}
        - {when: '%s', set: {desk: "${result.desk}"}, to: bad}
        - {to: odd}
      failed: {to: broken}
  good: {final: true, outcome: good}
  bad: {final: true, outcome: bad}
  odd: {final: true, outcome: odd}
  broken: {final: true, outcome: broken}
promises:
  good: {never: 'state("good")'}
  bad: {never: 'state("bad")'}
  odd: {never: 'state("odd")'}
  broken: {never: 'state("broken")'}
  good_one: {never: 'state("good") && desk == "one"'}
  good_two: {never: 'state("good") && desk == "two"'}
  good_none: {never: 'state("good") && desk == null'}
  bad_one: {never: 'state("bad") && desk == "one"'}
  bad_two: {never: 'state("bad") && desk == "two"'}
  three: {never: 'desk == "three"'}
  unsure: {never: 'state("good") && !sure'}
  good_no_size: {never: 'state("good") && size == null'}
  large: {never: 'state("good") && size > 5'}
  ends: {after: 'state("asking")', eventually: 'closed()'}
"""
ANSWERS = """
procedure: other
title: {en: Other, da: Anden}
owner: lead
data:
  kind: {enum: [small, large]}
  desk: {enum: [one, two, three]}
  sure: {type: boolean}
  size: {type: integer, maximum: 5}
%s
"""
BY_ITSELF = """
initial: open
states:
  open:
    always:
      - {when: 'kind == "small"', set: {desk: one, sure: true, size: 3}, to: well}
      - {set: {desk: two}, to: ill}
  well: {final: true, outcome: good}
  ill: {final: true, outcome: bad}
"""
BY_PEOPLE = """
initial: open
states:
  open:
    task: {role: agent}
    choices:
      praise: {ask: [size], set: {desk: one, sure: true}, to: well}
      doubt: {set: {desk: one}, to: well}
      blame: {set: {desk: two}, to: ill}
  well: {final: true, outcome: good}
  ill: {final: true, outcome: bad}
"""
BY_TIME = """
initial: open
states:
  open:
    task: {role: agent}
    choices: {praise: {set: {desk: one, sure: true, size: 3}, to: well}}
    after: {3 days: {set: {desk: two}, to: ill}}
  well: {final: true, outcome: good}
  ill: {final: true, outcome: "${desk}"}
"""
REFUSES = BY_ITSELF.replace(
    "- {when: 'kind == \"small\"'",
    "- {when: 'kind == \"large\"', refuse: {en: No, da: Nej}}\n      - {when: 'kind == \"small\"'",
)
BAD = 'result.outcome == "bad"'
ALWAYS_GOOD = BY_ITSELF.replace("outcome: bad", "outcome: good")


@pytest.mark.parametrize(
    ("answers", "bad", "may_be"),
    [
        (BY_ITSELF, BAD, {"good", "bad", "good_one", "bad_two"}),
        (BY_PEOPLE, BAD, {"good", "bad", "good_one", "bad_two", "unsure", "good_no_size", "ends"}),
        (BY_TIME, 'result.outcome == "two"', {"good", "bad", "good_one", "bad_two"}),
        (REFUSES, BAD, {"good", "bad", "broken", "good_one", "bad_two"}),
        (ALWAYS_GOOD, "false", {"good", "good_one", "good_two", "unsure", "good_no_size"}),
        ("one_open_per: [kind]" + BY_ITSELF, BAD, {"good", "bad", "broken", "good_one", "bad_two"}),
    ],
)  # fmt: skip
def test_those_that_are_invoked_answer_as_they_can_end(
    answers: str, bad: str, may_be: set[str], verdicts: Any
) -> None:
    judged = verdicts(ASKS % ("other", bad), ANSWERS % answers)
    assert {name for name, verdict in judged.items() if verdict != "proved"} == may_be

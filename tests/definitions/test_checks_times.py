"""Deadlines, times and promises about what can never be."""

from __future__ import annotations

import pytest

PLAIN = """\
procedure: p
title: A procedure
starts: [{by: agent}]
data: {kn: {type: string}}
initial: first
states:
  first:
    task: {role: agent}
    choices:
      go: {ask: [kn], to: second}
  second:
    task: {role: agent}
    choices:
      on: {to: last}
  last: {final: true}
"""
#: A state that no case comes to, with a choice and an event of its own.
LONELY = (
    "  lonely:\n    task: {role: agent}\n    choices: {odd: {to: last}}\n    events: {message: {to: last}}\n"
)


def test_a_time_written_out_behind_a_question_is_a_time(expect) -> None:
    late = "deadlines: {late: {starts: opening, within: \"${kn == null ? %s : '5 days'}\", met: choice on}}\n"
    expect(PLAIN + late % "'3 working days'")
    expect(PLAIN + late % "§'3 dage'", ("PF210", "write 3 days"))


@pytest.mark.parametrize(
    ("deadline", "code", "hint"),
    [
        ("{starts: opening, within: 4 working days, met: choice on}", "", ""),
        ("{starts: [entering second, entering lonely], within: 4 days, met: [choice on, choice odd]}", "", ""),
        ("{starts: entering §lonely, within: 4 days, met: choice on}", "PF273", "no case ever comes"),
        ("{starts: choice §odd, within: 4 days, met: choice on}", "PF273", "nobody can ever take"),
        ("{starts: event §message, within: 4 days, met: choice on}", "PF273", "in no state"),
        ("{starts: leaving §last, within: 4 days, met: choice on}", "PF273", "ever leaves"),
        ("{starts: opening, within: 4 days, met: [entering §lonely]}", "PF274", "no case ever comes"),
        ("{starts: entering second, within: 4 days, met: §opening}", "PF274", "only once"),
        ("{starts: entering second, within: 4 days, met: [entering §second, choice on]}", "PF276", "one of the two"),
        ("{starts: entering second, within: 4 days, met: choice §go}", "PF274", "never comes any more"),
        ("{starts: entering second, within: 4 days, met: [leaving §first, entering first]}", "PF274", "no case is in"),
        ("{starts: entering second, within: 4 days, met: entering §second}", "PF274", "no case comes to"),
        ("{starts: entering last, within: 4 days, met: choice §on}", "PF274", "never comes any more"),
        ("{starts: choice on, within: 4 days, met: [choice §go, choice on]}", "PF274", "never comes any more"),
        ("{starts: entering second, within: 4 days, met: [choice §odd, choice go]}", "PF274", "ever take"),
        ("{starts: {when: 'kn != null'}, within: 4 days, met: choice go}", "", ""),
        ("{starts: opening, within: §0 days, met: choice on}", "PF278", "4 working days"),
        ("{starts: opening, within: §-5 minutes, met: choice on}", "PF278", "4 working days"),
        ("{starts: opening, within: 5 working days, met: choice on, warn: {at: §6 working days before, do: []}}", "PF277", "75%"),
        ("{starts: opening, within: 60 minutes, met: choice on, warn: {at: §1 hour before, do: []}}", "PF277", "75%"),
        ("{starts: opening, within: 1 week, met: choice on, warn: {at: §8 days before, do: []}}", "PF277", "75%"),
        ("{starts: opening, within: 1 month, met: choice on, warn: {at: §5 weeks before, do: []}}", "PF277", "75%"),
        ("{starts: opening, within: 1 month, met: choice on, warn: {at: 4 weeks before, do: []}}", "", ""),
        ("{starts: opening, within: 5 working days, met: choice on, warn: {at: 4 working days before, do: []}}", "", ""),
        ("{starts: opening, within: 5 working days, met: choice on, warn: {at: 4 hours before, do: []}}", "", ""),
        ("{starts: opening, within: 5 working days, met: choice on, warn: {at: 75%, do: []}}", "", ""),
        ("{starts: opening, until: 2020-01-01, met: choice on}", "", ""),
    ],
)  # fmt: skip
def test_a_deadline_can_start_and_be_met(expect, deadline, code, hint) -> None:
    codes = {f"PF{n}" for n in range(273, 280)}
    text = f"{PLAIN}{LONELY}deadlines:\n  soon: {deadline}\n"
    expect(text, *([(code, hint)] if code else []), only=codes)


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("{5 days: {to: last}, §10 days: {to: second}}", "line 12"),
        ("{10 days: {to: last}, 5 days: {do: []}}", ""),
        ("{5 days: {when: 'kn == \"x\"', to: last}, 10 days: {to: second}}", ""),
        ("{60 minutes: {to: self}, §2 hours: {to: last}}", "left the state"),
        ("{5 days: {to: last}, 3 working days: {to: second}}", ""),
        ("{5 days: [{when: 'kn == \"x\"', do: []}, {to: last}], §1 week: {to: second}}", ""),
    ],
)
def test_a_later_time_never_comes_when_an_earlier_one_has_led_away(expect, after, told) -> None:
    text = PLAIN.replace("      on: {to: last}\n", f"      on: {{to: last}}\n    after: {after}\n")
    if "§1 week" in text:  # the earlier one may stay
        expect(text.replace("§", ""), only=("PF279",))
    else:
        expect(text, *([("PF279", told.replace("line 12", "line 15"))] if told else []), only=("PF279",))


@pytest.mark.parametrize(
    ("promise", "hint"),
    [
        ("{says: x, at_most: {times: 1, of: 'choice(§\"odd\")'}}", "nobody can ever take"),
        (
            "{says: x, after: 'state(\"second\")', eventually: 'closed() || missed(§\"soon\")'}",
            "never starts",
        ),
        ("{says: x, after: 'state(\"second\")', eventually: 'closed()', within: 30 days}", ""),
    ],
)
def test_a_promise_is_about_what_can_happen(expect, promise, hint) -> None:
    deadline = "deadlines:\n  soon: {starts: entering lonely, within: 4 days, met: choice on}\n"
    text = f"{PLAIN}{LONELY}{deadline}promises:\n  one: {promise}\n"
    expect(text, *([("PF280", hint)] if hint else []), only=("PF280",))


def test_a_promise_gives_some_time(expect) -> None:
    promise = (
        "promises:\n  one: {says: x, after: 'state(\"second\")', eventually: 'closed()', within: §0 hours}\n"
    )
    expect(PLAIN + promise, ("PF278", "how long"))


DATED = PLAIN.replace(
    "{kn: {type: string}}", "{kn: {type: string}, day: {type: date}, n: {type: integer}}"
).replace("[kn]", "[kn, day, n]")


@pytest.mark.parametrize(
    ("deadline", "hint"),
    [
        ('until: "${day} minus 3 months rolled back to an open day"', ""),
        ('until: "${day} 17:00"', ""),
        ('until: "next open day at ${kn}"', ""),
        ('within: "${n} working days"', ""),
        ('within: "${n} ${kn}"', ""),
        ('until: "${day} minus 3 §munths"', "write 3 months"),
        ('until: "${day} §- 3 months"', "write ${day} minus 3 months"),
        ('until: "${day} §at 17:00"', "write ${day} 17:00"),
        ('until: "§sometime ${day}"', "write one such as"),
        ('within: "${n} working §dais"', "write ${n} working days"),
        ("within: 4 days, warn: {at: §50, do: [{notify: {role: lead}}]}", "write 50%"),
        ("within: 4 days, warn: {at: §half, do: [{notify: {role: lead}}]}", "write 75%, or 4 hours before"),
    ],
)
def test_the_words_around_what_is_filled_into_a_time_are_checked(expect, deadline: str, hint: str) -> None:
    text = DATED + f"deadlines:\n  d: {{starts: choice go, {deadline}, met: choice on}}\n"
    expect(text, *([("PF210", hint)] if hint else []), only=("PF210",))


def test_a_parameter_that_is_taken_for_a_time_is_one(expect) -> None:
    text = DATED + "deadlines:\n  d: {starts: opening, within: \"${§param('PARAM')}\", met: choice on}\n"
    expect(text.replace("PARAM", "gap").replace("§", ""), only=("PF210", "PF321"))
    expect(
        text.replace("PARAM", "brand"), ("PF210", "the parameter `brand` is `Small`"), only=("PF210", "PF321")
    )
    expect(text.replace("PARAM", "limit"), ("PF321", "a time is wanted"), only=("PF210", "PF321"))


PAUSED = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked: {task: {role: agent}, choices: {answer: {to: answered}, wait: {to: waiting}}}
  waiting: {task: {role: agent}, choices: {again: {to: asked}}}
  answered: {task: {role: agent}, choices: {end: {to: last}, ask: {to: asked}}}
  last: {final: true}
deadlines:
  soon: {starts: entering asked, within: 4 days, met: %s, pause_in: [§%s]}
"""


@pytest.mark.parametrize("met", ["choice answer", "entering answered", "[choice again, choice answer]"])
def test_a_deadline_does_not_stand_still_once_it_is_met(expect, met: str) -> None:
    expect(PAUSED % (met, "answered"), ("PF481", "take it away"))
    again = PAUSED.replace("within:", "again: true, within:")
    expect(again % (met, "answered"), ("PF481", "take it away"))
    expect((PAUSED % (met, "waiting")).replace("§", ""))


def test_leaving_a_state_meets_its_deadline(expect) -> None:
    expect(PAUSED % ("leaving asked", "waiting"), ("PF481", "take it away"))
    expect((PAUSED % ("[choice end]", "answered")).replace("§", ""))

"""The graph of states: unreached, never left, without end, in circles, of nobody; alternatives that overlap."""

from __future__ import annotations

import pytest

HEAD = """\
procedure: p
title: A procedure
starts: [{by: agent}]
data:
  word: {enum: [a, b, c]}
  sure: {type: boolean}
  told: {type: boolean}
  amount: {type: number}
  proof: {type: evidence}
initial: first
states:
"""
#: Uses and fills all data, so that nothing else is told.
GO = """\
  first:
    task: {role: agent, guide: "${word} ${sure} ${told} ${amount} ${proof.reason}"}
    choices:
      go:
        ask: [word, {file: {type: file}}]
        optional: [sure, told, amount]
        set: {proof: "${evidence('sms', input.file)}"}
        then: [%s]
"""
END = "  last: {final: true}\n"


def of(states: str, go: str = "{to: last}") -> str:
    return HEAD + GO % go + states + END


def test_a_plain_procedure_is_quiet(expect) -> None:
    expect(of(""))


def test_a_state_that_no_case_comes_to_is_told(expect) -> None:
    expect(of("  §lonely: {task: {role: agent}, choices: {on: {to: last}}}\n"), ("PF250", "`to:`"))


def test_of_several_that_follow_each_other_only_the_first_is_told(expect) -> None:
    states = (
        "  §lonely: {task: {role: agent}, choices: {on: {to: further}}}\n"
        "  further: {task: {role: agent}, choices: {on: {to: last}}}\n"
    )
    expect(of(states), ("PF250", "`to:`"))


def test_a_state_reached_only_behind_an_alternative_without_a_guard_is_not_reached(expect) -> None:
    expect(
        of("  §other: {final: true}\n", "{to: last}, §{to: other}").replace("§{to: other}", "§{to: other}"),
        ("PF255", "`when`"),
        ("PF250", "`to:`"),
    )


def test_a_state_that_nobody_can_leave_is_told(expect) -> None:
    expect(
        of("  §stuck: {task: {role: agent}}\n", "{when: sure, to: stuck}, {to: last}"),
        ("PF251", "final: true"),
    )


def test_an_answer_that_is_not_taken_is_told(expect) -> None:
    states = '  §asking: {invoke: {vehicle.lookup: {plate: "${word}"}}}\n'
    expect(of(states, "{when: sure, to: asking}, {to: last}"), ("PF251", "done"))


def test_states_that_lead_only_to_each_other_are_told_once(expect) -> None:
    states = (
        "  §one: {task: {role: agent}, choices: {on: {to: two}}}\n"
        "  two: {task: {role: agent}, choices: {back: {to: one}}}\n"
    )
    expect(of(states, "{when: sure, to: one}, {to: last}"), ("PF252", "final"))


def test_a_procedure_without_an_end_is_told_once(expect) -> None:
    text = HEAD + GO % "{to: other}" + "  other: {task: {role: agent}, choices: {back: {to: first}}}\n"
    expect(text.replace("states:", "§states:"), ("PF252", "final: true"))


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ("  one: {always: [§{to: two}]}\n  two: {always: [{to: one}, ]}\n", "PF253"),
        ("  one: {always: [{when: 'word == \"a\"', to: last}, §{to: two}]}\n  two: {always: [{to: one}]}\n", "PF254"),
        ("  one: {always: [§{when: 'word == \"a\"', to: two}, {to: last}]}\n  two: {always: [{to: one}]}\n", "PF254"),
        ("  one: {always: [§{when: sure, to: two}, {to: last}]}\n  two: {always: [{when: sure, to: one}, {to: last}]}\n", "PF254"),
        ("  one: {always: [{when: sure, to: two}, {to: last}]}\n  two: {always: [{when: '!sure', to: one}, {to: last}]}\n", ""),
        ("  one: {always: [{when: sure, set: {sure: false}, to: two}, {to: last}]}\n  two: {always: [{when: sure, to: one}, {to: last}]}\n", ""),
        ("  one: {always: [§{when: 'open_at(now)', to: two}, {to: last}]}\n  two: {always: [{when: 'open_at(now)', to: one}, {to: last}]}\n", "PF254"),
        ("  one: {always: [{when: 'amount != null && amount < 3', set: {amount: '${amount + 1}'}, to: self}, {to: two}]}\n  two: {final: true}\n", ""),
    ],
)  # fmt: skip
def test_always_in_circles(expect, states, code) -> None:
    text = of(states, "{when: told, to: one}, {to: last}")
    expect(text, *([(code, "")] if code else []), only=("PF253", "PF254"))


@pytest.mark.parametrize(
    ("states", "code"),
    [
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [§{to: one}]}}\n", "PF253"),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day} minus 1 week': [§{to: self}]}}\n", "PF253"),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [§{to: two}]}}\n"
         "  two: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [{to: one}]}}\n", "PF253"),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [§{to: two}]}}\n  two: {always: [{to: one}]}\n", "PF253"),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [§{when: sure, to: one}, {to: last}]}}\n", "PF254"),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [{when: sure, set: {sure: false}, to: one}, {to: last}]}}\n", ""),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [{set: {day: '${add_time(day, \"1 days\")}'}, to: one}]}}\n", ""),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [{do: [{notify: {role: agent}}]}]}}\n", ""),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {3 days: [{to: one}]}}\n", ""),
        ("  one: {task: {role: agent}, choices: {on: {to: last}}, after: {'${day}': [{to: two}]}}\n"
         "  two: {task: {role: agent}, choices: {on: {to: one}}}\n", ""),
    ],
)  # fmt: skip
def test_a_time_that_is_over_and_comes_again_at_once(expect, states, code) -> None:
    text = of(states, "{when: told, to: one}, {to: last}")
    text = text.replace("  proof: {type: evidence}\n", "  proof: {type: evidence}\n  day: {type: date}\n")
    text = text.replace("ask: [word,", "ask: [word, day,").replace(
        'guide: "${word}', 'guide: "${word} ${day}'
    )
    expect(text, *([(code, "")] if code else []), only=("PF253", "PF254"))


def test_always_to_itself_without_a_guard_is_an_error(check) -> None:
    found = {
        p.code: p for p in check(of("  one: {always: [{to: self}]}\n", "{when: sure, to: one}, {to: last}"))
    }
    assert "without end" in found["PF253"].message and found["PF253"].is_error


def test_an_event_that_raises_itself_is_told(expect) -> None:
    text = of("").replace("    choices:\n", "    events: {ping: §{do: [{raise: ping}]}}\n    choices:\n")
    expect(text, ("PF253", "`when`"))


def test_a_choice_of_nobody_is_told(expect) -> None:
    states = "  idle: {choices: {§on: {to: last}, off: {by: agent, to: last}}}\n"
    expect(of(states, "{when: sure, to: idle}, {to: last}"), ("PF257", "task"))


@pytest.mark.parametrize(
    ("guards", "told"),
    [
        ("""{when: 'word == "a"', to: last}, {when: '§sure', to: last}, {to: last}""", "`word` is a and `sure` is yes"),
        ("""{when: 'word == "a"', to: last}, {when: 'word == "b"', to: last}, {to: last}""", ""),
        ("""{when: 'word in ["a", "b"]', to: last}, {when: '§word != "a"', to: last}, {to: last}""", "`word` is b"),
        ("""{when: sure, to: last}, {when: '!sure', to: last}""", ""),
        ("""{when: 'sure && word == "a"', to: last}, {when: §told, to: last}, {to: last}""", "yes"),
        ("""{when: 'amount == null', to: last}, {when: 'amount != null', to: last}""", ""),
        ("""{when: 'amount == null', to: last}, {when: '§sure', to: last}, {to: last}""", "`amount` is not set"),
        ("""{when: 'amount != null && amount < 3', to: last}, {when: 'amount != null && amount > 2', to: last}, {to: last}""", ""),
        ("""{when: 'missed("x")', to: last}, {when: sure, to: last}, {to: last}""", ""),
        ("""{when: 'proof.accepted', to: last}, {when: 'proof.verdict == "rejected"', to: last}, {to: last}""", ""),
        ("""{when: 'word == "a"', to: last}, {to: last}""", ""),
        ("""{when: 'word == "a"', to: last}, {when: 'word == null', to: last}, {to: last}""", ""),
    ],
)  # fmt: skip
def test_two_alternatives_that_can_both_hold(expect, guards, told) -> None:
    text = of("", guards) + "deadlines: {x: {starts: entering first, within: 5 days, met: choice go}}\n"
    expect(text, *([("PF256", told)] if told else []), only=("PF256",))


def test_what_is_surely_set_is_not_tried_as_null(check) -> None:
    """`word` is asked for on the only way in, so it is never null and the guards exclude each other."""
    states = """  mid: {always: [{when: 'word == "a"', to: last}, {when: 'word == null', to: last}, {to: last}]}\n"""
    assert [p.code for p in check(of(states, "{to: mid}"))] == []


def test_a_state_that_takes_only_the_failure_of_what_it_invokes_hangs(expect) -> None:
    text = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: first
states:
  §first: {invoke: {mail.send: {to: a@small.example, subject: x, text: y}}, events: {failed: {to: last}}}
  last: {final: true}
"""
    expect(text, ("PF251", "add `done: {to: …}`"))
    for more in ("failed: {to: last}, done: {to: last}}", "failed: {to: last}}, after: {5 days: {to: last}}"):
        expect(text.replace("§", "").replace("failed: {to: last}}", more))

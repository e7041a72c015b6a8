"""One mistake is told once, in the file in which it stands."""

from __future__ import annotations

import pytest

OTHER = "procedures/q/procedure.yaml"
ASKING = """\
procedure: q
title: Another procedure
owner: lead
starts: [{by: agent, ask: [day, kn]}]
data: {day: {type: date}, kn: {type: string}}
initial: first
states:
  first: {invoke: {procedure: p, with: {day: "${day}"}}, events: {done: {to: last}}}
  last: {final: true}
"""
ASKED = """\
procedure: p
title: A procedure
owner: lead
data: {day: {type: date}}
initial: first
states:
  first: {task: {role: agent, guide: "It is ${day}."}, choices: {go: {when: 'day > date("2026-01-01")', to: last}}}
  last: {final: true}
"""
SENT = "invoke: {mail.send: {to: a@small.example, subject: '${day}', text: '${kn}'}}"
LOOKING = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: first
states:
  first: {task: {role: agent}, choices: {go: {when: 'cases("q", {kn: "1"}).exists(c, c.kn == "1")', to: last}}}
  last: {final: true}
"""
PLAIN = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent, ask: [kind, amount, day]}]
data: {kind: {enum: [car, house]}, amount: {type: number}, day: {type: date}}
decisions:
  route:
    hit: first
    inputs: {kind: [car, house], amount: number}
    rows: [{kind: car, gives: {to: a}}, {gives: {to: b}}]
initial: first
states:
  first: {task: {role: agent}, choices: {go: {label: {en: Go}, when: '%s', to: last}, stay: {}}}
  last: {final: true}
"""
TABLE = """\
tables: limits
columns: {product: {type: string, key: true}, limit: {type: number}, clock: {type: duration}}
versions: [{valid: {from: 2026-01-01}, rows: [{product: car, limit: 5, clock: 2 days}]}]
"""


@pytest.mark.parametrize("text", [ASKED, LOOKING])
@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("initial: first", "initial: frist"),
        ("starts:", "begins:"),
        ("{day: {type: date},", "{day: {tpe: date},"),
    ],
)
def test_what_follows_from_a_file_that_does_not_check_is_not_told_of_another(
    check, text: str, right: str, wrong: str
) -> None:
    other = ASKING if text is ASKED else ASKING.replace('invoke: {procedure: p, with: {day: "${day}"}}', SENT)
    assert right in other
    assert [p.as_text() for p in check(text, files={OTHER: other})] == []
    assert {p.path for p in check(text, files={OTHER: other.replace(right, wrong)})} == {OTHER}


@pytest.mark.parametrize(
    ("guard", "code", "hint"),
    [
        (
            'decide("route", {"kind": kind, §"amuont": amount}).to == "a"',
            "PF326",
            "did you mean amount?",
        ),
        ('amount §> table("limits")["car"].clock', "PF317", ""),
        ("day §<= 2026-01-31", "PF317", 'write date("2026-01-31")'),
        ("2026-1-31 §< day", "PF317", 'write date("2026-01-31")'),
        ('table("limits").§limit == amount', "PF311", 'write table("limits")[key].limit'),
    ],
)
def test_one_mistake_of_a_guard_is_told_once(expect, guard: str, code: str, hint: str) -> None:
    expect(PLAIN % guard, (code, hint), files={"procedures/tables/limits.yaml": TABLE})


def test_a_language_without_a_value_is_told_once(expect) -> None:
    expect((PLAIN % "amount > 3").replace("{en: Go}", "{§en: }"), ("PF103", "after the colon"))

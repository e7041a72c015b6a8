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
        (
            '§decide("route", {"kind": kind, "amount": amount}).exists(x, x.to == "a")',
            "PF317",
            "write hit: collect in the table",
        ),
        ('table("limits").§limit == amount', "PF311", 'write table("limits")[key].limit'),
    ],
)
def test_one_mistake_of_a_guard_is_told_once(expect, guard: str, code: str, hint: str) -> None:
    expect(PLAIN % guard, (code, hint), files={"procedures/tables/limits.yaml": TABLE})


def test_a_field_of_the_wrong_type_is_told_where_it_is_first_reckoned_with(check) -> None:
    text = (PLAIN % "amount > 3").replace("amount: {type: number}, day", "amount: {type: string}, day")
    text = text.replace("inputs: {kind: [car, house], amount: number}", "inputs: {kind: [car, house]}")
    text = text.replace("stay: {}", "stay: {when: 'amount * 2 < 8 && 9 - amount > 1'}")
    (told,) = check(text)
    assert (told.code, told.hint) == ("PF317", "declare `amount` as {type: number}, or write decimal(amount)")
    assert told.line == text[: text.index("amount > 3")].count("\n") + 1


def test_a_language_without_a_value_is_told_once(expect) -> None:
    expect((PLAIN % "amount > 3").replace("{en: Go}", "{§en: }"), ("PF103", "after the colon"))


RAISING = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent, ask: [kn]}]
data: {kn: {type: string}, worth: {type: number}}
decisions:
  route:
    hit: first
    inputs: {worth: number}
    rows:
      - {worth: "< 5", gives: {to: a}}
      - {worth: "< 9", gives: {to: b}}
      - {gives: {to: c}}
initial: first
states:
  first:
    entry: [{raise: counted}]
    task: {role: agent, say: '${kn + "!"}'}
    events: {counted: {set: {worth: 1}}}
    choices: {go: {when: 'decide("route", {worth: worth}).to == "a"', to: last}, stay: {to: self}}
  last: {final: true, outcome: sold}
promises:
  one: {says: Nothing is sold for nothing., never: 'state("last") && worth == null'}
"""
REHEARSED = """\
scenarios: p
clock: 2026-05-11 10:00
tests:
  It ends:
    - open: {by: qaa, with: {kn: "1"}}
    - do: go
    - expect: {outcome: sold}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("raise: counted", "raise: §conted", "PF246", "did you mean `counted`?"),
        ("ask: [kn]", "ask: [§kns]", "PF201", "did you mean `kn`?"),
        ("last: {final: true, outcome", "§last: {outcome", "PF251", "add `final: true` beside the outcome"),
        ("hit: first", "hit: unique", "PF282", "write hit: first"),
        (
            'choices: {go: {when: \'decide("route", {worth: worth}).to == "a"\', to: last}, stay',
            "choices: {stay",
            "",
            "",
        ),
        (
            '- {worth: "< 5", gives: {to: a}}',
            "- §{gives: {to: a}}",
            "PF283",
            "move it to the end, or narrow it",
        ),
    ],
)
def test_what_only_follows_is_not_told_as_well(
    expect, check, right: str, wrong: str, code: str, hint: str
) -> None:
    files = {"procedures/p/scenarios.yaml": REHEARSED}
    assert check(RAISING, files=files) == ()
    assert right in RAISING
    text = RAISING.replace(right, wrong)
    if code == "PF282":
        text = text.replace("      - {gives: {to: c}}", "      - §{gives: {to: c}}")
    if code:
        expect(text, (code, hint), files=files)
    else:  # the choice that scenarios take is gone, and with it the way to the end
        told = [p.code for p in check(text, files=files)]
        assert "PF250" in told and "PF280" not in told


def test_scenarios_of_no_procedure_are_told_once(check) -> None:
    told = check(
        RAISING, files={"procedures/p/scenarios.yaml": REHEARSED.replace("scenarios: p", "scenarios: pp")}
    )
    assert [(p.code, p.line) for p in told] == [("PF245", 1)]


def test_a_role_that_a_person_has_under_a_misspelt_name_is_told_once(check) -> None:
    from tests.definitions.conftest import ORGANISATION

    wrong = ORGANISATION.replace("roles: [agent, lead]", "roles: [agent, laed]")
    told = check(RAISING, files={"procedures/organisation.yaml": wrong})
    assert [(p.code, p.hint) for p in told] == [("PF315", "did you mean `lead`?")]


def test_a_table_that_was_meant_to_collect_is_told_once(check) -> None:
    guard = 'decide("route", {kind: kind, amount: amount}).exists(x, x.to == "a")'
    rows = "rows: [{kind: car, gives: {to: a}}, {amount: '< 5', gives: {to: b}}, {amount: '< 3', gives: {to: a}}]"
    text = (PLAIN % guard).replace("rows: [{kind: car, gives: {to: a}}, {gives: {to: b}}]", rows)
    assert check(text.replace("hit: first", "hit: collect")) == ()
    assert [p.code for p in check(text)] == ["PF317"]

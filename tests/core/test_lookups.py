"""By what open cases are found: every place where a procedure may look for cases of another, and the text of a value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.lookups import MOVED_BY, lookup_text, lookups_of, recurring, tasks_move
from procflow.core.procedure import Procedure
from procflow.definitions.codes import CODES
from procflow.definitions.from_texts import documents_of
from procflow.rehearsal.bench import ORGANISATION


def procedure_of(text: str) -> Procedure:
    (found,) = documents_of(
        text, organisation=ORGANISATION, overlook=[code for code in CODES if code >= "PF200"]
    ).procedures.values()
    return found


#: `cases("NAME", {NAME_key: ...})` stands in every place where a step evaluates something.
EVERYWHERE = """
procedure: everywhere
title: {en: Everywhere}
owner: lead
one_open_per: [kn]
starts:
  - {by: agent, when: 'cases("start_when", {a: 1}) == []', set: {kn: '${cases("start_set", {b: 1})[0].kn}'}}
  - {message: 'cases("start_message", {c: message.from}) != []'}
  - {every: open day at 09:00}
  - {every: open day at 17:00}
data:
  kn: {type: string, default: '${cases("default", {d: 1})[0].kn}'}
  other: {type: string}
initial: here
states:
  here:
    entry: [{mail.send: {to: a@desk.example, subject: '${cases("entry", {e: 1})}', text: [x, '${cases("in_a_list", {f: kn})}']}}]
    exit: [{notify: {role: lead}, when: 'cases("exit_when", {g: 1}) != []'}]
    task: {to: '${cases("task", {h: 1})[0].who}', other_than: ['${cases("other_than", {i: 1})[0].who}']}
    choices:
      go:
        by: '${cases("choice_by", {j: 1})[0].who}'
        when: 'cases("guard", {k: kn, "l": 2}) == []'
        set: {other: '${cases("set", {m: 1})[0].kn}'}
        do:
          - {each: '${cases("each", {n: 1})}', mail.send: {to: '${item.id}', subject: s, text: t}}
          - {signal: {to: {procedure: signalled, where: {o: '${kn}', p: '${kn}'}}, name: changed}}
        to: asking
  asking:
    invoke: {procedure: lead_call, with: {kn: '${cases("invoked_with", {q: 1})[0].kn}'}}
    events: {done: {to: over}}
  over: {final: true}
deadlines:
  a: {starts: {when: 'cases("starts_when", {r: 1}) != []'}, until: '${cases("until", {s: 1})[0].opened}', met: [{when: 'cases("met_when", {t: 1}) == []'}],
      warn: {at: 1 hour before, do: [{notify: {role: lead}, when: 'cases("warn", {u: 1}) != []'}]},
      missed: {do: [{notify: {role: lead}, when: 'cases("missed", {v: 1}) != []'}]}}
  b: {starts: opening, from: '${cases("since", {w: 1})[0].opened}', within: '${cases("within", {x: 1})[0].kn}', met: choice go}
promises:
  p: {never: 'cases("never", {y: 1}) != []'}
  q: {after: 'choice("go") && cases("after", {z: 1}) != []', eventually: 'cases("eventually", {aa: 1}) != []'}
"""
FOUND = {
    "start_when": "a", "start_set": "b", "start_message": "c", "default": "d", "entry": "e", "in_a_list": "f",
    "exit_when": "g", "task": "h", "other_than": "i", "choice_by": "j", "set": "m", "each": "n", "invoked_with": "q",
    "starts_when": "r", "until": "s", "met_when": "t", "warn": "u", "missed": "v", "since": "w", "within": "x",
    "never": "y", "after": "z", "eventually": "aa",
}  # fmt: skip


def test_cases_are_looked_for_wherever_an_expression_may_stand() -> None:
    found = lookups_of([procedure_of(EVERYWHERE)])
    assert found == {
        **{name: (key,) for name, key in FOUND.items()},
        "guard": ("k", "l"),
        "signalled": ("o", "p"),
        "everywhere": ("kn",),
    }
    assert list(found) == sorted(found)


def test_two_that_look_for_the_same_cases_are_found_by_what_both_ask() -> None:
    others = [
        procedure_of(_LOOKING.format(name=name, guard=guard))
        for name, guard in (
            ("one", 'cases("one", {b: 1}) != []'),
            ("two", 'cases("one", {a: 1, b: 2}).exists(c, c.number > 1)'),
            ("three", 'cases("two") != []'),
            ("four", "cases(kn, {c: 1}) != []"),  # which procedure is not written out
            ("five", 'kn == "cases"'),
        )
    ]
    once = lookups_of(others)
    assert once == {"one": ("a", "b"), "two": ()}
    assert lookups_of(others) == once, "what was read is kept"
    assert lookups_of([]) == {}


_LOOKING = """
procedure: {name}
title: {{en: Looking}}
owner: lead
starts: [{{by: agent}}]
data: {{kn: {{type: string}}}}
initial: here
states:
  here:
    task: {{role: agent}}
    choices: {{go: {{when: '{guard}', to: over}}}}
  over: {{final: true}}
"""
_TASK = """
procedure: errand
title: {en: Errand}
owner: lead
starts: [{by: agent}]
data: {keeper: {type: person}, region: {type: string}}
initial: here
states:
  nobody: {always: [{to: here}]}
  plain: {task: {role: agent}, choices: {a: {to: here}}}
  here:
    task: {to: %s}
    choices: {go: {when: '%s', to: over}}
  over: {final: true}
"""


@pytest.mark.parametrize(
    ("to", "guard", "moves"),
    [
        ("'${absent(keeper) ? mate(keeper) : keeper}'", "true", True),
        ("['${keeper}', '${on_duty(region)}']", "true", True),
        ("'${keeper}'", "true", False),
        ("'${keeper}'", "absent(keeper)", False),  # a guard is asked when it is taken
        ("'${mate(keeper)}'", "true", False),
    ],
)
def test_a_task_moves_that_is_worked_out_from_absences_or_the_roster(
    to: str, guard: str, moves: bool
) -> None:
    procedure = procedure_of(_TASK % (to, guard))
    assert tasks_move(procedure) is moves is tasks_move(procedure)
    assert lookups_of([procedure]) == ({"errand": (MOVED_BY,)} if moves else {})


def test_the_times_at_which_cases_are_opened_are_those_that_are_written() -> None:
    assert recurring(procedure_of(EVERYWHERE)) == ("open day at 09:00", "open day at 17:00")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("104233", "104233"), (5, "5"), (Decimal("5.0"), "5"), (Decimal("5.10"), "5.1"), (True, "true"), (False, "false"),
        (date(2026, 5, 11), "2026-05-11"), (datetime(2026, 5, 11, 8, 5, tzinfo=UTC), "2026-05-11T08:05:00Z"),
        (None, None), ((), None), (["a"], None), (("a", "b"), None), ({"a": 1}, None),
    ],
)  # fmt: skip
def test_a_case_is_found_under_the_text_of_a_value(value: Any, text: str | None) -> None:
    wanted = "" if text is None else f"errand\x1fkn\x1f{text}"
    assert lookup_text("errand", "kn", value) == wanted

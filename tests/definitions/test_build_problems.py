"""Every fault that building finds: its code, and the place of the wrong word; all of them in one run."""

from __future__ import annotations

import pytest

from procflow.core.expressions import Literal
from procflow.core.procedure import procedure_to_json
from procflow.definitions.build import build_procedure
from procflow.definitions.reader import read
from procflow.definitions.schema import validate
from procflow.errors import Diagnostic


def problems_of(text: str) -> list[Diagnostic]:
    """What the builder finds in a document that its schema passes."""
    tree, problems = read(text, "p.yaml")
    assert tree is not None
    assert problems == []
    assert validate(tree, "procedure", "p.yaml") == []
    return build_procedure(tree, "p.yaml", {}, ("da", "en"))[1]


def small(**parts: str) -> str:
    """A procedure with some of its parts replaced."""
    whole = {
        "data": "data: {a: string, n: number, day: date}",
        "states": "states:\n  s: {task: {role: agent}, choices: {go: {to: t}}}\n  t: {final: true}",
        **parts,
    }
    return "procedure: p\ntitle: P\ninitial: s\n" + "\n".join(whole.values()) + "\n"


def state(body: str) -> str:
    return small(states=f"states:\n  s:\n    {body}\n  t: {{final: true}}")


#: A place of an expression: the document with `¤` where the fault is written, as `a && && b`.
GUARD = "'a == ¤= 1'"
TEMPLATE = '"x ${a +¤ } y"'
PLACES = {
    "a choice's guard": state(f"choices: {{go: {{when: {GUARD}, to: t}}}}"),
    "the guard above alternatives": state(f"choices: {{go: {{when: {GUARD}, then: [{{to: t}}]}}}}"),
    "a guard below shared keys": state(f"choices: {{go: {{label: Go, then: [{{when: {GUARD}, to: t}}]}}}}"),
    "an event's guard": state(f"events: {{message: {{when: {GUARD}, to: t}}}}"),
    "a guard of always": state(f"always: [{{when: {GUARD}, to: t}}]"),
    "a guard of after": state(f"after: {{5 days: {{when: {GUARD}, to: t}}}}"),
    "an effect's guard": state(f"entry: [{{notify: {{role: lead}}, when: {GUARD}}}]"),
    "an effect on the way out": state(f"exit: [{{notify: {{role: lead}}, when: {GUARD}}}]"),
    "a parameter": state(f"entry: [{{mail.send: {{to: {TEMPLATE}}}}}]"),
    "a parameter in a list": state(f"entry: [{{mail.send: {{attach: [{TEMPLATE}]}}}}]"),
    "a parameter by language": state(f"entry: [{{mail.send: {{text: {{da: {TEMPLATE}}}}}}}]"),
    "each": state(f"entry: [{{mail.send: {{to: x}}, each: {TEMPLATE}, as: one}}]"),
    "invoked work": state(f"invoke: {{register.lookup: {{plate: {TEMPLATE}}}}}"),
    "set": state(f"always: {{set: {{a: {TEMPLATE}}}, to: t}}"),
    "refuse": state(f"choices: {{go: {{refuse: {TEMPLATE}}}}}"),
    "a label": state(f"choices: {{go: {{label: {{en: {TEMPLATE}}}, to: t}}}}"),
    "by": state(f"choices: {{go: {{by: {TEMPLATE}, to: t}}}}"),
    "four eyes": state(f"choices: {{go: {{other_than: [{TEMPLATE}], to: t}}}}"),
    "what a task is for": state(f"task: {{to: {TEMPLATE}}}"),
    "what a task says": state(f"task: {{role: agent, say: {{da: {TEMPLATE}}}}}"),
    "what a task guides": state(f"task: {{role: agent, guide: {TEMPLATE}}}"),
    "a time in after": state(f"after: {{{TEMPLATE}: {{to: t}}}}"),
    "an outcome": small(states=f"states: {{s: {{final: true, outcome: {TEMPLATE}}}}}"),
    "a state's title": small(states=f"states: {{s: {{final: true, title: {TEMPLATE}}}}}"),
    "a title": small(title2=f"help: {TEMPLATE}"),
    "a field's help": small(data=f"data: {{a: {{type: string, help: {TEMPLATE}}}}}"),
    "a default": small(data=f"data: {{a: {{type: string, default: {TEMPLATE}}}}}"),
    "a start's guard": small(starts=f"starts: [{{by: agent, when: {GUARD}}}]"),
    "a start by message": small(starts=f"starts: [{{message: {GUARD}}}]"),
    "what a start sets": small(starts=f"starts: [{{by: agent, set: {{a: {TEMPLATE}}}}}]"),
    "a deadline's moment": small(
        d=f"deadlines: {{d: {{starts: [opening, {{when: {GUARD}}}], met: entering t, within: 1 days}}}}"
    ),
    "a deadline's time": small(
        d=f"deadlines: {{d: {{starts: opening, met: entering t, within: {TEMPLATE}}}}}"
    ),
    "a deadline's instant": small(
        d=f"deadlines: {{d: {{starts: opening, met: entering t, until: {TEMPLATE}}}}}"
    ),
    "from": small(
        d=f"deadlines: {{d: {{starts: opening, met: entering t, within: 1 days, from: {TEMPLATE}}}}}"
    ),
    "what a warning does": small(
        d=f"deadlines: {{d: {{starts: opening, met: entering t, within: 1 days, warn: {{at: 75%, do: [{{notify: {{role: x, text: {TEMPLATE}}}}}]}}}}}}"
    ),
    "what missing it does": small(
        d=f"deadlines: {{d: {{starts: opening, met: entering t, within: 1 days, missed: {{do: [{{notify: {{role: x}}, when: {GUARD}}}]}}}}}}"
    ),
    "never": small(p=f"promises: {{p: {{never: {GUARD}}}}}"),
    "always": small(p=f"promises: {{p: {{always: {GUARD}}}}}"),
    "before": small(p=f"promises: {{p: {{before: {GUARD}, must: 'closed()'}}}}"),
    "must": small(p=f"promises: {{p: {{before: 'closed()', must: {GUARD}}}}}"),
    "eventually": small(p=f"promises: {{p: {{after: 'closed()', eventually: {GUARD}}}}}"),
    "a promise's time": small(
        p=f"promises: {{p: {{after: 'closed()', eventually: 'closed()', within: {TEMPLATE}}}}}"
    ),
    "at most": small(p=f"promises: {{p: {{at_most: {{times: 1, of: {GUARD}}}}}}}"),
    "what a promise says": small(p=f"promises: {{p: {{never: 'closed()', says: {TEMPLATE}}}}}"),
    "a decision's title": small(
        d=f"decisions: {{d: {{title: {TEMPLATE}, hit: first, inputs: {{a: boolean}}, rows: [{{gives: {{x: 1}}}}]}}}}"
    ),
}


@pytest.mark.parametrize("where", PLACES)
def test_a_broken_expression_is_told_at_its_word_wherever_it_stands(where: str) -> None:
    marked = PLACES[where]
    at = marked.index("¤")
    text = marked.replace("¤", "")
    found = problems_of(text)
    assert [problem.code for problem in found] == ["PF300"]
    line = text.count("\n", 0, at) + 1
    assert found[0].line == line
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    # the wrong sign, or the last word before something is missing
    assert found[0].column in (column, column - 1)


def test_a_procedure_with_broken_expressions_is_built_all_the_same_with_null_in_their_place() -> None:
    text = state("choices: {go: {when: 'a = 1', to: t}, by_hand: {label: \"${\", to: t}}")
    tree, _ = read(text, "p.yaml")
    assert tree is not None
    procedure, problems = build_procedure(tree, "p.yaml")
    assert len(problems) == 2
    assert procedure is not None
    guard = procedure.state["s"].choices[0].alternatives[0].when
    assert guard is not None
    assert isinstance(guard.node, Literal)
    assert guard.node.value is None
    assert procedure_to_json(procedure)


def test_all_problems_are_told_in_one_run_in_the_order_of_the_file() -> None:
    text = """\
procedure: p
title: P
data:
  a: {type: sting}
  n: {type: number, default: many}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      go: {ask: [aa], set: {b: 1, n: "${n +}"}, to: t}
    after: {5 workdays: {to: t}}
  t: {final: true}
promises:
  p: {never: 'a = 1'}
"""
    found = problems_of(text)
    assert [(p.line, p.code) for p in found] == [
        (4, "PF200"), (5, "PF204"), (11, "PF201"), (11, "PF202"), (11, "PF300"), (12, "PF210"), (15, "PF300"),
    ]  # fmt: skip
    by_code = {p.code: p for p in found}
    assert (by_code["PF200"].column, "`string`" in by_code["PF200"].hint) == (13, True)
    assert (by_code["PF201"].column, by_code["PF201"].hint) == (18, "did you mean `a`?")
    assert (by_code["PF210"].column, by_code["PF210"].hint) == (15, "write 5 working days")


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        (small(data="data: {a: {type: date, default: 2026-02-30}}"), "PF204", (4, 33)),
        (small(data="data: {a: {type: string, maxLength: 2, default: abc}}"), "PF204", (4, 49)),
        (small(data="data: {a: {type: date, enum: [2026-01-01, soon]}}"), "PF205", (4, 43)),
        (small(data="data: {a: {type: integer, minimum: some}}"), "PF205", (4, 36)),
        (small(data='data: {a: {type: string, pattern: "^("}}'), "PF206", (4, 35)),
        (small(data="data: {a: {type: string, format: emial}}"), "PF207", (4, 34)),
        (small(data="data: {a: {type: string, normalise: [trim, uper]}}"), "PF208", (4, 44)),
        (small(data="data: {a: {type: object, properties: {x: string}, required: [y]}}"), "PF203", (4, 62)),
        (small(data="data: {a: {type: array, items: {type: texts}}}"), "PF200", (4, 39)),
        (state("choices: {go: {ask: {b: {type: sting}}, to: t}}"), "PF200", (7, 36)),
        (state("always: {set: {n: much}, to: t}"), "PF204", (7, 23)),
        (state("always: {set: {day: 2026-13-01}, to: t}"), "PF204", (7, 25)),
        (state("always: {set: {nn: 1}, to: t}"), "PF202", (7, 20)),
        (state('after: {"next open dya at 09:00": {to: t}}'), "PF210", (7, 24)),
        (small(d="deadlines: {d: {starts: opening, met: entering t, within: 5 werking days}}"), "PF210", (8, 61)),
        (small(d="deadlines: {d: {starts: opening, met: entering t, until: 2026-02-30}}"), "PF210", (8, 58)),
        (
            small(d="deadlines: {d: {starts: opening, met: entering t, within: 1 days, warn: {at: 175%, do: []}}}"),
            "PF210",
            (8, 78),
        ),
        (small(p="promises: {p: {after: 'closed()', eventually: 'closed()', within: 3 dags}}"), "PF210", (8, 69)),
        (
            small(d="decisions: {d: {hit: first, inputs: {a: boolean}, rows: [{b: true, gives: {x: 1}}]}}"),
            "PF219",
            (8, 59),
        ),
        (
            small(d="decisions: {d: {hit: first, inputs: {a: integer}, rows: [{a: 5..1, gives: {x: 1}}]}}"),
            "PF220",
            (8, 62),
        ),
        (small(d="decisions: {d: {hit: first, inputs: {a: bolean}, rows: [{gives: {x: 1}}]}}"), "PF200", (8, 41)),
    ],
)  # fmt: skip
def test_each_fault_has_its_code_and_the_place_of_the_wrong_word(
    text: str, code: str, at: tuple[int, int]
) -> None:
    found = problems_of(text)
    assert [(p.code, (p.line, p.column)) for p in found] == [(code, at)]
    assert found[0].is_error


def test_a_field_of_data_with_a_second_schema_is_only_a_warning() -> None:
    (found,) = problems_of(state("choices: {go: {ask: {a: {type: string, minLength: 3}}, to: t}}"))
    assert (found.code, found.severity, found.column) == ("PF209", "warning", 26)


def test_nested_states_are_looked_at_all_the_same() -> None:
    text = state("initial: x\n    states:\n      x: {always: {when: 'a = 1', to: t}}\n      t: {final: true}")
    found = problems_of(text)
    assert [p.code for p in found] == ["PF300", "PF215"]
    assert found[1].message.endswith("in line 10")
    assert found[1].line == 11


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        ("{type: number, §minLength: 3}", "write `minimum`"),
        ("{type: string, §maximum: 3}", "write `maxLength`"),
        ("{type: string, §minItems: 3}", "write `minLength`"),
        ("{type: boolean, §pattern: a}", "take it away"),
        ("{type: integer, minimum: 5, maximum: §3}", "nothing is at least 5 and at most 3"),
        ("{type: array, items: {type: string, §minimum: 1}}", "write `minLength`"),
        ("{type: array, items: {type: string, maxLength: 1}, minItems: 1}", ""),
        ("{type: date, minimum: 2026-01-01}", ""),
        ("{type: duration, minimum: 5 minutes, maximum: 1 minute}", ""),
    ],
)
def test_rules_of_a_field_are_about_its_type(expect, field: str, hint: str) -> None:
    text = f"procedure: p\ntitle: A procedure\nowner: lead\nstarts: [{{by: agent, ask: [it]}}]\ndata: {{it: {field}}}\ninitial: a\n"
    text += 'states: {a: {task: {role: agent, guide: "${it}"}, choices: {go: {to: z}}}, z: {final: true}}\n'
    expect(text, *([("PF211", hint)] if hint else []), only=("PF211",))

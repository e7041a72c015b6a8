"""Decision tables and reference tables: gaps, overlaps, rows never reached, inputs left out."""

from __future__ import annotations

import pytest

PLAIN = """\
procedure: p
title: A procedure
starts: [{by: agent, ask: [abroad, health]}]
data:
  abroad: {type: boolean}
  health: {enum: [well, ill]}
initial: first
states:
  first:
    always: [{when: 'decide("desk", {"abroad": abroad, "health": health}).to == "a"', to: last}, {to: last}]
  last: {final: true}
decisions:
  §desk:
    hit: %s
    inputs: {abroad: boolean, health: [well, ill]}
    rows:
%s
"""


def of(hit: str, *rows: str, gap: bool = False) -> str:
    text = PLAIN % (hit, "\n".join(f"      - {row}" for row in rows))
    return text if gap else text.replace("§desk", "desk")


def test_a_whole_table_is_quiet(expect) -> None:
    expect(of("first", "{abroad: true, gives: {to: a}}", "{gives: {to: b}}"))


def test_a_gap_is_told_with_the_row_that_closes_it(expect) -> None:
    text = of("first", "{abroad: true, gives: {to: a}}", "{health: well, gives: {to: b}}", gap=True)
    expect(text, ("PF281", 'add the row {abroad: false, health: ill, gives: {to: "..."}}'))


def test_two_rows_at_once_are_told(expect) -> None:
    expect(
        of(
            "unique",
            "{abroad: true, gives: {to: a}}",
            "§{health: ill, gives: {to: b}}",
            "{abroad: false, health: well, gives: {to: c}}",
        ),
        ("PF282", "both hold"),
    )


def test_rows_that_could_be_one_are_told_where_the_second_stands(expect) -> None:
    text = of(
        "unique",
        "{abroad: true, health: well, gives: {to: a}}",
        "{abroad: true, health: ill, gives: {to: b}}",
        "§{abroad: false, health: well, gives: {to: a}}",
        "{abroad: false, health: ill, gives: {to: c}}",
    )
    expect(text, ("PF288", "{abroad: [true, false], health: well, gives: {to: a}}"))


def test_a_row_that_is_never_reached_is_told(expect) -> None:
    expect(
        of(
            "first",
            "{abroad: true, gives: {to: a}}",
            "§{abroad: true, health: ill, gives: {to: b}}",
            "{gives: {to: c}}",
        ),
        ("PF283", "comes first"),
    )


def test_of_a_table_with_a_cell_that_cannot_be_read_nothing_else_is_claimed(expect) -> None:
    expect(
        of("first", "{abroad: §maybe, gives: {to: a}}", "{gives: {to: b}}", "{gives: {to: c}}"), ("PF220", "")
    )


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("< limit", "limit"),
        ("1..limit", "limit"),
        ("limit", "limit"),
        ("<= ${param('most')}", "param('most')"),
        ("> param('most')", "param('most')"),
    ],
)
def test_a_cell_that_names_something_worked_out_is_told_how_to_say_it(expect, cell: str, names: str) -> None:
    text = of("first", f'{{amount: §"{cell}", gives: {{to: a}}}}', "{gives: {to: b}}")
    text = text.replace("{abroad: boolean, health: [well, ill]}", "{amount: number, limit: number}")
    text = text.replace('{"abroad": abroad, "health": health}', '{"amount": 1, "limit": 2}')
    text = text.replace("ask: [abroad, health]", "ask: [health]").replace("  abroad: {type: boolean}\n", "")
    expect(text, ("PF220", f'such as `amount_enough: "${{amount >= {names}}}"`'))


def test_what_a_row_gives_is_not_computed(expect) -> None:
    text = of("first", "{abroad: true, gives: §{to: '${health}'}}", "{gives: {to: a}}")
    expect(text, ("PF286", "a word"))


@pytest.mark.parametrize(
    ("given", "code", "hint"),
    [
        ('{"abroad": abroad, "health": null}', "", ""),
        ('§{"abroad": abroad}', "PF285", "add health: …"),
        ('{"abroad": §health, "health": health}', "PF320", "yes or no"),
        ('{"abroad": abroad, "health": §"sick"}', "PF316", "well, ill"),
    ],
)
def test_decide_is_given_every_input(expect, given, code, hint) -> None:
    text = of("first", "{abroad: true, gives: {to: a}}", "{gives: {to: b}}")
    text = text.replace('{"abroad": abroad, "health": health}', given)
    expect(text, *([(code, hint)] if code else []))


def test_a_table_may_have_several_versions_on_days_of_their_own(expect) -> None:
    text = """\
tables: codes
title: Codes
columns: {code: {type: string, key: true}}
versions:
  - {valid: {from: 2026-01-01, until: 2026-06-30}, rows: [{code: A}]}
  - §{valid: {from: 2026-07-01}, rows: [{code: B}]}
"""
    expect(text.replace("§", ""), path="procedures/tables/codes.yaml")
    meeting = text.replace("2026-07-01", "2026-06-30")
    expect(meeting, ("PF228", "on the day before"), path="procedures/tables/codes.yaml")


def test_days_between_two_versions_on_which_none_holds_are_told(expect) -> None:
    text = """\
tables: codes
title: Codes
columns: {code: {type: string, key: true}}
versions:
  - §{valid: {from: 2026-08-01}, rows: [{code: B}]}
  - {valid: {from: 2026-01-01, until: 2026-06-30}, rows: [{code: A}]}
"""
    expect(text, ("PF289", "until 2026-07-31"), path="procedures/tables/codes.yaml")
    one_day = text.replace("2026-08-01", "2026-07-02")
    expect(one_day, ("PF289", "this one from 2026-07-01"), path="procedures/tables/codes.yaml")
    expect(text.replace("§", "").replace("2026-08-01", "2026-07-01"), path="procedures/tables/codes.yaml")


WORDS = ("{health: well, gives: {to: a}}", "{health: ill, gives: {to: b}}")


@pytest.mark.parametrize(
    ("starts", "when", "rows", "told"),
    [
        ("ask: [abroad], optional: [health]", "", WORDS, True),
        ("ask: [abroad, health]", "", WORDS, False),
        ("ask: [abroad], optional: [health]", "health != null && ", WORDS, False),
        (
            "ask: [abroad], optional: [health]",
            "",
            ("{health: [well, null], gives: {to: a}}", WORDS[1]),
            False,
        ),
        ("ask: [abroad], optional: [health]", "", (WORDS[0], "{gives: {to: b}}"), False),
    ],
)
def test_what_may_be_unset_where_no_row_holds_then_is_told(
    starts: str, when: str, rows: tuple[str, ...], told: bool, expect
) -> None:
    text = of("first", *rows).replace("ask: [abroad, health]", starts)
    text = text.replace("when: 'decide", f"when: '{when}decide")
    if told:
        text = text.replace('"health": health', '"health": §health')
    expect(text, *([("PF323", "add a row for health: null")] if told else []))


@pytest.mark.parametrize(
    ("starts", "rows", "hint"),
    [
        # a row holds without it, but only where one is not abroad
        (
            "ask: [abroad], optional: [health]",
            ("{abroad: false, gives: {to: a}}", *WORDS),
            "{abroad: true, health: null",
        ),
        ("ask: [abroad, health]", ("{abroad: false, gives: {to: a}}", *WORDS), ""),
        ("ask: [health], optional: [abroad]", ("{abroad: [true, null], gives: {to: a}}", *WORDS), ""),
        (
            "ask: [abroad], optional: [health]",
            ("{abroad: false, gives: {to: a}}", *WORDS, "{health: null, gives: {to: b}}"),
            "",
        ),
        # each is answered without, and both are not
        (
            "optional: [abroad, health]",
            ("{abroad: [true, false], gives: {to: a}}", *WORDS),
            "{abroad: null, health: null",
        ),
    ],
)
def test_what_may_be_unset_where_a_row_holds_only_with_some_of_the_others_is_told(
    starts: str, rows: tuple[str, ...], hint: str, expect
) -> None:
    text = of("first", *rows).replace("ask: [abroad, health]", starts)
    where = "abroad" if "optional: [abroad" in starts else "health"
    text = text.replace(f'"{where}": {where}', f'"{where}": §{where}') if hint else text
    expect(text, *[("PF323", f"add the row {hint}")] if hint else [], only=["PF323"])


CODES = """\
tables: codes
columns: {code: {type: string, key: true}, hours: {type: number}}
versions:
  - {valid: {from: 2026-01-01, until: 2026-06-30}, rows: [{code: A, hours: 3}, {code: Bø, hours: 4}]}
  - {valid: {from: 2026-07-01}, rows: [{code: A, hours: 5}, {code: Bø, hours: 4}, {code: new, hours: 4}]}
"""
ASKING = """\
procedure: p
title: A procedure
starts: [{by: agent, ask: [kind, free]}]
data: {kind: {enum: [A, other]}, odd: {enum: [x, y], default: x}, free: {type: string}}
initial: first
states:
  first: {task: {role: agent, guide: "${kind} ${free} ${odd}"}, choices: {go: {when: '%s', to: last}}}
  last: {final: true}
"""


@pytest.mark.parametrize(
    ("key", "hint"),
    [
        ('§"C"', "the keys are A, Bø, new"),
        ('§"neww"', "did you mean new?"),
        ("§7", "the keys are"),
        ("§odd", "the keys are"),
        ('" a "', None),
        ("kind", None),
        ("free", None),
    ],
)
def test_a_key_that_no_version_of_a_table_has_is_told(expect, key: str, hint: str | None) -> None:
    files = {"procedures/tables/codes.yaml": CODES}
    text = ASKING % f'table("codes")[{key}].hours != null'
    expect(text, *([("PF331", hint)] if hint is not None else []), files=files)
    empty = CODES.split("versions:")[0] + "rows: []\n"
    expect(text.replace("§", ""), files={"procedures/tables/codes.yaml": empty})


def test_a_column_that_one_row_alone_leaves_out_is_told(expect) -> None:
    path = "procedures/tables/codes.yaml"
    expect(CODES, path=path)
    expect(
        CODES.replace("{code: new, hours: 4}", "§{code: new}"), ("PF229", "add it; hours: null"), path=path
    )
    expect(CODES.replace("{code: new, hours: 4}", "{code: new, hours: null}"), path=path)
    two = CODES.replace("{code: new, hours: 4}", "{code: new}").replace("Bø, hours: 4", "Bø")
    expect(two, path=path)  # it is left out where there is none
    expect(CODES.replace("{code: new, hours: 4}", "{code: new, §hour: 4}"), ("PF225", ""), path=path)

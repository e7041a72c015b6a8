"""What to write instead, for mistakes that owners make: told once, at the wrong word, with what is meant."""

from __future__ import annotations

import pytest

PLAIN = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent, ask: [amount, day, word], optional: [moved]}]
data:
  amount: {type: number}
  day: {type: date}
  moved: {type: instant}
  word: {enum: [red, blue]}
initial: first
states:
  first:
    task: {role: agent, guide: "${amount} ${word}"}
    choices:
      agree: {when: 'amount > 3', set: {moved: "${add_time(day, '1 day')}"}, to: second}
    after: {"${day}": {to: second}}
  second:
    task: {role: agent}
    choices: {finish: {to: last}}
  last: {final: true}
deadlines:
  done_soon: {starts: opening, within: 5 working days, met: [entering last]}
promises:
  agreed_first: {says: It is agreed., never: 'state("last") && amount < 3'}
"""


def changed(old: str, new: str) -> str:
    assert PLAIN.count(old) == 1
    return PLAIN.replace(old, new)


def test_the_plain_procedure_is_quiet(expect) -> None:
    expect(PLAIN)


@pytest.mark.parametrize(
    ("name", "hint"),
    [("second", 'write state("second")'), ("agree", 'write choice("agree")'), ("done_soon", 'write missed("done_soon")')],
)  # fmt: skip
def test_a_state_choice_or_deadline_in_a_promise_is_asked_for_by_its_function(expect, name, hint) -> None:
    expect(changed("""'state("last") && amount < 3'""", f"§{name} && amount < 3"), ("PF310", hint))


def test_a_choice_in_a_guard_is_counted(expect) -> None:
    expect(changed("'amount > 3'", "amount > 3 && !§finish"), ("PF310", 'write count("finish") > 0'))


@pytest.mark.parametrize(
    ("wrong", "hint"), [("amount §=< 3", "write <= for at most"), ("amount < 3 §and true", "write &&")]
)
def test_a_guard_that_cannot_be_read_is_told_alone(expect, wrong: str, hint: str) -> None:
    """What it would have read counts as read, and nothing is said of its answer, under shared keys too."""
    guard = "'amount > 3', set: {moved: \"${add_time(day, '1 day')}\"}, to: second"
    once = changed(guard, f"{wrong}, set: {{moved: \"${{add_time(day, '1 day')}}\"}}, to: second")
    once = once.replace("${amount} ", "").replace(" && amount < 3", "")
    expect(once, ("PF300", hint))
    then = f'{wrong}, then: [{{when: word == "red", to: second}}, {{set: {{moved: null}}, to: last}}]'
    expect(changed(guard, then), ("PF300", hint))


def test_a_day_is_no_instant_without_a_time(expect, check) -> None:
    text = changed("${add_time(day, '1 day')}", "${timestamp(§day)}")
    hint = 'write timestamp(string(day) + " 09:00")'
    expect(text, ("PF318", hint))
    expect(changed("\"${add_time(day, '1 day')}\"", "'${" + hint.removeprefix("write ") + "}'"))


def test_words_in_one_text_are_told_once_and_their_letters_are_no_words(expect) -> None:
    text = changed("{enum: [red, blue]}", "{enum: §red, blue}").replace("set: {", "set: {word: red, ")
    expect(text.replace("{enum: §red, blue}", "{enum: §red; blue}"), ("PF103", "write a list: [red, blue]"))


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("day", 'between signs: "${day}"'),
        ("day minus 1 month", 'between signs: "${day} minus 1 month"'),
        ("param('gap')", "between signs: \"${param('gap')}\""),
        ("call_gap", "write \"${param('call_gap')}\" where it is a parameter"),
        ("every §day at 07:30", "write every open day at 07:30"),
        ("each open day at 8", "write every open day at 08:00"),
        ("daily", "write every open day at 08:00"),
    ],
)
def test_a_time_that_is_meant_to_be_worked_out_or_comes_again(expect, wrong: str, hint: str) -> None:
    marked = wrong if "§" in wrong else f"§{wrong}"
    expect(
        changed('{"${day}": {to: second}}', f"{{{marked}: {{to: second}}}}"), ("PF210", hint), only=["PF210"]
    )


def test_a_field_that_only_an_unread_promise_names_is_not_called_unused(expect) -> None:
    text = changed("""'state("last") && amount < 3'""", """'state("last") §and not seen'""")
    text = text.replace("  word: {enum", "  seen: {type: boolean}\n  word: {enum")
    expect(text.replace("set: {moved", "set: {seen: true, moved"), ("PF300", "write &&"))


STARTS = "starts: [{by: agent, ask: [amount, day, word], optional: [moved]}]\n"


@pytest.mark.parametrize(
    ("lists", "message"),
    [
        ("starts:\n   - by: agent\n    §- by: lead\n", "this entry begins in column 5, and the one on line 5 in column 4"),
        ("starts:\n     - by: agent\n    §- by: lead\n", "this entry begins in column 5, and the one on line 5 in column 6"),
        ("starts:\n  - by: agent\n    ask: [day]\n    §- by: lead\n", "this entry begins in column 5, and the one on line 5"),
        ("correlate:\n  - day\nstarts:\n  by: agent\n  §- by: lead\n", "a list entry stands among keys"),
        ("starts:\n  - by: agent\n  §-by: lead\n", "here an entry of the list above is expected"),
    ],
)  # fmt: skip
def test_an_entry_in_another_column_than_its_list_is_told_with_that_column(check, lists, message) -> None:
    line, column = next(
        (n, text.index("§") + 1)
        for n, text in enumerate(changed(STARTS, lists).split("\n"), 1)
        if "§" in text
    )
    told = check(changed(STARTS, lists).replace("§", ""))
    assert [(p.line, p.column, p.code) for p in told] == [(line, column, "PF024")]
    assert told[0].message.startswith(message)


@pytest.mark.parametrize(
    "glued", ["starts:\n  - §by:{role: agent}\n    ask: [day]\n", "starts:\n  - §by:{role: agent}\n"]
)
def test_a_key_that_is_glued_to_its_value_is_told_once(expect, glued: str) -> None:
    expect(changed(STARTS, glued), ("PF027", "write `"))


def test_a_way_back_is_called_last(expect) -> None:
    expect(
        changed("to: second}\n    after", "to: §second.lasst}\n    after"), ("PF105", "write `second.last`")
    )


@pytest.mark.parametrize(
    ("promise", "code", "hint"),
    [
        ("{before: 'state(\"last\")', §then: 'amount > 2'}", "PF101", "write `must`"),
        ("{before: 'state(\"last\")', §mst: 'amount > 2'}", "PF101", "did you mean `must`?"),
        ("{after: 'amount > 2', §then: closed()}", "PF101", "write `eventually`"),
        ("{at_most: §1}", "PF103", 'write `at_most: {times: 1, of: choice("…")}`'),
    ],
)
def test_a_promise_with_the_wrong_key_is_told_once_with_the_right_one(expect, promise, code, hint) -> None:
    text = changed("""{says: It is agreed., never: 'state("last") && amount < 3'}""", promise)
    expect(text, (code, hint))


def test_hours_days_and_decimals_as_people_write_them(check) -> None:
    from .conftest import ORGANISATION

    path = "procedures/organisation.yaml"
    for old, new, hint in (
        ('"09:00-17:00"', '"8.30-17"', "write `08:30-17:00`"),
        ("calendar: {", "calendar: {closed: [24-12], ", "write `12-24`"),
        ("{mon-fri:", "{1-5:", "write `mon-fri`"),
        ("{mon-fri:", "{mandag-torsdag:", "write `mon-thu`"),
        ("{mon-fri:", "{Monday to Friday:", "write `mon-fri`"),
    ):
        (told,) = [p for p in check(PLAIN, files={path: ORGANISATION.replace(old, new)}) if p.path == path]
        assert (told.code, told.hint) == ("PF105", hint)
    (told,) = check(changed("{type: number}", "{type: number, decimals: 2}"))
    assert told.hint == "for two decimals write `multipleOf: 0.01`"


@pytest.mark.parametrize(
    "counted", ["did('note.write')", "closed() || choice('agree')", "missed('done_soon')"]
)
def test_what_stays_true_is_not_counted(expect, counted: str) -> None:
    promise = """{says: It is agreed., never: 'state("last") && amount < 3'}"""
    text = changed(promise, f"{{at_most: {{times: 1, of: §{counted}}}}}")
    text = text.replace("choices: {finish", "entry: [{note.write: {text: Agreed.}}]\n    choices: {finish")
    expect(text, ("PF480", "count the step that does it"))
    expect(text.replace(f"§{counted}", f"{counted} && choice('finish')").replace("|| choice", "&& choice"))


@pytest.mark.parametrize(("state", "told"), [("last", True), ("first", True), ("second", False)])
def test_a_pause_where_the_deadline_does_not_run_is_told(expect, state: str, told: bool) -> None:
    deadline = "{starts: opening, within: 5 working days, met: [entering last]}"
    paused = (
        f"{{starts: entering second, within: 5 working days, met: [choice finish], pause_in: [§{state}]}}"
    )
    if told:
        expect(changed(deadline, paused), ("PF481", "take it away"))
    else:
        expect(changed(deadline, paused.replace("§", "")))


def test_a_field_or_a_person_that_four_eyes_leave_out_stands_between_signs(expect) -> None:
    text = changed("  word: {enum", "  doer: {type: person}\n  word: {enum")
    text = text.replace("set: {moved", 'set: {doer: "${actor}", moved')
    for name, hint in (("doer", 'between signs: "${doer}"'), ("qaa", "write \"${person('qaa')}\"")):
        named = text.replace(
            "choices: {finish", f"choices: {{finish: {{other_than: [§{name}], to: last}}, end"
        )
        expect(named, ("PF241", hint), only=["PF241"] if name == "qaa" else ())


def test_a_text_that_is_just_the_name_of_a_field_is_asked_about(expect) -> None:
    said = "entry: [{note.write: {text: %s}}]\n    choices: {finish"
    expect(changed("choices: {finish", said % "§word"), ("PF328", 'write "${word}"'))
    expect(changed("choices: {finish", said % "{en: §word}"), ("PF328", 'write "${word}"'))
    expect(changed("choices: {finish", said % "The word"))


@pytest.mark.parametrize("pattern", ["^[0-9]{15$", "^x{2,15$", "(ab){3 "])
def test_a_count_that_is_not_closed_is_no_count(expect, pattern: str) -> None:
    field = f'word: {{type: string, pattern: §"{pattern}"}}'
    expect(changed("word: {enum: [red, blue]}", field), ("PF206", "}`, or `\\{"))
    expect(changed("word: {enum: [red, blue]}", 'word: {type: string, pattern: "^[0-9]{1,3}[{]{2}x$"}'))


ROWS = """\
decisions:
  how:
    hit: first
    inputs: {word: [red, blue]}
    rows:
      - {word: red, gives: {plan: a, watch: b}}
      - {word: blue, §gives: {plan: c}}
      - {word: null, gives: {plan: c, watch: d}}
"""


def test_an_answer_that_one_row_alone_lacks_is_told_and_null_is_an_answer(expect) -> None:
    asked = (
        changed("set: {moved", "set: {how: \"${decide('how', {word: word})}\", moved")
        .replace(
            "  word: {enum",
            "  how: {type: object, properties: {plan: {type: string}, watch: {type: string}}}\n  word: {enum",
        )
        .replace(
            "choices: {finish: {to", "choices: {finish: {when: 'how.plan != null && how.watch != null', to"
        )
    )
    rows = asked.replace("promises:", f"{ROWS}promises:")
    expect(rows, ("PF218", "watch: null where there is none"))
    expect(rows.replace("§gives: {plan: c}", "gives: {plan: c, watch: null}"))
    more = rows.replace("§gives: {plan: c}", "gives: {plan: c, watch: e, more: f}")
    expect(more.replace("${decide", "${§decide"), ("PF321", "there is no `more`"))


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("1-5", 'write "1..5"'),
        ("under 5", 'write "< 5"'),
        ("at least 5", 'write ">= 5"'),
        ("højst 5", 'write "<= 5"'),
        ("5 or more", 'write ">= 5"'),
        ("not 5", 'write "!= 5"'),
        ("few", "write a value, a list, a comparison"),
    ],
)
def test_a_cell_in_words_is_told_as_it_is_written(expect, cell: str, hint: str) -> None:
    rows = f"[{{amount: §{cell}, gives: {{to: a}}}}, {{gives: {{to: b}}}}]"
    table = f"decisions: {{d: {{hit: first, inputs: {{amount: integer}}, rows: {rows}}}}}\ninitial: first"
    text = changed("initial: first", table).replace(
        "when: 'amount > 3'", """when: 'decide("d", {amount: amount}).to == "a"'"""
    )
    expect(text, ("PF220", hint), only=("PF220",))

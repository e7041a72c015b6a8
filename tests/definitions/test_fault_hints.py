"""Where a document has the wrong form, what is to be written is told with the words that stand there."""

from __future__ import annotations

import pytest

WHOLE = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: {word: {enum: [red, blue]}}
decisions:
  d: {hit: first, inputs: {word: [red, blue]}, rows: [{word: red, gives: {who: a}}, {gives: {who: b}}]}
initial: first
states:
  first:
    task: {role: agent}
    choices:
      go: {ask: [word], when: 'decide("d", {word: word}).who == "a"', do: [{notify: {role: lead}}], to: last}
      stop: {to: last}
    after: {5 days: {to: last}}
  last: {final: true}
deadlines:
  late:
    starts: opening
    within: 4 days
    met: [choice go, choice stop]
    missed: {do: [{notify: {role: lead}}]}
"""


def test_the_whole_is_right(expect) -> None:
    expect(WHOLE)
    for same in ("label: Stop, ", "by: lead, "):
        alternatives = f"stop: [{{when: 'word == \"red\"', {same}to: last}}, {{{same}to: self}}]"
        expect(WHOLE.replace("stop: {to: last}", alternatives))
    expect(
        WHOLE.replace(
            "stop: {to: last}", "stop: [{when: 'word == \"red\"', label: Stop, to: last}, {to: self}]"
        )
    )
    expect(WHOLE.replace("starts: [{by: agent}]", "starts: [{by: agent}, {message: true}]"))


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("task: {role: agent}", "task: §agent", "PF103", "write `task: {role: agent}`"),
        ("stop: {to: last}", "stop: §last", "PF103", "write `stop: {to: last}`"),
        ("{5 days: {to: last}}", "{5 days: §last}", "PF103", "write `5 days: {to: last}`"),
        ("do: [{notify: {role: lead}}], to", "do: [{notify: §lead}], to", "PF103", "write `notify: {role: lead}`"),
        ("do: [{notify: {role: lead}}], to", "do: [§notify], to", "PF103", "note.write: {text: …}"),
        ("do: [{notify: {role: lead}}], to", "do: [{§mail: {to: x}}], to", "PF101", "did you mean `mail.send`?"),
        ("starts: [{by: agent}]", "starts: [{by: §[agent, lead]}]", "PF103", "write an entry for each"),
        ("starts: [{by: agent}]", "starts: [{by: agent}, {event: §message}]", "PF105", "write `message: true`"),
        ("starts: opening", "starts: §openning", "PF105", "did you mean `opening`?"),
        ("starts: opening", "starts: §enter first", "PF105", "did you mean `entering first`?"),
        ("choice go, choice stop", "choice go, §stop", "PF105", "write `choice stop` for a choice"),
        ("choice go, choice stop", "{§choice: go}, choice stop", "PF101", "write `choice go`, without a colon"),
        ("[choice go, choice stop]", "§choice go or choice stop", "PF105", "in a list"),
        ("missed: {do: [{notify: {role: lead}}]}", "missed: §[{notify: {role: lead}}]", "PF103", "missed: {do: […]}"),
        ("missed: {do: [{notify: {role: lead}}]}", "missed: {§to: last}", "PF101", "`events: {late: {to: last}}`"),
        ("[choice go, choice stop]", "§[]", "PF106", "name at least one, or remove the key"),
        ("{word: red, gives: {who: a}}", "{word: red, §give: {who: a}}", "PF102", "write `gives:` instead of `give:`"),
        ("{enum: [red, blue]}", "{enum: [red, blue, §red]}", "PF108", "remove one of them"),
        ("do: [{notify: {role: lead}}], to", "do: [{each: §words, notify: {role: lead}}], to", "PF105", 'write "${words}"'),
        ("{enum: [red, blue]}", "{enum: §red, blue}", "PF103", "write a list: [red, blue]"),
        ("starts: opening", "starts: §entering", "PF105", "say which: `entering STATE`"),
        ("starts: opening", "starts: §choice", "PF105", "say which: `choice NAME`"),
        ("starts: [{by: agent}]", "starts: §agent", "PF103", "write a list: [{by: agent}]"),
        ("starts: [{by: agent}]", "starts: §{by: agent}", "PF103", "put it between `[` and `]`: [{…}]"),
        ("starts: [{by: agent}]", "starts: [{by: agent}, {every: §month}]", "PF210", "first open day of the month at 09:00"),
        ("do: [{notify: {role: lead}}], to", "do: §notify lead, to", "PF103", "written `do: [{notify: {role: lead}}]`"),
        ("do: [{notify: {role: lead}}], to", "do: §raise done_so, to", "PF103", "written `do: [{raise: done_so}]`"),
        ("do: [{notify: {role: lead}}], to", "do: [{raise: §{name: done_so}}], to", "PF103", "write `raise: done_so`"),
        ("do: [{notify: {role: lead}}], to", "do: [{raise: §[done_so]}], to", "PF103", "write `raise: done_so`"),
        ("{enum: [red, blue]}}\ndec", "{enum: [§red blue]}}\ndec", "PF105", "put commas between them: [red, blue]"),
        ("starts: [{by: agent}]", "starts: [{by: agent}, {message: §mail}]", "PF310", 'write message.channel == "mail"'),
        ("task: {role: agent}", "task: {role: agent, other_than: [§who('go')]}", "PF241", "between signs: \"${who('go')}\""),
        ("{5 days: {to: last}}", "{§5 days: {}}", "PF482", "say where it leads"),
        ("stop: {to: last}", "stop: {when: 'now > case.opened + 30 §days', to: last}", "PF300", 'add_time(case.opened, "30 days")'),
        ("stop: {to: last}", "stop: {when: 'case.opened < 30 §days', to: last}", "PF300", 'duration("30 days")'),
        ("stop: {to: last}", "stop: {when: 'case.opened < now + 30 §days', to: last}", "PF300", 'add_time(now, "30 days")'),
        ("stop: {to: last}", "stop: {when: 'case.opened < now - 4 §working days', to: last}", "PF300", '"-4 working days"'),
    ],
)  # fmt: skip
def test_what_to_write_is_told(expect, right: str, wrong: str, code: str, hint: str) -> None:
    assert right in WHOLE
    expect(WHOLE.replace(right, wrong, 1), (code, hint))


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        # a right key in the wrong place
        ("task: {role: agent}", "§role: agent", "PF101", "`task: {role: agent}`"),
        ("task: {role: agent}", "task: {role: agent, §title: A}", "PF101", "belongs to the state, beside `task`"),
        ("task: {role: agent}", "task: {role: agent, §label: A}", "PF101", "the name of a state is its `title`"),
        ("stop: {to: last}", "stop: {§role: lead, to: last}", "PF101", "write `by: lead`"),
        ("last: {final: true}", "last: {final: true, §when: 'false'}", "PF101", "transition that leads here"),
        ("notify: {role: lead}}], to", "notify: {role: lead, §when: 'true'}}], to", "PF101", "beside `notify`"),
        ("notify: {role: lead}}], to", "note.write: {text: x, §each: '${[1]}'}}], to", "PF101", "beside `note.write`"),
        ("notify: {role: lead}}], to", "§mail.send: , to: x, subject: y, text: z}], to", "PF103", "further in"),
        ("task: {role: agent}", "invoke: §mail.send", "PF103", "`invoke: {mail.send: {…}}`"),
        ("ask: [word], when", "ask: §word, when", "PF103", "write a list: [word]"),
        ("ask: [word], when", "ask: [word, §{a: tick, b: tick}], when", "PF107", "[{a: …}, {b: …}]"),
        # a value that was meant to be worked out, or a number
        ("ask: [word], when", "ask: [word], set: {word: §word + 'x'}, when", "PF204", "\"${word + 'x'}\""),
        ("{enum: [red, blue]}", "{type: integer, maximum: §1_000, default: 7}", "PF205", "write 1000"),
        ("{enum: [red, blue]}", "{type: integer, minimum: 0, default: §1 000}", "PF204", "write 1000"),
        ("{enum: [red, blue]}", "{type: file, accept: [image/*, .png, §jpg]}", "PF205", "write image/jpeg"),
        # an answer that one row alone gives
        ("{word: red, gives: {who: a}}", "{word: red, gives: {§hwo: a}}", "PF218", "did you mean `who`?"),
        ("task: {role: agent}", "task: {role: agent}\n    §keep: 2 days", "PF101", "`events: {message: {keep: 2 days"),
        # who is worked out, words without a comma, several keys on one line, and other forms that owners try
        ("task: {role: agent}", "task: {role: §'${word}'}", "PF105", "stands under `to`"),
        ("ask: [word], when", "ask: [§word other], when", "PF105", "put a comma between them: word, other"),
        ("stop: {to: last}", "stop: to§: last", "PF021", "write `stop: {to: last}`"),
        ("stop: {to: last}", "§stop:{to: last}", "PF027", "write `stop: {to: last}`"),
        ("stop: {to: last}", "§stop {to: last, label: Stop}", "PF027", "write `stop: {to: last, label: Stop}`"),
        ("stop: {to: last}", "§stop [to, last]", "PF027", "write `stop: [to, last]`"),
        ("stop: {to: last}", "§stop 'last'", "PF027", "write `stop: 'last'`"),
        ("stop: {to: last}", "stop: {to: §[last, first]}", "PF103", "a transition leads to one state"),
        ("stop: {to: last}", "stop: §null", "PF103", "write `stop: {to: …}`"),
        ("stop: {to: last}", "stop: [§to last]", "PF103", "write `{to: last}`"),
        ("stop: {to: last}", "stop: {§to: last, then: [{when: 'word == \"red\"', to: first}, {to: self}]}", "PF111", "never used"),
        # what is one for the whole choice
        ("stop: {to: last}", "stop: [{when: 'word == \"red\"', §by: lead, to: last}, {to: self}]", "PF213", "make two choices"),
        ("stop: {to: last}", "stop: [{when: 'word == \"red\"', to: last}, {§other_than: [go], to: self}]", "PF213", "beside a `then:`"),
        ("stop: {to: last}", "stop: {by: lead, then: [{when: 'word == \"red\"', to: last}, {§by: agent, to: self}]}", "PF111", "make two"),
        ("stop: {to: last}", "stop: [{when: 'word == \"red\"', label: Stop, to: last}, {§label: Halt, to: self}]", "PF213", "`label:`"),
        # keys that other tools have
        ("when: 'decide", "§if: 'decide", "PF101", "write `when`"),
        ("stop: {to: last}", "stop: {then: [{when: 'word == \"red\"', to: last}, {§else: true, to: last}]}", "PF101", "no other holds"),
        ("task: {role: agent}", "task: {§assignee: qaa}", "PF101", "write `to`"),
        ("    after: {5 days", "    §on: {done: {to: last}}\n    after: {5 days", "PF101", "write `events`"),
        ("missed: {do:", "§overdue: {do:", "PF101", "write `missed`"),
        ("missed: {do: [{notify: {role: lead}}]}", "missed: {§notify: {role: lead}}", "PF101", "write `do: [{notify: {…}}]`"),
        ("starts: [{by: agent}]", "starts: [{by: agent}, {§webhook: true}]", "PF101", "what comes in is a message"),
        ("starts: [{by: agent}]", "starts: [{by: agent}, {§cron: 0 9 1 * *}]", "PF101", "write `every`"),
        ("notify: {role: lead}}], to", "mail.send: {to: a@b.example, subject: x, §body: y}}], to", "PF101", "write `text`"),
        ("task: {role: agent}", "invoke: {§reach: {who: '${word}'}}", "PF101", "`invoke: {procedure: reach, with: {…}}`"),
        ("{enum: [red, blue]}", "{enum: §red | blue}", "PF103", "write a list: [red, blue]"),
        ("{enum: [red, blue]}", "{enum: [red, blue], required: §true}", "PF103", "where a choice or a start names it"),
        # a guard that YAML takes for a tag
        ("stop: {to: last}", "stop: {when: §!late, to: last}", "PF014", '"!late"'),
        ('stop: {to: last}', 'stop: {when: §!missed("late"), to: last}', "PF026", "when: '!missed(\"late\")'"),
    ],
)  # fmt: skip
def test_each_is_told_once_with_what_to_write(expect, right: str, wrong: str, code: str, hint: str) -> None:
    assert right in WHOLE
    told = ("PF101", "PF103", "PF105", "PF107", "PF111", "PF204", "PF205", "PF014", "PF021", "PF026", "PF027")
    told += ("PF213", "PF218", "PF250", "PF252", "PF323")
    expect(WHOLE.replace(right, wrong, 1), (code, hint), only=told)


def test_a_promise_whose_count_is_missing_is_shown_with_one(expect) -> None:
    text = WHOLE + "promises:\n  once: {says: Once., at_most: §'choice(\"go\")'}\n"
    expect(text, ("PF103", 'write `at_most: {times: 1, of: choice("go")}`'))


def test_a_typographic_quote_around_a_value_is_told_as_that(expect) -> None:
    text = WHOLE.replace("{notify: {role: lead}}], to", "{note.write: {text: “§${word}”}}], to")
    expect(text, ("PF026", "a typographic quote is no quote"), only=("PF026",))


def test_a_number_with_points_and_a_comma_is_written_with_one_point(check) -> None:
    table = """\
tables: t
columns: {kind: {type: string, key: true}, price: {type: number}}
versions: [{valid: {from: 2026-06-30}, rows: [{kind: a, price: 15.890,50}]}]
"""
    (problem,) = check(WHOLE, files={"procedures/tables/t.yaml": table})
    assert problem.code == "PF019" and "a number has a point: price: 15890.50" in problem.hint


def test_a_copy_is_told_and_not_what_it_is_a_copy_of(check) -> None:
    """Whatever the alphabet says; and its folder says what to call it."""
    (problem,) = check(WHOLE, files={"procedures/a_copy/procedure.yaml": WHOLE})
    assert (problem.path, problem.code) == ("procedures/a_copy/procedure.yaml", "PF233")
    assert "call it `a_copy`" in problem.hint


@pytest.mark.parametrize(
    ("word", "near"), [("forms", "form"), ("mial", "mail"), ("email", "mail"), ("form", ""), ("letter", "")]
)
def test_a_guard_that_asks_for_a_channel_which_is_none_is_doubted(expect, word: str, near: str) -> None:
    """Any other word may be what people say who take a message in by hand."""
    asked = ("§" if near else "") + f'"{word}"'
    text = WHOLE.replace("[{by: agent}]", f"[{{by: agent}}, {{message: 'message.channel == {asked}'}}]")
    expect(text, *([("PF329", f"did you mean {near}?")] if near else []))


def test_what_is_passed_by_is_told(expect) -> None:
    text = WHOLE.replace(
        "    task: {role: agent}",
        "    always: [{when: 'word == \"red\"', to: last}, {to: last}]\n    §task: {role: agent}",
    )
    expect(text, ("PF216", "give the `always` a `when`"), only=("PF216",))
    expect(text.replace(", {to: last}]", "]").replace("§", ""), only=("PF216",))


def test_a_colon_without_a_value_between_brackets(expect) -> None:
    expect(WHOLE.replace("{5 days: {to: last}}", "{five§:}"), ("PF027", "a space and the value"))


def test_several_keys_of_an_entry_on_one_line_stand_between_braces(expect) -> None:
    text = "scenarios: p\nclock: 2026-05-11 10:05\ntests:\n  One:\n    - open: {by: qaa}\n    - do: go, by§: qaa\n"
    path = "procedures/p/scenarios.yaml"
    expect(text, ("PF021", "stand between braces: - {do: go, by: qaa}"), path=path, only=("PF021",))


TEAM = """\
organisation: small
timezone: Europe/Copenhagen
languages: [en]
calendar: {open: {mon-fri: "09:00-17:00"}}
roles: {agent: Agent, lead: Lead}
people:
  qaa: {name: Anna Test, roles: [agent]}
  qbb: {name: Bo Test, roles: [lead]}
"""
TOLD = "do: [{notify: {role: lead}}], to"


@pytest.mark.parametrize(
    ("text", "right", "wrong", "code", "hint"),
    [
        (WHOLE.replace("title: A procedure", "title: {en: A, xx:B}"), "[en]", "[en, xx]", "PF019", "title:"),
        (WHOLE.replace("procedure: p\n", "procedure: P\n"), "[en]", "[en]", "PF105", "write `p`"),
        (WHOLE.replace("title: A procedure", "title: {da: A}"), "[en]", "[dk]", "PF105", "write `da`"),
        (WHOLE.replace(TOLD, TOLD.replace("role: lead", "person: qbb")), "qbb:", "qaa:", "PF011", "remove one"),
    ],
)  # fmt: skip
def test_what_only_follows_is_not_told_as_well(
    check, text: str, right: str, wrong: str, code: str, hint: str
) -> None:
    team = TEAM.replace(right, wrong)
    (problem,) = check(text, files={"procedures/organisation.yaml": team})
    assert problem.code == code and hint in problem.as_text()


def test_a_version_that_ends_before_it_begins_is_told_and_no_gap_beside_it(check) -> None:
    table = """\
tables: t
columns: {kind: {type: string, key: true}}
versions:
  - valid: {from: 2026-06-30, until: 2026-01-01}
    rows: [{kind: a}]
  - valid: {from: 2026-07-01}
    rows: [{kind: a}]
"""
    found = check(WHOLE, files={"procedures/tables/t.yaml": table})
    assert [p.code for p in found] == ["PF228"]


def test_a_misspelt_message_is_told_once_and_not_in_all_that_reads_it(expect) -> None:
    text = WHOLE.replace(
        "    after:", "    events: {§mesage: {when: 'message.text == \"x\"', to: last}}\n    after:"
    )
    expect(text, ("PF247", "did you mean `message`?"))


def test_fields_to_ask_for_in_one_text_are_a_list(expect) -> None:
    asked = WHOLE.replace("starts: [{by: agent}]", "starts:\n  - by: agent\n    ask: §word, word")
    expect(asked, ("PF103", "write a list: [word, word]"))


def test_a_state_without_a_task_is_told_once(expect) -> None:
    expect(
        WHOLE.replace("    task: {role: agent}\n", "").replace("      go:", "      §go:"),
        ("PF257", "to the choices"),
    )


def test_a_figure_with_a_plus_adds_nothing(expect) -> None:
    text = WHOLE.replace("data: {word", "data: {n: {type: integer, default: 0}, word").replace(
        "stop: {to: last}", "stop: {when: 'n < 3', set: {n: §+1}, to: last}"
    )
    expect(text, ("PF212", 'write "${n + 1}" to add it'))
    expect(text.replace("§+1", "1"))


def test_what_nobody_is_known_to_open_is_not_doubted_while_another_file_is_not_understood(check) -> None:
    opened = (
        WHOLE.replace("starts: [{by: agent}]\n", "")
        .replace("procedure: p", "procedure: q")
        .replace("ask: [word], when", "when")
    )
    opener = WHOLE.replace(
        "after: {5 days: {to: last}}", "entry: [{start: {procedure: q, with: {word: red}}}]"
    )
    path = "procedures/q/procedure.yaml"
    assert check(opener, files={path: opened}) == ()
    told = check(opener.replace("procedure: q, ", ""), files={path: opened})
    assert {p.path for p in told} == {"procedures/p/procedure.yaml"}

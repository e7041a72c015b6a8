"""Expressions where they stand: what is declared there, and what is surely set."""

from __future__ import annotations

import pytest

PLAIN = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent, optional: [amount, day, word]}]
data:
  kn: {type: string}
  amount: {type: number}
  day: {type: date}
  keeper: {type: person}
  word: {enum: [red, blue]}
  phones: {type: array, items: {type: phone}, pii: false}
  proof: {type: evidence}
initial: first
states:
  first:
    task: {role: agent, guide: "${kn} ${amount} ${keeper} ${word} ${phones} ${proof.reason}"}
    choices:
      ask_all: {ask: [kn, amount, keeper, word], optional: [phones], to: asked}
      skip: {set: {proof: "${evidence('sms', null)}"}, to: open}
  asked:
    task: {to: "${keeper}"}
    choices:
      on: {to: second}
%s
  open:
    task: {role: agent}
    choices:
      on: {to: second}
%s
  second:
    task: {role: agent}
    choices: {on: {to: last}}
%s
  last: {final: true}
%s
"""


def of(asked: str = "", open_: str = "", second: str = "", more: str = "") -> str:
    def inside(text: str) -> str:
        return "\n".join(f"    {line}" for line in text.split("\n")) if text else ""

    return PLAIN % (inside(asked), inside(open_), inside(second), more)


def test_a_plain_procedure_is_quiet(expect) -> None:
    expect(of())


# what is surely set


def test_what_every_way_in_has_asked_is_set(expect) -> None:
    expect(of(asked="after: {5 days: {when: 'amount > 3', to: last}}"))


def test_what_one_way_in_has_not_asked_may_be_unset(expect) -> None:
    expect(of(second="after: {5 days: {when: '§amount > 3', to: last}}"), ("PF323", "amount != null"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("main", 'write mailbox("main")'), ("brand", 'write param("brand")'), ("qaa", 'write person("qaa")'), ("lead", 'write role("lead")')],
)  # fmt: skip
def test_a_name_of_the_organisation_is_asked_for_by_its_function(expect, name: str, hint: str) -> None:
    expect(of(second=f"entry: [{{note.write: {{text: '${{§{name}}}'}}}}]"), ("PF310", hint), only=["PF310"])


def test_what_a_guard_has_shown_is_set_behind_it(expect) -> None:
    expect(
        of(
            open_="after: {5 days: {when: 'amount != null && day != null', set: {amount: '${amount + 1}'}, to: last}}"
        )
    )


def test_what_an_earlier_guard_has_shown_is_set_in_the_next(expect) -> None:
    expect(
        of(open_="after: {5 days: [{when: 'amount == null', to: last}, {when: 'amount > 3', to: second}]}")
    )


def test_what_was_set_to_null_is_unset(expect) -> None:
    expect(
        of(
            asked="events: {message: {set: {amount: null}}}\nafter: {5 days: {when: '§amount > 3', to: last}}"
        ),
        ("PF323", "no"),
    )


def test_what_was_set_to_something_unset_is_unset(expect) -> None:
    text = of(
        asked="events: {message: {set: {kn: '${keeper.region}'}}}\nafter: {5 days: {when: '§kn > \"x\"', to: last}}"
    )
    expect(text, ("PF323", "kn != null"))


def test_what_was_set_on_the_only_way_in_is_set(expect) -> None:
    text = of().replace(
        'skip: {set: {proof: "${evidence(\'sms\', null)}"}',
        'skip: {set: {amount: 3, proof: "${evidence(\'sms\', null)}"}',
    )  # fmt: skip
    expect(text.replace("  open:\n", "  open:\n    after: {5 days: {when: 'amount > 3', to: last}}\n"))


def test_a_default_is_set_from_the_start(expect) -> None:
    text = of(second="after: {5 days: {when: 'amount > 3', to: last}}")
    expect(text.replace("amount: {type: number}", "amount: {type: number, default: 0}"))


def test_what_a_start_asks_is_set(expect) -> None:
    text = of(second="after: {5 days: {when: 'amount > 3', to: last}}")
    expect(text.replace("optional: [amount, day, word]", "ask: [amount], optional: [day, word]"))


def test_lists_and_evidence_are_never_unset(expect) -> None:
    expect(of(open_="after: {5 days: {when: 'size(phones) > 0 && !proof.accepted', to: last}}"))


def test_a_question_for_null_is_no_surprise_where_the_field_is_set(expect) -> None:
    """Nobody is told that a careful guard is needless."""
    expect(of(asked="after: {5 days: {when: 'amount != null && amount > 3', to: last}}"))


def test_what_a_choice_asks_is_set_in_its_guard_and_after(expect) -> None:
    expect(
        of(open_="", second="").replace(
            "      on: {to: second}\n\n  open",
            "      on: {ask: [day], when: 'day > date(\"2026-01-01\")', to: second}\n\n  open",
        )
    )


def test_a_promise_knows_what_is_set_in_the_state_it_names(expect) -> None:
    promise = "promises: {big: {says: Big., never: 'state(\"asked\") && amount < 0'}}"
    expect(of(more=promise))
    expect(of(more=promise.replace('"asked") && amount', '"open") && §amount')), ("PF323", "amount != null"))


# what is there


@pytest.mark.parametrize(
    ("place", "code", "hint"),
    [
        ("after: {5 days: {when: '§message.text == \"x\"', to: last}}", "PF310", "events: message"),
        ("after: {5 days: {when: '§input.kn == \"x\"', to: last}}", "PF310", "a person takes a choice"),
        ("after: {5 days: {when: '§result.make == \"x\"', to: last}}", "PF310", "done"),
        ("entry: [{note.write: {text: \"${input.§day}\"}}]", "PF311", "`day`"),
        ("entry: [{note.write: {text: \"${input.kn}\"}}]", "", ""),
        ("events: {message: {when: 'message.§txt == \"x\"', to: last}}", "PF311", "text"),
        ("after: {5 days: {when: '§knn == \"x\"', to: last}}", "PF310", "kn"),
        ("after: {5 days: {when: 'word == §\"green\"', to: last}}", "PF316", "red, blue"),
        ("after: {5 days: {when: §kn, to: last}}", "PF320", "kn != null"),
        ("after: {\"${§keeper}\": {to: last}}", "PF321", "4 working days"),
        ("after: {\"${day} minus 3 days\": {to: last}}", "", ""),
        ("entry: [{notify: {person: \"${§amount}\"}}]", "PF321", "person"),
        ("events: {message: {set: {amount: \"${§kn}\"}}}", "PF321", "a number"),
        ("events: {message: {set: {day: \"x ${§kn}\"}}}", "PF321", "exactly one"),
        ("entry: [{note.write: {text: \"${item}\"}, each: \"${phones}\"}]", "", ""),
        ("entry: [{note.write: {text: \"${one.§nr}\"}, each: \"${members('agent')}\", as: one}]", "PF311", "it has id"),
        ("entry: [{note.write: {text: x}, each: \"${§kn}\"}]", "PF321", "a list"),
        ("exit: [{note.write: {text: \"${param(§'limt')}\"}}]", "PF315", "limit"),
        ("exit: [{note.write: {text: \"${mailbox(§'man')}\"}}]", "PF315", "main"),
        ("exit: [{note.write: {text: \"${role(§'boss')}\"}}]", "PF315", "agent, lead"),
    ],
)  # fmt: skip
def test_what_is_declared_depends_on_the_place(expect, place, code, hint) -> None:
    expect(of(asked=place), *([(code, hint)] if code else []))


def test_the_answer_of_an_operation_is_typed(expect) -> None:
    asking = """  asking:
    invoke: {vehicle.lookup: {plate: "${kn}"}}
    events:
      done: {when: 'result.make == "VW" && result.§maker == "x"', to: last}
      failed: {do: [{note.write: {text: "${result.error}"}}], to: last}
"""
    text = of().replace("  second:\n", f"{asking}  second:\n").replace("on: {to: last}", "on: {to: asking}")
    expect(text, ("PF311", "make"))


def test_there_is_no_now_in_the_words_that_are_read_at_any_time(expect) -> None:
    text = of().replace('${proof.reason}"}', '${proof.reason} ${§now}"}')
    expect(text, ("PF310", "any time"))


def test_the_reader_of_the_words_is_the_actor(expect) -> None:
    expect(of().replace('${proof.reason}"}', '${proof.reason} ${actor.name}"}'))


def test_an_answer_of_a_decision_has_the_words_of_its_rows(expect) -> None:
    table = "decisions: {desk: {inputs: {word: [red, blue]}, rows: [{word: red, gives: {to: north}}, {gives: {to: south}}]}}"
    good = of(
        asked='after: {5 days: {when: \'decide("desk", {"word": word}).to == "north"\', to: last}}',
        more=table,
    )
    expect(good)
    expect(good.replace('== "north"', '== §"west"'), ("PF316", "north, south"))
    expect(
        good.replace('{"word": word}', '{§"wrd": word}'),
        ("PF326", "word"),
        only=("PF326",),
    )
    expect(good.replace('{"word": word}', "§{}"), ("PF285", "add word"))


def test_a_row_of_a_table_has_its_columns(expect) -> None:
    table = "tables: codes\ntitle: Codes\ncolumns: {code: {type: string, key: true}, hours: {type: number}}\nrows: [{code: A, hours: 3}]\n"
    files = {"procedures/tables/codes.yaml": table}
    expect(of(asked="after: {5 days: {when: 'table(\"codes\")[kn].hours == 3', to: last}}"), files=files)
    expect(
        of(asked="after: {5 days: {when: 'table(\"codes\")[kn].§hour == 3', to: last}}"),
        ("PF311", "hours"),
        files=files,
    )
    expect(
        of(asked="after: {5 days: {when: 'table(§\"code\")[kn].hours == 3', to: last}}"),
        ("PF315", "codes"),
        files=files,
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("'Red'", None),
        ("kn", None),
        ("§'green'", ("PF316", "red, blue")),
        ("§size(kn)", ("PF322", "a number is never a key here")),
    ],
)
def test_a_table_whose_keys_are_words_is_asked_with_one_of_them(expect, key: str, told) -> None:
    table = "tables: codes\ntitle: Codes\ncolumns: {code: {enum: [red, blue], key: true}, hours: {type: number}}\nrows: [{code: red, hours: 3}]\n"
    text = of(asked=f"after: {{5 days: {{when: \"table('codes')[{key}].hours == 3\", to: last}}}}")
    expect(text, *([told] if told else []), files={"procedures/tables/codes.yaml": table})


def test_a_function_of_a_plugin_is_known_by_its_annotations(expect) -> None:
    def risk(kn: str, more: bool = False) -> bool:
        return more and bool(kn)

    expect(of(asked="after: {5 days: {when: 'risk(kn)', to: last}}"), functions={"risk": risk})
    expect(of(asked="after: {5 days: {when: 'risk(§3)', to: last}}"), ("PF318", ""), functions={"risk": risk})
    expect(
        of(asked="after: {5 days: {when: '§rsk(kn)', to: last}}"), ("PF312", "risk"), functions={"risk": risk}
    )


def test_evidence_comes_through_a_channel_that_can_be_judged(expect) -> None:
    text = of().replace("evidence('sms', null)", "evidence(§'pigeon', null)")
    expect(text, ("PF315", "mail"))
    expect(text.replace("§", ""), evidence_channels=("pigeon",))


def test_an_expression_that_cannot_be_read_is_told_once(expect) -> None:
    expect(of(asked="after: {5 days: {when: 'kn §= \"x\"', to: last}}"), ("PF300", "=="))


def test_the_guard_of_a_start_sees_what_the_start_asks_for(expect) -> None:
    was = "{by: agent, optional: [amount, day, word]}"
    asks = "{by: agent, ask: [amount], optional: [day], when: §amount > 3, set: {word: \"${amount > 5 ? 'red' : 'blue'}\"}}"
    assert was in of()
    expect(of().replace(was, asks.replace("§", "")))
    expect(
        of().replace(was, asks.replace("ask: [amount], optional: [", "optional: [amount, ")),
        ("PF323", "amount != null"),
    )


@pytest.mark.parametrize(
    "starts",
    [
        "  - message: 'message.subject != null && message.subject != \"x\"'\n    when: 'message.subject.trim() != \"\"'\n    set: {kn: '${message.subject.substring(0, 4)}'}",
        "  - message: true\n    when: 'message.subject != null'\n    set: {kn: '${message.subject.trim()}'}",
    ],
)
def test_what_the_guard_of_a_start_has_shown_is_set_in_its_set_and_in_the_first_state(
    expect, starts: str
) -> None:
    text = f"""\
procedure: p
title: A procedure
owner: lead
starts:
{starts}
data:
  kn: {{type: string, pii: true}}
initial: first
states:
  first:
    events:
      message: {{when: '§message.subject.trim() == "x" && size(kn) > 3', to: last}}
    after: {{5 days: {{when: 'size(kn) > 3', to: last}}}}
    task: {{role: agent}}
  last: {{final: true}}
"""
    expect(text, ("PF323", "message.subject != null"))

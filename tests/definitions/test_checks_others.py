"""What one procedure says of another: invoked, started, signalled, looked up; each wrong word at its place."""

from __future__ import annotations

import pytest

OTHER = "procedures/other/procedure.yaml"
#: A procedure that others invoke, signal and look up.
ASKED = """\
procedure: other
title: The other
starts:
  - {by: agent, ask: [kn]}
  - {event: wanted, set: {mood: calm}}
data:
  kn: {type: string}
  mood: {enum: [calm, angry]}
  name: {type: string, pii: true}
  keeper: {type: person}
  calls: {type: integer}
initial: first
states:
  first:
    task: {to: "${keeper}", say: "${name} ${calls} ${mood}"}
    events: {called: {to: reached}}
    choices: {give_up: {ask: [mood, calls, keeper, name], to: gone}}
  reached: {final: true, outcome: reached}
  gone: {final: true, outcome: gone}
"""
ASKING = """\
procedure: p
title: A procedure
starts: [{by: agent, ask: [kn, who, plain]}]
data:
  kn: {type: string}
  who: {type: string, pii: true}
  plain: {type: string}
  count: {type: integer}
  person: {type: person}
initial: first
states:
  first:
    task: {role: agent, say: "${who} ${plain} ${count} ${person.name}"}
    choices:
      ask: {to: asking}
      tell: {do: [{signal: {name: called, to: {procedure: other, where: {kn: "${kn}"}}}}], to: last}
      look: {when: 'cases("other", {kn: kn}) == []', to: last}
  asking:
    invoke: {procedure: other, with: {kn: "${kn}"}}
    events:
      done:
        - {when: 'result.outcome == "reached"', set: {count: "${result.calls}", person: "${result.keeper}"}, to: last}
        - {to: first}
      failed: {do: [{note.write: {text: "${result.error}"}}], to: first}
  last: {final: true}
"""


def test_two_procedures_with_nothing_wrong_are_quiet(check) -> None:
    assert check(ASKING, files={OTHER: ASKED}) == ()


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        # invoke
        ("invoke: {procedure: other", "invoke: {procedure: §othr", "PF245", "`other`"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${kn}", §calles: 1}', "PF249", "`calls`"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${kn}", calls: "${§kn}"}', "PF321", "a number is wanted"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${kn}", mood: §cross}', "PF204", "calm"),
        ('with: {kn: "${kn}"}', "with: {kn: '${kn}', mood: '${§\"cross\"}'}", "PF316", "calm"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${kn}", calls: §many}', "PF204", "number"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${kn}", keeper: §qax}', "PF243", "qaa"),
        ('with: {kn: "${kn}"}', 'with: {kn: "${§who}"}', "PF266", "of the other case"),
        # its result
        ('result.outcome == "reached"', 'result.outcome == §"reach"', "PF316", "reached"),
        ('result.outcome == "reached"', 'result.§outcom == "reached"', "PF311", "outcome"),
        ('result.outcome == "reached"', "§result.calls", "PF320", ""),
        ('count: "${result.calls}"', 'plain: "${§result.name}"', "PF266", "pii: true"),
        # signal
        ("signal: {name: called", "signal: {name: §caled", "PF246", "`called`"),
        ("to: {procedure: other, where", "to: {procedure: §ohter, where", "PF245", "`other`"),
        ('where: {kn: "${kn}"}', 'where: {§kmn: "${kn}"}', "PF249", "`kn`"),
        ('where: {kn: "${kn}"}', 'where: {calls: "${§kn}"}', "PF321", "a number is wanted"),
        # cases
        ('cases("other"', 'cases(§"othr"', "PF315", "other"),
        ("{kn: kn}) == []", "{§kmn: kn}) == []", "PF326", "kn"),
        ("{kn: kn}) == []", "{calls: §kn}) == []", "PF321", "a number is wanted"),
        ("{kn: kn}) == []", '{mood: §"cross"}) == []', "PF316", "calm"),
        ("{kn: kn}) == []", '{kn: kn}).exists(c, c.§moot == "calm")', "PF311", "mood"),
        ("{kn: kn}) == []", '{kn: kn}).exists(c, c.mood == §"cross")', "PF316", "calm"),
    ],
)  # fmt: skip
def test_a_wrong_word_about_another_procedure_is_told_where_it_stands(
    expect, right: str, wrong: str, code: str, hint: str
) -> None:
    assert right in ASKING
    expect(ASKING.replace(right, wrong, 1), (code, hint), files={OTHER: ASKED}, only=(code,))


def test_a_case_that_is_looked_up_knows_its_number_and_its_personal_data_stay_personal(check, expect) -> None:
    numbers = "{kn: kn})[0].number"
    look = ASKING.replace(
        "look: {when: 'cases(\"other\", {kn: kn}) == []', to: last}",
        "look: {set: {count: \"${cases('other', " + numbers + '}"}, to: last}',
    )
    assert [p.code for p in check(look, files={OTHER: ASKED})] == []
    personal = look.replace('set: {count: "${cases', 'set: {plain: "${§cases').replace(
        "[0].number", "[0].name"
    )
    expect(personal, ("PF266", "pii"), files={OTHER: ASKED}, only=("PF266",))


def test_a_start_without_what_every_start_asks_for_is_told_and_an_empty_value_says_that_it_is_meant(
    expect, check
) -> None:
    bare = ASKED.replace("  - {event: wanted, set: {mood: calm}}\n", "")
    expect(
        ASKING.replace('invoke: {procedure: other, with: {kn: "${kn}"}}', "invoke: {procedure: §other}"),
        ("PF269", "kn: null"),
        files={OTHER: bare},
        only=("PF269",),
    )
    by_itself = bare.replace("starts:\n", "starts:\n  - {message: true, set: {mood: calm}}\n")
    lonely = ASKING.replace('invoke: {procedure: other, with: {kn: "${kn}"}}', "invoke: {procedure: other}")
    assert "PF269" not in [p.code for p in check(lonely, files={OTHER: by_itself})]
    meant = ASKING.replace('with: {kn: "${kn}"}', "with: {kn: null}")
    assert "PF269" not in [p.code for p in check(meant, files={OTHER: bare})]


def test_an_event_that_another_procedure_signals_is_raised_somewhere(check) -> None:
    assert "PF247" not in [p.code for p in check(ASKING, files={OTHER: ASKED})]
    silent = ASKING.replace(
        'do: [{signal: {name: called, to: {procedure: other, where: {kn: "${kn}"}}}}], ', ""
    )
    found = [(p.path, p.code, p.severity) for p in check(silent, files={OTHER: ASKED}) if p.code == "PF247"]
    assert found == [(OTHER, "PF247", "warning")]


def test_a_start_by_an_event_that_is_signalled_under_nearly_that_name_is_told(check) -> None:
    misspelt = ASKED.replace("{event: wanted, set", "{event: caled, set")
    (told,) = [p for p in check(ASKING, files={OTHER: misspelt}) if p.code == "PF247"]
    assert (told.path, told.line, told.column) == (OTHER, 5, 13)
    assert "so no case is ever opened by it" in told.message and told.hint == "did you mean `called`?"
    assert "PF247" not in [p.code for p in check(ASKING, files={OTHER: ASKED})], (
        "who signals `wanted` may still have to be written"
    )


def test_what_follows_from_a_misspelt_procedure_is_not_told_of_the_one_that_is_meant(expect) -> None:
    only = ASKED.replace("  - {by: agent, ask: [kn]}\n", "").replace(
        '"${name} ${calls}', '"${kn} ${name} ${calls}'
    )
    text = ASKING.replace("invoke: {procedure: other", "invoke: {procedure: §othr").replace(
        'where: {kn: "${kn}"}', "where: {}"
    )
    expect(text, ("PF245", "did you mean `other`?"), files={OTHER: only}, only=("PF245", "PF260", "PF261"))


def test_a_field_that_only_others_read_is_used(check) -> None:
    lonely = ASKING.replace(', person: "${result.keeper}"', "").replace(
        'count: "${result.calls}"', "plain: x"
    )
    kept = ASKED.replace('say: "${name} ${calls} ${mood}"', 'say: "${name} ${mood}"')
    kept = kept.replace("ask: [mood, calls, keeper, name]", "ask: [mood, keeper, name], set: {calls: 3}")
    assert "PF262" in [p.code for p in check(lonely, files={OTHER: kept})]
    assert "PF262" not in [p.code for p in check(ASKING, files={OTHER: kept})]
    own = lonely.replace("data:", "data:\n  calls: {type: integer, default: 0}", 1)
    own = own.replace("states:", "promises: {few: {says: {en: Few., da: Få.}, never: calls > 9}}\nstates:", 1)
    found = [(p.path, p.code) for p in check(own, files={OTHER: kept}) if p.code == "PF262"]
    assert found == [(OTHER, "PF262")], "a field of its own that has the same name is another one"


# circles

SELF = """\
procedure: p
title: A procedure
starts: [{by: agent}]
initial: first
states:
  first:
    %s
  last: {final: true}
"""
AT_ONCE = SELF % "invoke: {procedure: §p}\n    events: {done: {to: last}, failed: {to: last}}"
STARTING = SELF % "entry: [{§start: {procedure: p}}]\n    task: {role: agent}\n    choices: {go: {to: last}}"


@pytest.mark.parametrize(
    "text", [AT_ONCE.replace("invoke: {procedure: §p}", "invoke: {§procedure: p}"), STARTING]
)
def test_a_procedure_that_opens_itself_as_it_is_opened_never_stops(expect, text: str) -> None:
    expect(text, ("PF259", "without end"), only=("PF259",))


def test_a_guard_a_choice_or_a_time_on_the_way_bounds_it(check) -> None:
    guarded = STARTING.replace("{§start", "{when: 'now == null', start")
    bounded = SELF % (
        "task: {role: agent}\n    choices: {more: {to: inner}, enough: {to: last}}\n"
        "  inner:\n    invoke: {procedure: p}\n    events: {done: {to: last}, failed: {to: last}}"
    )
    for text in (guarded, bounded):
        assert "PF259" not in [p.code for p in check(text)]


def test_a_case_that_ends_only_after_another_of_its_own_never_ends(expect) -> None:
    endless = SELF % (
        "task: {role: agent}\n    choices: {more: {to: inner}}\n"
        "  inner:\n    invoke: {§procedure: p}\n    events: {done: {to: last}}"
    )
    expect(endless, ("PF259", "ends only when"), only=("PF259",))


def test_two_procedures_that_open_each_other_at_once_are_both_told(check) -> None:
    first = SELF % "invoke: {procedure: other}\n    events: {done: {to: last}, failed: {to: last}}"
    second = first.replace("procedure: p", "procedure: other", 1).replace(
        "invoke: {procedure: other}", "invoke: {procedure: p}"
    )
    found = [(p.path, p.message) for p in check(first, files={OTHER: second}) if p.code == "PF259"]
    assert len(found) == 2 and "`other`, which opens itself" in dict(found)["procedures/p/procedure.yaml"]


# keep and every

KEPT = """\
procedure: p
title: A procedure
starts: [{by: agent}]
initial: first
states:
  first:
    task: {role: agent}
    choices: {go: {to: last}}
    events: {message: {keep: 7 days, to: last}}
  last: {final: true}
"""


@pytest.mark.parametrize(
    ("wrong", "code", "words"),
    [
        ("message: {keep: §today at closing, to: last}", "PF275", "length of time"),
        ("message: {keep: §0 days, to: last}", "PF278", "no time at all"),
        ("message: {keep: 7 §dayz, to: last}", "PF210", "days"),
        ("called: {§keep: 7 days, to: last}", "PF275", "only a message"),
    ],
)
def test_a_keep_that_keeps_nothing(expect, wrong: str, code: str, words: str) -> None:
    expect(KEPT.replace("message: {keep: 7 days, to: last}", wrong), (code, words), only=(code,))
    expect(KEPT)


# an outcome that is a field

FELT = ASKING.replace(
    "  person: {type: person}", "  person: {type: person}\n  felt: {enum: [reached, calm, angry]}"
)
FELT = FELT.replace(
    'set: {count: "${result.calls}"', 'set: {felt: "${result.outcome}", count: "${result.calls}"'
)
FELT = FELT.replace('say: "${who}', 'say: "${felt} ${who}')
GONE = ASKED.replace("outcome: gone", 'outcome: "${mood}"')


def test_an_outcome_that_is_surely_set_where_the_case_ends_is_one_of_the_words(expect) -> None:
    expect(FELT, files={OTHER: GONE})
    expect(FELT, files={OTHER: GONE.replace("to: gone}", "set: {mood: calm}, to: gone}")})


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ask: [mood, calls, keeper, name]", "ask: [calls, keeper, name], optional: [mood]"),
        ("to: gone}", "set: {mood: null}, to: gone}"),
    ],
)
def test_where_it_may_not_be_set_the_end_may_be_called_by_its_state(expect, right: str, wrong: str) -> None:
    said = FELT.replace('"${result.outcome}"', '"${§result.outcome}"')
    expect(said, ("PF316", "gone"), only=("PF316",), files={OTHER: GONE.replace(right, wrong)})

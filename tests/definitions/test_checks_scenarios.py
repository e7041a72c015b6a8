"""Names in scenarios: each is one that the procedure or the workspace has, and files are there."""

from __future__ import annotations

import pytest

PATH = "procedures/p/scenarios.yaml"
PROCEDURE = """\
procedure: p
title: A procedure
starts: [{by: agent, ask: [kn]}]
data:
  kn: {type: string}
  picture: {type: file}
  kind: {enum: [big, small]}
initial: first
states:
  first:
    task: {role: agent, guide: "${kn} ${picture.name}"}
    choices:
      go: {ask: [picture, {why: {type: string}}, kind], note: required, to: last}
  last: {final: true, outcome: "${kind}", entry: [{mail.send: {to: a@b.example, subject: x, text: y}}]}
  other: {final: true, outcome: stopped}
deadlines: {soon: {starts: opening, within: 5 days, met: choice go}}
promises: {keeps: {at_most: {times: 1, of: 'choice("go")'}}}
"""
PROCEDURE = PROCEDURE.replace("      go:", "      stop: {to: other}\n      go:")
FILES = {
    "procedures/p/procedure.yaml": PROCEDURE,
    "procedures/p/fixtures/a.png": "x",
    "procedures/tables/codes.yaml": "tables: codes\ntitle: Codes\ncolumns: {code: {type: string, key: true}}\nrows: []\n",
}
PLAIN = """\
scenarios: p
clock: 2026-05-11 10:05
people: {agent_1: {roles: [agent]}}
before:
  - open: {by: agent_1, with: {kn: "1"}, as: mine}
tests:
  It goes:
    - do: go
      by: QAA
      with: {picture: fixtures/a.png, why: because, kind: big, note: A note of words}
    - receive: {channel: mail, from: a@b.example, files: [fixtures/a.png]}
    - deliver: mail.send
    - fail: {mail.send: gone}
    - absent: {person: qbb}
    - change: {table: codes, rows: [{code: A}]}
    - refused: {do: stop, by: nobody_known, with: {odd: 1}, because: closed}
    - do: confirm
      by: qaa
      with: {reference: "1"}
      case: mine
    - expect: {state: last, outcome: big, due: {soon: 2026-05-16 10:05}, missed: [soon], data: {kn: "1"}, choices: [go]}
    - expect: {sent: [{mail.send: {to: a@b.example}}, note.write], count: {mail.send: 1}}
"""


def test_scenarios_with_right_names_are_quiet(expect) -> None:
    expect(PLAIN, path=PATH, files=FILES)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("{roles: [agent]}", "{roles: [§agnt]}", "PF242", "`agent`"),
        ("{by: agent_1, with", "{by: §agent_2, with", "PF243", "`agent_1`"),
        ('with: {kn: "1"}', 'with: {§km: "1"}', "PF297", "`kn`"),
        ("- do: go", "- do: §goo", "PF241", "`go`"),
        ("by: QAA", "by: §QAX", "PF243", "`qaa`"),
        ("why: because", "§whi: because", "PF297", "`why`"),
        ("picture: fixtures/a.png", "picture: §fixtures/b.png", "PF296", "folder"),
        ("files: [fixtures/a.png]", "files: [§fixtures/c.png]", "PF296", "folder"),
        ("- deliver: mail.send", "- deliver: §mail.sent", "PF120", "`mail.send`"),
        ("fail: {mail.send: gone}", "fail: {§mail.sends: gone}", "PF120", "`mail.send`"),
        ("person: qbb", "person: §qbx", "PF243", "`qbb`"),
        ("table: codes", "table: §code", "PF299", "`codes`"),
        ("rows: [{code: A}]", "rows: [{§cod: A}]", "PF225", "`code`"),
        ("refused: {do: stop", "refused: {do: §stopp", "PF241", "`stop`"),
        ('{reference: "1"}', '{§refrence: "1"}', "PF297", "`confirm`"),
        ("case: mine", "case: §mien", "PF295", "`mine`"),
        ("state: last", "state: §lost", "PF240", "`last`"),
        ("outcome: big", "outcome: §bigg", "PF298", "`big`"),
        ("due: {soon:", "due: {§son:", "PF294", "`soon`"),
        (
            "{soon: 2026-05-16 10:05}",
            "{soon: 2026-05-16 10:05}, act_by: {soon: §2026-02-30 10:05}",
            "PF210",
            "2026-05-19 17:00",
        ),
        ("missed: [soon]", "missed: [soon], act_by: {§son: 2026-05-16}", "PF294", "`soon`"),
        ("{by: agent_1, with", "{procedure: §pp, by: agent_1, with", "PF245", "`p`"),
        ("{do: stop, by", "{open: {procedure: §pp}, by", "PF245", "`p`"),
        ("missed: [soon]", "missed: [§sooon]", "PF294", "`soon`"),
        ("missed: [soon]", "missed: [soon], promises: {§kep: kept}", "PF294", "`keeps`"),
        ("missed: [soon]", "missed: [soon], tasks: [{§persn: qaa}]", "PF101", "`person`"),
        ("missed: [soon]", "missed: [soon], tasks: [{state: §frst}]", "PF240", "`first`"),
        (
            "missed: [soon]",
            "missed: [soon], tasks: [{role: §agnt, person: qaa, about: x}]",
            "PF242",
            "`agent`",
        ),
        ("missed: [soon]", "missed: [soon], tasks: [{person: §qax}]", "PF243", "`qaa`"),
        ("missed: [soon]", "missed: [soon], tasks: [{kind: §notce, claimed_by: null}]", "PF104", "`notice`"),
        ("missed: [soon]", "missed: [soon], tasks: [{kind: §handovr}]", "PF104", "`handover`"),
        ("channel: mail, from", "channel: mail, form: §form, from", "PF104", "`receipt`"),
        ("missed: [soon]", "missed: [soon], tasks: [first, agent, qbb, §alrm]", "PF240", "`alarm`"),
        ('data: {kn: "1"}', 'data: {§k: "1"}', "PF244", "`kn`"),
        ("choices: [go]", "choices: [§gone]", "PF241", "`go`"),
        ("sent: [{mail.send:", "sent: [{§mial.send:", "PF120", "`mail.send`"),
        ("count: {mail.send: 1}", "count: {§mail.snd: 1}", "PF120", "`mail.send`"),
        ("count: {mail.send: 1}", "count: {go: 1, §gon: 1}", "PF241", "`go`"),
        ("clock: 2026-05-11 10:05", "clock: §2026-05-32 10:05", "PF210", "2026-05-19 17:00"),
        ("{soon: 2026-05-16 10:05}", "{soon: §2026-02-30 10:05}", "PF210", "2026-05-19 17:00"),
        ("    - absent: {person: qbb}\n", "    - wait: §3 dyas\n", "PF210", "days"),
        ("    - absent: {person: qbb}\n", "    - wait: §until 2026-02-30\n", "PF210", ""),
    ],
)
def test_a_wrong_name_in_a_scenario_is_told_with_the_nearest(expect, right, wrong, code, hint) -> None:
    assert right in PLAIN
    expect(PLAIN.replace(right, wrong, 1), (code, hint), path=PATH, files=FILES)


def test_scenarios_of_an_unknown_procedure_say_so_and_no_more(expect) -> None:
    text = PLAIN.replace("scenarios: p\n", "scenarios: §q\n").replace("- do: go", "- do: goo")
    expect(text, ("PF245", "`p`"), path="procedures/q/scenarios.yaml", files=FILES)


def test_people_and_roles_laid_over_by_a_change_are_known(expect) -> None:
    change = "change: {organisation: {roles: {helper: Helper}, people: {new_one: {roles: [helper]}}}}"
    text = PLAIN.replace("change: {table: codes, rows: [{code: A}]}", change).replace(
        "person: qbb", "person: new_one"
    )
    expect(text, path=PATH, files=FILES)


def test_a_case_of_another_procedure_has_its_own_names(expect) -> None:
    other = "procedure: q\ntitle: Q\ninitial: a\nstates: {a: {always: [{to: z}]}, z: {final: true}}\n"
    files = {**FILES, "procedures/q/procedure.yaml": other}
    text = PLAIN + "    - expect: {case: q, state: §zz}\n"
    expect(text, ("PF240", "`z`"), path=PATH, files=files)


def test_a_refusal_of_the_unknown_may_name_the_unknown(expect) -> None:
    text = PLAIN.replace(
        "{do: stop, by: nobody_known, with: {odd: 1}, because: closed}",
        "{do: nothing_such, because: unknown_choice}",
    )
    expect(text, path=PATH, files=FILES)


def test_a_case_opened_of_another_procedure_has_its_own_names(expect) -> None:
    other = (
        "procedure: q\ntitle: Q\nstarts: [{by: agent, ask: [{why: {type: string}}]}]\ninitial: a\n"
        "states: {a: {task: {role: agent}, choices: {end: {to: z}}}, z: {final: true}}\n"
    )
    files = {**FILES, "procedures/q/procedure.yaml": other}
    opened = PLAIN + "    - open: {procedure: q, by: agent_1, with: {why: x}, as: second}\n"
    expect(
        opened + "    - {do: end, case: second}\n    - expect: {case: q, state: z}\n", path=PATH, files=files
    )
    text = opened.replace("with: {why: x}", "with: {§kn: x}")
    expect(text, ("PF297", ""), path=PATH, files=files)
    expect(opened + "    - {do: §ends, case: second}\n", ("PF241", "`end`"), path=PATH, files=files)


@pytest.mark.parametrize(
    ("step", "code", "hint"),
    [
        ("expect: {sent: [{mail.send: {§too: x}}]}", "PF101", "did you mean `to`?"),
        ("expect: {log: [{kind: §StateEnterd}]}", "PF104", "did you mean `StateEntered`?"),
        ("expect: {log: [{kind: state_entered, state: last}, any words]}", "", ""),
        ("expect: {choices: {§qax: [go]}}", "PF243", "did you mean `qaa`?"),
        ("expect: {choices: {qaa: [§goo], agent_1: []}}", "PF241", "did you mean `go`?"),
        ("absent: {person: qaa, from: §monday, until: 2026-05-12}", "PF210", "write it like"),
        ("receive: {channel: sms, from: x, received: §yesterday}", "PF210", "write it like"),
        (
            "receive: {channel: §post, from: Mette Holm, text: x}",
            "PF104",
            "messages come by mail, messenger, sms, form",
        ),
        ("receive: {channel: §sns, from: x, text: x}", "PF104", "did you mean `sms`?"),
        ("receive: {channel: form, from: x, text: x}", "", ""),
        ("receive: {channel: mail, from: a@b.example, to: main, text: x}", "", ""),
        ("receive: {channel: mail, from: a@b.example, to: [main, c@b.example], text: x}", "", ""),
        ("receive: {channel: mail, from: a@b.example, to: §mian, text: x}", "PF121", "did you mean `main`?"),
        (
            "receive: {channel: mail, from: a@b.example, to: [main, §kælder], text: x}",
            "PF121",
            "known here: `main`",
        ),
        ("receive: {channel: sms, from: x, to: somewhere, text: x}", "", ""),
        ("wait: §3 dayz", "PF210", "write 3 days"),
    ],
)
def test_what_is_looked_at_and_when_is_known(expect, step: str, code: str, hint: str) -> None:
    expect(PLAIN + f"    - {step}\n", *([(code, hint)] if code else []), path=PATH, files=FILES)


def test_a_channel_that_a_procedure_asks_for_may_bring_messages(expect) -> None:
    step = "    - receive: {channel: post, from: Mette Holm, text: x}\n"
    asked = PROCEDURE.replace(
        "starts: [{by: agent, ask: [kn]}]",
        "starts: [{by: agent, ask: [kn]}, {message: 'message.channel == \"post\"'}]",
    )
    assert asked != PROCEDURE
    expect(PLAIN + step, path=PATH, files={**FILES, "procedures/p/procedure.yaml": asked})


VALUES = PROCEDURE.replace(
    "data:\n",
    "data:\n  parts: {type: array, items: {type: object, properties: {room: {enum: [hall, bath]}, price: {type: number}}}}\n"
    "  day: {type: date}\n  code: {type: string, pattern: '^[A-Z]{2}$'}\n",
).replace("ask: [picture,", "optional: [parts, day, code], ask: [picture,")


@pytest.mark.parametrize(
    ("given", "hint"),
    [
        ("kind: §bgi", "stands under `refused:`"),
        ("kind: big, parts: [{room: hall, price: 5}, {room: §hal, price: 5}]", ""),
        ("kind: big, parts: [{room: hall, price: §much}]", ""),
        ("kind: big, day: §2026-06-31", ""),
        ("kind: big, code: §abc", ""),
        ("kind: big, parts: [{room: hall, price: '1250,50'}], day: 1.6.2026, code: null", None),
    ],
)
def test_a_value_that_is_entered_is_one_that_its_field_takes(expect, given: str, hint: str | None) -> None:
    files = {**FILES, "procedures/p/procedure.yaml": VALUES}
    text = PLAIN.replace("why: because, kind: big", f"why: because, {given}")
    expect(text, *([("PF204", hint)] if hint is not None else []), path=PATH, files=files)
    refused = "    - refused: {do: go, by: qaa, with: {kind: odd, day: never}, because: kind}\n"
    expect(PLAIN + refused, path=PATH, files=files)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("kind: §bgi", True),
        ("day: §never", True),
        ("parts: [{room: §hal}]", True),
        ("parts: [{room: hall}], kind: null, code: whatever stands there, picture: a.png", False),
    ],
)
def test_what_is_expected_of_the_data_can_be_so(expect, data: str, told: bool) -> None:
    files = {**FILES, "procedures/p/procedure.yaml": VALUES}
    text = PLAIN + f"    - expect: {{data: {{{data}}}}}\n"
    expect(text, *([("PF204", "never has it")] if told else []), path=PATH, files=files)


def test_two_choices_of_one_name_take_what_one_of_them_takes(expect) -> None:
    other = "  other: {task: {role: agent}, choices: {go: {ask: {why: {type: integer}}, to: last}, halt: {to: last}}}\n"
    two = PROCEDURE.replace("  other: {final: true, outcome: stopped}\n", other)
    files = {**FILES, "procedures/p/procedure.yaml": two}
    expect(PLAIN.replace("why: because", "why: 7"), path=PATH, files=files)
    expect(PLAIN.replace("kind: big, note", "kind: §bigg, note"), ("PF204", ""), path=PATH, files=files)


def test_a_word_that_stands_anywhere_in_a_procedure_is_no_channel(expect) -> None:
    step = "    - receive: {channel: §text, from: '+4571999901', text: x}\n"
    asked = PROCEDURE.replace(
        "starts: [{by: agent, ask: [kn]}]",
        'starts: [{by: agent, ask: [kn]}, {message: \'message.channel in ["post", "fax"]\'}]',
    )
    files = {**FILES, "procedures/p/procedure.yaml": asked}
    expect(PLAIN + step, ("PF104", "did you mean `sms`?"), path=PATH, files=files)
    expect(PLAIN + step.replace("§text", "fax"), path=PATH, files=files)
    kept = PROCEDURE.replace(
        "starts: [{by: agent, ask: [kn]}]",
        "starts: [{by: agent, ask: [kn]}, {message: true, set: {kn: '${message.channel}'}}]",
    )
    expect(
        PLAIN + step.replace("§text", "first"),
        path=PATH,
        files={**FILES, "procedures/p/procedure.yaml": kept},
    )


@pytest.mark.parametrize(
    ("step", "key"),
    [
        ("- do: stop\n      §wait: 2 days\n      by: qaa", "do"),
        ("- wait: 2 days\n      §expect: {state: last}", "wait"),
    ],
)
def test_two_things_in_one_step_are_told_of_the_second(expect, step: str, key: str) -> None:
    expect(PLAIN + f"    {step}\n", ("PF111", "begin a new step with `- `"), path=PATH, files=FILES)


WITH_EVENTS = (
    VALUES.replace("starts: [{by: agent, ask: [kn]}]", "starts: [{by: agent, ask: [kn], optional: [proof]}]")
    .replace(
        "  first:\n    task", "  first:\n    events: {called_back: {to: last}, soon: {to: last}}\n    task"
    )
    .replace("data:\n", "data:\n  proof: {type: evidence}\n")
)


@pytest.mark.parametrize(
    ("step", "code", "hint"),
    [
        ("signal: §caled_back", "PF246", "did you mean `called_back`?"),
        ("signal: §nothing_like_it", "PF246", "known here: `called_back`"),
        ("signal: called_back", "", ""),
        ("change: {organisation: {§parametres: {gap: 5 minutes}}}", "PF101", "did you mean `parameters`?"),
        ("change: {organisation: {parameters: {§gapp: 5 minutes}}}", "PF315", "did you mean `gap`?"),
        ("change: {organisation: {parameters: {gap: 5 minutes}}}", "", ""),
        ("expect: {data: {proof: {§acepted: true}}}", "PF244", "did you mean `accepted`?"),
        ("expect: {data: {proof: {verdict: §maybe}}}", "PF316", "known here: `accepted`, `rejected`, `second_check`"),
        ("expect: {data: {proof: {verdict: second_check, reason.code: number_on_file}}}", "", ""),
        ("expect: {data: {parts: [{§rom: hall}]}}", "PF244", "did you mean `room`?"),
        ("expect: {§late: [soon]}", "PF101", "write `missed`"),
        ("expect: {state: first, §last}", "PF019", "several stand in a list: state: [first, last]"),
        ("do: §{stop: {by: qaa}}", "PF103", "write `do: stop`, and `by:` and `with:` beside it"),
        ("open: {by: qaa, with: §{kind: big}}", "PF102", "add `kn:` to its `with`"),
        ("open: §{by: qaa}", "PF102", "add `kn:` to its `with`"),
        ("open: {with: {kind: big}}", "", ""),  # as another procedure opens it
    ],
)  # fmt: skip
def test_what_a_step_names_is_there(expect, step: str, code: str, hint: str) -> None:
    files = {**FILES, "procedures/p/procedure.yaml": WITH_EVENTS}
    told = (code,) if code else ("PF101", "PF102", "PF244", "PF246", "PF315", "PF316")
    expect(PLAIN + f"    - {step}\n", *([(code, hint)] if code else []), path=PATH, only=told, files=files)


def test_who_acts_stands_beside_what_is_entered(expect) -> None:
    step = "    - do: stop\n      with: {§by: qaa}\n"
    expect(PLAIN + step, ("PF297", "it stands beside `with`"), path=PATH, files=FILES)

"""Names that are not declared, each at its place and with the nearest right one."""

from __future__ import annotations

import pytest

HEAD = """\
procedure: p
title: A procedure
owner: lead
subject: kn
starts: [{by: agent}]
correlate: [kn]
data:
  kn: {type: string}
  mark: {type: boolean}
  proof: {type: evidence, covers: [kn]}
initial: calling
states:
  calling:
    task: {role: agent}
    choices:
      reached: {ask: [kn, mark], to: waiting}
  waiting:
    task: {role: agent, other_than: [reached]}
    events:
      message: {when: 'proof_of(message).accepted', set: {proof: "${proof_of(message)}"}, to: finished}
    choices:
      gone: {when: 'mark || proof.accepted', to: finished}
  finished: {final: true}
"""


def test_a_procedure_with_nothing_wrong_is_quiet(expect) -> None:
    expect(HEAD)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("initial: calling", "initial: §caling", "PF240", "`calling`"),
        ("to: waiting", "to: §wating", "PF240", "`waiting`"),
        ("other_than: [reached]", "other_than: [§reach]", "PF241", "`reached`"),
        ("owner: lead", "owner: §leed", "PF242", "`lead`"),
        ("{by: agent}", "{by: §agnt}", "PF242", "`agent`"),
        ("{role: agent}", "{role: §agents}", "PF242", "`agent`"),
        ("subject: kn", "subject: §kmn", "PF244", "`kn`"),
        ("correlate: [kn]", "correlate: [kn, §km]", "PF244", "`kn`"),
        ("covers: [kn]", "covers: [§kk]", "PF244", "known here"),
        ("{role: agent}", "{to: [qaa, §qab]}", "PF242", "`qbb`"),
        ("gone: {", "gone: {by: §agant, ", "PF242", "`agent`"),
        ("gone: {", "gone: {other_than: §reched, ", "PF241", "`reached`"),
        ("finished: {final: true}", "finished: {final: true, entry: [{notify: {role: §laed}}]}", "PF242", "`lead`"),
        ("finished: {final: true}", "finished: {final: true, entry: [{notify: {person: §qqaa}}]}", "PF243", "`qaa`"),
        ("finished: {final: true}", "finished: {final: true, entry: [{start: {procedure: §q}}]}", "PF245", "`p`"),
        (
            "finished: {final: true}",
            "finished: {final: true, entry: [{start: {procedure: p, with: {§kmn: x, received: '${now}'}}}]}",
            "PF249",
            "`kn`",
        ),
        ("finished: {final: true}", "finished: {final: true, entry: [{raise: §closing}]}", "PF246", "`events:`"),
        ("message: {", "§renewal: {to: finished}\n      message: {", "PF247", "raise: renewal"),
        ("message: {", "§mesage: {to: finished}\n      message: {", "PF247", "`message`"),
        ("message: {", "§done: {to: finished}\n      message: {", "PF258", "invoke"),
    ],
)  # fmt: skip
def test_a_name_that_is_not_there_is_told_with_the_nearest(expect, right, wrong, code, hint) -> None:
    assert right in HEAD
    expect(HEAD.replace(right, wrong, 1), (code, hint))


DEADLINE = "deadlines:\n  soon: {starts: [entering waiting], within: 5 days, met: [choice gone]}\n"


def test_deadlines_with_right_moments_are_quiet(expect) -> None:
    expect(HEAD + DEADLINE)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("entering waiting", "entering §watting", "PF240", "`waiting`"),
        ("entering waiting", "entering waiting, leaving §callng", "PF240", "`calling`"),
        ("choice gone", "choice §gon", "PF241", "`gone`"),
        ("choice gone", "choice gone, event §messages", "PF248", "`message`"),
    ],
)
def test_a_moment_names_what_is_there(expect, right, wrong, code, hint) -> None:
    expect(HEAD + DEADLINE.replace(right, wrong), (code, hint))


def test_of_a_wrong_target_nothing_that_only_follows_is_told(expect) -> None:
    """The state that was meant is no dead end, unreached or never entered because of one wrong letter."""
    expect(HEAD.replace("to: waiting", "to: §wating") + DEADLINE, ("PF240", "`waiting`"))


def test_a_target_that_nothing_is_like_names_all(expect) -> None:
    expect(HEAD.replace("to: waiting", "to: §xyz"), ("PF240", "known here: `calling`"))


def test_without_an_organisation_roles_and_people_are_not_looked_at() -> None:
    from procflow.definitions.workspace import read_given

    text = HEAD.replace("owner: lead", "owner: nobody_knows").encode()
    documents = read_given(
        ["/x/procedure.yaml"], lambda _: text, lambda p: [p] if p.endswith("x/procedure.yaml") else []
    )
    assert documents.diagnostics == ()


def test_names_of_an_organisation_with_other_problems_are_known_all_the_same(check) -> None:
    from procflow.definitions.checks.known import Codes

    organisation = (
        "organisation: o\ntimezone: Europe/Copenhagn\nlanguages: [en]\n"
        "roles: {agent: Agent, lead: Lead}\npeople: {qaa: {roles: [agent, lead]}}\n"
    )
    found = check(
        HEAD.replace("owner: lead", "owner: leed"), files={"procedures/organisation.yaml": organisation}
    )
    assert [(p.path.split("/")[-1], p.code) for p in found] == [
        ("organisation.yaml", "PF224"),
        ("procedure.yaml", "PF242"),
    ]
    assert " QAA" in Codes(["qaa"])


def test_an_unknown_operation_is_told_once(expect) -> None:
    text = HEAD.replace(
        "finished: {final: true}", "finished: {final: true, entry: [{§mail.sent: {to: a@b.example}}]}"
    )
    expect(text, ("PF120", "mail.send"))


@pytest.mark.parametrize(
    ("parameters", "code", "hint"),
    [
        ("{to: a@b.example, subject: x, §txt: y, text: z}", "PF101", "text"),
        ('{to: a@b.example, subject: x, text: y, copies: "${§kn}"}', "PF321", ""),
        ('{to: "${§mark}", subject: x, text: y}', "PF321", "string(…)"),
        ('{to: a@b.example, subject: "${§[kn]}", text: y}', "PF321", "each"),
    ],
)
def test_parameters_of_an_operation_fit_its_schema(expect, parameters, code, hint) -> None:
    text = HEAD.replace(
        "finished: {final: true}", f"finished: {{final: true, entry: [{{mail.send: {parameters}}}]}}"
    )
    expect(text, (code, hint))


def test_parameters_that_fit_are_quiet(expect) -> None:
    good = "{to: ['${kn}', '${mailbox(\"main\")}'], subject: 'Hello ${mark}', text: '${now}', copies: '${param(\"limit\")}'}"
    expect(
        HEAD.replace("kn: {type: string}", "kn: {type: string, pii: false}").replace(
            "finished: {final: true}", f"finished: {{final: true, entry: [{{mail.send: {good}}}]}}"
        )
    )


def test_a_required_parameter_that_is_missing_is_told(check) -> None:
    text = HEAD.replace(
        "finished: {final: true}", "finished: {final: true, entry: [{mail.send: {to: a@b.example, text: x}}]}"
    )
    (found,) = check(text)
    assert (found.code, found.line) == ("PF102", 23) and "subject" in found.message


def test_a_procedure_whose_file_cannot_be_read_is_there_all_the_same(check) -> None:
    text = HEAD.replace(
        "finished: {final: true}", "finished: {final: true, entry: [{start: {procedure: q}}]}"
    )
    found = check(text, files={"procedures/q/procedure.yaml": "procedure: q\ntitle: {\n"})
    assert {p.path for p in found} == {"procedures/q/procedure.yaml"}


def test_an_event_that_another_procedure_signals_is_expected(check) -> None:
    text = HEAD.replace("message: {", "renewal: {to: finished}\n      message: {", 1)
    other = (
        "procedure: q\ntitle: Other\nstarts: [{by: agent}]\ninitial: only\nstates:\n  only:\n    final: true\n"
        "    entry: [{signal: {name: renewal, to: {procedure: %s, where: {kn: '1234'}}}}]\n"
    )
    name = HEAD.split("procedure: ")[1].split("\n")[0]
    told = [p.code for p in check(text, files={"procedures/q/procedure.yaml": other % name})]
    assert "PF247" not in told
    assert "PF247" in [p.code for p in check(text)]


def test_people_that_stand_as_values_are_of_the_organisation(expect, check) -> None:
    text = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent, set: {who: §qxx}}]
data:
  who: {type: person, default: §anna}
  all: {type: array, items: {type: person}}
  desk: {type: role}
initial: first
states:
  first:
    task: {to: "${who}", guide: "${all} ${desk}"}
    choices:
      go: {set: {who: §qac, all: [qaa, §qbx], desk: §leed}, to: last}
      empty: {set: {who: null, all: QAA, desk: lead}, to: last}
  last: {final: true}
"""
    expect(text, *[("PF243", "there is no person")] * 4, ("PF242", "did you mean `lead`?"))
    rows = "tables: t\ntitle: T\ncolumns: {code: {type: string}, who: {type: person}}\nrows: [{code: a, who: qaa}, {code: b, who: qaq}]\n"
    files = {"procedures/tables/t.yaml": rows}
    table = [p for p in check(text, files=files) if p.path.endswith("t.yaml")]
    assert [(p.code, p.line, p.column) for p in table] == [("PF243", 4, 44)]

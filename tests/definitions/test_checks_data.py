"""Data that nobody uses or fills, names that are taken, personal data in the open, outcomes that cannot be counted."""

from __future__ import annotations

import pytest

PLAIN = """\
procedure: p
title: A procedure
starts: [{by: agent}]
data:
%s
initial: first
states:
  first:
    task: {role: agent}
    choices:
      go: {%s, to: last}
  last: {final: true%s}
"""


def of(data: str, go: str = "do: []", last: str = "") -> str:
    return PLAIN % ("\n".join(f"  {line}" for line in data.split("\n")), go, f", {last}" if last else "")


@pytest.mark.parametrize(
    ("data", "go", "last", "code", "hint"),
    [
        ("§kn: {type: string}", "do: []", "", "PF260", "ask for it"),
        ("§kn: {type: string}", 'do: [{note.write: {text: "${kn}"}}]', "", "PF261", "`ask:`"),
        ("§kn: {type: string}", "set: {kn: x}", "", "PF262", "guard"),
        ("kn: {type: string}", "ask: [kn, §kn]", "", "PF263", "once"),
        ("kn: {type: string}", "ask: [kn], optional: [§kn]", "", "PF263", "once"),
        ("§now: {type: string}", "ask: [now]", "", "PF264", "another name"),
        ("§input: {type: string}", "ask: [input]", "", "PF264", "another name"),
        ('kn: {type: string, default: §"${now}"}', "ask: [kn]", "", "PF265", "set"),
    ],
)
def test_data_that_does_not_fit_its_use_is_told(expect, data, go, last, code, hint) -> None:
    expect(of(data, go, last), (code, hint))


@pytest.mark.parametrize(
    ("data", "go", "last"),
    [
        ("kn: {type: string}", "ask: [kn]", ""),  # kept for the record
        ("kn: {type: string}", "optional: [kn]", ""),
        ("kn: {type: string, default: x}", "when: 'kn == \"x\"'", ""),
        ("kn: {type: string}", "ask: [kn], when: 'input.kn != \"x\"'", ""),
        (
            "kn: {type: string}\nproof: {type: evidence, covers: [kn]}",
            "ask: [kn], when: 'proof.accepted'",
            "",
        ),
    ],
)
def test_data_that_are_asked_for_or_read_are_quiet(check, data, go, last) -> None:
    assert [p.code for p in check(of(data, go, last)) if p.code not in ("PF261",)] == []


def test_the_subject_is_used(expect) -> None:
    expect(of("kn: {type: string}", "set: {kn: x}").replace("starts:", "subject: kn\nstarts:"))


def test_what_another_procedure_opens_with_is_filled(check) -> None:
    other = (
        "procedure: q\ntitle: Another\ninitial: a\ndata: {kn: {type: string}}\n"
        "states: {a: {always: [{when: 'kn == \"x\"', to: b}, {to: b}]}, b: {final: true}}\n"
    )
    text = of("kn: {type: string}", "ask: [kn], do: [{start: {procedure: q, with: {kn: '${kn}'}}}]")
    assert check(text, files={"procedures/q/procedure.yaml": other}) == ()


@pytest.mark.parametrize(
    ("data", "go", "told"),
    [
        ("who: {type: string, pii: true}\nkn: {type: string}", 'ask: [who], set: {kn: "${§who}"}', "(`who`)"),
        (
            "who: {type: string, pii: true}\nkn: {type: string}",
            'ask: [who], set: {kn: "x ${§who} y"}',
            "`kn`",
        ),
        (
            "who: {type: string, pii: true}\nkn: {type: string}",
            'ask: [who], set: {kn: "${§who.upper()}"}',
            "pii: true",
        ),
        (
            "who: {type: string, pii: true}\nkn: {type: number}",
            'ask: [who], set: {kn: "${§size(who)}"}',
            "`kn`",
        ),
    ],
)
def test_personal_data_in_an_unmarked_field_are_told(expect, data, go, told) -> None:
    expect(of(data, go, 'entry: [{note.write: {text: "${kn}"}}]'), ("PF266", told))


@pytest.mark.parametrize(
    ("data", "go"),
    [
        ("who: {type: string, pii: true}\nkn: {type: string, pii: true}", 'ask: [who], set: {kn: "${who}"}'),
        ("who: {type: string, pii: true}\nkn: {type: boolean}", "ask: [who], set: {kn: \"${who == 'x'}\"}"),
        ("who: {type: string, pii: true}\nkn: {type: string}", 'ask: [who], set: {kn: "${case.procedure}"}'),
        ("kn: {type: string}", 'ask: [{free: {type: string}}], set: {kn: "${input.free}"}'),
    ],
)
def test_what_is_marked_or_not_personal_is_quiet(expect, data, go) -> None:
    expect(of(data, go, 'entry: [{note.write: {text: "${kn}"}}]'))


def test_a_message_is_personal(expect) -> None:
    text = of("kn: {type: string}", "ask: [kn]").replace(
        "    choices:", '    events: {message: {set: {kn: "${§message.text}"}, to: last}}\n    choices:'
    )
    expect(text, ("PF266", "(`message.text`)"))


def test_evidence_keeps_what_it_is_made_of(expect) -> None:
    text = of("proof: {type: evidence}", "when: 'proof.accepted'").replace(
        "    choices:", '    events: {message: {set: {proof: "${proof_of(message)}"}}}\n    choices:'
    )
    expect(text)


def test_personal_data_for_an_unmarked_field_of_another_case_are_told(expect) -> None:
    other = (
        "procedure: q\ntitle: Another\ninitial: a\ndata: {kn: {type: string}}\n"
        "states: {a: {always: [{when: 'kn == \"x\"', to: b}, {to: b}]}, b: {final: true}}\n"
    )
    text = of(
        "who: {type: string, pii: true}", 'ask: [who], do: [{start: {procedure: q, with: {kn: "${§who}"}}}]'
    )
    expect(text, ("PF266", "of the other case"), files={"procedures/q/procedure.yaml": other})


@pytest.mark.parametrize(
    ("data", "last", "code", "hint"),
    [
        ("kn: {type: string}", 'outcome: "${§kn}"', "PF268", "enum"),
        ("kn: {type: string}", 'outcome: "done ${§kn}"', "PF268", "enum"),
        ("kn: {type: string, pii: true}", 'outcome: "${§kn}"', "PF267", "enum"),
    ],
)
def test_an_outcome_is_a_word_that_can_be_counted(expect, data, last, code, hint) -> None:
    expect(of(data, "ask: [kn]", last), (code, hint))


@pytest.mark.parametrize("data", ["kn: {enum: [a, b]}", "kn: {type: boolean}"])
def test_an_outcome_of_an_enum_is_quiet(expect, data) -> None:
    expect(of(data, "ask: [kn]", 'outcome: "${kn}"'))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("§kn: {type: phone}", "`kn` is a phone number of somebody"),
        ("§kn: {type: email}", "mail address"),
        ("§kn: {type: array, items: {type: phone}}", "phone number"),
        ("§kn: {type: object, properties: {name: {type: string}, mail: {type: email}}}", "pii: false"),
        ("kn: {type: phone, pii: true}", None),
        ("kn: {type: phone, pii: false}", None),
        ("kn: {type: array, items: {type: phone, pii: true}}", None),
        ("kn: {type: string}", None),
    ],
)
def test_what_reaches_somebody_is_marked_as_personal_or_said_not_to_be(expect, data, told) -> None:
    text = of(data, "ask: [kn]", 'entry: [{note.write: {text: "${kn}"}}]')
    expect(text, *([("PF460", told)] if told else []))


def test_to_whom_a_message_goes_is_personal_too(expect) -> None:
    sent = 'ask: [kn], do: [{mail.send: {to: "${kn}", subject: x, text: x}}]'
    expect(of("§kn: {type: string}", sent), ("PF460", "to whom a message goes"))
    expect(of("kn: {type: string, pii: false}", sent))
    expect(of("kn: {enum: [a@carrier.example, b@carrier.example]}", sent))
    expect(of("kn: {type: person}", sent.replace("${kn}", "${kn.mail}")))

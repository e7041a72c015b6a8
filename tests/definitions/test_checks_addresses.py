"""Addresses and numbers that are written out in effects, and are none."""

from __future__ import annotations

import pytest

SCHEMA = {
    "mail.send": {
        "type": "object",
        "properties": {
            "to": {"x-address": "mail", "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "text": {"type": "string"},
        },
    },
    "sms.send": {"type": "object", "properties": {"to": {"type": "string", "x-address": "phone"}}},
}  # fmt: skip


def sending(effect: str, where: str = "entry") -> str:
    at = (
        f"entry: [{{{effect}}}]"
        if where == "entry"
        else f"invoke: {{{effect}}}, events: {{done: {{to: last}}}}"
    )
    state = f"first: {{task: {{role: agent}}, choices: {{go: {{ask: [email], to: last}}}}, {at}}}"
    return (
        "procedure: p\ntitle: A procedure\nowner: lead\nstarts: [{by: agent}]\n"
        "data: {email: {type: email, pii: true}}\ninitial: first\n"
        f"states:\n  {state}\n  last: {{final: true}}\n"
    )


@pytest.mark.parametrize(
    ("to", "hint"),
    [
        ("§main", "write \"${mailbox('main')}\""),
        ("§mian", "did you mean \"${mailbox('main')}\"?"),
        ("§email", 'between signs: "${email}"'),
        ("§mail", 'did you mean "${email}"?'),
        ("§qaa", "write \"${person('qaa').mail}\""),
        ("§lead", "`each: \"${members('lead')}\"`"),
        ("§brand", "write \"${param('brand')}\""),
        ("§\"mailbox('main')\"", "between signs: \"${mailbox('main')}\""),
        ("§'mailbox(\"main\")'", "between signs: '${mailbox(\"main\")}'"),
        ("§case.number", 'between signs: "${case.number}"'),
        ('§"a@small.example, the laboratory"', "such as name@example.com"),
        ("[a@small.example, §main]", "write \"${mailbox('main')}\""),
        ('§"Anna Test <qaa>"', "such as name@example.com"),
    ],
)
@pytest.mark.parametrize("where", ["entry", "invoke"])
def test_a_word_where_a_mail_address_must_stand_is_told_with_what_it_means(expect, to, hint, where) -> None:
    expect(sending(f"mail.send: {{to: {to}, text: Hi}}", where), ("PF121", hint), operations=SCHEMA)


@pytest.mark.parametrize(
    ("to", "hint"), [("§qaa", "write \"${person('qaa').phone}\""), ("§email", '"${email}"'), ("§mobile", "+4571999901")]
)  # fmt: skip
def test_a_word_where_a_number_must_stand_is_told(expect, to, hint) -> None:
    expect(sending(f"sms.send: {{to: {to}}}"), ("PF121", hint), operations=SCHEMA)


@pytest.mark.parametrize(
    "effect",
    [
        "mail.send: {to: a@small.example, text: main}",
        'mail.send: {to: "Anna, a <a@small.example>; b@localhost", text: x}'.replace(
            "Anna, a", '\\"Anna, a\\"'
        ),
        'mail.send: {to: ["${email}", a@small.example], text: x}',
        "mail.send: {to: \"${mailbox('main')}, ${email}\", text: x}",
        'sms.send: {to: "71 99 99 01"}',
        'sms.send: {to: "+4571999901"}',
    ],
)
def test_an_address_and_what_is_worked_out_is_quiet(expect, effect) -> None:
    expect(sending(effect), only=["PF121"], operations=SCHEMA)

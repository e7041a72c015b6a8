"""Words for people: in every language, not empty, and complete when they are read."""

from __future__ import annotations

import pytest

ORGANISATION = """\
organisation: small
timezone: Europe/Copenhagen
languages: [da, en]
roles: {agent: {da: Agent, en: Agent}}
people: {qaa: {roles: [agent]}}
"""
FILES = {"procedures/organisation.yaml": ORGANISATION}

PLAIN = """\
procedure: p
title: {da: Prøve, en: Trial}
starts: [{by: agent}]
data:
  kn: {type: string, label: {da: Nummer, en: Number}}
initial: first
states:
  first:
    task: {role: agent, say: {da: Hej, en: Hello}}
    choices:
      go: {ask: [kn], label: {da: Videre, en: On}, to: last}
      no: {refuse: {da: Nej, en: No}}
  last: {final: true, entry: [{mail.send: {to: a@b.example, subject: {da: Hej, en: Hello}, text: Hej}}]}
deadlines:
  soon: {starts: entering first, within: 4 working days, met: choice go}
promises:
  one: {says: {da: Aldrig, en: Never}, never: 'state("last") && kn == null'}
"""


def test_texts_in_every_language_or_in_none_are_quiet(expect) -> None:
    expect(PLAIN, files=FILES)


@pytest.mark.parametrize(
    ("right", "wrong", "code", "hint"),
    [
        ("title: {da: Prøve, en: Trial}", "title: §{da: Prøve}", "PF270", "add en"),
        ("label: {da: Nummer, en: Number}", "label: §{en: Number}", "PF270", "add da"),
        ("say: {da: Hej, en: Hello}", "say: §{de: Hallo}", "PF270", "nobody here reads `de`"),
        ("label: {da: Videre, en: On}", "label: §{da: Videre}", "PF270", "add en"),
        ("refuse: {da: Nej, en: No}", "refuse: §{da: Nej}", "PF270", "`en`"),
        ("subject: {da: Hej, en: Hello}", "subject: §{da: Hej}", "PF270", "`en`"),
        ("says: {da: Aldrig, en: Never}", "says: §{en: Never}", "PF270", "`da`"),
        ("say: {da: Hej, en: Hello}", 'say: {da: §" ", en: Hello}', "PF271", "language"),
        ("say: {da: Hej, en: Hello}", 'say: §"  "', "PF271", "words"),
        ("say: {da: Hej, en: Hello}", "guide: \"Before ${§due('soon')}\"", "", ""),
    ],
)
def test_a_text_that_misses_a_language_or_its_words_is_told(expect, right, wrong, code, hint) -> None:
    assert right in PLAIN
    if not code:
        wrong = wrong.replace("§", "")
    expect(PLAIN.replace(right, wrong), *([(code, hint)] if code else []), files=FILES)


def test_roles_tables_and_types_are_read_by_people_too(expect) -> None:
    expect(
        ORGANISATION.replace("{da: Agent, en: Agent}", "§{en: Agent}"),
        ("PF270", "`da`"),
        path="procedures/organisation.yaml",
    )
    expect(
        "tables: codes\ntitle: §{en: Codes}\ncolumns: {code: {type: string, key: true}}\nrows: []\n",
        ("PF270", "`da`"),
        path="procedures/tables/codes.yaml",
        files=FILES,
    )
    expect(
        "types:\n  number_of: {type: string, label: §{da: Nummer}}\n",
        ("PF270", "`en`"),
        path="procedures/types.yaml",
        files=FILES,
    )


def test_names_of_two_letters_are_no_languages(expect) -> None:
    data = "data:\n  da: {type: string}\n  en: {type: string}\n"
    text = PLAIN.replace("data:\n", data).replace("ask: [kn]", "ask: [kn, da, en]")
    expect(text, files=FILES)


@pytest.mark.parametrize(
    ("deadline", "words", "told"),
    [
        ("{starts: entering first, within: 4 working days, met: choice go}", "${due('soon')}", False),
        ("{starts: entering first, within: 4 working days, met: choice go}", "${act_by('soon')}", False),
        ("{starts: entering first, within: \"${param('gap')}\", met: choice go}", "${due('soon')}", False),
        ("{starts: choice no, within: 4 working days, met: choice go}", "${§due('soon')}", True),
        ('{starts: entering first, until: "${day}", met: choice go}', "${§due('soon')}", True),
        ("{starts: entering first, within: 4 working days, met: choice go}", "${§day}", True),
        ("{starts: entering first, within: 4 working days, met: choice go}", "${day != null ? string(day) : ''}", False),
    ],
)  # fmt: skip
def test_an_instant_in_a_text_is_there_when_it_is_read(expect, deadline, words, told) -> None:
    text = PLAIN.replace(
        "deadlines:\n  soon: {starts: entering first, within: 4 working days, met: choice go}",
        f"deadlines:\n  soon: {deadline}",
    )
    text = text.replace("say: {da: Hej, en: Hello}", f'say: "{words}"').replace(
        "data:\n", "data:\n  day: {type: date}\n"
    )
    text = text.replace("ask: [kn]", "ask: [kn, day]")
    files = {"procedures/organisation.yaml": ORGANISATION + "parameters: {gap: 60 minutes}\n"}
    expect(text, *([("PF272", "surely set")] if told else []), files=files)


def test_what_looks_like_a_value_and_is_none_is_told_where_it_names_something(expect) -> None:
    text = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: {kn: {type: string}, got: {type: string}}
initial: first
states:
  first:
    task: {role: agent, say: "Hi §{actor.name}, {x} ${kn + '{kn}'} $${kn}", guide: "§<kn> {got it} ${got} §$kn. US$kn $5 $other"}
    choices:
      go: {ask: [kn], set: {got: "§$(input.kn)"}, do: [{mail.send: {to: a@b.example, subject: "§{{kn}}", text: '{"kn": 1}'}}], to: last}
  last: {final: true}
"""
    expect(text, *[("PF328", "write ${")] * 5, only=("PF328",))


def test_a_bracket_in_quotes_within_a_value_ends_nothing(expect) -> None:
    text = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: {kn: {type: string}}
initial: first
states:
  first:
    task: {role: agent, say: "${'{' + kn} §{kn}", guide: "${kn == '}' ? 'a' : '{kn}'}"}
    choices: {go: {ask: [kn], to: last}}
  last: {final: true}
"""
    expect(text, ("PF328", "write ${kn}"), only=("PF328",))


SPOKEN = """\
procedure: p
title: {da: Vandskade, en: Water damage}
summary: What is done about water.
owner: lead
starts: [{by: agent}]
data: {kind: {enum: [sms, card], label: {da: Slags, en: Kind}, labels: {sms: SMS, card: Betalingsservice}}}
initial: first
states:
  first:
    title: {da: Først, en: First}
    task: {role: agent, say: {da: Luk for vandet., en: Shut the tap.}, guide: "${kind}"}
    choices:
      stop: {label: Stop, ask: [kind], to: last}
      dry: {label: {da: Tørt, en: Dry}, to: last}
  last: {final: true, title: {da: Slut, en: The end}}
promises:
  one: {says: It ends once., at_most: {times: 1, of: 'choice("stop")'}}
"""


@pytest.mark.parametrize(
    ("right", "wrong", "hint"),
    [
        ("title: {da: Vandskade, en: Water damage}", "title: §Vandskade", "write it in each: {da: Vandskade, en: …}"),
        ("label: {da: Tørt, en: Dry}", "label: §Tørt", "{da: Tørt, en: …}"),
        ("say: {da: Luk for vandet., en: Shut the tap.}", "say: §Luk for vandet.", "write it in each"),
    ],
)  # fmt: skip
def test_one_text_without_languages_among_others_that_have_them(
    expect, right: str, wrong: str, hint: str
) -> None:
    from .conftest import ORGANISATION

    two = (
        ORGANISATION.replace("[en]", "[da, en]")
        .replace("Agent,", "{da: A, en: Agent},")
        .replace("lead: Lead", "lead: {da: L, en: Lead}")
    )
    files = {"procedures/organisation.yaml": two}
    expect(SPOKEN, files=files)
    assert right in SPOKEN
    expect(SPOKEN.replace(right, wrong), ("PF270", hint), files=files)
    plain = (
        SPOKEN.replace("{da: Tørt, en: Dry}", "Tørt")
        .replace("{da: Først, en: First}", "Først her")
        .replace("{da: Slut, en: The end}", "Til sidst")
    )
    expect(plain, files=files)  # who writes most of them so means it

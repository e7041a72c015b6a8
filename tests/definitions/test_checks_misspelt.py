"""Misspelt names of a file that its schema refuses are told in the same run, and nothing is told that is no fault."""

import pytest

FAULTY = """\
procedure: p
title: Refund
owner: §leed
starts: [{by: agent}]
data:
  kn: {type: §customer_nummer}
  amount: {type: number}
  §IBAN: {type: string}
initial: §askd
states:
  asked:
    task: {role: agent}
    choices:
      ask_for: {ask: [kn, §amont], to: approval}
  approval:
    task: {role: lead, §other_then: [ask_for]}
    choices:
      pay: {to: paid, when: amount != null && amount < 500}
      no: {to: refused}
  paid: {final: true}
  refused: {final: true}
deadlines:
  answer: {starts: opening, within: 2 §workin days, met: choice pay}
promises:
  small: {never: 'state(§"paidd")'}
"""

#: Of `data` nothing could be built, so no name in it may be called unknown.
WITHOUT_DATA = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
data: §[kn, amount]
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      go: {ask: [kn], when: amount != null, to: done}
  done: {final: true}
"""

#: A state that is no state: what leads to it leads somewhere all the same.
STRANGE_STATE = """\
procedure: p
title: A procedure
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked: {task: {role: agent}, choices: {go: {to: done}}}
  done: §finished
"""


def test_names_are_told_beside_what_the_schema_refuses(expect) -> None:
    expect(
        FAULTY,
        ("PF242", "did you mean `lead`?"),
        ("PF200", "there is no type `customer_nummer`"),
        ("PF105", "write `iban`"),
        ("PF240", "did you mean `asked`?"),
        ("PF201", "did you mean `amount`?"),
        ("PF101", "did you mean `other_than`?"),
        ("PF210", "write 2 working days"),
        ("PF315", "did you mean paid?"),
    )


def test_what_could_not_be_built_makes_no_name_unknown(expect, check) -> None:
    for text in (WITHOUT_DATA, STRANGE_STATE):
        expect(text, next((p.code, "") for p in check(text) if p.is_error))


@pytest.mark.parametrize(
    ("asked", "code", "hint"),
    [
        (
            "note.write: {text: Hello}",
            "PF120",
            "nothing answers `note.write`: write it under `do:` or `entry:`",
        ),
        ("notify: {role: lead, text: Hello}", "PF101", "nothing answers `notify`"),
        ("start: {procedure: p}", "PF101", "`invoke: {procedure: …}` opens a case and waits for it"),
        ("mail.snd: {text: Hello}", "PF120", "did you mean `mail.send`?"),
    ],
)
def test_an_effect_that_is_invoked_is_told_where_it_belongs(asked: str, code: str, hint: str, check) -> None:
    """An operation of another channel was proposed, or a procedure of the effect's name."""
    text = STRANGE_STATE.replace("§finished", "{final: true}").replace("to: done}", "to: waiting}")
    text += f"  waiting: {{invoke: {{{asked}}}, events: {{done: {{to: done}}, failed: {{to: done}}}}}}\n"
    told = [(p.code, p.hint) for p in check(text) if p.is_error]
    assert told[0][0] == code and hint in told[0][1], told

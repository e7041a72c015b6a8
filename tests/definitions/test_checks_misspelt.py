"""Misspelt names of a file that its schema refuses are told in the same run, and nothing is told that is no fault."""

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

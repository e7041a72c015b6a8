"""Values that the witness finds where several conditions are asked of one, or one is asked of several."""

import pytest

from .witnessing import step

HEAD = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  amount: {type: number, minimum: 0, maximum: 100000, label: {en: Amount, da: Beløb}}
  paid: {type: number, minimum: 0, label: {en: Paid, da: Betalt}}
  code: {type: string, maxLength: 80, label: {en: Code, da: Kode}}
initial: open
states:
"""
REFUSED = "refuse: {en: Not so, da: Ikke sådan}"


def test_a_number_that_is_more_than_another_and_not_twice_as_much(faulty):
    faulty.of(
        HEAD
        + f"""
  open: {{task: {{role: agent}}, choices: {{take: {{ask: [amount], to: paying}}}}}}
  paying:
    task: {{role: agent}}
    choices:
      pay: {{ask: [paid], then: [{{when: 'paid > amount * 2', {REFUSED}}}, {{to: done}}]}}
  done: {{final: true}}
promises:
  not_more: {{says: Not much more., never: 'state("done") && paid > amount + 100'}}
"""
    )
    found = faulty.breaks("not_more", "open", "choice open.take", last="choice paying.pay")
    amount, paid = found.steps[1]["with"]["amount"], found.steps[2]["refused"]["with"]["paid"]
    assert amount + 100 < paid <= amount * 2


def test_a_text_of_a_form_that_begins_and_ends_as_is_asked_for(faulty):
    faulty.of(
        HEAD
        + f"""
  open:
    task: {{role: agent}}
    choices:
      go: {{ask: [code], then: [{{when: '!code.matches("^[A-Z]{{2}}[0-9]{{3}}$")', {REFUSED}}}, {{to: done}}]}}
  done: {{final: true}}
promises:
  other: {{says: No such code., never: 'state("done") && code.startsWith("QX") && code.endsWith("7")'}}
"""
    )
    found = faulty.breaks("other", step("open"), last="choice open.go")
    code = found.steps[1]["refused"]["with"]["code"]
    assert (code[:2], code[-1], len(code)) == ("QX", "7", 5)


LINES = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  lines: {type: array, items: {type: object, properties: {code: {type: string}, fee: {type: number}, kind: {enum: [book, map, film]}}}}
decisions:
  papers:
    title: {en: Papers, da: Papirer}
    hit: collect
    inputs: {how_many: number}
    rows: [{how_many: '> 14', gives: {paper: deposit}}, {gives: {paper: slip}}]
initial: open
states:
  open: {task: {role: agent}, choices: {lend: {ask: [lines], to: lent}}}
  lent: {task: {role: agent}, choices: {end: {to: done}}}
  done: {final: true}
promises:
  never_so: {says: Not so., never: 'state("lent") && PROMISE'}
"""


@pytest.mark.parametrize(
    "asked",
    [
        'lines.exists(x, x.fee > 100 && x.kind == "map")',
        'lines.exists_one(x, x.kind == "film") && size(lines) == 4',
        'lines.exists(x, 500 <= x.fee && x.kind != "book" && x.code == "AB-1")',
        'decide("papers", {how_many: size(lines)}).exists(x, x.paper == "deposit")',
    ],
)
def test_one_thing_of_a_list_of_which_several_things_are_asked_at_once(faulty, asked):
    """Each part of an object was tried by itself, the others as they come; and no list had more than twelve things."""
    faulty.of(LINES.replace("PROMISE", asked))
    faulty.breaks("never_so", "open", last="choice open.lend")


RENT = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [deposit]}]
data:
  deposit: {type: integer, minimum: 0}
  back: {type: integer}
  half: {type: integer}
  paid: {type: integer, minimum: 0}
  note: {type: string}
  said: {type: string}
  day: {type: date}
  until_day: {type: date}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      move: {set: {back: "${deposit}"}, to: moving}
      write: {ask: [note], to: self}
      plan: {ask: [day], to: self}
  moving: {task: {role: agent}, choices: {settle: {set: {half: "${back * 2 - 100}", said: "${note}", until_day: "${day}"}, to: settled}}}
  settled: {task: {role: agent}, choices: {pay: {ask: [paid], to: done}}}
  done: {final: true}
promises:
  never_so: {says: Not so., never: 'PROMISE'}
"""


@pytest.mark.parametrize(
    ("asked", "way"),
    [
        ("back != null && back > 1000", ["open", "choice open.move"]),
        ("half == 5000", ["open", "choice open.move", "choice moving.settle"]),
        ('said == "moved"', ["open", "choice open.write", "choice open.move", "choice moving.settle"]),
        (
            'until_day == date("2031-03-03")',
            ["open", "choice open.plan", "choice open.move", "choice moving.settle"],
        ),
        (
            "paid > 100 && deposit - paid == 50",
            ["open", "choice open.move", "choice moving.settle", "choice settled.pay"],
        ),
        (
            "paid > 0 && deposit > 700 && 2 * paid + 10 == deposit",
            ["open", "choice open.move", "choice moving.settle", "choice settled.pay"],
        ),
    ],
)
def test_what_is_entered_is_what_its_copy_or_its_sum_is_compared_with(faulty, asked, way):
    """What a field is set from, steps later, had none of the values that the field is compared with."""
    faulty.of(RENT.replace("PROMISE", asked))
    faulty.breaks("never_so", *way[:-1], last=way[-1])

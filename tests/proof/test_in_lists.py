"""Whether a thing is in a list is known from what the list was set to: a list, several added, one of two, a part of one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

TEXT = """
procedure: errand
title: {{en: Errand}}
owner: lead
starts: [{{by: agent, ask: [old, one, yes, kind], optional: [maybe]}}]
data:
  old: {{type: array, items: {{type: string}}}}
  new: {{type: array, items: {{type: string}}}}
  one: {{type: string}}
  maybe: {{type: string}}
  yes: {{type: boolean}}
  kind: {{enum: [first, second]}}
initial: begun
states:
  begun:
    task: {{role: agent, guide: "Set it."}}
    choices: {{set_it: {{set: {{new: {value}}}, to: set}}}}
  set:
    task: {{role: agent, guide: "Look."}}
    choices: {{look: {{to: over}}}}
  over: {{final: true}}
promises:
  p: {{never: 'state("set") && {promise}'}}
"""
ALL_OLD_ARE_NEW = "old.exists(x, !(x in new))"
ALL_NEW_ARE_OLD = "new.exists(x, !(x in old))"
SURE, NOT = "proved", "not decided"


@pytest.mark.parametrize(
    ("value", "promise", "verdict"),
    [
        ("'${old}'", ALL_OLD_ARE_NEW, SURE),
        ("'${old}'", ALL_NEW_ARE_OLD, SURE),
        ("'${old + [one]}'", ALL_OLD_ARE_NEW, SURE),
        ("'${[one] + old}'", ALL_OLD_ARE_NEW, SURE),
        ("'${old + [one]}'", ALL_NEW_ARE_OLD, NOT),
        ("'${old + [one]}'", "new.exists(x, !(x in old) && x != one)", SURE),
        ("'${old + [one, maybe]}'", "new.exists(x, !(x in old) && x != one)", NOT),
        ("'${[one]}'", ALL_OLD_ARE_NEW, NOT),
        ("'${[one]}'", "new.exists(x, x != one)", SURE),
        ("['${one}']", "new.exists(x, x != one)", SURE),
        ("['${one}', '${maybe}']", "new.exists(x, x != one)", NOT),
        ("['${one}', '${maybe}']", "new.exists(x, x != one && x != maybe)", SURE),
        ("['${one}', second]", 'new.exists(x, x != one && x != "second")', SURE),
        ("['${one}', second]", "new.exists(x, x != one)", NOT),
        ("""'${[one, "second"]}'""", 'new.exists(x, x != one && x != "second")', SURE),
        ("""'${[one, "second"]}'""", "new.exists(x, x != one)", NOT),
        ("""'${[one, null]}'""", "new.exists(x, x != one)", SURE),  # what has no value is not in it
        ("'${[kind]}'", 'kind == "first" && new.exists(x, x != "first")', SURE),
        ("'${[kind]}'", 'new.exists(x, x != "first")', NOT),
        ("[first, second]", 'new.exists(x, x != "first" && x != "second")', SURE),
        ("[first, second]", 'new.exists(x, x != "first")', NOT),
        ("['${one} and more']", "new.exists(x, x != one)", NOT),  # a text of which nothing is known
        ("'${yes ? old : old + [one]}'", ALL_OLD_ARE_NEW, SURE),
        ("'${yes ? old : [one]}'", ALL_OLD_ARE_NEW, NOT),
        ("'${yes ? old : [one]}'", "yes && old.exists(x, !(x in new))", SURE),
        ("'${yes ? old : [one]}'", "!yes && new.exists(x, x != one)", SURE),
        ("'${old.filter(y, y != one)}'", ALL_NEW_ARE_OLD, SURE),
        ("'${old.filter(y, y != one)}'", ALL_OLD_ARE_NEW, NOT),
        ("'${old.filter(y, y != one)}'", "old.exists(x, x != one && !(x in new))", NOT),  # a limit: it holds
        ("'${old.filter(y, y != one)}'", "new.exists(x, x == one)", SURE),
        ("'${[old[0]]}'", ALL_NEW_ARE_OLD, SURE),
        ("'${[old[0]]}'", ALL_OLD_ARE_NEW, NOT),
        ("'${old.map(y, y)}'", ALL_OLD_ARE_NEW, NOT),  # nothing is known of a list that is worked out so
        ("'${null}'", 'new.exists(x, x != "")', SURE),
        ("[]", 'new.exists(x, x != "")', SURE),
    ],
)  # fmt: skip
def test_what_is_in_a_list(
    value: str, promise: str, verdict: str, verdicts: Callable[..., dict[str, str]]
) -> None:
    assert verdicts(TEXT.format(value=value, promise=promise)) == {"p": verdict}


DECIDED = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  kind: {enum: [red, green, blue]}
decisions:
  papers:
    title: {en: Papers, da: Papirer}
    hit: collect
    inputs: {kind: [red, green, blue]}
    rows:
      - {kind: [red, green], gives: {paper: passport, days: 3}}
      - {kind: green, gives: {paper: permit, days: 10}}
      - {gives: {paper: form, days: 1}}
initial: open
states:
  open: {task: {role: agent}, choices: {finish: {ask: [kind], to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  it: {PROMISE}
"""


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [
        ('never: \'state("finished") && GIVEN.exists(x, x.paper == "permit")\'', "not decided"),
        ('never: \'state("finished") && GIVEN.exists(x, x.paper == "form")\'', "not decided"),
        ("never: 'state(\"finished\") && GIVEN.exists(x, x.days > 10)'", "proved"),
        ('never: \'state("finished") && kind == "blue" && GIVEN.exists(x, x.days > 1)\'', "proved"),
        ('never: \'state("finished") && GIVEN.exists(x, x.paper == "permit" && x.days < 10)\'', "proved"),
        ("always: '!state(\"finished\") || GIVEN.all(x, x.days < 10)'", "not decided"),
        ("always: '!state(\"finished\") || GIVEN.all(x, x.days < 11)'", "proved"),
    ],
)
def test_what_a_decision_table_gives_is_asked_row_by_row(promise: str, verdict: str, proof_of: Any) -> None:
    """The thing that stands for all was taken for a text, which has no parts, and each promise was proved."""
    text = DECIDED.replace("PROMISE", promise).replace("GIVEN", 'decide("papers", {kind: kind})')
    assert [v.verdict for v in proof_of(text).verdicts] == [verdict]


OF_OBJECTS = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent}]
data:
  kind: {enum: [red, green]}
  lines: {type: array, items: {type: object, properties: {what: {enum: [red, green]}, worth: {type: integer}}}}
initial: open
states:
  open:
    task: {role: agent}
    choices:
      begin: {set: {lines: [{what: red, worth: 3}]}, to: begun}
      copy: {ask: [kind], set: {lines: [{what: "${kind}", worth: 2}]}, to: begun}
  begun: {task: {role: agent}, choices: {empty: {set: {lines: []}, to: finished}, finish: {to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  it: {PROMISE}
"""


@pytest.mark.parametrize(
    ("promise", "verdict"),
    [
        ("never: 'state(\"finished\") && lines.exists(x, x.worth == 3)'", "not decided"),
        ('never: \'state("finished") && lines.exists(x, x.what == "green")\'', "not decided"),
        ('never: \'state("finished") && count("begin") == 1 && lines.exists(x, x.worth > 3)\'', "proved"),
        ('never: \'state("finished") && count("empty") == 1 && lines.exists(x, x.worth > 0)\'', "proved"),
        ('never: \'state("finished") && count("empty") == 0 && size(lines) == 0\'', "proved"),
        ("never: 'state(\"finished\") && size(lines) == 1'", "not decided"),
    ],
)
def test_objects_of_a_list_are_told_apart(promise: str, verdict: str, proof_of: Any) -> None:
    """A list of objects that is set as it is written ended `prove` in a traceback."""
    assert [v.verdict for v in proof_of(OF_OBJECTS.replace("PROMISE", promise)).verdicts] == [verdict]

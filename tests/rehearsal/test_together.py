"""Laws between cases, on a small world of two customers and three advisors: each planted fault is found, and shown.

The sound twin of each is not accused.
"""

import pytest

from procflow.definitions.from_texts import documents_of
from procflow.definitions.reader import read
from procflow.rehearsal.runner import run_scenarios
from procflow.rehearsal.together import Together
from procflow.rehearsal.together_blind import blindness
from procflow.rehearsal.witness import Theatre

ORGANISATION = """
organisation: small
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate]
roles: {advisor: {en: Advisor, da: Assurandør}, lead: {en: Duty lead, da: Vagtleder}}
people:
  a: {name: Ann Test, roles: [advisor], mate: b, mail: a@small.example}
  b: {name: Bo Test, roles: [advisor], mate: a, mail: b@small.example}
  c: {name: Carl Test, roles: [advisor], mail: c@small.example}
  l: {name: Lis Test, roles: [lead], mail: l@small.example}
mailboxes: {main: main@small.example}
parameters: {drip_window: 1}
"""
APPROACH = """
procedure: approach
title: Approaching a customer
owner: lead
subject: kn
starts: [{by: advisor, ask: [kn]}]
data: {kn: {type: string, pattern: "^[0-9]{4}$"}, active: {type: boolean, default: false}}
initial: planned
states:
  planned:
    task: {role: advisor}
    choices: {begin: {WHEN set: {active: true}, to: approaching}, drop: {to: dropped}}
  approaching: {task: {role: advisor}, choices: {end: {set: {active: false}, to: ended}}}
  ended: {final: true}
  dropped: {final: true}
promises: {inv_42: {says: One at a time., PROMISE}}
"""
LOCAL = "before: 'state(\"ended\")', must: 'choice(\"begin\")'"
SEEING = 'never: \'state("approaching") && size(cases("approach", {kn: kn, active: true}).filter(c, c.id != case.id)) > 0\''
FREE = "when: 'size(cases(\"approach\", {kn: kn, active: true})) == 0',"
ITEM = """
procedure: item
title: Information for a requester
owner: lead
subject: kn
starts: [{by: advisor, ask: [kn, receiver, kind]}]
data:
  kn: {type: string, pattern: "^[0-9]{4}$"}
  receiver: {enum: [east, west]}
  kind: {enum: [news, complaint]}
  unhandled: {type: boolean, default: false}
initial: deciding
states:
  deciding:
    always:
      - {when: 'kind == "complaint"', set: {unhandled: true}, to: released}
      - {when: 'size(cases("item", {receiver: receiver, kn: kn, unhandled: true})) < WINDOW', set: {unhandled: true}, to: released}
      - {to: waiting}
  released: {task: {role: advisor}, choices: {handled: {set: {unhandled: false}, to: done}}}
  waiting: {task: {role: advisor}, choices: {look_again: {to: deciding}, drop: {to: done}}}
  done: {final: true}
promises: {inv_41: {says: Drop by drop., before: 'state("done")', must: 'state("released") || state("waiting")'}}
"""
LEAD = """
procedure: lead
title: A lead
owner: lead
subject: kn
starts: [{by: advisor, ask: [kn]}]
data: {kn: {type: string, pattern: "^[0-9]{4}$"}}
initial: delivered
states:
  delivered: {task: {role: advisor}, choices: {accept: {do: [{start: {procedure: settlement, with: {kind: lead_fee, lead: "${string(case.number)}"}}}], to: accepted}}}
  accepted: {task: {role: advisor}, choices: {CHOICES end: {to: done}}}
  done: {final: true}
"""
SETTLEMENT = """
procedure: settlement
title: A settlement
owner: lead
data: {kind: {enum: [lead_fee, commission]}, lead: {type: string}, contract: {type: string}}
initial: open
states: {open: {task: {role: lead}, choices: {settled: {to: done}}}, done: {final: true}}
promises: {inv_43: {says: A fee or a commission., before: 'state("done")', must: 'choice("settled")'}}
"""
REACH = """
procedure: reach
title: Reaching a customer
owner: lead
subject: kn
starts: [{by: advisor, ask: [kn, customer_status]}]
data: {kn: {type: string, pattern: "^[0-9]{4}$"}, customer_status: {enum: [ordinary, large]}}
initial: waiting
states:
  waiting:
    task: {role: advisor}
    choices: {reached: {to: done}, not_reached: {to: tried}}
  tried: {task: {role: advisor}, AFTER choices: {again: {to: waiting}}}
  done: {final: true}
promises: {inv_03: {says: Tried again., before: 'state("tried")', must: 'choice("not_reached")'}}
"""


def together(*procedures: str, budget: int = 1500):
    documents = documents_of(*procedures, organisation=ORGANISATION, overlook=("PF204", "PF247", "PF248"))
    theatre = Theatre(documents)
    return {v.law: v for v in Together(theatre, budget).verdicts()}, theatre


def shows(theatre: Theatre, document: str) -> None:
    """The scenario that was written runs, and shows it."""
    tree, problems = read(document, "shown.yaml")
    assert not problems
    for result in run_scenarios(theatre.documents, tree, "shown.yaml", read=theatre.read):
        assert result.passed, result.as_text() + document


def test_a_customer_who_is_approached_twice_at_once_is_found() -> None:
    found, theatre = together(APPROACH.replace("WHEN ", "").replace("PROMISE", LOCAL))
    assert found["OneApproacher"].broken
    shows(theatre, found["OneApproacher"].document)
    assert found["OneApproacher"].document.count("active: true") == 2


def test_a_promise_that_sees_other_cases_is_looked_at_beside_them() -> None:
    found, theatre = together(APPROACH.replace("WHEN ", "").replace("PROMISE", SEEING))
    assert found["approach"].broken
    assert "because: inv_42" in found["approach"].document
    shows(theatre, found["approach"].document)


def test_who_waits_for_the_way_to_be_free_is_not_accused() -> None:
    found, _ = together(APPROACH.replace("WHEN", FREE).replace("PROMISE", SEEING))
    assert not found["OneApproacher"].broken
    assert not found["approach"].broken
    assert found["OneApproacher"].worlds > 20


def test_a_gate_that_lets_one_too_many_through_is_found() -> None:
    found, theatre = together(ITEM.replace("WINDOW", "2"))
    assert found["DripGate"].broken
    shows(theatre, found["DripGate"].document)


def test_a_gate_with_the_right_window_is_not_accused_for_complaints() -> None:
    found, _ = together(ITEM.replace("WINDOW", 'param("drip_window")'))
    assert not found["DripGate"].broken
    assert found["DripGate"].worlds > 20


@pytest.mark.parametrize("kind", ["commission", "lead_fee"])
def test_a_lead_that_is_settled_twice_is_found(kind: str) -> None:
    again = f'again: {{do: [{{start: {{procedure: settlement, with: {{kind: {kind}, lead: "${{string(case.number)}}"}}}}}}]}},'
    found, theatre = together(LEAD.replace("CHOICES", again), SETTLEMENT)
    assert found["FeeXorCommission"].broken
    shows(theatre, found["FeeXorCommission"].document)


def test_a_lead_that_is_settled_once_is_not_accused() -> None:
    found, _ = together(LEAD.replace("CHOICES ", ""), SETTLEMENT)
    assert not found["FeeXorCommission"].broken
    assert found["FeeXorCommission"].worlds > 5


@pytest.mark.parametrize(
    "fault",
    [
        "after: {\"${customer_status == 'large' ? '1 hour' : '1 day'}\": {to: waiting}},",
        "entry: [{when: 'customer_status == \"large\"', notify: {role: lead}}],",
    ],
)
def test_two_runs_that_differ_only_in_the_status_and_go_another_way_are_found(fault: str) -> None:
    documents = documents_of(REACH.replace("AFTER", fault), organisation=ORGANISATION)
    theatre = Theatre(documents)
    found = blindness(theatre, 400)
    assert found is not None
    assert found.broken
    assert "customer_status: large" in found.document
    assert "customer_status: ordinary" in found.document
    shows(theatre, found.document)


BLIND_REACH = REACH.replace("ask: [kn, customer_status]", "ask: [kn]").replace(
    ", customer_status: {enum: [ordinary, large]}", ""
)
COLOURS = """
procedure: colours
title: Colours of a customer
owner: lead
subject: kn
starts: [{by: advisor, ask: [kn, claims]}]
data: {kn: {type: string, pattern: "^[0-9]{4}$"}, claims: {enum: [few, many]}, claims_colour: {enum: [green, red]}}
initial: figures
states:
  figures:
    always:
      - {when: 'claims == "many"', set: {claims_colour: red}, to: shown}
      - {set: {claims_colour: green}, to: shown}
  shown: {task: {role: advisor}, choices: {outdated: {to: over}}}
  over: {final: true}
"""
LEVELS = """
tables: levels
title: Service levels
columns: {kn: {type: string, key: true}, class: {type: string}, wait: {type: duration}}
versions:
  - valid: {from: 2026-01-01}
    rows:
      - {kn: "1000", class: A, wait: 1 hour}
      - {kn: "1111", class: A, wait: 2 hours}
      - {kn: "1234", class: A, wait: 3 hours}
      - {kn: "0000", class: D, wait: 9 days}
"""
CLASSES = ORGANISATION.replace("{drip_window: 1}", "{drip_window: 1, class_wait: 1 hour}")
SEEN = {
    "a table of customers with their class": 'entry: [{when: \'table("levels")[kn].class == "A"\', notify: {role: lead}}],',
    "a parameter of a class": "after: {\"${param('class_wait')}\": {to: waiting}},",
    "another case": 'entry: [{when: \'cases("colours", {kn: kn, claims_colour: "red"}) != []\', notify: {role: lead}}],',
}


@pytest.mark.parametrize("seen", SEEN)
def test_a_status_that_is_looked_up_and_leads_another_way_is_found(seen: str) -> None:
    texts = (BLIND_REACH.replace("AFTER", SEEN[seen]), COLOURS)
    theatre = Theatre(
        documents_of(*texts, organisation=CLASSES, tables=[LEVELS], overlook=("PF204", "PF247", "PF248"))
    )
    found = blindness(theatre, 400)
    assert found is not None
    assert found.broken
    assert len(list(found.story["en"])) > 2
    shows(theatre, found.document)


@pytest.mark.parametrize(
    "reads",
    [
        "entry: [{when: 'param(\"drip_window\") > 3', notify: {role: lead}}],",
        'entry: [{when: \'table("levels")[kn].class == "none of them"\', notify: {role: lead}}],',
        "entry: [{when: 'cases(\"colours\", {kn: kn}).size() > 9', notify: {role: lead}}],",
    ],
)
def test_what_is_looked_up_and_leads_the_same_way_is_not_accused(reads: str) -> None:
    texts = (BLIND_REACH.replace("AFTER", reads), COLOURS)
    theatre = Theatre(
        documents_of(*texts, organisation=CLASSES, tables=[LEVELS], overlook=("PF204", "PF247", "PF248"))
    )
    found = blindness(theatre, 400)
    assert found is not None
    assert not found.broken
    assert found.whole
    assert bool(found.worlds) == ("drip_window" not in reads), "nothing is compared where no status is read"


def test_a_status_that_nothing_looks_at_changes_nothing() -> None:
    documents = documents_of(REACH.replace("AFTER ", ""), organisation=ORGANISATION)
    found = blindness(Theatre(documents), 400)
    assert found is not None
    assert not found.broken
    assert found.whole
    assert found.worlds > 1

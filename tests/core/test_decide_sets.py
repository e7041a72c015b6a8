"""What a `set` assigns is checked against its field, and what a deadline waits for may already be so."""

from typing import Any

BODY = """
data:
  amount: {type: number, minimum: 0, pii: true}
  wanted: {type: date, pii: true}
  size: {enum: [S, M], pii: true}
  waited: {type: duration}
  at: {type: instant}
  who: {type: person}
  tags: {type: array, items: {type: string}}
  parts: {type: object, properties: {n: {type: integer, maximum: 3}}}
  known: {type: boolean, default: false}
initial: a
states:
  a:
    task: {role: agent}
    choices:
      set_all: {set: {waited: "${now - case.opened}", at: "${now}", who: "${actor}", tags: "${['x']}", parts: "${{'n': 2}}", amount: 1.5}}
      too_little: {set: {amount: "${amount - 5}"}}
      empty: {set: {amount: null, tags: null}}
      know: {set: {known: true}}
      go: {to: b}
    events:
      message:
        - when: 'message.fields.kind == "form"'
          set: {amount: "${message.fields.amount}", wanted: "${message.fields.wanted}", size: "${message.fields.size}"}
  b: {task: {role: agent}, choices: {back: {to: a}, end: {to: c}}}
  c: {final: true, outcome: done}
deadlines:
  told: {starts: entering b, within: 1 day, met: [{when: known}], again: true}
"""


def test_a_text_becomes_the_value_that_its_field_holds(bench: Any) -> None:
    b = bench(BODY)
    b.open("ann")
    b.receive(
        "x", to_case=True, fields={"kind": "form", "amount": "12,5", "wanted": "2026-03-30", "size": "M"}
    )
    assert (str(b.data["amount"]), str(b.data["wanted"]), b.data["size"]) == ("12.5", "2026-03-30", "M")


def test_a_value_that_does_not_fit_is_refused_and_the_message_waits_for_a_person(bench: Any) -> None:
    b = bench(BODY)
    b.open("ann")
    b.receive("x", to_case=True, fields={"kind": "form", "amount": "many", "wanted": "never", "size": "XXL"})
    assert b.data.get("amount") is None and b.data.get("size") is None
    assert b.kinds == ["stuck"]


def test_a_person_is_known_by_the_code_as_people_type_it(bench: Any) -> None:
    b = bench(BODY + "starts: [{by: agent, ask: [who]}]\n")
    b.open("ann", who=" BOB ")
    assert b.data["who"] == "bob"
    assert b.try_open("ann", who="nobody").refusal.code == "input"


def test_values_made_by_expressions_keep_their_kinds(bench: Any) -> None:
    b = bench(BODY)
    b.open("ann")
    b.do("set_all", "ann")
    assert b.data["who"] == "ann" and b.data["tags"] == ("x",) and b.data["parts"] == {"n": 2}
    b.refused("too_little", "ann", "set")
    b.do("empty", "ann")
    assert b.data["amount"] is None and not b.data["tags"]


def test_a_deadline_that_waits_for_what_is_so_already_is_met_as_it_starts(bench: Any) -> None:
    b = bench(BODY)
    b.open("ann")
    b.do("know", "ann")
    b.do("go", "ann")
    assert b.case.clocks["told"].state == "met"


def test_a_deadline_that_waits_for_what_is_not_yet_so_runs(bench: Any) -> None:
    b = bench(BODY)
    b.open("ann")
    b.do("go", "ann")
    assert b.case.clocks["told"].state == "running"

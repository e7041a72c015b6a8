"""Events from outside: who takes them, what they bring, and what becomes of those that nobody takes."""

import pytest

WAITING = """
data:
  paid: {type: number, pii: true}
  who: {type: string, pii: true}
  told: {type: boolean, default: false}
initial: waiting
states:
  waiting:
    task: {role: agent}
    events:
      paid:
        - when: 'input.amount > 0'
          set: {paid: "${input.amount}", who: "${input.name}"}
          do: [{raise: counted}]
          to: done_with
      late: {to: waiting_on}
    choices: {go_on: {to: done_with}}
    deadline_note: null
  waiting_on:
    task: {role: agent}
    events: {counted: {set: {told: true}}}
    choices: {go_on: {to: done_with}}
  done_with:
    task: {role: agent}
    events: {counted: {set: {told: true}}}
    choices: {close: {to: end}}
  end: {final: true}
deadlines:
  in_time: {starts: [opening], met: [entering done_with], within: 2 days}
promises:
  never_late: {never: 'state("waiting_on")'}
""".replace("    deadline_note: null\n", "")


def test_an_event_leads_on_and_brings_values(bench):
    b = bench(WAITING)
    b.open("ann")
    answer = b.signal("paid", amount=120, name="Mette Test")
    assert answer.accepted and b.state == "done_with"
    assert (b.data["paid"], b.data["who"], b.data["told"]) == (120, "Mette Test", True)
    (_, command) = b.entries("CommandTaken")
    assert (command.kind, command.name, command.source) == ("event", "paid", "bench")


def test_what_an_event_brings_is_sealed(bench):
    b = bench(WAITING)
    b.open("ann")
    b.signal("paid", amount=120, name="Mette Test")
    for row in b.stage.store.journal(b.case_id):
        assert b"Mette" not in row.entries


def test_an_event_whose_guard_does_not_hold_is_dropped_and_recorded(bench):
    b = bench(WAITING)
    b.open("ann")
    assert b.signal("paid", amount=0, name="x").accepted
    assert b.state == "waiting" and [e.name for e in b.entries("EventDropped")] == ["paid"]


def test_an_event_that_no_state_knows_is_dropped_and_recorded(bench):
    b = bench(WAITING)
    b.open("ann")
    b.signal("no_such")
    assert [e.name for e in b.entries("EventDropped")] == ["no_such"]


def test_a_closed_case_drops_an_event_and_says_so(bench):
    b = bench(WAITING)
    b.open("ann")
    b.do("go_on", "ann")
    b.do("close", "ann")
    assert b.signal("paid", amount=1).accepted
    assert [e.name for e in b.entries("EventDropped")] == ["paid"]
    assert b.outcome == "end" and b.case.active == ("end",)


@pytest.mark.parametrize("name", ["message", "done", "failed", "in_time"])
def test_what_procflow_makes_itself_cannot_be_sent(bench, name):
    b = bench(WAITING)
    b.open("ann")
    answer = b.signal(name)
    assert answer.refusal is not None and answer.refusal.code == "made_here"
    assert b.state == "waiting"


def test_an_event_that_is_refused_stays_with_the_case_and_is_tried_again(bench):
    b = bench(WAITING)
    b.open("ann")
    answer = b.signal("late")
    assert answer.accepted and answer.refusal.code == "promise"
    assert b.kinds == ["stuck"] and b.state == "waiting"
    b.do("go_on", "ann")
    assert b.kinds == [], "in a state that does not take it, it is dropped at last"
    assert [e.name for e in b.entries("EventDropped")] == ["late"]


def test_a_person_who_sends_an_event_is_told_the_refusal_and_nothing_is_kept(bench):
    from procflow.core.decide import Command

    b = bench(WAITING)
    b.open("ann")
    before = b.fingerprint()
    answer = b.stage.submit(b.case_id, Command("x", "event", "late", "ann"))
    assert not answer.accepted and answer.refusal.code == "promise"
    assert b.fingerprint() == before


def test_the_same_event_under_the_same_id_happens_once(bench):
    from procflow.core.decide import Command

    b = bench(WAITING)
    b.open("ann")
    command = Command("payment-1", "event", "paid", given={"amount": 5}, source="bank")
    b.stage.submit(b.case_id, command)
    b.stage.submit(b.case_id, command)
    assert len(b.entries("CommandTaken")) == 2 and len(b.entries("EventDropped")) == 0

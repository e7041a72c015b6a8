"""What crosses from one case to another: invoked procedures, signals, look-ups, one open case, what recurs, what is kept."""

import pytest

from procflow.core.decide import Command
from procflow.rehearsal.bench import Bench

PARENT = """
procedure: parent
title: Parent
owner: agent
starts: [{by: agent}]
data: {got: {type: string, pii: true}}
initial: a
states:
  a: {task: {role: agent}, choices: {go: {to: b}}}
  b:
    invoke: {procedure: child, with: {name: "case ${case.number}"}}
    task: {role: agent}
    choices: {leave: {to: z}}
    events:
      done: {set: {got: "${result.outcome} ${result.name}"}, to: c}
      failed: {set: {got: "${result.error}"}, to: c}
  c:
    task: {role: agent}
    choices:
      tell: {do: [{signal: {name: ping, to: {procedure: pinged, where: {name: "${got}"}}}}]}
      leave: {to: z}
  z: {final: true}
"""
CHILD = """
procedure: child
title: Child
owner: agent
data: {name: {type: string, minLength: 4, pii: true}}
initial: around
states:
  around: {initial: inside, states: {inside: {task: {role: agent}, choices: {fin: {to: z}}}}}
  z: {final: true, outcome: well}
"""
PINGED = """
procedure: pinged
title: Pinged
owner: agent
starts: [{event: ping}, {by: agent, ask: [name]}]
one_open_per: [name]
data: {name: {type: string, pii: true}}
initial: a
states:
  a:
    task: {role: agent}
    events: {ping: {to: z}}
    choices: {fin: {when: 'cases("child", {name: "case 1"}) == []', to: z}}
  z: {final: true, outcome: pinged}
"""
EVERY = """
procedure: daily
title: Daily
owner: agent
starts: [{every: "open day at 08:00", when: 'cases("daily", {done: false}) == []'}]
data: {done: {type: boolean, default: false}}
initial: a
states:
  a: {task: {role: agent}, choices: {fin: {set: {done: true}, to: z}}}
  z: {final: true}
"""
KEEPS = """
procedure: keeps
title: Keeps
owner: agent
starts: [{by: agent, ask: [phone]}]
correlate: [phone]
data: {phone: {type: phone, pii: true}, said: {type: array, items: {type: string}, pii: true}}
initial: a
states:
  a: {task: {role: agent}, choices: {ready: {to: b}, end: {to: z}}}
  b: {task: {role: agent}, events: {message: {keep: 7 days, set: {said: "${said + [message.text]}"}}}, choices: {end: {to: z}}}
  z: {final: true}
"""


@pytest.fixture
def b():
    made = Bench(PARENT, CHILD, PINGED)
    made.open("ann")
    made.do("go", "ann")
    return made


def other(b, procedure):
    """The newest case of a procedure."""
    return next(c for c in reversed(b.stage.cases) if b.stage.load(c).row.procedure == procedure)


def test_an_invoked_procedure_runs_as_a_case_and_tells_its_end(b):
    child = other(b, "child")
    assert b.state == "b" and b.stage.load(child).plain.data["name"] == "case 1"
    b.stage.submit(child, Command("f", "choice", "fin", "bob"))
    assert (b.state, b.data["got"]) == ("c", "well case 1")


def test_leaving_the_state_cancels_the_invoked_case_and_its_late_answer_is_dropped(b):
    child = other(b, "child")
    b.do("leave", "ann")
    case = b.stage.load(child).plain
    assert (case.outcome, case.tasks, case.active, b.outcome) == ("cancelled", {}, (), "z")


def test_an_invoked_procedure_that_cannot_be_opened_has_failed():
    made = Bench(PARENT.replace("case ${case.number}", "${case.number}."), CHILD, PINGED)
    made.open("ann")
    made.do("go", "ann")
    assert made.state == "c" and "name" in made.data["got"]


def test_an_invocation_that_is_tried_again_opens_no_second_case(b):
    row = b.stage.store.effects(b.case_id)[0]
    assert row.state == "invoked"
    from procflow.hosts.between import carry_out

    again = carry_out(b.stage.outbox, row)
    assert all(answer.repeated for answer in again)
    assert [b.stage.load(c).row.procedure for c in b.stage.cases] == ["parent", "child"]


def test_a_signal_opens_a_case_where_none_waits_and_reaches_the_one_that_does(b):
    b.stage.submit(other(b, "child"), Command("f", "choice", "fin", "bob"))
    b.do("tell", "ann")
    opened = other(b, "pinged")
    assert b.stage.load(opened).plain.active == ("a",)
    assert b.stage.load(opened).plain.data["name"] == "well case 1"
    b.do("tell", "ann")
    assert b.stage.load(opened).plain.outcome == "pinged"


CALLS = """
procedure: calls
title: Calls
owner: agent
starts: [{by: agent}]
data: {kind: {type: string, default: same}}
initial: a
states:
  a:
    task: {role: agent}
    choices: {call: {do: [{signal: {name: over, to: {procedure: calls, where: {kind: same}}}}]}}
    events: {over: {to: z}}
  z: {final: true}
"""


def test_a_signal_is_for_other_cases_and_never_for_the_one_that_gives_it():
    made = Bench(CALLS)
    made.open("ann")
    first = made.case_id
    made.open("ann")
    made.do("call", "ann")
    assert made.state == "a" and made.stage.load(first).plain.outcome == "z"


def test_an_event_that_nobody_takes_is_dropped_and_recorded_also_in_a_closed_case(b):
    b.stage.submit(b.case_id, Command("e1", "event", "nothing"))
    b.do("leave", "ann")
    b.stage.submit(b.case_id, Command("e2", "event", "late"))
    assert [entry.name for entry in b.entries("EventDropped")] == ["nothing", "late"]


def test_open_cases_are_looked_up_by_their_data_personal_ones_too(b):
    answer = b.stage.open("pinged", Command("o", "open", "pinged", "ann", {"name": "me"}))
    refused = b.stage.submit(answer.case_id, Command("f1", "choice", "fin", "ann"))
    assert refused.refusal is not None and refused.refusal.code == "not_offered"
    b.do("leave", "ann")
    assert b.stage.submit(answer.case_id, Command("f2", "choice", "fin", "ann")).accepted


def test_a_look_up_that_would_answer_otherwise_at_the_commit_is_decided_again(b):
    engine = b.stage.engine
    answer = b.stage.open("pinged", Command("o", "open", "pinged", "ann", {"name": "me"}))
    b.do("leave", "ann")  # nothing is in the way
    real, opened = engine._append, []

    def somebody_is_faster(loaded, *more):
        if not opened:
            opened.append(True)
            command = Command("late", "open", "child", given={"name": "case 1"}, source="test")
            looked, engine._looked = engine._looked, []
            engine.open("child", command)
            engine._looked = looked
        return real(loaded, *more)

    engine._append = somebody_is_faster
    refused = engine.submit(answer.case_id, Command("f", "choice", "fin", "ann"))
    assert opened and refused.refusal is not None and refused.refusal.code == "not_offered"


def test_the_open_case_is_shown_instead_of_a_second_one(b):
    first = b.stage.open("pinged", Command("o1", "open", "pinged", "ann", {"name": "me"}))
    second = b.stage.open("pinged", Command("o2", "open", "pinged", "bob", {"name": "me"}))
    assert (second.shown, second.number, len(b.stage.cases)) == (True, first.number, 3)
    third = b.stage.open("pinged", Command("o3", "open", "pinged", "bob", {"name": "you"}))
    assert not third.shown and third.number != first.number


def test_what_recurs_is_opened_at_each_of_its_instants_also_when_nobody_looked_for_days():
    made = Bench(EVERY, clock="2026-05-12 10:00")  # Thursday is Ascension Day
    made.wait("until 2026-05-13 09:00")
    made.stage.submit(made.stage.cases[0], Command("f", "choice", "fin", "ann"))
    made.wait("until 2026-05-18 12:00")
    assert [made.local(made.stage.load(c).plain.opened) for c in made.stage.cases] == [
        "2026-05-13 08:00",
        "2026-05-15 08:00",  # and not on Monday, while that one is open
    ]


def test_messages_that_come_too_early_are_taken_when_the_case_waits_for_them_oldest_first():
    made = Bench(KEEPS)
    made.open("ann", phone="+4571999901")
    for text in ("one", "two"):
        made.receive(text)
        made.wait("1 hour")
    assert made.kinds == ["kept", "kept"] and made.stage.store.tasks_of(made.case_id)[0].kind == "work"
    made.do("ready", "ann")
    assert (made.data["said"], made.kinds) == (("one", "two"), [])


def test_a_kept_message_that_nobody_waits_for_in_time_is_read_by_a_person():
    made = Bench(KEEPS)
    made.open("ann", phone="+4571999901")
    made.receive("one")
    made.wait("8 days")
    assert made.kinds == ["read"]
    assert "one" in str(made.items)
    made.receive("two")
    made.do("end", "ann")
    assert made.kinds == ["read", "read"]


def test_of_several_cases_the_newest_that_waits_gets_the_message():
    made = Bench(KEEPS)
    made.open("ann", phone="+4571999901")
    made.do("ready", "ann")
    waiting = made.case_id
    made.open("ann", phone="+4571999901")
    answer = made.receive("hello")
    assert answer is not None and answer.case_id == waiting

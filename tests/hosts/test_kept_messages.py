"""Messages that come before the case waits for them: kept, taken, read; and nothing of it lost by a crash."""

from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.rehearsal.bench import Bench

KEEPS = """
procedure: keeps
title: Keeps
owner: lead
starts: [{by: agent, ask: [phone]}]
correlate: [phone]
data:
  phone: {type: phone, pii: true}
  said: {type: array, items: {type: string}, pii: true}
  open: {type: boolean, default: true}
initial: early
states:
  early:
    task: {role: agent}
    choices: {ready: {to: waiting}, deaf: {to: deaf}}
  waiting:
    task: {role: agent}
    events:
      message:
        - {when: 'open && message.text.startsWith("yes")', keep: 7 days, set: {said: "${said + [message.text]}"}, to: had_one}
        - {when: 'message.text.startsWith("bad")', set: {open: null}, to: forbidden}
    choices: {back: {to: early}, shut: {set: {open: false}}, reopen: {set: {open: true}}}
  had_one:
    task: {role: agent}
    choices: {more: {to: waiting}, end: {to: z}}
  deaf: {task: {role: agent}, choices: {end: {to: z}}}
  forbidden: {task: {role: agent}, choices: {end: {to: z}}}
  z: {final: true}
promises: {clean: {never: 'state("forbidden")'}}
"""


@pytest.fixture
def b() -> Bench:
    made = Bench(KEEPS)
    made.open("ann", phone="+4571999901")
    return made


def test_one_that_comes_early_is_kept_beside_the_inbox_and_taken_once_the_case_waits(b: Bench) -> None:
    b.receive("yes, one")
    assert b.kinds == ["kept"] and [t.kind for t in b.stage.store.tasks_of(b.case_id)] == ["work"]
    b.do("ready", "ann")
    assert (b.state, b.data["said"], b.kinds) == ("had_one", ("yes, one",), [])


def test_the_oldest_is_taken_first_and_the_next_when_the_case_waits_again(b: Bench) -> None:
    for text in ("yes, one", "yes, two", "yes, three"):
        b.receive(text)
        b.wait("1 minute")
    b.do("ready", "ann")
    assert (b.data["said"], b.kinds) == (("yes, one",), ["kept", "kept"])
    b.do("more", "ann")
    b.do("more", "ann")
    assert (b.data["said"], b.kinds) == (("yes, one", "yes, two", "yes, three"), [])


def test_one_that_does_not_fit_the_state_that_waits_for_it_is_read_at_once(b: Bench) -> None:
    b.do("ready", "ann")
    b.do("shut", "ann")
    b.receive("yes, but it is shut")
    assert b.kinds == ["read"]


def test_one_that_can_never_be_waited_for_any_more_is_read_at_once(b: Bench) -> None:
    b.do("deaf", "ann")
    b.receive("yes")
    assert b.kinds == ["read"]


def test_one_that_was_kept_and_does_not_fit_stays_kept_and_is_read_when_its_time_is_up(b: Bench) -> None:
    b.receive("what?")
    b.do("ready", "ann")
    assert (b.state, b.kinds) == ("waiting", ["kept"])
    b.wait("6 days")
    assert b.kinds == ["kept"]
    b.wait("1 day")
    assert b.kinds == ["read"]
    (item,) = b.case.items.values()
    assert item.roles == ("agent",), "whoever has the case reads it"


def test_what_is_kept_counts_from_its_receipt_and_is_up_at_its_very_instant(b: Bench) -> None:
    b.receive("yes")
    b.wait("until 2026-05-18 10:05")
    assert b.kinds == ["read"]
    times = [e for e in b.entries("CommandTaken") if e.kind == "time"]
    assert [b.local(e.at) for e in times] == ["2026-05-18 10:05"]


def test_data_that_change_let_a_kept_one_be_taken_in_the_same_state(b: Bench) -> None:
    b.receive("yes")
    b.do("ready", "ann")
    assert b.state == "had_one"
    b.do("more", "ann")
    b.do("shut", "ann")
    b.do("back", "ann")
    b.receive("yes, again")
    b.do("ready", "ann")
    assert (b.state, b.kinds) == ("waiting", ["kept"])
    b.do("reopen", "ann")
    assert (b.state, b.data["said"]) == ("had_one", ("yes", "yes, again"))


def test_one_that_would_break_a_promise_is_left_to_a_person(b: Bench) -> None:
    b.receive("bad")
    b.do("ready", "ann")
    assert (b.state, b.kinds) == ("waiting", ["read"])
    (item,) = b.case.items.values()
    assert item.roles == ("lead",)
    assert "bad" in str(b.items)


def test_the_end_of_the_case_leaves_what_was_kept_to_a_person(b: Bench) -> None:
    b.receive("yes, one")
    b.receive("yes, two")
    b.do("ready", "ann")
    b.do("end", "ann")
    assert b.case.is_closed and b.kinds == ["read"]


def test_a_host_takes_what_a_process_that_died_after_the_step_had_not_tried(b: Bench) -> None:
    b.receive("yes")
    engine = b.stage.engine
    engine._stuck_again = lambda answer, before: answer  # type: ignore[method-assign]
    engine.submit(b.case_id, Command("r", "choice", "ready", "ann"))
    del engine._stuck_again
    assert (b.state, b.kinds) == ("waiting", ["kept"]), "it died between the two"
    assert engine.store.due(b.stage.now) == [(b.stage.now, b.case_id)]
    assert engine.run_due(b.case_id, b.stage.now) == 1
    assert (b.state, b.data["said"], b.kinds) == ("had_one", ("yes",), [])


def test_one_that_does_not_fit_is_tried_once_and_leaves_nothing_due(b: Bench) -> None:
    b.receive("what?")
    b.do("ready", "ann")
    assert b.stage.store.due(b.stage.now) == []
    assert len([e for e in b.entries("MessageKept") if e.retake]) == 1


def test_a_message_is_taken_once_however_often_its_taking_is_tried(b: Bench) -> None:
    b.receive("yes")
    b.do("ready", "ann")
    sequence = b.case.sequence
    assert b.stage.engine.run_due(b.case_id, b.stage.now) == 0
    assert b.case.sequence == sequence and len(b.entries("MessageReceived")) == 1


def test_nothing_of_a_kept_message_stands_in_the_clear(b: Bench) -> None:
    b.receive("yes, my name is Mette")
    b.do("ready", "ann")
    for row in b.stage.store.journal(b.case_id):
        assert b"Mette" not in row.entries
    assert b"Mette" not in b.stage.store.load(b.case_id).snapshot


def test_folding_the_journal_gives_the_case_that_is_stored(b: Bench) -> None:
    from procflow.core.case import replay

    b.receive("yes")
    b.receive("what?")
    b.do("ready", "ann")
    steps = [(row.sequence, entries) for row, entries in b.stage.engine.journal(b.case_id)]
    folded: Any = replay(b.case_id, steps)
    assert (folded.kept, folded.retake, folded.active) == (b.case.kept, b.case.retake, b.case.active)

"""Signals: to the cases they match as it stands when they are first delivered, once each, whatever is tried again."""

from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.errors import StorageError
from procflow.hosts.between import carry_out
from procflow.rehearsal.bench import Bench

SENDER = """
procedure: sender
title: Sender
owner: agent
starts: [{by: agent}]
data: {kn: {type: string}, level: {type: integer}}
initial: a
states:
  a:
    task: {role: agent}
    choices:
      tell: {ask: [kn], do: [{signal: {name: moved, to: {procedure: listener, where: {kn: "${kn}"}}}}]}
      all: {do: [{signal: {name: moved, to: {procedure: listener}}}]}
      end: {to: z}
  z: {final: true}
"""
LISTENER = """
procedure: listener
title: Listener
owner: agent
starts:
  - {by: agent, ask: [kn]}
  - {event: moved, when: 'kn != "no"', set: {mood: called}}
  - {event: ignored}
data: {kn: {type: string, minLength: 2}, mood: {type: string}, times: {type: integer, default: 0}}
initial: a
states:
  a:
    task: {role: agent, guide: "${mood} ${times}"}
    events: {moved: {set: {times: "${times + 1}"}, to: z}, ignored: {}}
    choices: {end: {to: z}}
  z: {final: true, outcome: heard}
"""


@pytest.fixture
def b() -> Bench:
    made = Bench(SENDER, LISTENER)
    made.open("ann")
    return made


def listeners(b: Bench) -> list[Any]:
    return [c for c in (b.stage.load(id).plain for id in b.stage.cases) if c.procedure == "listener"]


def listen(b: Bench, kn: str) -> str:
    answer = b.stage.open("listener", Command(b.stage.id(), "open", "listener", "ann", {"kn": kn}))
    assert answer.accepted
    return answer.case_id


def test_a_signal_goes_to_every_open_case_that_matches_and_to_no_other(b: Bench) -> None:
    listen(b, "77"), listen(b, "77"), listen(b, "88")
    b.do("tell", "ann", kn="77")
    assert [case.outcome for case in listeners(b)] == ["heard", "heard", ""]
    (sent,) = b.entries("EventSent")
    assert (sent.name, sent.numbers) == ("moved", (2, 3))
    assert [e.status for e in b.entries("EffectAnswered")] == ["done"]


def test_without_a_where_it_goes_to_all(b: Bench) -> None:
    listen(b, "77"), listen(b, "88")
    b.do("all", "ann")
    assert [case.outcome for case in listeners(b)] == ["heard", "heard"]


def test_a_signal_that_no_case_takes_opens_one_with_the_data_that_say_to_which(b: Bench) -> None:
    b.do("tell", "ann", kn="77")
    (case,) = listeners(b)
    assert (case.data["kn"], case.data["mood"], case.active, case.origin) == (
        "77",
        "called",
        ("a",),
        "case 1",
    )


def test_where_the_guard_of_the_start_says_no_nothing_is_opened_and_nothing_has_failed(b: Bench) -> None:
    b.do("tell", "ann", kn="no")
    assert listeners(b) == [] and b.kinds == []


def test_data_that_the_other_procedure_does_not_take_fail_the_signal_with_a_task_for_the_owner(
    b: Bench,
) -> None:
    b.do("tell", "ann", kn="7")
    assert listeners(b) == [] and b.kinds == ["failed"]
    assert "kn" in next(iter(b.items.values()))["error"]


def test_a_second_try_goes_to_the_same_cases_and_opens_none_because_the_first_has_closed_them(
    b: Bench,
) -> None:
    case = listen(b, "77")
    engine, row = b.stage.engine, []

    def dies_before_the_answer(command: Command, real: Any = b.stage.outbox.answer) -> Any:
        raise StorageError("the disk is full", "")

    b.stage.outbox.answer = lambda *a, **k: dies_before_the_answer(a[0])  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        b.do("tell", "ann", kn="77")
    del b.stage.outbox.answer
    assert b.stage.load(case).plain.outcome == "heard" and b.case.waiting, "it died between the two"
    (row,) = b.stage.store.effects(b.case_id)
    carry_out(b.stage.outbox, row)
    assert len(listeners(b)) == 1 and b.stage.load(case).plain.data["times"] == 1
    assert b.case.waiting == {} and len(b.entries("EventSent")) == 1
    assert engine.store.cases(after=2) == []


def test_one_case_that_cannot_be_stepped_keeps_the_event_from_no_other_and_is_tried_again(b: Bench) -> None:
    broken, good = listen(b, "77"), listen(b, "77")
    real = b.stage.engine.submit

    def damaged(case: Any, command: Command) -> Any:
        if case == broken:
            raise StorageError("a snapshot is damaged", "")
        return real(case, command)

    b.stage.engine.submit = damaged  # type: ignore[method-assign]
    with pytest.raises(StorageError):
        b.do("tell", "ann", kn="77")
    b.stage.engine.submit = real  # type: ignore[method-assign]
    assert [b.stage.load(id).plain.outcome for id in (broken, good)] == ["", "heard"]
    (row,) = b.stage.store.effects(b.case_id)
    carry_out(b.stage.outbox, row)
    assert [b.stage.load(id).plain.data["times"] for id in (broken, good)] == [1, 1]


def test_a_case_that_matches_and_does_not_wait_for_it_drops_it_and_no_other_is_opened() -> None:
    deaf = LISTENER.replace(
        'events: {moved: {set: {times: "${times + 1}"}, to: z}, ignored: {}}', "events: {ignored: {}}"
    )
    made = Bench(SENDER, deaf)
    made.open("ann")
    listen(made, "77")
    made.do("tell", "ann", kn="77")
    (case,) = listeners(made)
    assert case.outcome == ""
    journal = [e for _, step in made.stage.engine.journal(case.id) for e in step]
    assert [e.name for e in journal if type(e).__name__ == "EventDropped"] == ["moved"]


def test_a_start_by_event_that_asks_needs_it(b: Bench) -> None:
    asking = LISTENER.replace(
        "{event: moved, when: 'kn != \"no\"', set: {mood: called}}", "{event: moved, ask: [kn]}"
    )
    made = Bench(SENDER, asking)
    made.open("ann")
    made.do("all", "ann")
    assert listeners(made) == [] and made.kinds == ["failed"]
    made.do("tell", "ann", kn="77")
    assert [case.data["kn"] for case in listeners(made)] == ["77"]

"""Invoked procedures: their data come back as they were, leaving cancels all that hangs on them, nothing runs for ever."""

from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.definitions.from_texts import documents_of
from procflow.hosts.between import MOST_AT_ONCE, carry_out
from procflow.proof.proving import prove_all
from procflow.rehearsal.bench import ORGANISATION, Bench

ASKING = """
procedure: asking
title: Asking
owner: lead
starts: [{by: agent}]
data:
  keeper: {type: person}
  helpers: {type: array, items: {type: person}}
  due: {type: date}
  amount: {type: number}
  name: {type: string, pii: true}
  mail: {type: string}
  more: {type: integer}
  outcome_was: {type: string}
initial: a
states:
  a: {task: {role: agent, guide: "${due} ${amount} ${mail} ${more} ${outcome_was} ${keeper}"}, choices: {go: {to: b}}}
  b:
    invoke: {procedure: asked, with: {name: Mette Test}}
    task: {role: agent}
    choices: {leave: {to: a}, end: {to: z}}
    events:
      done:
        set:
          keeper: "${result.keeper}"
          helpers: "${result.helpers}"
          due: "${result.due}"
          amount: "${result.amount}"
          name: "${result.name}"
          mail: "${result.keeper.mail}"
          more: "${result.helpers.size()}"
          outcome_was: "${result.outcome}"
        to: a
      failed: {set: {name: "${result.error}"}, to: a}
  z: {final: true}
"""
ASKED = """
procedure: asked
title: Asked
owner: lead
data:
  name: {type: string, pii: true}
  keeper: {type: person}
  helpers: {type: array, items: {type: person}}
  due: {type: date}
  amount: {type: number}
initial: a
states:
  a:
    task: {role: agent, say: "${name}"}
    choices:
      answer: {ask: [keeper, helpers, due, amount], to: well}
      pass_on: {do: [{mail.send: {to: a@b.example, subject: x, text: y}}], to: inner}
    exit: [{sms.send: {to: "+4571999901", text: bye}}]
  inner:
    invoke: {procedure: deeper}
    events: {done: {to: well}, failed: {to: well}}
    exit: [{sms.send: {to: "+4571999901", text: cleaned}}]
  well: {final: true, outcome: well}
deadlines:
  soon: {starts: [opening], met: [choice answer], within: 2 hours, missed: {do: [{notify: {role: lead}}]}}
"""
DEEPER = """
procedure: deeper
title: Deeper
owner: lead
initial: a
states:
  a: {task: {role: lead}, choices: {fin: {to: z}}}
  z: {final: true, outcome: deep}
"""


@pytest.fixture
def b() -> Bench:
    made = Bench(ASKING, ASKED, DEEPER, held=["mail.send"])
    made.open("ann")
    made.do("go", "ann")
    return made


def newest(b: Bench, procedure: str) -> Any:
    cases = [b.stage.load(id).plain for id in b.stage.cases]
    return next(case for case in reversed(cases) if case.procedure == procedure)


def act(b: Bench, procedure: str, choice: str, by: str = "ann", **given: Any) -> None:
    answer = b.stage.submit(newest(b, procedure).id, Command(b.stage.id(), "choice", choice, by, given))
    assert answer.accepted, answer.refusal


def test_what_an_invoked_procedure_knows_comes_back_with_its_types_people_as_persons(b: Bench) -> None:
    act(b, "asked", "answer", keeper="bob", helpers=["ann", "liz"], due="2026-06-01", amount="12.5")
    data = b.data
    assert (data["keeper"], data["helpers"], str(data["due"]), str(data["amount"])) == (
        "bob", ("ann", "liz"), "2026-06-01", "12.5",
    )  # fmt: skip
    assert (data["mail"], data["more"], data["name"]) == ("bob@bench.example", 2, "Mette Test")
    assert (data["outcome_was"], b.state) == ("well", "a")


def test_what_comes_back_is_sealed_on_the_way_and_where_it_arrives(b: Bench) -> None:
    act(b, "asked", "answer", keeper="bob", helpers=["ann"], due="2026-06-01", amount="1")
    for case_id in b.stage.cases:
        for row in b.stage.store.journal(case_id):
            assert b"Mette" not in row.entries
        for effect in b.stage.store.effects(case_id):
            assert b"Mette" not in effect.parameters


def test_leaving_the_state_ends_the_invoked_case_its_clock_its_effects_and_what_it_invoked(b: Bench) -> None:
    act(b, "asked", "pass_on")
    b.do("leave", "ann")
    asked, deeper = newest(b, "asked"), newest(b, "deeper")
    assert (asked.outcome, deeper.outcome) == ("cancelled", "cancelled")
    assert asked.tasks == deeper.tasks == {} and asked.clocks["soon"].state == "ended"
    sent = {(row.channel, row.state) for row in b.stage.store.effects(asked.id)}
    assert ("mail", "dropped") in sent, "what had not gone out does not go out any more"
    texts = [p["text"] for name, p, _ in b.stage.asked(asked.id) if name == "sms.send"]
    assert texts == ["bye", "cleaned"], "what is done on the way out is done"
    assert ("sms", "done") in sent
    b.wait("3 days")
    assert newest(b, "asked").missed == frozenset()


def test_a_late_answer_of_a_case_that_was_left_is_recorded_and_dropped(b: Bench) -> None:
    (row,) = b.stage.store.effects(b.case_id)
    b.do("leave", "ann")
    late = Command(
        f"answer:{row.key}", "answer", row.key, given={"outcome": "well"}, status="done", source="procedure"
    )
    answer = b.stage.submit(b.case_id, late)
    assert answer.accepted and b.state == "a" and b.entries("EffectAnswered")[-1].status == "late"


def test_closing_the_case_cancels_too(b: Bench) -> None:
    b.do("end", "ann")
    assert (newest(b, "asked").outcome, b.outcome) == ("cancelled", "z")


def test_a_state_that_is_entered_again_invokes_anew_and_hears_only_the_new_case(b: Bench) -> None:
    first = newest(b, "asked").id
    b.do("leave", "ann")
    b.do("go", "ann")
    assert newest(b, "asked").id != first
    act(b, "asked", "answer", keeper="bob", helpers=["ann"], due="2026-06-01", amount="1")
    assert b.state == "a" and b.stage.load(first).plain.outcome == "cancelled"


def test_leaving_before_the_invoked_case_is_there_ends_it_as_it_is_opened(b: Bench) -> None:
    b.do("leave", "ann")
    row = next(r for r in b.stage.store.effects(b.case_id) if r.channel == "procedure")
    from msgspec.structs import replace

    made = Bench(ASKING, ASKED, DEEPER)
    made.stage.outbox.start_cases = lambda case_id: []  # type: ignore[method-assign,misc]
    made.open("ann")
    engine = made.stage.engine
    engine.submit(made.case_id, Command("g", "choice", "go", "ann"))
    row = next(r for r in made.stage.store.effects(made.case_id) if r.channel == "procedure")
    engine.submit(made.case_id, Command("l", "choice", "leave", "ann"))
    del made.stage.outbox.start_cases
    carry_out(made.stage.outbox, replace(row, state="waiting"))  # a host that had taken it before
    made.stage.settle()
    assert newest(made, "asked").outcome == "cancelled"


SELF = """
procedure: ring
title: Ring
owner: lead
starts: [{by: agent}]
data: {n: {type: integer, default: 0}}
initial: a
states:
  a:
    always: [{when: 'n >= 0', to: b}, {to: z}]
  b:
    invoke: {procedure: ring, with: {n: "${n + 1}"}}
    task: {role: agent, say: "${n}"}
    choices: {stop: {to: z}}
    events: {done: {to: z}, failed: {to: failed}}
  failed: {final: true, outcome: failed}
  z: {final: true, outcome: ended}
"""


def test_cases_that_open_each_other_without_end_are_stopped_with_words() -> None:
    made = Bench(SELF)
    made.open("ann")
    cases = [made.stage.load(id).plain for id in made.stage.cases]
    assert len(cases) == MOST_AT_ONCE + 1
    assert cases[-1].outcome == "failed" and cases[0].outcome == "ended"


def test_one_open_case_is_shown_to_an_invocation_as_a_failure_that_names_it() -> None:
    only = ASKED.replace("initial: a", "one_open_per: [name]\ninitial: a", 1)
    made = Bench(ASKING, only, DEEPER)
    made.open("ann")
    made.do("go", "ann")
    made.open("ann")
    made.do("go", "ann")
    assert made.state == "a" and "case 2 is open already" in made.data["name"]


WAITED_FOR = """
procedure: asked
title: Asked
owner: lead
initial: a
states:
  a: {task: {role: agent}, choices: {finish: {to: z}}, after: {3 days: {to: z}}}
  z: {final: true}
promises:
  ends: {after: 'state("a")', eventually: 'closed()'}
  ends_well: {after: 'state("a")', eventually: 'state("z")'}
"""


def test_what_is_cancelled_has_kept_what_comes_with_its_end() -> None:
    made = Bench(_ASKING_NOTHING, WAITED_FOR)
    made.open("ann")
    made.do("leave", "ann")
    asked = newest(made, "asked")
    assert asked.outcome == "cancelled"
    assert {name: monitor.state for name, monitor in asked.promises.items()} == {
        "ends": "kept",
        "ends_well": "broken",
    }


_ASKING_NOTHING = """
procedure: asking
title: Asking
owner: lead
starts: [{by: agent}]
initial: b
states:
  b: {task: {role: agent}, invoke: {procedure: asked}, choices: {leave: {to: z}}, events: {done: {to: z}, failed: {to: z}}}
  z: {final: true}
"""


def test_that_nobody_cancels_it_is_taken_for_granted_where_something_is_still_to_come() -> None:
    documents = documents_of(_ASKING_NOTHING, WAITED_FOR, organisation=ORGANISATION)
    asked, asking = prove_all(documents.procedures, documents.organisation, ["asked", "asking"])
    assert "awaited" in asked.assumptions and "awaited" not in asking.assumptions

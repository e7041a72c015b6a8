"""A suspected way that goes on for ever, is another case's doing, or waits for a delivery becomes a scenario."""

import pytest
from msgspec import Struct

from procflow.rehearsal.witness import Theatre, Undecided, Witness

from .witnessing import HEAD, Move, Step, step

CALLER = """
procedure: desk
title: The desk
owner: lead
subject: kn
starts: [{by: agent}]
data:
  kn: {type: string, pattern: "^[0-9]{4,10}$"}
  amount: {type: integer, minimum: 0}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      large: {ask: [kn, amount], when: 'amount >= LIMIT', to: handed_on}
      small: {ask: [kn, amount], when: 'amount < 40', to: done}
  handed_on: {entry: [{start: {procedure: change, with: {kn: "${kn}", amount: "${amount}"}}}], always: [{to: done}]}
  done: {final: true}
"""


OPENED = (
    HEAD.replace("starts: [{by: agent}]\n", "")
    + """
  wish: {task: {role: agent}, choices: {register: {to: done}}}
  done: {final: true}
promises: {large: {says: Only large ones come here., always: 'amount != null && amount >= 200'}}
"""
)


def test_a_case_that_another_one_opens_is_opened_by_it(faulty):
    faulty.of(OPENED, CALLER.replace("LIMIT", "150"))
    found = faulty.breaks("large", last=Step(Move("open", "by:desk", "0")))
    assert found.steps[0]["open"]["procedure"] == "desk"
    assert 150 <= found.steps[1]["with"]["amount"] < 200
    assert found.steps[-1] == {"expect": {"case": "desk", "log": ["Only large ones come here."]}}


def test_what_no_other_case_gives_is_no_witness(faulty):
    faulty.of(OPENED, CALLER.replace("LIMIT", "200"))
    assert isinstance(faulty.look("large", last=Step(Move("open", "by:desk", "0"))), Undecided)


def test_a_promise_that_a_late_deadline_keeps_is_not_called_open(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: waiting}}}
  waiting: {task: {role: agent}, choices: {end: {to: done}}, after: {90 days: {to: done}}}
  done: {final: true}
promises: {settles: {after: 'state("waiting")', eventually: 'closed()'}}
"""
    )
    assert isinstance(faulty.look("settles", "open", "choice wish.register", forever=True), Undecided)


def test_a_case_that_goes_round_by_itself_for_ever_is_called_open(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: one}}}
  one: {task: {role: agent}, after: {1 day: {to: two}}}
  two: {task: {role: agent}, choices: {end: {to: done}}, after: {1 day: {to: one}}}
  done: {final: true}
promises: {settles: {after: 'state("one")', eventually: 'closed()'}}
"""
    )
    found = faulty.breaks("settles", "open", "choice wish.register", forever=True)
    assert found.steps[-1]["expect"]["promises"] == {"settles": "pending"}


class Round(Struct, frozen=True):
    promise: str
    way: tuple
    round: tuple
    last: object = None
    forever: bool = True


#: Two people may hand the case to each other for as long as they like.
TO_AND_FRO = (
    HEAD
    + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: with_kc}}}
  with_kc: {task: {role: agent}, choices: {send_back: {to: with_advisor}, end: {to: done}}}
  with_advisor: {task: {role: advisor}, choices: {send_on: {to: with_kc}}}
  done: {final: true}
"""
)


def test_people_who_send_a_case_to_and_fro_for_ever(faulty):
    faulty.of(
        TO_AND_FRO
        + """deadlines: {answer: {starts: [entering with_kc], within: 2 days, met: [leaving with_kc], again: true, missed: {do: [{notify: {role: lead}}]}}}
promises: {settles: {says: It is settled or the lead is told., after: 'state("with_kc")', eventually: 'closed() || missed("answer")'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    found = Theatre(faulty.documents).realise("change", Round("settles", way, again))
    assert isinstance(found, Witness), found
    assert [each.get("do") for each in found.steps] == [None, "register", "send_back", "send_on", None]
    assert found.steps[-1]["expect"] == {"promises": {"settles": "pending"}, "state": "with_kc"}
    assert any("again and again" in line for line in found.stories["en"])


def test_a_round_that_keeps_the_promise_is_no_witness(faulty):
    faulty.of(
        TO_AND_FRO
        + """promises: {answered: {says: It is answered., after: 'state("with_kc")', eventually: 'state("with_advisor") || closed()'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    assert isinstance(Theatre(faulty.documents).realise("change", Round("answered", way, again)), Undecided)


def test_a_round_during_which_a_clock_goes_on_comes_to_an_end_by_itself(faulty):
    faulty.of(
        TO_AND_FRO
        + """deadlines: {answer: {starts: opening, within: 2 days, met: [choice end], missed: {do: [{notify: {role: lead}}]}}}
promises: {settles: {says: It is settled or the lead is told., after: 'state("with_kc")', eventually: 'closed() || missed("answer")'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    assert isinstance(Theatre(faulty.documents).realise("change", Round("settles", way, again)), Undecided)


@pytest.mark.parametrize(("most", "shown"), [(10, False), (-1, True)])
def test_a_round_that_brings_a_number_nearer_to_its_limit_is_not_the_same_again(faulty, most, shown):
    """A number that grows past all with which it is compared changes nothing any more."""
    faulty.of(
        TO_AND_FRO.replace("ask: [kn], to: with_kc", "ask: [kn], set: {amount: 0}, to: with_kc").replace(
            "send_on: {to: with_kc}",
            f"send_on: [{{when: 'amount == {most}', to: done}}, {{set: {{amount: '${{amount + 1}}'}}, to: with_kc}}]",
        )
        + """promises: {settles: {says: It is settled., after: 'state("with_kc")', eventually: 'closed()'}}
"""
    )
    way = (step("open"), step("choice wish.register"))
    again = (step("choice with_kc.send_back"), step("choice with_advisor.send_on"))
    found = Theatre(faulty.documents).realise("change", Round("settles", way, again))
    assert isinstance(found, Witness if shown else Undecided), found


def test_a_case_that_opens_by_itself_every_open_day(faulty):
    faulty.of(
        HEAD.replace("starts: [{by: agent}]", 'starts: [{every: "open day at 08:00"}]')
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [amount], to: done}}}
  done: {final: true}
promises: {large: {says: Never below 500., never: 'state("done") && amount < 500'}}
"""
    )
    found = faulty.breaks("large", "open", last="choice wish.register")
    assert found.steps[0] == {"wait": "until 2026-05-12 08:00"}


def test_a_case_that_an_event_of_another_one_opens(faulty):
    faulty.of(
        HEAD.replace("starts: [{by: agent}]", "starts: [{event: large_one, ask: [kn], optional: [amount]}]")
        + """
  wish: {task: {role: agent}, choices: {register: {to: done}}}
  done: {final: true}
promises: {large: {says: Never below 200., never: 'state("done") && amount < 200'}}
""",
        CALLER.replace("LIMIT", "150").replace(
            'start: {procedure: change, with: {kn: "${kn}", amount: "${amount}"}}',
            'signal: {name: large_one, to: {procedure: change, where: {kn: "${kn}", amount: "${amount}"}}}',
        ),
    )
    found = faulty.look("large", "open", last="choice wish.register")
    assert isinstance(found, Witness), found
    assert found.steps[0]["open"]["procedure"] == "desk"


def test_a_state_is_gone_back_to_where_it_was_left(faulty):
    faulty.of(
        HEAD
        + """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: work}}}
  work:
    initial: first
    states:
      first: {task: {role: agent}, choices: {on: {to: second}}}
      second: {task: {role: agent}, choices: {ready: {ask: [amount], to: filed}}}
    choices: {pause: {by: agent, to: paused}}
  paused: {task: {role: agent}, choices: {resume_it: {to: work.last}}}
  filed: {final: true}
promises: {enough: {says: Nothing is filed for less than ten., never: 'state("filed") && amount < 10'}}
"""
    )
    found = faulty.breaks(
        "enough", "open", "choice wish.register", "choice first.on", "choice work.pause", "choice paused.resume_it",
        last="choice second.ready",
    )  # fmt: skip
    assert found.steps[-1]["refused"]["with"]["amount"] < 10


SLOW = """
  wish: {task: {role: agent}, choices: {register: {ask: [kn], to: sending}}}
  sending:
    invoke: {sms.send: {to: "+4571999901", text: Hello}}
    events: {done: {to: told}, failed: {to: untold}, soon: {to: late}}
  told: {final: true}
  untold: {final: true}
  late: {task: {role: lead}, choices: {end: {to: told}}}
deadlines: {soon: {starts: entering sending, within: 10 minutes, met: [leaving sending]}}
"""


def test_a_delivery_that_takes_longer_than_a_deadline(faulty):
    faulty.of(HEAD + SLOW + "promises: {told: {says: Nobody waits ten minutes., never: 'state(\"late\")'}}\n")
    found = faulty.breaks("told", "open", "choice wish.register", last="missed soon")
    assert {"wait": "until 2026-05-11 10:15"} in found.steps
    assert {"deliver": "sms.send"} in found.steps


def test_a_delivery_that_takes_longer_than_a_promise_allows(faulty):
    faulty.of(
        HEAD
        + SLOW.replace("events: {done", "after: {1 hour: {to: late}}\n    events: {done").replace(
            ", soon: {to: late}", ", soon: {}"
        )
        + "promises: {told: {says: Told in 20 minutes., after: 'state(\"sending\")', eventually: 'closed()', within: 20 minutes}}\n"
    )
    found = faulty.breaks("told", "open", "choice wish.register", "missed soon", "promise told")
    assert found.steps[-2]["expect"]["promises"] == {"told": "broken"}
    assert found.steps[-1] == {"deliver": "sms.send"}


BOOKING = (
    HEAD.replace("[{by: agent}]", "[{by: agent, ask: [kn, amount]}]")
    + """
  wish: {task: {role: agent}, choices: {book: {WHEN to: booked}, drop: {to: dropped}}}
  booked: {task: {role: agent}, choices: {drop: {to: dropped}}, after: {2 working days: {to: dropped}}}
  dropped: {final: true}
promises: {alone: {says: Nobody has too many., PROMISE}}
"""
)


@pytest.mark.parametrize(
    ("asked", "opened"),
    [
        ('size(cases("change", {kn: kn})) > 2', 3),
        ('cases("change", {}).exists(x, x.amount > 40 && x.kn != kn)', 2),
        ('cases("change", {amount: 77}).filter(x, x.kn != kn).size() >= 2', 3),
    ],
)
def test_other_cases_of_the_same_procedure_stand_beside_it(faulty, asked, opened):
    """So many as are counted, and with what is asked of them: only one was opened, with any values."""
    promise = f"never: 'state(\"booked\") && {asked}'"
    faulty.of(BOOKING.replace("WHEN", "").replace("PROMISE", promise))
    found = faulty.breaks("alone", "open", last="choice wish.book")
    assert sum("open" in each for each in found.steps) == opened


def test_other_cases_of_which_one_may_be_open_for_each_number_are_of_other_numbers(faulty):
    """All of them were opened with the same number, so that only the first came to be; and none of them had an amount."""
    text = BOOKING.replace("subject: kn\n", "subject: kn\none_open_per: [kn]\n")
    text = text.replace("ask: [kn, amount]", "ask: [kn]").replace(
        "{WHEN to: booked}", "{ask: [amount], to: booked}"
    )
    faulty.of(
        text.replace("PROMISE", 'never: \'state("booked") && size(cases("change", {amount: amount})) > 2\'')
    )
    found = faulty.breaks("alone", "open", last="choice wish.book")
    numbers = [each["open"]["with"]["kn"] for each in found.steps if "open" in each]
    assert len(numbers) == len(set(numbers)) >= 3


def test_a_time_that_passes_beside_another_case_of_the_same_procedure_breaks_the_promise(faulty):
    """The steps were found, and not told: as they were run again, the promise of the case that came first was looked at."""
    promise = "after: 'state(\"booked\")', eventually: 'closed()', within: 1 days"
    guard = "when: 'size(cases(\"change\", {kn: kn})) > 1',"
    faulty.of(BOOKING.replace("WHEN", guard).replace("PROMISE", promise))
    found = faulty.breaks("alone", "open", "choice wish.book", "promise alone")
    assert [*found.steps[-1]] == ["expect"]

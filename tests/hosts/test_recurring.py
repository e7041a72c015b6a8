"""What recurs: each instant once, also when no host was there, as long as the procedure says so."""

from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.core.times import TimeSyntaxError, parse_recurring
from procflow.hosts.recurring import Recurring
from procflow.rehearsal.bench import Bench

EVERY = """
procedure: daily
title: Daily
owner: lead
starts:
  - {every: "open day at 08:00", set: {opened_for: "${now}"}}
data: {opened_for: {type: instant}}
initial: a
states:
  a: {task: {role: agent, say: "${opened_for}"}, choices: {fin: {to: z}}, after: {2 days: {to: z}}}
  z: {final: true}
"""


def opened(b: Bench) -> list[str]:
    return [b.local(b.stage.load(id).plain.opened) for id in b.stage.cases]


def test_every_open_day_has_its_case_at_its_instant_with_closed_days_left_out() -> None:
    b = Bench(EVERY, clock="2026-05-12 10:00")  # Thursday is Ascension Day
    b.wait("until 2026-05-18 12:00")
    assert opened(b) == ["2026-05-13 08:00", "2026-05-15 08:00", "2026-05-18 08:00"]
    first = b.stage.load(b.stage.cases[0]).plain
    assert b.local(first.data["opened_for"]) == "2026-05-13 08:00"
    assert first.origin == "time" and first.is_closed


def test_what_is_due_in_cases_and_what_recurs_happen_in_the_order_of_their_instants() -> None:
    b = Bench(EVERY, clock="2026-05-12 10:00")
    b.wait("until 2026-05-15 09:00")
    journal = [
        (b.local(row.at), type(entries[0]).__name__, id[:4])
        for id in b.stage.cases
        for row, entries in b.stage.engine.journal(id)
    ]
    assert [at for at, *_ in sorted(journal)] == ["2026-05-13 08:00", "2026-05-15 08:00", "2026-05-15 08:00"]
    numbers = [b.stage.load(id).plain.number for id in b.stage.cases]
    assert numbers == [1, 2], (
        "the new case is opened before the older one's two days are up at the same instant"
    )


def test_a_length_of_time_counts_from_the_last_time() -> None:
    b = Bench(EVERY.replace('"open day at 08:00"', "1 week"), clock="2026-03-24 09:30")
    b.wait("until 2026-04-08 00:00")  # the clocks go forward on 29 March
    assert opened(b) == ["2026-03-31 09:30", "2026-04-07 09:30"]


@pytest.mark.parametrize(
    "text",
    ["open day at 08:00", "every open day", "Every open day at closing", "30 minutes", "2 working days"],
)
def test_these_times_come_again(text: str) -> None:
    assert parse_recurring(text)


@pytest.mark.parametrize(
    "text", ["today at closing", "next open day at 09:00", "0 days", "2026-05-12", "monday", ""]
)
def test_these_do_not(text: str) -> None:
    with pytest.raises(TimeSyntaxError):
        parse_recurring(text)


def test_a_guard_that_says_no_lets_the_instant_pass() -> None:
    guarded = EVERY.replace('08:00", set', '08:00", when: \'cases("daily", {}) == []\', set')
    b = Bench(
        guarded.replace("after: {2 days: {to: z}}", "after: {40 hours: {to: z}}"), clock="2026-05-11 10:00"
    )
    b.wait("until 2026-05-20 12:00")
    assert opened(b) == ["2026-05-12 08:00", "2026-05-15 08:00", "2026-05-18 08:00", "2026-05-20 08:00"]


def test_an_occurrence_that_was_taken_and_not_noted_is_taken_once() -> None:
    b = Bench(EVERY, clock="2026-05-12 10:00")
    recurring = Recurring(b.stage.engine)
    b.stage.world.advance_to(b.at("2026-05-13 08:01"))
    store: Any = b.stage.store
    real, store.tick = store.tick, lambda name, at: None  # it dies before it has noted it
    occurrence = recurring.next()
    assert occurrence is not None and b.local(occurrence.at) == "2026-05-13 08:00"
    first = recurring.take(occurrence)
    store.tick = real
    again = recurring.next()
    assert again == occurrence
    second = recurring.take(occurrence)
    assert second.repeated and second.case_id == first.case_id
    following = recurring.next()
    assert following is not None and b.local(following.at) == "2026-05-15 08:00"


def test_what_recurs_no_more_opens_nothing_and_what_begins_anew_makes_up_for_nothing() -> None:
    b = Bench(EVERY, clock="2026-05-12 10:00")
    engine = b.stage.engine
    engine.declare_lookups("withdrawn", [])
    b.wait("until 2026-05-18 12:00")
    assert opened(b) == []
    engine.declare_lookups("back", [engine.procedure_in_force("daily")[1]])
    b.wait("until 2026-05-19 12:00")
    assert opened(b) == ["2026-05-19 08:00"]


def test_an_edit_that_leaves_the_time_as_it_is_misses_nothing() -> None:
    b = Bench(EVERY, clock="2026-05-12 10:00")
    engine = b.stage.engine
    b.stage.world.advance_to(b.at("2026-05-13 10:00"))  # no host is there
    engine.declare_lookups("edited", [engine.procedure_in_force("daily")[1]])
    b.wait("until 2026-05-13 10:01")
    assert opened(b) == ["2026-05-13 08:00"]


def test_one_open_case_of_its_kind_is_enough() -> None:
    only = EVERY.replace("initial: a", "one_open_per: [of]\ninitial: a", 1)
    only = only.replace("data: {", "data: {of: {type: string, default: desk}, ").replace(
        ", after: {2 days: {to: z}}", ""
    )
    b = Bench(only, clock="2026-05-12 10:00")
    b.wait("until 2026-05-18 12:00")
    assert opened(b) == ["2026-05-13 08:00"]
    b.stage.submit(b.stage.cases[0], Command("f", "choice", "fin", "ann"))
    b.wait("until 2026-05-19 12:00")
    assert opened(b) == ["2026-05-13 08:00", "2026-05-19 08:00"]

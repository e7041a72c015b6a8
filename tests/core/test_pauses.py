"""Clocks that stand still: when they are due, and when a deadline with `pause_in` warns and is missed."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from procflow.core.calendar import calendar_from_yaml_values
from procflow.core.pauses import due_after
from procflow.core.times import parse_time
from procflow.core.words import due_in_words

CPH = ZoneInfo("Europe/Copenhagen")


@pytest.fixture(scope="module")
def calendar():
    return calendar_from_yaml_values(
        zone="Europe/Copenhagen",
        country="DK",
        closed=["12-24"],
        open={"mon-fri": "09:00-17:00"},
        holidays={date(2026, 5, 14): "Kristi himmelfartsdag", date(2026, 5, 25): "Anden pinsedag"},
    )


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=CPH)


@pytest.mark.parametrize(
    ("within", "start", "pauses", "due"),
    [
        # elapsed time goes on where it stopped, nights and closed days included
        ("24 hours", "2026-05-11 10:00", [("2026-05-11 12:00", "2026-05-11 13:30")], "2026-05-12 11:30"),
        ("24 hours", "2026-05-11 10:00", [("2026-05-11 12:00", "2026-05-15 12:00")], "2026-05-16 10:00"),
        (
            "24 hours",
            "2026-05-11 10:00",
            [("2026-05-11 12:00", "2026-05-11 13:00"), ("2026-05-11 20:00", "2026-05-11 21:00")],
            "2026-05-12 12:00",
        ),
        # real hours, also where the clocks of the country change (25 October 2026)
        ("24 hours", "2026-10-24 20:00", [("2026-10-24 21:00", "2026-10-25 21:00")], "2026-10-26 20:00"),
        # open hours: the pause outside opening hours costs nothing
        ("6 open hours", "2026-05-11 15:00", [("2026-05-11 18:00", "2026-05-12 08:00")], "2026-05-12 13:00"),
        ("6 open hours", "2026-05-11 15:00", [("2026-05-11 16:00", "2026-05-12 10:00")], "2026-05-12 15:00"),
        # hours on open days: a pause on a closed day (Thursday 14 May) costs nothing
        ("24 hours on open days", "2026-05-13 12:00", [("2026-05-14 08:00", "2026-05-14 20:00")], "2026-05-15 12:00"),
        ("24 hours on open days", "2026-05-13 12:00", [("2026-05-13 13:00", "2026-05-15 09:00")], "2026-05-18 08:00"),
        # a working day is used up at its closing time
        ("5 working days", "2026-05-18 10:05", [("2026-05-19 10:00", "2026-05-21 14:00")], "2026-05-28 17:00"),
        ("5 working days", "2026-05-18 10:05", [("2026-05-19 17:30", "2026-05-20 16:59")], "2026-05-26 17:00"),
        ("2 working days", "2026-05-11 10:05", [("2026-05-11 11:00", "2026-05-11 18:00")], "2026-05-13 17:00"),
        # days and months keep the wall clock and move by the pause
        ("3 days", "2026-05-11 10:00", [("2026-05-12 10:00", "2026-05-13 12:00")], "2026-05-15 12:00"),
        ("1 months", "2026-05-11 10:00", [("2026-05-12 00:00", "2026-05-22 00:00")], "2026-06-21 10:00"),
        # an instant that is given moves by the pause too
        ("2026-05-20", "2026-05-11 10:00", [("2026-05-12 10:00", "2026-05-13 10:00")], "2026-05-21 17:00"),
        ("today at closing", "2026-05-11 10:00", [("2026-05-11 11:00", "2026-05-11 12:00")], "2026-05-11 18:00"),
        # a pause before the clock began, and one of no length, change nothing
        ("24 hours", "2026-05-11 10:00", [("2026-05-11 08:00", "2026-05-11 09:00")], "2026-05-12 10:00"),
        ("24 hours", "2026-05-11 10:00", [("2026-05-11 11:00", "2026-05-11 11:00")], "2026-05-12 10:00"),
        ("24 hours", "2026-05-11 10:00", [("2026-05-11 09:00", "2026-05-11 11:00")], "2026-05-12 11:00"),
    ],
)  # fmt: skip
def test_a_clock_that_stood_still_is_due_later(calendar, within, start, pauses, due):
    spans = [(at(begin), at(end)) for begin, end in pauses]
    found = due_after(calendar, parse_time(within), at(start), spans, "closing")
    assert found.at.astimezone(CPH) == at(due)


def test_the_derivation_says_when_the_clock_stood_still(calendar):
    pause = (at("2026-05-11 12:00"), at("2026-05-12 13:00"))
    found = due_after(calendar, parse_time("24 hours"), at("2026-05-11 10:00"), [pause], "closing")
    assert due_in_words(found, "Europe/Copenhagen", "en") == [
        "It counts from Monday 11 May 2026 at 10:00.",
        "24 hours: nights and closed days count too.",
        "The clock stood still from Monday 11 May 2026 at 12:00 until Tuesday 12 May 2026 at 13:00.",
        "It is due on Wednesday 13 May 2026 at 11:00.",
    ]
    assert "Uret stod stille fra mandag den 11. maj 2026 kl. 12.00" in " ".join(
        due_in_words(found, "Europe/Copenhagen", "da")
    )


PLAIN = """
data: {n: {type: integer}, span: {type: duration}}
initial: work
states:
  work: {task: {role: agent}, choices: {ask_customer: {to: asked}, done: {to: end}}}
  asked:
    task: {role: agent}
    choices: {answered: {to: work}, ask_again: {to: asked_again}, give_up: {to: end}, longer: {ask: [span]}, done: {to: end}}
  asked_again: {task: {role: agent}, choices: {answered: {to: work}}}
  end: {final: true}
deadlines:
  answer:
    starts: opening
    met: [choice done]
    within: %s
    pause_in: [asked, asked_again]
    warn: {at: 75%%, do: [{note.write: {text: hurry}}]}
    missed: {do: [{note.write: {text: too late}}]}
"""


def test_a_deadline_stands_still_while_the_case_is_in_one_of_its_states(bench):
    b = bench(PLAIN % "8 hours")  # Monday 11 May, 10:05
    b.open("ann")
    assert b.due("answer") == "2026-05-11 18:05"
    b.wait("1 hours")
    b.do("ask_customer", "ann")
    b.wait("10 days")
    assert b.clock("answer") == "running" and b.texts() == []
    b.do("ask_again", "ann")
    b.wait("1 days")
    b.do("answered", "ann")
    assert b.due("answer") == "2026-05-22 18:05"
    assert len(b.entries("DeadlinePaused")) == len(b.entries("DeadlineResumed")) == 1
    b.wait("7 hours")
    assert b.texts() == ["hurry", "too late"]
    assert b.case.missed == {"answer"}


def test_a_warning_moves_with_its_deadline_and_is_given_once(bench):
    b = bench(PLAIN % "8 hours")
    b.open("ann")
    b.wait("6 hours")
    assert b.texts() == ["hurry"]
    b.do("ask_customer", "ann")
    b.wait("1 hours")
    b.do("answered", "ann")
    b.wait("1 hours")
    assert b.texts() == ["hurry"], "it was warned of already"
    b.do("ask_customer", "ann")
    b.wait("3 days")
    b.do("answered", "ann")
    b.wait("59 minutes")
    assert b.clock("answer") == "running"
    b.wait("1 minutes")
    assert b.texts() == ["hurry", "too late"]


def test_a_deadline_is_met_and_ends_while_it_stands_still(bench):
    b = bench(PLAIN % "8 hours")
    b.open("ann")
    b.do("ask_customer", "ann")
    b.do("done", "ann")
    assert b.clock("answer") == "met"
    b = bench(PLAIN % "8 hours")
    b.open("ann")
    b.do("ask_customer", "ann")
    b.do("give_up", "ann")
    assert b.clock("answer") == "ended"


def test_a_time_that_changes_during_a_pause_counts_when_the_clock_goes_on(bench):
    b = bench(PLAIN % '"${span}"')
    b.open("ann", span="4 hours")
    assert b.due("answer") == "2026-05-11 14:05"
    b.do("ask_customer", "ann")
    b.do("longer", "ann", span="6 hours")
    b.wait("2 days")
    b.do("answered", "ann")
    assert b.due("answer") == "2026-05-13 16:05"


def test_the_due_instant_is_not_known_while_the_clock_stands_still(bench):
    source = PLAIN.replace(
        "give_up: {to: end}",
        "give_up: {do: [{note.write: {text: \"${due('answer') == null ? 'no date' : 'a date'}\"}}]}",
    )
    b = bench(source % "8 hours")
    b.open("ann")
    b.do("ask_customer", "ann")
    b.do("give_up", "ann")
    assert b.texts() == ["no date"]

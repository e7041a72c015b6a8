"""Work offered to a colleague: it stays with whoever offers it until it is taken over, and comes back where it is not."""

from datetime import timedelta

import pytest

from procflow.core.case import replay
from procflow.core.decide import Command
from procflow.core.organisation import Absence

ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent, da: Agent}, lead: {en: Lead, da: Leder}, other: {en: Other, da: Anden}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  cat: {name: Cat Test, roles: [agent]}
  liz: {name: Liz Test, roles: [lead]}
  oda: {name: Oda Test, roles: [other]}
parameters: {hand_over_answer: 2 open hours}
"""
BODY = """
initial: work
states:
  work:
    task: {role: agent, other_than: ["${opener}"]}
    choices: {look: {optional: [opener]}, next: {to: second}, done: {to: end}}
  second: {task: {role: agent}, choices: {back: {to: work}, done: {to: end}}}
  end: {final: true}
data: {opener: {type: person}}
"""
NOTE = "She rings back at ten; the form is half filled in"


@pytest.fixture
def b(bench):
    b = bench(BODY, organisation=ORGANISATION)
    b.open("ann")
    return b


def ask(b, kind, by, name="", **given):
    return b.stage.submit(b.case_id, Command(b.stage.id(), kind, name, by, given)).refusal


def offer(b, by="ann", to="bob", note=NOTE):
    return ask(b, "hand_over", by, person=to, note=note)


def inbox(b, person):
    return sorted((row.kind for row in b.stage.store.tasks(people=(person,))), reverse=True)


def ends(b):
    return [(e.how, e.by) for e in b.entries("HandOverEnded")]


def test_it_stays_with_its_giver_until_it_is_taken_over_and_both_see_it(b):
    assert offer(b) is None
    assert (inbox(b, "ann"), inbox(b, "bob")) == (["work"], ["handover"])
    assert b.refused("look", "bob").code == "claimed" and b.refused("look", "cat").code == "claimed"
    b.do("look", "ann")
    b.do("take_over", "bob")
    assert (inbox(b, "ann"), inbox(b, "bob")) == ([], ["work"])
    assert ends(b) == [("taken_over", "bob")] and b.entries("TaskGiven")[0].to == "bob"
    b.do("next", "bob")
    assert not b.case.hand_overs and not b.case.items


def test_who_turns_it_down_says_why_and_its_giver_is_told(b):
    offer(b)
    assert b.refused("turn_down", "bob").code == "input"
    assert b.refused("take_over", "cat").code == "not_allowed"
    b.do("turn_down", "bob", reason="I am on the phones until noon")
    assert (inbox(b, "ann"), inbox(b, "bob")) == (["work", "notice"], [])
    assert ends(b) == [("turned_down", "bob")]
    assert offer(b, to="cat") is None


def test_where_nobody_answers_in_time_it_goes_back_and_the_owner_is_told(b):
    offer(b)
    (due,) = [one.due for one in b.case.hand_overs.values()]
    b.wait("119 minutes")
    assert b.case.hand_overs
    b.wait("1 minute")
    assert ends(b) == [("unanswered", "")] and not b.case.hand_overs
    assert due["derivation"], "the instant says how it was computed"
    assert (inbox(b, "ann"), inbox(b, "bob")) == (["work", "notice"], [])
    assert [row.kind for row in b.stage.store.tasks(roles=("lead",))] == ["notice"]
    assert b.refused("take_over", "bob").code in ("no_item", "not_offered", "unknown_choice")


def test_who_offered_it_or_a_lead_takes_it_back(b):
    assert ask(b, "take_back", "ann").code == "not_handed_over"
    offer(b)
    assert offer(b, to="cat").code == "handed_over"
    refusal = ask(b, "take_back", "cat")
    assert refusal.code == "not_your_offer" and "Ann Test" in refusal.words("en")
    assert ask(b, "take_back", "ann") is None
    offer(b)
    assert ask(b, "take_back", "liz") is None
    assert ends(b) == [("taken_back", "ann"), ("taken_back", "liz")]
    assert inbox(b, "bob") == []


@pytest.mark.parametrize("over", ["next", "done", "assign", "give_back"])
def test_an_offer_of_work_that_was_done_given_on_or_given_back_is_over(b, over):
    offer(b)
    if over in ("next", "done"):
        b.do(over, "ann")
    elif over == "assign":
        assert ask(b, "assign", "ann", person="cat") is None
    else:
        assert ask(b, "give_back", "ann") is None
    assert ends(b) == [("lapsed", "")] and not b.case.items and inbox(b, "bob") == []


def test_whom_it_can_be_offered_to_and_why_not(b):
    assert offer(b, to="nobody").code == "unknown_person"
    assert offer(b, to="ann").code == "handed_to_holder"
    refusal = offer(b, to="oda")
    assert refusal.code == "handed_to_other_role" and "Agent" in refusal.words("da")
    now = b.stage.world.now()
    away = Absence("bob", now - timedelta(hours=1), now + timedelta(days=1))
    b.stage.engine.register_absence("away", away, "liz")
    refusal = offer(b)
    assert refusal.code == "handed_to_absent" and "Bob Test" in refusal.words("en")
    assert offer(b, to="cat", note="short").code == "input"
    assert offer(b, by="oda", to="cat").code == "not_allowed"
    assert b.entries("HandOverOffered") == []


def test_four_eyes_keep_it_from_somebody_when_it_is_offered_and_when_it_is_taken_over(bench):
    b = bench(BODY, organisation=ORGANISATION)
    b.open("ann")
    b.do("look", "ann", opener="bob")
    assert offer(b).code == "four_eyes"
    assert offer(b, to="cat") is None
    b.do("look", "ann", opener="cat")
    assert b.refused("take_over", "cat").code == "four_eyes"
    b.do("look", "ann", opener="bob")
    b.do("take_over", "cat")
    assert inbox(b, "cat") == ["work"]


def test_the_stand_in_of_whoever_went_away_answers_for_them(b):
    offer(b, to="cat")
    now = b.stage.world.now()
    b.stage.engine.register_absence("away", Absence("cat", now, now + timedelta(days=1)), "liz")
    assert b.refused("take_over", "bob").code == "not_allowed"
    b.do("take_over", "liz")
    assert b.case.tasks["work"].claimed_by == "cat", "the lead stands in, and takes nothing over for good"


def test_the_journal_folds_to_the_same_case(b):
    offer(b)
    b.do("look", "ann")
    steps = [(row.sequence, entries) for row, entries in b.stage.engine.journal(b.case_id)]
    assert replay(b.case_id, steps).hand_overs == b.case.hand_overs
    note = b.entries("HandOverOffered")[0].note
    assert note.value == NOTE, "personal: sealed in the record"

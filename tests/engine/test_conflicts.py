"""Somebody is faster between the decision and the commit: decided again, or a conflict that says who it was."""

import pytest

from procflow.core.decide import Command
from procflow.engine import Engine
from procflow.errors import Conflict

BODY = """
data: {n: {type: integer, default: 0}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      slow: {when: 'meanwhile() || true', set: {n: "${n + 1}"}}
      once: {when: 'meanwhile() || true', other_than: [move], to: t}
      remark: {}
      move: {to: t}
      back: {other_than: [once], to: s}
  t: {task: {role: agent}, choices: {back: {to: s}, remark: {}}}
"""


def opened(bench):
    """A case, and what happens meanwhile: the next of `events`, while a guard is being looked at."""
    events: list = []

    def meanwhile():
        if events:
            events.pop(0)()
        return True

    b = bench(BODY, functions={"meanwhile": meanwhile}, overlook=("PF252", "PF312"))
    b.open("ann")
    stage = b.stage
    other = Engine(stage.store, stage.engine.keys, stage.world, functions={"meanwhile": lambda: True})

    def take(choice: str, by: str = "bob"):
        other.submit(b.case_id, Command(f"other-{choice}-{by}-{len(b.entries())}", "choice", choice, by))

    return b, events, take, other


def test_a_step_that_changes_nothing_for_me_is_decided_again(bench):
    b, events, take, _ = opened(bench)
    events.append(lambda: take("remark"))
    assert b.do("slow", "ann").sequence == 3
    assert b.data["n"] == 1 and b.case.counts == {"remark": 1, "slow": 1}


def test_a_step_that_changes_what_i_was_offered_is_a_conflict_that_says_who_was_faster(bench):
    b, events, take, _ = opened(bench)
    events.append(lambda: take("move"))
    with pytest.raises(Conflict) as caught:
        b.try_do("slow", "ann")
    assert "Bob Test took “move”" in caught.value.message and "1" in caught.value.message
    assert b.data["n"] == 0 and b.state == "t"


def test_four_eyes_are_checked_on_what_is_committed(bench):
    b, events, take, _ = opened(bench)
    events.append(lambda: (take("move", "ann"), take("back", "bob")))
    with pytest.raises(Conflict):  # ann moved last now, so `once` is not offered to her any more
        b.try_do("once", "ann")
    assert b.refused("once", "ann").code == "four_eyes"
    assert b.state == "s" and "once" not in b.case.counts


def test_a_changed_organisation_is_not_blamed_on_a_person(bench):
    from procflow.core.organisation import Absence

    b, events, _, other = opened(bench)
    # ann is away from now on
    events.append(lambda: other.register_absence("x", Absence("ann", b.stage.now), "liz"))
    with pytest.raises(Conflict) as caught:
        b.try_do("slow", "ann")
    assert "organisation" in caught.value.message
    assert b.refused("slow", "ann").code == "absent"


def test_a_change_of_the_organisation_that_does_not_concern_me_is_decided_again(bench):
    from procflow.core.organisation import Absence

    b, events, _, other = opened(bench)
    events.append(lambda: other.register_absence("x", Absence("bob", b.stage.now), "liz"))
    assert b.do("slow", "ann").accepted


def test_the_same_absence_twice_and_the_same_command_twice_change_nothing(bench):
    from procflow.core.organisation import Absence

    b, _, _, other = opened(bench)
    absence = Absence("bob", b.stage.now)
    first = other.register_absence("x", absence, "liz")
    assert other.register_absence("x", absence, "liz").repeated
    assert other.register_absence("y", absence, "liz").repeated
    version = other.surroundings().version
    assert first.accepted and other.end_absence("z", "bob", b.stage.now, "liz").accepted
    assert other.end_absence("z", "bob", b.stage.now, "liz").accepted
    assert other.surroundings().version == version + 1


def test_ending_an_absence_leaves_a_later_one(bench):
    from datetime import timedelta

    from procflow.core.organisation import Absence

    b, _, _, other = opened(bench)
    now = b.stage.now
    other.register_absence("ill", Absence("bob", now), "liz")
    with_holiday = Absence("ann", now + timedelta(days=30), now + timedelta(days=40))
    other.register_absence("holiday", with_holiday, "liz")
    later = Absence("ann", now, now + timedelta(days=3))
    other.register_absence("ill ann", later, "liz")
    other.end_absence("well", "ann", now + timedelta(days=1), "liz")
    kept = [(a.person, a.since, a.until) for a in other.surroundings().absences]
    assert ("ann", now, now + timedelta(days=1)) in kept
    assert ("ann", with_holiday.since, with_holiday.until) in kept


def test_nobody_unknown_is_registered_as_absent(bench):
    from procflow.core.organisation import Absence

    b, _, _, other = opened(bench)
    refused = other.register_absence("x", Absence("stranger", b.stage.now), "liz")
    assert refused.refusal.code == "unknown_person"
    assert (
        other.register_absence("y", Absence("bob", b.stage.now), "stranger").refusal.code == "unknown_person"
    )
    assert other.surroundings().absences == ()


def test_what_is_due_may_be_taken_by_another_at_the_same_time(bench):
    body = BODY + "deadlines: {d: {starts: opening, within: 1 hours, met: choice move}}\n"
    events: list = []

    def meanwhile():
        if events:
            events.pop(0)()
        return True

    b = bench(body, functions={"meanwhile": meanwhile}, overlook=("PF252", "PF312"))
    b.open("ann")
    stage = b.stage
    other = Engine(stage.store, stage.engine.keys, stage.world, functions={"meanwhile": lambda: True})
    events.append(
        lambda: (stage.world.advance_to(b.at("2026-05-11 12:00")), other.run_due(b.case_id, stage.now))
    )
    assert b.do("slow", "ann").accepted
    assert [e.name for e in b.entries("DeadlineMissed")] == ["d"]


def test_an_id_that_was_used_for_another_case_is_told_not_answered(bench):
    from procflow.errors import UsageError

    b, _, _, other = opened(bench)
    first = b.case_id
    b.open("ann")
    assert other.submit(first, Command("same", "choice", "remark", "ann")).accepted
    assert other.submit(1, Command("same", "choice", "remark", "ann")).repeated
    with pytest.raises(UsageError):
        other.submit(b.case_id, Command("same", "choice", "remark", "ann"))

"""How a task finds its person: offered, claimed, to the shortest queue, in turn; given back, put aside, handed on."""

import pytest

from procflow.core.decide import Command

ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent, da: Agent}, lead: {en: Lead, da: Leder}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  cat: {name: Cat Test, roles: [agent]}
  liz: {name: Liz Test, roles: [lead]}
"""
PLAIN = """
initial: work
states:
  work: {task: {role: agent, take: %s}, choices: {look: {}, next: {to: second}, done: {to: end}}}
  second: {task: {role: agent, take: %s}, choices: {back: {to: work}, done: {to: end}}}
  end: {final: true}
"""


def of(bench, take, second="claim", body=PLAIN, **options):
    return bench(body % (take, second), organisation=ORGANISATION, **options)


def ask(b, kind, by, name="", case="", **given):
    """A command about the task itself; -> the refusal, or None."""
    command = Command(b.stage.id(), kind, name, by, given)
    return b.stage.submit(case or b.case_id, command).refusal


def holders(b):
    """Who has the open tasks of all cases, in the order of the cases."""
    found = []
    for case in b.stage.cases:
        for task in b.stage.store.tasks_of(case):
            found.append(",".join((*task.people, *task.roles)))
    return found


# offer and claim


def test_offered_work_must_be_taken_before_anything_is_done(bench):
    b = of(bench, "offer")
    b.open("ann")
    refusal = b.refused("look", "ann")
    assert refusal.code == "offered" and "procflow claim" in refusal.hint("en")
    assert ask(b, "claim_task", "ann") is None
    b.do("look", "ann")
    assert b.refused("look", "bob").code == "claimed"
    assert ask(b, "claim_task", "bob").code == "claimed"
    assert holders(b) == ["ann"]


def test_who_took_it_may_give_it_back_and_it_is_offered_again(bench):
    b = of(bench, "offer")
    b.open("ann")
    assert ask(b, "give_back", "ann").code == "not_yours"
    ask(b, "claim_task", "ann")
    assert ask(b, "give_back", "bob").code == "claimed"
    assert ask(b, "give_back", "ann") is None
    assert holders(b) == ["agent"]
    assert b.refused("look", "ann").code == "offered"
    assert ask(b, "claim_task", "bob") is None
    assert ask(b, "give_back", "liz") is None, "the lead may take it from whoever has it"
    assert [(e.by, e.of) for e in b.entries("TaskGivenBack")] == [("ann", "ann"), ("liz", "bob")]


def test_only_those_it_is_for_may_take_it(bench):
    b = of(bench, "offer")
    b.open("ann")
    assert ask(b, "claim_task", "liz").code == "not_allowed"
    assert ask(b, "claim_task", "nobody").code == "unknown_person"
    b.absent("ann")
    assert ask(b, "claim_task", "ann").code == "absent"


def test_work_that_acting_claims_may_be_claimed_before(bench):
    b = of(bench, "claim")
    b.open("ann")
    assert ask(b, "claim_task", "bob") is None
    assert b.refused("look", "ann").code == "claimed"
    assert ask(b, "claim_task", "bob") is None, "again changes nothing"
    assert len(b.entries("TaskClaimed")) == 1


# by rule


def test_the_shortest_queue_gets_the_work_and_ties_go_by_id(bench):
    b = of(bench, "shortest_queue")
    for _ in range(4):
        b.open("ann")
    assert holders(b) == ["ann", "bob", "cat", "ann"]
    b.do("done", "ann")  # the fourth case
    b.open("bob")
    assert holders(b) == ["ann", "bob", "cat", "ann"]
    counts = b.entries("TaskAllotted")[0].counts
    assert counts == {"ann": 1, "bob": 1, "cat": 1}


def test_the_work_of_the_case_itself_does_not_count_against_its_own_person(bench):
    b = of(bench, "shortest_queue", "shortest_queue")
    b.open("ann")
    assert holders(b) == ["ann"]
    b.do("next", "ann")
    assert holders(b) == ["ann"]


SIDES = """
initial: start
states:
  start: {task: {role: agent}, choices: {queue: {to: queued}, split: {to: both}}}
  queued: {task: {role: agent, take: shortest_queue}, choices: {done: {to: end}}}
  both:
    parallel:
      left: {initial: l1, states: {l1: {task: {role: agent, take: shortest_queue}, choices: {ok: {to: l2}}}, l2: {final: true}}}
      right: {initial: r1, states: {r1: {task: {role: agent, take: shortest_queue}, choices: {ok: {to: r2}}}, r2: {final: true}}}
    events: {done: {to: end}}
  end: {final: true}
"""


def test_what_the_same_step_gave_somebody_counts_once_for_the_next_task_of_the_step(bench):
    b = bench(SIDES, organisation=ORGANISATION)
    b.absent("ann", "2026-05-11 10:00", "2026-05-11 10:30")
    for who in ("bob", "cat"):
        b.open(who)
        b.do("queue", who)
    b.wait("1 hour")
    b.open("ann")
    b.do("split", "ann")
    assert [e.to for e in b.entries("TaskAllotted")] == ["ann", "ann"], (
        "with one task ann is where the others are"
    )


def test_who_is_away_gets_nothing_new(bench):
    b = of(bench, "shortest_queue")
    b.absent("ann")
    b.open("bob")
    b.open("bob")
    assert holders(b) == ["bob", "cat"]


def test_turns_go_round_among_those_who_are_there_and_across_cases(bench):
    b = of(bench, "round_robin")
    for _ in range(4):
        b.open("ann")
    assert holders(b) == ["ann", "bob", "cat", "ann"]
    b.absent("bob")
    for _ in range(3):
        b.open("ann")
    assert holders(b)[1] == "cat", "what bob had went to the next"
    assert holders(b)[4:] == ["ann", "cat", "ann"]


def test_each_state_has_turns_of_its_own(bench):
    b = of(bench, "round_robin", "round_robin")
    b.open("ann")
    b.do("next", "ann")
    b.open("ann")
    assert holders(b) == ["ann", "bob"]


def test_allotted_work_is_that_persons_and_acting_makes_it_theirs_for_good(bench):
    b = of(bench, "round_robin")
    b.open("ann")
    assert b.refused("look", "bob").code == "claimed"
    b.do("look", "ann")
    assert [e.by for e in b.entries("TaskClaimed")] == ["ann"]


def test_allotted_work_goes_to_another_when_its_person_goes_away_and_clocks_stay(bench):
    deadlines = "deadlines: {d: {starts: opening, met: choice done, within: 2 working days}}\n"
    b = of(bench, "round_robin", body=PLAIN + deadlines)
    b.open("ann")
    due = b.due("d")
    b.wait("3 hours")
    b.absent("ann")
    assert holders(b) == ["bob"]
    assert b.due("d") == due
    assert b.entries("CommandTaken")[-1].kind == "people"


def test_claimed_work_of_who_goes_away_is_with_the_stand_in_who_acts_in_their_name(bench):
    b = of(bench, "round_robin")
    b.open("ann")
    b.do("look", "ann")
    b.absent("ann")
    assert holders(b) == ["ann"], "it stays hers, and is in the inbox of the mate"
    (passed,) = b.entries("TaskPassedOn")
    assert (passed.of, passed.to) == ("ann", ("bob",))
    b.do("look", "bob")
    assert b.entries("CommandTaken")[-1].on_behalf == "ann"
    assert b.refused("look", "cat").code == "claimed"


def test_work_given_back_goes_to_the_next(bench):
    b = of(bench, "round_robin")
    b.open("ann")
    assert ask(b, "give_back", "ann") is None
    assert holders(b) == ["bob"]
    b = of(bench, "shortest_queue")
    b.open("ann")
    assert ask(b, "give_back", "ann") is None
    assert holders(b) == ["bob"]


def test_where_everybody_is_away_the_stand_ins_get_it(bench):
    b = of(bench, "round_robin")
    b.open("ann")
    b.open("ann")
    for name in ("ann", "bob", "cat"):
        b.absent(name)
    assert holders(b) == ["liz", "liz"]
    assert b.entries("TaskAllotted")[-1].behalf in ("ann", "bob", "cat")
    b.do("look", "liz")


def test_four_eyes_are_minded_by_the_rule(bench):
    body = """
initial: work
states:
  work: {task: {role: agent}, choices: {next: {to: second}}}
  second: {task: {role: agent, take: %s, other_than: [next]}, choices: {done: {to: end}}}
  end: {final: true}
#%s
"""
    b = of(bench, "shortest_queue", body=body)
    b.open("ann")
    b.do("next", "ann")
    assert holders(b) == ["bob"]
    command = Command(b.stage.id(), "assign", "assign", "bob", {"person": "ann"})
    assert b.stage.submit(b.case_id, command).refusal.code == "four_eyes"


# put aside


def test_work_put_aside_leaves_the_inbox_and_comes_back_while_clocks_run_on(bench):
    deadlines = "deadlines: {d: {starts: opening, met: choice done, within: 5 hours}}\n"
    b = of(bench, "claim", body=PLAIN + deadlines)
    b.open("ann")
    refusal = ask(b, "suspend", "ann", until="2026-05-11 10:00", reason="Waits for the post")
    assert refusal.code == "too_soon"
    assert ask(b, "suspend", "ann", until="2026-05-12 09:00").code == "input"
    assert ask(b, "suspend", "liz", until="soon", reason="Waits for the post").code == "input"
    assert ask(b, "suspend", "ann", until="2026-05-12 09:00", reason="Waits for the post") is None
    assert holders(b) == []
    b.wait("until 2026-05-12 08:59")
    assert b.case.missed == {"d"}
    assert holders(b) == []
    b.wait("1 minutes")
    assert holders(b) == ["agent"]


def test_who_goes_on_with_work_put_aside_has_it_back(bench):
    b = of(bench, "claim")
    b.open("ann")
    ask(b, "suspend", "ann", until="2026-05-12 09:00", reason="Waits for the post")
    b.do("look", "ann")
    assert holders(b) == ["ann"]
    ask(b, "suspend", "ann", until="2026-05-12 09:00", reason="Waits for the post")
    assert ask(b, "resume", "ann") is None
    assert ask(b, "resume", "ann").code == "not_suspended"
    assert len(b.entries("TaskResumed")) == 2


def test_who_puts_work_aside_is_told_what_is_wrong_and_the_reason_is_kept(bench):
    b = of(bench, "claim")
    b.open("ann")
    refusal = ask(b, "suspend", "ann", until="2026-05-11 10:05", reason="Waits for the post")
    assert refusal.code == "too_soon", "now is not later"
    assert (
        "10:05" in refusal.words("en") and "10.05" in refusal.words("da") and "is over" in refusal.words("en")
    )
    wrong = ask(b, "suspend", "ann", until="2026-05-12 09:00", reason="x")
    assert [(p.name, p.code) for p in wrong.problems] == [("reason", "min_length")]
    assert wrong.facts["choice"] == "suspend"
    assert ask(b, "suspend", "liz", until="2026-05-11 10:06", reason="Waits for the post") is None
    (aside,) = b.entries("TaskSuspended")
    assert (aside.by, aside.reason.value, aside.until) == (
        "liz",
        "Waits for the post",
        b.at("2026-05-11 10:06"),
    )
    assert ask(b, "resume", "liz") is None
    assert [(e.state, e.by) for e in b.entries("TaskResumed")] == [("work", "liz")]


SEVERAL = """
initial: both
states:
  both:
    parallel:
      left: {initial: l1, states: {l1: {task: {role: agent, take: offer}, choices: {ok: {to: l2}}}, l2: {final: true}}}
      right: {initial: r1, states: {r1: {task: {role: lead, take: offer}, choices: {ok: {to: r2}}}, r2: {final: true}}}
      third: {initial: t1, states: {t1: {task: {role: agent, take: offer}, choices: {ok: {to: t2}}}, t2: {final: true}}}
    events: {done: {to: end}}
  end: {final: true}
"""


def test_of_several_tasks_the_one_is_meant_that_is_named_or_alone_for_this_person(bench):
    b = bench(SEVERAL, organisation=ORGANISATION)
    b.open("ann")
    refusal = ask(b, "claim_task", "ann")
    assert refusal.code == "ambiguous"
    assert refusal.facts == {"choice": "claim_task", "candidates": ["l1", "t1"]}
    assert ask(b, "claim_task", "ann", name="r1").code == "not_allowed"
    assert ask(b, "claim_task", "ann", name="both").code == "no_task"
    assert ask(b, "claim_task", "ann", name="t1") is None
    assert ask(b, "claim_task", "liz") is None
    assert [(e.state, e.by) for e in b.entries("TaskClaimed")] == [("t1", "ann"), ("r1", "liz")]


def test_a_closed_case_has_no_work(bench):
    b = of(bench, "claim")
    b.open("ann")
    b.do("done", "ann")
    for kind in ("claim_task", "give_back", "suspend", "resume"):
        assert ask(b, kind, "ann").code == "closed"


# absence entered late


LATE = """
data: {caseworker: {type: person}}
initial: message
states:
  message: {task: {to: "${caseworker}"}, choices: {handled: {to: end}}}
  end: {final: true}
deadlines:
  call: {starts: opening, met: choice handled, within: 24 hours, warn: {at: 75%, do: [{notify: {role: lead}}]}}
"""


def late(bench, **more):
    b = bench(LATE, organisation=ORGANISATION, clock="2026-03-09 13:00")
    b.open("bob", caseworker="ann")
    return b


def test_an_absence_entered_late_moves_open_work_at_once_and_is_the_cause_of_a_breach(bench):
    """S23."""
    b = late(bench)
    b.wait("until 2026-03-10 09:00")
    b.absent("ann", "2026-03-09 08:00")
    assert b.due("call") == "2026-03-10 13:00"
    (passed,) = b.entries("TaskPassedOn")
    assert (passed.of, passed.to) == ("ann", ("bob",))
    told = [e for e in b.entries("PeopleNotified") if e.people]
    assert [(e.people, e.because) for e in told] == [(("bob",), "call")], (
        "four hours are left: warned at once"
    )
    b.wait("until 2026-03-10 13:00")
    assert [e.cause for e in b.entries("DeadlineMissed")] == ["late_absence"]


@pytest.mark.parametrize("since", ["2026-03-10 09:00", "2026-03-10 12:00"])
def test_an_absence_that_was_known_in_time_is_no_such_cause(bench, since):
    b = late(bench)
    b.wait("until 2026-03-10 09:00")
    b.absent("ann", since)
    b.wait("until 2026-03-10 13:00")
    assert [e.cause for e in b.entries("DeadlineMissed")] == [""]


def test_only_of_clocks_that_warned_already_and_run_on_is_the_stand_in_warned_too(bench):
    body = LATE.replace(
        "  message: {",
        "  message: {initial: near, states: {near: {choices: {turn: {by: agent, to: far}}}, far: {}}, ",
    ).partition("deadlines:")[0]
    warn = "warn: {at: 75%, do: [{notify: {role: lead}}]}"
    b = bench(
        body
        + f"""deadlines:
  call: {{starts: opening, met: choice handled, within: 24 hours, {warn}}}
  slow: {{starts: opening, met: choice handled, within: 90 hours, {warn}}}
  still: {{starts: opening, met: choice handled, within: 24 hours, pause_in: [far], {warn}}}
  over: {{starts: opening, met: choice handled, within: 19 hours, {warn}}}
""",
        organisation=ORGANISATION,
        clock="2026-03-09 13:00",
    )
    b.open("bob", caseworker="ann")
    b.wait("until 2026-03-10 08:30")
    b.do("turn", "ann")
    b.wait("until 2026-03-10 09:00")
    b.absent("ann", "2026-03-09 08:00")
    told = [(e.people, e.roles, e.because) for e in b.entries("PeopleNotified") if e.people]
    assert told == [(("bob",), (), "call")]
    (item,) = [key for key in b.case.items if key.endswith(".call")]
    assert b.case.items[item].people == ("bob",) and b.case.items[item].kind == "notice"


@pytest.mark.parametrize(
    ("entered", "cause"), [("2026-03-09 13:00", ""), ("2026-03-09 13:01", "late_absence")]
)
def test_an_absence_that_was_entered_when_the_clock_started_was_known_all_the_while(bench, entered, cause):
    b = bench(LATE, organisation=ORGANISATION, clock="2026-03-09 13:00")
    b.open("bob", caseworker="ann")
    b.wait(f"until {entered}")
    b.absent("ann", "2026-03-09 08:00")
    b.wait("until 2026-03-10 13:00")
    assert [e.cause for e in b.entries("DeadlineMissed")] == [cause]


def test_who_comes_back_has_the_work_back(bench):
    b = late(bench)
    b.absent("ann", "", "2026-03-09 15:00")
    b.wait("until 2026-03-09 15:00")
    b.stage.engine.read_anew("ann")
    assert [e.to for e in b.entries("TaskPassedOn")] == [("bob",), ()]


def test_an_absence_that_begins_later_moves_the_work_when_it_begins(bench):
    b = late(bench)
    b.absent("ann", "2026-03-09 15:00", "2026-03-09 16:00")
    assert b.entries("TaskPassedOn") == []
    b.wait("until 2026-03-09 17:00")
    assert [(e.of, e.to) for e in b.entries("TaskPassedOn")] == [("ann", ("bob",)), ("ann", ())]


def test_both_mates_away_means_the_next_stand_in(bench):
    b = late(bench)
    b.absent("ann")
    b.absent("bob")
    assert [e.to for e in b.entries("TaskPassedOn")] == [("bob",), ("liz",)]
    b.do("handled", "liz")
    assert b.entries("CommandTaken")[-1].on_behalf == "ann"


def test_work_is_kept_with_whoever_took_the_last_step(bench):
    """Retain familiar: `who()` knows the very step that leads to the task."""
    body = """
initial: work
states:
  work: {task: {role: agent}, choices: {next: {to: second}}}
  second: {task: {to: "${who('next')}"}, choices: {done: {to: end}}}
  end: {final: true}
#%s %s
"""
    b = of(bench, "x", body=body)
    b.open("ann")
    b.do("next", "bob")
    assert holders(b) == ["bob"]
    assert b.refused("done", "ann").code == "not_allowed"
    b.do("done", "bob")


TWO = """
data: {reason: {type: string}}
initial: deciding
states:
  deciding:
    task: {role: agent}
    choices:
      lead_agrees:
        by: lead
        other_than: [desk_agrees]
        then:
          - {when: 'count("desk_agrees") > 0', to: agreed}
          - {when: 'count("lead_agrees") == 0'}
      desk_agrees:
        by: agent
        other_than: [lead_agrees]
        then:
          - {when: 'count("lead_agrees") > 0', to: agreed}
          - {when: 'count("desk_agrees") == 0'}
  agreed: {final: true}
#%s %s
"""


@pytest.mark.parametrize("order", [("lead_agrees", "desk_agrees"), ("desk_agrees", "lead_agrees")])
def test_two_people_of_two_roles_decide_in_any_order_and_never_one_alone(bench, order):
    both = ORGANISATION.replace("roles: [lead]", "roles: [lead, agent]")
    b = bench(TWO % ("", ""), organisation=both)
    b.open("ann")
    b.do(order[0], "liz")
    assert b.state == "deciding"
    assert b.refused(order[1], "liz").code == "four_eyes"
    if order[0] == "lead_agrees":
        assert b.refused("lead_agrees", "liz").code == "not_offered", "nobody agrees twice"
    by = "ann" if order[1] == "desk_agrees" else ""
    if by:
        b.do(order[1], by)
        assert b.state == "agreed"

"""States inside states and regions side by side, with all that a state can have: tasks, choices, clocks, answers."""

from procflow.core.choices import active_states

TWO = """
data: {n: {type: integer, default: 0}}
initial: both
states:
  both:
    task: {role: lead}
    entry: [{note.write: {text: in both}}]
    exit: [{note.write: {text: out both}}]
    choices: {stop: {to: over}, pause: {to: resting}}
    parallel:
      left:
        initial: a1
        states:
          a1:
            task: {role: agent, take: claim}
            entry: [{note.write: {text: in a1}}]
            exit: [{note.write: {text: out a1}}]
            choices: {ok: {to: a2}, look: {do: [{note.write: {text: looked}}]}}
            events: {ring: {to: a2}}
          a2: {task: {role: agent}, choices: {left_ready: {to: a3}}}
          a3: {final: true}
      right:
        initial: b1
        states:
          b1:
            task: {role: agent}
            choices: {ok: {to: b2}}
            events: {ring: {to: b2}}
            after: {2 days: {to: b2}}
          b2: {task: {role: advisor}, choices: {right_ready: {to: b3}}}
          b3: {final: true}
    events: {done: {to: over}}
  resting: {task: {role: agent}, choices: {resume: {to: both.last}, anew: {to: both}}}
  over: {final: true, outcome: over}
deadlines:
  whole: {starts: entering both, within: 5 working days, met: leaving both}
  left_one: {starts: entering a1, within: 2 working days, met: leaving a1, pause_in: [b2]}
promises:
  together: {says: 'b2 only while both', always: '!state("b2") || state("both") && state("right")'}
"""


def opened(bench, body=TWO):
    b = bench(body)
    b.open("ann")
    return b


def test_each_active_state_with_a_task_has_it_open(bench):
    b = opened(bench)
    assert b.state == "a1, b1"
    assert b.case.around == ("both", "left", "right")
    assert sorted(b.case.tasks) == ["a1", "b1", "both"]
    assert {state: row.roles for state, row in ((r.task, r) for r in b.stage.store.tasks())} == {
        "both": ("lead",), "a1": ("agent",), "b1": ("agent",),
    }  # fmt: skip
    b.do("b1.ok", "ann")
    assert sorted(b.case.tasks) == ["a1", "b2", "both"]


def test_a_name_that_can_mean_two_choices_is_refused_with_the_candidates_and_the_state_tells(bench):
    b = opened(bench)
    refusal = b.refused("ok", "ann", because="ambiguous")
    assert "a1.ok" in refusal.words("en") and "b1.ok" in refusal.words("en")
    b.refused("left.ok", "ann", because="unknown_choice")
    b.refused("a2.left_ready", "ann", because="not_offered")
    b.do("a1.ok", "ann")
    assert b.state == "a2, b1"
    assert b.entries("CommandTaken")[-1].name == "ok"  # what was taken, not how it was said
    b.do("ok", "ann")  # now it can mean only one
    assert b.state == "a2, b2"


def test_a_name_is_enough_where_a_person_can_take_only_one_of_it(bench):
    b = opened(
        bench, TWO.replace("b1:\n            task: {role: agent}", "b1:\n            task: {role: lead}")
    )
    b.do("ok", "liz")
    assert b.state == "a1, b2"


def test_an_inner_choice_hides_the_outer_one_of_its_name(bench):
    body = TWO.replace("choices: {stop: {to: over}, ", "choices: {left_ready: {by: agent, to: over}, ")
    b = opened(bench, body)
    b.do("a1.ok", "ann")
    offers = (
        {offer.word: offer.state for offer in b.stage_offers("ann")} if hasattr(b, "stage_offers") else {}
    )
    assert not offers or offers["left_ready"] == "a2"
    b.do("left_ready", "ann")
    assert b.state == "a3, b1"
    b.do("left_ready", "ann")
    assert b.outcome == "over"


def test_a_choice_of_a_state_without_a_task_belongs_to_each_open_task_inside(bench):
    b = opened(bench, TWO.replace("  both:\n    task: {role: lead}\n", "  both:\n"))
    b.refused("stop", "liz", because="not_allowed")
    b.do("stop", "ann")
    assert b.outcome == "over"


def test_a_choice_in_one_region_leaves_the_others_alone(bench):
    b = opened(bench)
    entered = b.case.entered["b1"]
    b.wait("1 hours")
    b.do("a1.ok", "ann")
    assert (b.case.entered["b1"], b.case.visits["b1"], b.case.visits["both"]) == (entered, 1, 1)
    assert "b1@1" in b.case.timers


def test_a_claim_stays_with_the_task_of_its_own_state(bench):
    b = opened(bench)
    b.do("look", "ann")
    assert (b.case.tasks["a1"].claimed_by, b.case.tasks["b1"].claimed_by) == ("ann", "")
    b.refused("a1.ok", "bob", because="claimed")
    b.do("ok", "bob")  # for bob the name means only the other one
    assert b.state == "a1, b2"


def test_a_task_of_several_is_handed_over_by_its_state(bench):
    b = opened(bench)
    refusal = b.refused("assign", "liz", person="bob", because="ambiguous")
    assert "a1" in refusal.words("en")
    b.do("assign", "liz", person="bob", state="b1")
    assert b.case.tasks["b1"].people == ("bob",)


def test_an_event_is_taken_by_every_region_in_document_order_exits_first(bench):
    b = opened(bench)
    b.signal("ring")
    assert b.state == "a2, b2"
    assert b.taken() == ["a1~ring#1", "b1~ring#1"]
    assert b.texts() == ["in both", "in a1", "out a1"]


def test_the_whole_is_done_when_every_region_is_and_never_before(bench):
    b = opened(bench)
    b.signal("ring")
    b.do("left_ready", "ann")
    assert (b.state, b.outcome, b.case.is_closed) == ("a3, b2", "", False)
    b.do("right_ready", "ann")
    assert (b.state, b.outcome, b.case.is_closed) == ("over", "over", True)
    left = [entry.state for entry in b.entries("StateLeft")]
    assert left[-5:] == ["b3", "right", "a3", "left", "both"]
    assert not b.entries("EventDropped")


def test_leaving_the_whole_leaves_what_is_inside_with_its_tasks_and_timers(bench):
    b = opened(bench)
    b.do("stop", "liz")
    assert (b.case.tasks, b.case.timers, b.case.around) == ({}, {}, ())
    assert b.texts() == ["in both", "in a1", "out a1", "out both"]
    assert (b.clock("whole"), b.clock("left_one")) == ("met", "met")


def test_going_back_restores_what_was_active_in_every_region(bench):
    b = opened(bench)
    b.do("b1.ok", "ann")
    b.do("pause", "liz")
    assert (b.state, b.case.last) == ("resting", {"both": ("a1", "b2")})
    b.do("resume", "ann")
    assert b.state == "a1, b2"
    b.do("pause", "liz")
    b.do("anew", "ann")
    assert b.state == "a1, b1"


def test_going_back_to_what_was_never_left_begins_it(bench):
    b = opened(bench, TWO.replace("initial: both", "initial: resting", 1))
    b.do("resume", "ann")
    assert b.state == "a1, b1"


def test_timers_and_clocks_of_each_region_run_by_themselves(bench):
    b = opened(bench)
    b.do("a1.ok", "ann")
    assert (b.clock("left_one"), b.clock("whole")) == ("met", "running")
    b.wait("2 days")
    assert b.state == "a2, b2"
    assert b.clock("whole") == "running"


def test_a_clock_stands_still_while_a_state_of_another_region_is_active(bench):
    b = opened(bench)
    assert b.due("left_one") == "2026-05-13 17:00"
    b.do("b1.ok", "ann")
    assert b.case.clocks["left_one"].paused is not None
    b.do("right_ready", "ann")
    assert b.case.clocks["left_one"].paused is None


def test_state_holds_for_outer_states_and_regions(bench):
    b = opened(bench)
    assert [state.name for state in active_states(b.procedure, b.case)] == [
        "both",
        "left",
        "a1",
        "right",
        "b1",
    ]
    assert b.case.is_in("both") and b.case.is_in("left") and b.case.is_in("a1") and not b.case.is_in("a2")


def test_an_answer_comes_to_the_state_that_waits_for_it_and_to_no_other(bench):
    invoking = """
initial: both
states:
  both:
    parallel:
      left:
        initial: asks
        states:
          asks:
            invoke: {mail.send: {to: m@customer.example, subject: x, text: y}}
            events: {done: {to: told}, failed: {to: told}}
          told: {final: true}
      right:
        initial: works
        states:
          works: {task: {role: agent}, choices: {ready: {to: rests}, leave: {to: over}}}
          rests: {final: true}
    events: {done: {to: over}}
  over: {final: true}
"""
    b = bench(invoking, held=["mail.send"])
    b.open("ann")
    b.deliver("mail.send")
    assert b.state == "told, works"
    b.do("ready", "ann")
    assert b.case.is_closed

    b = bench(invoking, held=["mail.send"])
    b.open("ann")
    b.do("leave", "ann")  # out of the whole: what the other region waited for is cancelled
    assert [entry.status for entry in b.entries("EffectAnswered")] == ["cancelled"]


def test_an_effect_is_not_delivered_when_the_state_it_hangs_on_was_left_whatever_the_others_do(bench):
    body = TWO.replace(
        "a2: {task: {role: agent}, choices",
        "a2: {entry: [{mail.send: {to: m@customer.example, subject: x, text: y}, unless_left: true}], "
        "task: {role: agent}, choices",
    )
    b = bench(body, held=["mail.send"])
    b.open("ann")
    b.do("a1.ok", "ann")
    (waiting,) = b.case.waiting.values()
    assert waiting.unless_left == "a2#1"
    b.do("b1.ok", "ann")
    assert b.case.is_visit("a2#1")
    b.do("left_ready", "ann")
    assert not b.case.is_visit("a2#1")


def test_a_region_that_is_parallel_itself_is_done_when_all_of_its_own_are(bench):
    body = """
initial: whole
states:
  whole:
    parallel:
      one:
        parallel:
          p: {initial: p1, states: {p1: {task: {role: agent}, choices: {p_ready: {to: p2}}}, p2: {final: true}}}
          q: {initial: q1, states: {q1: {task: {role: agent}, choices: {q_ready: {to: q2}}}, q2: {final: true}}}
      two: {initial: r1, states: {r1: {task: {role: agent}, choices: {r_ready: {to: r2}}}, r2: {final: true}}}
    events: {done: {to: over}}
  over: {final: true}
"""
    for order in (("p", "q", "r"), ("r", "q", "p"), ("q", "r", "p")):
        b = opened(bench, body)
        for name in order[:2]:
            b.do(f"{name}_ready", "ann")
            assert not b.case.is_closed
        b.do(f"{order[2]}_ready", "ann")
        assert b.case.is_closed, order


def test_the_same_event_in_the_same_place_gives_the_same_journal(bench):
    def run():
        b = opened(bench)
        b.signal("ring")
        b.do("pause", "liz")
        b.do("resume", "ann")
        return [entry for entry in b.entries() if type(entry).__name__.startswith("State")]

    assert run() == run()

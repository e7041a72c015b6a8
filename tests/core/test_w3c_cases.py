"""Cases of the W3C's SCXML test suite, told as procedures: each in one go, and with everything forgotten but the store
between two commands. The number is that of the suite's test."""

from typing import Any

import pytest

from procflow.core.decide import Command
from procflow.testing import Bench

HEAD = "procedure: {name}\ntitle: Chart\nowner: agent\nstarts: [{{by: agent}}]\n"
WATCHED = "data: {seen: {type: array, items: {type: string}}, n: {type: integer, default: 0}}\n"


@pytest.fixture(params=[False, True], ids=["in one go", "restarted"])
def chart(request: pytest.FixtureRequest) -> Any:
    """Makes a bench of a chart's states, which forgets between commands where asked for."""

    def make(body: str, *others: str, **options: Any) -> "Chart":
        text = HEAD.format(name="chart") + ("" if "data:" in body else WATCHED) + body
        return Chart(text, *others, forgets=request.param, **options)

    return make


class Chart(Bench):
    def __init__(self, *procedures: str, forgets: bool, **options: Any) -> None:
        super().__init__(*procedures, overlook=("PF250", "PF251", "PF252", "PF253"), **options)
        self.forgets = forgets
        self.open("ann")

    def forget(self) -> None:
        if self.forgets:
            self.stage.engine._cases.clear()
            self.stage.engine._procedures.clear()
            self.stage.engine._surroundings = None

    def send(self, *events: str) -> None:
        for event in events:
            self.forget()
            command = Command(self.stage.id(), "event", event, source="outside")
            answer = self.stage.submit(self.case_id, command)
            assert answer.accepted, answer.refusal
        self.forget()

    @property
    def seen(self) -> list[str]:
        return list(self.case.data.get("seen") or ())


def see(what: str) -> str:
    """An effect that tells, in the order in which contents run."""
    return f"note.write: {{text: {what}}}"


def test_372_what_the_final_state_raises_on_entry_comes_before_done(chart):
    c = chart("""
initial: s0
states:
  s0:
    initial: s01
    events:
      done: [{when: n == 1, to: passed}, {to: failed}]
      early: {set: {n: 1}}
    states:
      s01: {task: {role: agent}, events: {go: {to: s02}}}
      s02: {final: true, entry: [{raise: early}]}
  passed: {final: true, outcome: passed}
  failed: {final: true, outcome: failed}
""")
    c.send("go")
    assert c.outcome == "passed"


def test_375_376_378_contents_of_entry_and_exit_run_in_the_order_written(chart):
    c = chart("""
initial: s0
states:
  s0:
    task: {role: agent}
    exit: [{raise: one}, {note.write: {text: a}}, {raise: two}]
    events: {go: {do: [{note.write: {text: b}}, {raise: three}], to: s1}}
  s1:
    entry: [{note.write: {text: c}}, {raise: four}]
    task: {role: agent}
    events:
      one: {set: {seen: "${seen + ['one']}"}}
      two: {set: {seen: "${seen + ['two']}"}}
      three: {set: {seen: "${seen + ['three']}"}}
      four: {set: {seen: "${seen + ['four']}"}}
""")
    c.send("go")
    assert c.texts() == ["a", "b", "c"]
    assert c.seen == ["one", "two", "three", "four"]


def test_403c_404_405_406_regions_with_states_inside_each_other(chart):
    """Exits of all, child first and the last first; then contents, then entries, outer and earlier ones first."""
    c = chart("""
initial: p
states:
  p:
    exit: [{note.write: {text: x-p}}]
    parallel:
      a:
        exit: [{note.write: {text: x-a}}]
        initial: a1
        states:
          a1: {exit: [{note.write: {text: x-a1}}], events: {go: {do: [{note.write: {text: t-a}}], to: a2}}}
          a2: {entry: [{note.write: {text: e-a2}}], initial: a21, states: {a21: {entry: [{note.write: {text: e-a21}}]}}}
      b:
        exit: [{note.write: {text: x-b}}]
        initial: b1
        states:
          b1:
            initial: b11
            exit: [{note.write: {text: x-b1}}]
            events: {go: {do: [{note.write: {text: never}}], to: out}}
            states:
              b11: {exit: [{note.write: {text: x-b11}}], events: {go: {do: [{note.write: {text: t-b}}], to: b2}}}
          b2: {entry: [{note.write: {text: e-b2}}]}
      c:
        initial: c1
        states:
          c1: {events: {go: {do: [{note.write: {text: never}}], to: out}}}
    events: {leave: {to: out}}
  out: {final: true, outcome: out}
""")
    c.send("go")
    assert c.state == "a21, b2, c1", "the region that would leave them all comes last, and loses"
    assert c.texts() == ["x-b11", "x-b1", "x-a1", "t-a", "t-b", "e-a2", "e-a21", "e-b2"]
    c.send("leave")
    assert c.texts()[8:] == ["x-b", "x-a", "x-p"] and c.outcome == "out"


def test_409_411_in_sees_what_is_left_and_what_is_entered(chart):
    c = chart("""
initial: s0
states:
  s0:
    initial: s01
    exit: [{when: 'state("s01")', note.write: {text: failed}}, {when: 'state("s0")', note.write: {text: s0 is being left}}]
    states:
      s01: {task: {role: agent}, exit: [{when: 'state("s01") && state("s0")', note.write: {text: s01 is being left}}], events: {go: {to: s11}}}
  s1:
    entry: [{when: 'state("s1") && !state("s11") && !state("s0")', note.write: {text: s1 is entered}}]
    initial: s11
    states:
      s11: {entry: [{when: 'state("s1") && state("s11")', note.write: {text: s11 is entered}}], task: {role: agent}}
""")
    c.send("go")
    assert c.texts() == ["s01 is being left", "s0 is being left", "s1 is entered", "s11 is entered"]


def test_416_417_570_done_of_what_is_inside_a_region_comes_once_and_in_order(chart):
    c = chart("""
initial: p
states:
  p:
    parallel:
      a:
        initial: a1
        states:
          a1: {task: {role: agent}, events: {e1: {to: a9}}}
          a9: {final: true}
        events: {done: {set: {seen: "${seen + ['a']}"}}}
      b:
        initial: b1
        states:
          b1:
            parallel:
              c: {initial: c1, states: {c1: {task: {role: agent}, events: {e2: {to: c9}}}, c9: {final: true}}, events: {done: {set: {seen: "${seen + ['c']}"}}}}
              d: {initial: d1, states: {d1: {task: {role: agent}, events: {e2: {to: d9}}}, d9: {final: true}}, events: {done: {set: {seen: "${seen + ['d']}"}}}}
            events: {done: {set: {seen: "${seen + ['b1']}"}, to: b9}}
          b9: {final: true}
        events: {done: {set: {seen: "${seen + ['b']}"}}}
    events: {done: {set: {seen: "${seen + ['p']}"}, to: over}}
  over: {final: true, outcome: over}
""")
    c.send("e2")
    assert c.seen == ["c", "d", "b1", "b"] and c.state == "a1, b9"
    c.send("e2", "e1")
    assert c.seen == ["c", "d", "b1", "b", "a", "p"] and c.outcome == "over"


def test_419_eventless_transitions_come_before_raised_and_outside_events(chart):
    c = chart("""
initial: s0
states:
  s0: {entry: [{raise: inner}], always: [{to: s1}], events: {inner: {to: failed}}}
  s1: {task: {role: agent}, events: {inner: {to: s2}}}
  s2: {task: {role: agent}, events: {go: {do: [{raise: inner}], to: s3}}}
  s3: {always: [{when: n == 0, set: {n: 1}}, {when: n == 1, set: {n: 2}}], events: {inner: [{when: n == 2, to: passed}, {to: failed}]}}
  passed: {final: true, outcome: passed}
  failed: {final: true, outcome: failed}
""")
    assert c.state == "s2"
    c.send("go")
    assert c.outcome == "passed"


ELSEWHERE = (
    HEAD.format(name="elsewhere").replace("starts: [{by: agent}]\n", "")
    + """
initial: working
states:
  working:
    entry: [{note.write: {text: begun}}]
    exit: [{note.write: {text: left}}]
    task: {role: agent}
    choices:
      end: {to: over}
      tell: {do: [{signal: {name: told, to: {procedure: chart}}}], to: over}
  over: {final: true, outcome: well}
"""
)
ASKS = """
initial: s0
states:
  s0: {task: {role: agent}, events: {go: {to: %s}}}
  passing: {invoke: {procedure: elsewhere}, always: [{to: resting}], events: {done: {to: failed}}}
  resting: {task: {role: agent}, events: {again: {to: waiting}}}
  waiting:
    invoke: {procedure: elsewhere}
    task: {role: agent}
    events:
      stop: {to: resting}
      told: {set: {seen: "${seen + ['told']}"}}
      done: {set: {seen: "${seen + ['done']}"}, to: resting}
  failed: {final: true, outcome: failed}
"""


def invoked(c: Chart) -> list[tuple[str, str]]:
    cases = [c.stage.load(case) for case in c.stage.cases if case != c.case_id]
    return [(case.row.procedure, case.plain.outcome) for case in cases]


def test_422_a_state_that_is_left_in_the_same_step_invokes_nothing(chart):
    c = chart(ASKS % "passing", ELSEWHERE)
    c.send("go")
    assert c.state == "resting" and invoked(c) == []
    c.wait("1 day")
    assert invoked(c) == [] and not c.case.waiting


def take(c: Chart, choice: str) -> None:
    """A choice in the newest of the invoked cases."""
    c.forget()
    command = Command(c.stage.id(), "choice", choice, "ann")
    answer = c.stage.submit(c.stage.case_named("elsewhere"), command)
    assert answer.accepted, answer.refusal
    c.forget()


def test_235_236_what_the_invoked_tells_comes_before_its_done(chart):
    c = chart(ASKS % "waiting", ELSEWHERE)
    c.send("go")
    take(c, "tell")
    assert c.seen == ["told", "done"] and c.state == "resting"


def test_237_250_252_leaving_cancels_the_invoked_which_leaves_its_states_and_is_not_heard(chart):
    c = chart(ASKS % "waiting", ELSEWHERE)
    c.send("go", "stop")
    assert invoked(c) == [("elsewhere", "cancelled")] and c.seen == []
    notes = [
        facts["text"]
        for name, facts, _ in c.stage.asked(c.stage.case_named("elsewhere"))
        if name == "note.write"
    ]
    assert notes == ["begun", "left"]
    c.send("again")
    assert invoked(c) == [("elsewhere", "cancelled"), ("elsewhere", "")]
    take(c, "end")
    assert c.seen == ["done"]


def test_a_done_of_an_earlier_visit_is_not_that_of_this_one(chart):
    c = chart(ASKS % "waiting", ELSEWHERE)
    c.send("go")
    first = c.stage.case_named("elsewhere")
    c.send("stop", "again")
    answer = c.stage.submit(first, Command(c.stage.id(), "choice", "end", "ann"))
    assert not answer.accepted and answer.refusal.code == "closed"
    assert c.state == "waiting"


def test_487_a_top_final_state_ends_it_before_what_is_still_raised(chart):
    c = chart("""
initial: s0
states:
  s0:
    parallel:
      a: {initial: a1, states: {a1: {task: {role: agent}, exit: [{note.write: {text: left}}], events: {go: {do: [{raise: late}], to: over}}}}}
      b: {initial: b1, states: {b1: {task: {role: agent}, exit: [{note.write: {text: left too}}]}}}
    events: {late: {to: failed}}
  over: {final: true, outcome: over, entry: [{raise: late}]}
  failed: {final: true, outcome: failed}
""")
    c.send("go")
    assert c.outcome == "over" and c.texts() == ["left too", "left"]
    c.send("late")
    assert c.outcome == "over" and c.entries("EventDropped")


def test_503_504_506_without_a_target_nothing_is_left_and_with_one_the_source_is(chart):
    c = chart("""
initial: s0
states:
  s0:
    initial: s01
    entry: [{note.write: {text: e0}}]
    exit: [{note.write: {text: x0}}]
    events:
      stay: {do: [{note.write: {text: stayed}}]}
      inside: {to: s02}
      itself: {to: self}
      parent: {to: s0}
    states:
      s01: {task: {role: agent}, entry: [{note.write: {text: e1}}], exit: [{note.write: {text: x1}}]}
      s02: {task: {role: agent}, entry: [{note.write: {text: e2}}], exit: [{note.write: {text: x2}}], events: {up: {to: s0}}}
""")
    c.send("stay")
    assert c.texts()[2:] == ["stayed"]
    c.send("inside")
    assert c.texts()[3:] == ["x1", "x0", "e0", "e2"]
    c.send("itself")
    assert c.texts()[7:] == ["x2", "x0", "e0", "e1"]
    c.send("inside", "up")
    assert c.texts()[11:] == ["x1", "x0", "e0", "e2", "x2", "x0", "e0", "e1"]


def test_387_388_580_history_default_and_what_was_left_also_after_done_regions(chart):
    c = chart(
        """
initial: away
states:
  away: {task: {role: agent}, events: {back: {to: both.last}}}
  both:
    events: {leave: {to: away}}
    parallel:
      a: {initial: a1, states: {a1: {task: {role: agent}, events: {e1: {to: a9}}}, a9: {final: true}}}
      b: {initial: b1, states: {b1: {initial: b11, states: {b11: {task: {role: agent}, events: {e2: {to: b12}}}, b12: {task: {role: agent}, events: {e3: {to: b9}}}}}, b9: {final: true}}}
"""
        + """    entry: [{note.write: {text: entered}}]
"""
    )
    c.send("back")
    assert c.state == "a1, b11"
    c.send("e1", "e2", "leave", "back")
    assert c.state == "a9, b12", "a final state that was left is come back to"
    c.send("leave", "back", "back")
    assert c.state == "a9, b12" and c.texts() == ["entered"] * 3


def test_done_is_told_anew_where_history_comes_back_to_an_end(chart):
    c = chart("""
initial: away
states:
  away: {task: {role: agent}, events: {back: {to: whole.last}}}
  whole:
    events:
      done: {set: {n: "${n + 1}"}}
      leave: {to: away}
    initial: w1
    states:
      w1: {task: {role: agent}, events: {end: {to: w9}}}
      w9: {final: true}
""")
    c.send("back", "end")
    assert c.case.data["n"] == 1
    c.send("leave", "back")
    assert c.state == "w9" and c.case.data["n"] == 2


def test_eventless_transitions_of_two_regions_that_leave_the_whole_the_first_wins(chart):
    c = chart("""
initial: p
states:
  p:
    parallel:
      a: {initial: a1, states: {a1: {task: {role: agent}, events: {go: {set: {n: 1}}}, always: [{when: n == 1, to: first}]}}}
      b: {initial: b1, states: {b1: {task: {role: agent}, always: [{when: n == 1, to: second}]}}}
  first: {final: true, outcome: first}
  second: {final: true, outcome: second}
""")
    c.send("go")
    assert c.outcome == "first"


def test_regions_that_wait_for_each_other_see_each_microstep(chart):
    c = chart("""
initial: p
states:
  p:
    parallel:
      a: {initial: a1, states: {a1: {task: {role: agent}, events: {go: {to: a2}}}, a2: {always: [{when: 'state("b2")', to: a3}]}, a3: {final: true}}}
      b: {initial: b1, states: {b1: {always: [{when: 'state("a2")', to: b2}], task: {role: agent}}, b2: {always: [{when: 'state("a3")', to: b3}]}, b3: {final: true}}}
    events: {done: {to: over}}
  over: {final: true, outcome: over}
""")
    c.send("go")
    assert c.outcome == "over"


def test_contents_of_two_regions_see_what_the_first_has_assigned(chart):
    c = chart("""
initial: p
states:
  p:
    parallel:
      a: {initial: a1, states: {a1: {task: {role: agent}, events: {go: {set: {n: "${n + 1}"}, do: [{note.write: {text: "a ${n}"}}]}}}}}
      b: {initial: b1, states: {b1: {task: {role: agent}, events: {go: {set: {n: "${n * 10}"}, do: [{note.write: {text: "b ${n}"}}]}}}}}
""")
    c.send("go")
    assert c.texts() == ["a 1", "b 10"]


@pytest.mark.parametrize("most", [98, 1000])
def test_a_long_way_by_itself_ends_and_an_endless_one_is_refused_with_nothing_done(chart, most):
    c = chart(f"""
initial: s0
states:
  s0: {{task: {{role: agent}}, events: {{go: {{to: s1}}}}}}
  s1: {{always: [{{when: n < {most}, set: {{n: "${{n + 1}}"}}}}, {{to: over}}]}}
  over: {{final: true, outcome: over}}
""")
    answer = c.stage.submit(c.case_id, Command(c.stage.id(), "event", "go", source="outside"))
    if most < 100:
        assert answer.accepted and c.outcome == "over"
    else:
        assert c.state == "s0" and c.case.data["n"] == 0
        assert answer.refusal.code == "loop" and "s1" in answer.refusal.words("en")


def test_185_187_208_delayed_events_come_in_order_and_end_with_their_state(chart):
    c = chart("""
initial: s0
states:
  s0:
    initial: s01
    task: {role: agent}
    after:
      3 hours: {set: {seen: "${seen + ['outer']}"}}
    states:
      s01: {after: {2 hours: {set: {seen: "${seen + ['late']}"}}, 1 hour: {set: {seen: "${seen + ['early']}"}}}, events: {go: {to: s02}}}
      s02: {after: {1 hour: {set: {seen: "${seen + ['never']}"}}}, events: {stop: {to: s03}}}
      s03: {events: {go: {to: s01}}}
""")
    c.forget()
    c.wait("90 minutes")
    c.send("go")
    c.wait("30 minutes")
    c.send("stop")
    c.forget()
    c.wait("1 day")
    assert c.seen == ["early", "outer"]
    c.send("go")
    c.wait("1 day")
    assert c.seen == ["early", "outer", "early", "late"]


def test_423_an_event_that_nobody_takes_is_gone_and_the_next_is_looked_at(chart):
    c = chart("""
initial: s0
states:
  s0: {task: {role: agent}, events: {two: {to: s1}}}
  s1: {task: {role: agent}, events: {one: {to: over}}}
  over: {final: true, outcome: over}
""")
    c.send("one", "nothing", "two")
    assert c.state == "s1" and [e.name for e in c.entries("EventDropped")] == ["one", "nothing"]

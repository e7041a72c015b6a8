"""`after`: transitions by time, armed by visits, moved by data, in the order of their instants."""

MANY = """
data: {day: {type: date}, at: {type: instant}, n: {type: integer, default: 0}}
initial: a
states:
  a:
    task: {role: agent}
    after:
      1 hours: {set: {n: "${n + 1}"}, do: [{note.write: {text: one}}]}
      2 hours: {when: 'n > 5', to: b}
      "${at}": {do: [{note.write: {text: at}}]}
      "${day}": {do: [{note.write: {text: day}}]}
      next open day at 09:00: {to: b}
    choices:
      day: {ask: [day]}
      at: {ask: [at]}
      clear: {set: {at: null, day: null}}
      over: {to: self}
      leave: {to: b}
      n: {ask: [n]}
  b: {task: {role: agent}, choices: {back: {to: a}, end: {to: end}}}
  end: {final: true}
"""


def steps(b):
    return [b.local(row.at) for row, _ in b.stage.engine.journal(b.case_id)]


def test_several_timers_of_one_state_fire_in_the_order_of_their_instants(bench):
    b = bench(MANY)
    b.open("ann")
    b.wait("until 2026-05-12 09:00")
    assert (b.state, b.texts(), b.data["n"]) == ("b", ["one"], 1)
    assert steps(b) == ["2026-05-11 10:05", "2026-05-11 11:05", "2026-05-11 12:05", "2026-05-12 09:00"]


def test_a_guarded_timer_whose_guard_does_not_hold_does_nothing_and_does_not_come_again(bench):
    b = bench(MANY)
    b.open("ann")
    b.wait("3 hours")
    b.do("n", "ann", n=9)
    b.wait("3 hours")
    assert b.state == "a"
    b = bench(MANY)
    b.open("ann")
    b.do("n", "ann", n=9)
    b.wait("3 hours")
    assert b.state == "b"


def test_a_timer_built_from_data_is_armed_when_it_has_a_value_and_moves_with_it(bench):
    b = bench(MANY)
    b.open("ann")
    assert len(b.case.timers) == 3
    b.do("at", "ann", at="2026-05-11 16:00")
    b.do("at", "ann", at="2026-05-11 15:00")
    b.wait("5 hours")
    assert b.texts() == ["one", "at"] and "2026-05-11 15:00" in steps(b)
    b.do("at", "ann", at="2026-05-11 15:30")  # it has fired in this visit
    b.wait("2 hours")
    assert b.texts() == ["one", "at"]
    b.do("over", "ann")  # a new visit
    b.wait("1 minutes")
    assert b.texts() == ["one", "at", "at"]


def test_a_timer_that_loses_its_value_is_disarmed(bench):
    b = bench(MANY)
    b.open("ann")
    b.do("at", "ann", at="2026-05-11 15:00")
    b.do("clear", "ann")
    b.wait("6 hours")
    assert b.texts() == ["one"]
    assert len(b.entries("TimerDisarmed")) == 1


def test_a_bare_date_means_opening_time(bench):
    b = bench(MANY.replace("      next open day at 09:00: {to: b}\n", ""))
    b.open("ann")
    b.do("day", "ann", day="2026-05-13")
    b.wait("4 days")
    assert "2026-05-13 09:00" in steps(b) and b.texts() == ["one", "day"]


def test_leaving_a_state_drops_its_timers_and_coming_back_arms_them_anew(bench):
    b = bench(MANY)
    b.open("ann")
    b.wait("30 minutes")
    b.do("leave", "ann")
    b.wait("5 hours")
    assert b.texts() == []
    b.do("back", "ann")
    b.wait("2 hours")
    assert b.texts() == ["one"] and steps(b)[-2:] == ["2026-05-11 16:35", "2026-05-11 17:35"]


def test_self_begins_a_new_visit_with_its_own_timers(bench):
    b = bench(MANY)
    b.open("ann")
    b.wait("30 minutes")
    b.do("over", "ann")
    b.wait("45 minutes")
    assert b.texts() == []
    b.wait("15 minutes")
    assert b.texts() == ["one"]


def test_a_closed_case_has_nothing_due(bench):
    b = bench(MANY)
    b.open("ann")
    b.do("leave", "ann")
    b.do("end", "ann")
    assert b.stage.store.next_due() is None


TIES = """
data: {log: {type: string, default: ""}}
initial: s
states:
  s:
    task: {role: agent}
    after:
      4 hours: {do: [{note.write: {text: after first}}]}
      240 minutes: {do: [{note.write: {text: after second}}]}
    choices: {go: {to: t}}
  t: {final: true}
deadlines:
  y: {starts: opening, within: 4 hours, met: choice go, missed: {do: [{note.write: {text: missed y}}]}}
  x: {starts: opening, within: 5 hours, met: choice go, warn: {at: 80%, do: [{note.write: {text: warn x}}]}}
  z: {starts: opening, within: 4 hours, met: choice go, missed: {do: [{note.write: {text: missed z}}]}}
promises:
  soon: {says: Soon, after: 'state("s")', eventually: 'state("t")', within: 4 hours}
"""


def test_what_is_due_at_one_instant_happens_as_warn_missed_after_promise_then_as_written(bench):
    b = bench(TIES)
    b.open("ann")
    b.wait("1 days")
    assert b.texts() == ["warn x", "missed y", "missed z", "after first", "after second"]
    kinds = [type(entry).__name__ for entry in b.entries()]
    assert kinds.index("PromiseMoved", kinds.index("TimerFired")) > kinds.index("TimerFired")
    assert b.kinds == ["alarm"]


def test_an_entry_by_time_counts_its_timers_from_its_due_instant_however_late_it_ran(bench):
    body = """
initial: a
states:
  a: {task: {role: agent}, after: {1 hours: {to: b}}, choices: {x: {to: c}}}
  b: {task: {role: agent}, after: {1 hours: {to: a}}, choices: {x: {to: c}}}
  c: {final: true}
"""
    b = bench(body)
    b.open("ann")
    b.stage.world.advance_to(b.at("2026-05-11 14:30"))
    b.do("x", "ann")
    rows = [row for row, _ in b.stage.engine.journal(b.case_id)]
    assert [b.local(row.at)[-5:] for row in rows] == ["10:05", "11:05", "12:05", "13:05", "14:05", "14:30"]
    assert {b.local(row.ran_at)[-5:] for row in rows[1:]} == {"14:30"}


DAILY = """
data: {n: {type: integer, default: 0}, at: {type: string}, day: {type: date}}
initial: a
states:
  a:
    task: {role: agent}
    after:
      every open day at 08:00:
        - {when: 'n >= 2', to: end}
        - {when: 'n < 2', set: {n: "${n + 1}"}}
      "${day} minus 1 week": {to: end}
      "every open day at ${at}": {do: [{note.write: {text: "at ${at}"}}]}
    choices: {over: {to: self}, at: {ask: [at]}}
  end: {final: true}
"""


def test_a_time_that_comes_every_open_day_comes_again_while_the_state_lasts(bench):
    b = bench(DAILY)
    b.open("ann")
    b.wait("until 2026-05-12 12:00")
    assert (b.state, b.data["n"]) == ("a", 1)
    b.wait("4 days")  # 14 May is Ascension Day
    assert b.case.closed is not None and b.data["n"] == 2
    assert steps(b) == ["2026-05-11 10:05", "2026-05-12 08:00", "2026-05-13 08:00", "2026-05-15 08:00"]


def test_left_and_entered_again_it_comes_once_a_day_and_moves_with_its_data(bench):
    b = bench(DAILY)
    b.open("ann")
    b.do("at", "ann", at="11:00")
    b.do("over", "ann")
    b.wait("2 hours")
    b.do("at", "ann", at="13:00")
    b.wait("23 hours")
    assert steps(b)[3:] == ["2026-05-11 11:00", "2026-05-11 12:05", "2026-05-11 13:00", "2026-05-12 08:00"]
    b.wait("3 hours")
    assert b.texts() == ["at 11:00", "at 13:00", "at 13:00"] and b.data["n"] == 1

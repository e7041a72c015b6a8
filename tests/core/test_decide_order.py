"""The order within one step: exit, set, do, entry, always, raised events; and what each of them sees."""

import pytest

TRACE = """
data: {n: {type: integer, default: 1}, m: {type: integer, default: 2}, log: {type: string}}
initial: one
states:
  one:
    task: {role: agent}
    exit: [{note.write: {text: "exit n=${n}"}}]
    choices:
      go:
        ask: [n]
        set: {m: "${n + 10}", log: "${string(m)}"}
        do: [{raise: later}, {note.write: {text: "do n=${n} m=${m} log=${log}"}}]
        to: two
      stay: {do: [{note.write: {text: "stay"}}]}
      again: {do: [{note.write: {text: "again"}}], to: self}
  two:
    entry: [{note.write: {text: "entry two"}}]
    always:
      - {when: 'n > 100', to: end}
      - {do: [{note.write: {text: "always"}}], to: three}
  three:
    entry: [{note.write: {text: "entry three"}}]
    task: {role: agent}
    events: {later: {do: [{note.write: {text: "raised"}}], to: four}}
  four:
    task: {role: agent}
    entry: [{note.write: {text: "entry four"}}]
    choices: {stop: {to: end}}
  end: {final: true, outcome: done}
"""


def test_a_step_goes_exit_set_do_entry_always_raised(bench):
    b = bench(TRACE)
    b.open("ann")
    b.do("go", "ann", n=5)
    assert b.texts() == [
        "exit n=5",  # entered values are seen from the guards on
        "do n=5 m=15 log=2",  # both right sides of `set` saw m as it was
        "entry two",
        "always",
        "entry three",
        "raised",
        "entry four",
    ]
    assert b.state == "four"


def test_without_a_target_nothing_is_left_or_entered_and_self_leaves_and_reenters(bench):
    b = bench(TRACE)
    b.open("ann")
    b.do("stay", "ann")
    assert (b.texts(), b.case.visits["one"]) == (["stay"], 1)
    b.do("again", "ann")
    assert (b.texts(), b.case.visits["one"]) == (["stay", "exit n=1", "again"], 2)


def test_a_chain_of_a_hundred_always_moves_is_taken_and_one_more_is_refused_with_the_loop(bench):
    def chain(length: int) -> str:
        states = ["  s0: {task: {role: agent}, choices: {go: {to: s1}, count: {do: [{raise: e}]}}}"]
        states += [f"  s{n}: {{always: [{{to: s{n + 1}}}]}}" for n in range(1, length + 1)]
        states += [f"  s{length + 1}: {{task: {{role: agent}}, choices: {{x: {{}}}}}}"]
        return "\n".join(["initial: s0", "states:", *states])

    b = bench(chain(100))
    b.open("ann")
    b.do("go", "ann")
    assert b.state == "s101"
    b = bench(chain(101))
    b.open("ann")
    refusal = b.refused("go", "ann", because="loop")
    assert "s" in refusal.words("en")
    assert b.state == "s0"


def test_a_hundred_raised_events_are_handled_and_the_next_is_refused(bench):
    body = """
data: {n: {type: integer, default: 0}, most: {type: integer, default: 0}}
initial: s
states:
  s:
    task: {role: agent}
    choices: {go: {ask: [most], do: [{raise: more}]}}
    events: {more: {set: {n: "${n + 1}"}, do: [{when: 'n < most', raise: more}]}}
"""
    b = bench(body)
    b.open("ann")
    b.do("go", "ann", most=100)
    assert b.data["n"] == 100
    b.refused("go", "ann", most=1000, because="loop")
    assert b.data["n"] == 100


def test_the_loop_names_the_states_it_goes_through(bench):
    body = """
data: {n: {type: integer, default: 0}}
initial: start
states:
  start: {task: {role: agent}, choices: {go: {to: ping}}}
  ping: {always: [{when: 'n >= 0', to: pong}, {to: start}]}
  pong: {always: [{when: 'n >= 0', to: ping}, {to: start}]}
"""
    b = bench(body)
    b.open("ann")
    refusal = b.refused("go", "ann", because="loop")
    assert "ping → pong" in refusal.words("en") or "pong → ping" in refusal.words("en"), refusal.words("en")
    assert refusal.at[0] > 0


def test_an_event_that_no_state_takes_is_dropped_and_recorded(bench):
    body = """
initial: s
states:
  s: {task: {role: agent}, choices: {go: {do: [{raise: nobody}]}, end: {do: [{raise: late}], to: t}, u: {to: u}}}
  u: {task: {role: agent}, events: {nobody: {to: t}, late: {to: u}}, choices: {back: {to: s}}}
  t: {final: true}
"""
    b = bench(body)
    b.open("ann")
    b.do("go", "ann")
    assert [entry.name for entry in b.entries("EventDropped")] == ["nobody"]
    b.do("end", "ann")
    assert [entry.name for entry in b.entries("EventDropped")] == ["nobody", "late"]
    assert b.outcome == "t"


def test_looking_back_sees_the_steps_before_this_one(bench):
    body = """
data: {seen: {type: integer}, today: {type: integer}}
initial: s
states:
  s:
    task: {role: agent}
    choices:
      call:
        set: {seen: "${count('call')}", today: "${count_today('call')}"}
        do: [{when: "did('note.write')", notify: {role: lead}}, {note.write: {text: "who ${who('call')}"}}]
"""
    b = bench(body)
    b.open("ann")
    b.do("call", "ann")
    assert (b.data["seen"], b.texts(), len(b.asked("notify"))) == (0, ["who "], 0)
    b.do("call", "bob")
    assert (b.data["seen"], b.data["today"], b.texts()[-1], len(b.asked("notify"))) == (
        1,
        1,
        "who Ann Test",
        1,
    )
    b.wait("1 days")
    b.do("call", "ann")
    assert (b.data["seen"], b.data["today"], b.texts()[-1]) == (2, 0, "who Bob Test")


def test_an_opening_runs_set_entry_always_and_raised_events_too(bench):
    body = """
starts:
  - {by: agent, ask: [a, {extra: {type: string}}], set: {b: "${a} ${input.extra}"}}
data: {a: {type: string}, b: {type: string}}
initial: first
states:
  first: {entry: [{raise: go}], always: [{when: 'b == "x y"', to: second}], task: {role: agent}, choices: {x: {to: end}}}
  second: {task: {role: agent}, events: {go: {to: third}}, choices: {x: {to: end}}}
  third: {task: {role: agent}, choices: {x: {to: end}}}
  end: {final: true}
"""
    b = bench(body)
    assert b.try_open("ann").refusal.code == "input"
    b.open("ann", a="x", extra="y")
    assert (b.state, b.data) == ("third", {"a": "x", "b": "x y"})


def test_the_guard_of_a_start_sees_what_is_entered(bench):
    body = """
starts: [{by: agent, ask: [a], when: 'a != "no"'}]
data: {a: {type: string}}
initial: s
states: {s: {task: {role: agent}, choices: {x: {to: end}}}, end: {final: true}}
"""
    b = bench(body)
    b.open("ann", a="yes")
    assert b.try_open("ann", a="no").refusal is not None


def test_time_never_runs_backwards_in_a_case(bench):
    from datetime import timedelta

    b = bench(TRACE)
    b.open("ann")
    before = b.case.now
    b.stage.world.advance(-timedelta(hours=3))
    b.do("stay", "ann")
    assert b.case.now == before


@pytest.mark.parametrize("count", [1, 5])
def test_a_case_folds_from_its_journal_to_the_bytes_that_are_stored(bench, count):
    from procflow.core import snapshot
    from procflow.core.case import replay
    from procflow.core.record import decode_entries

    b = bench(TRACE)
    b.open("ann")
    for _ in range(count):
        b.do("again", "ann")
    b.do("go", "ann", n=3)
    store = b.stage.store
    steps = ((row.sequence, decode_entries(row.entries)) for row in store.journal(b.case_id))
    assert snapshot.to_bytes(replay(b.case_id, steps)) == store.load(b.case_id).snapshot

"""The graph on `transitions`: what a leaf offers, and the library's traps, each closed."""

import sys

import pytest
from transitions import Machine, MachineError

from procflow.core.kernel import kernel_of

NEST = """
initial: outer
states:
  outer:
    initial: a
    states:
      a: {events: {ring: [{when: 'case.number > 5', to: b}, {to: self}]}, task: {role: agent}}
      b: {task: {role: agent}, choices: {ready: {to: over}}}
    events: {ring: {to: over}, knock: {to: b}}
    always: [{when: 'case.number > 9', to: over}]
  over: {final: true}
"""


def kernel(bench, body=NEST):
    b = bench(body)
    b.open("ann")
    return kernel_of(b.procedure), b


def test_a_leaf_offers_its_own_transitions_and_then_those_around_it(bench):
    made, _ = kernel(bench)
    assert [t.id for t in made.offers("a")] == [
        "a~ring#1",
        "a~ring#2",
        "outer~ring#1",
        "outer~knock#1",
        "outer!#1",
    ]
    assert [t.id for t in made.taking("a", "event", "ring")] == ["a~ring#1", "a~ring#2", "outer~ring#1"]
    assert [t.id for t in made.taking("b", "always", "")] == ["outer!#1"]
    assert made.taking("over", "event", "ring") == ()


def test_a_transition_of_an_outer_state_fires_from_every_innermost_one(bench):
    made, _ = kernel(bench)
    knock = made.transition("outer~knock#1")
    assert [made.fire(leaf, knock) for leaf in ("a", "b")] == ["b", "b"]
    with pytest.raises(MachineError):
        made.fire("over", knock)


def test_the_library_makes_no_triggers_of_its_own_and_knows_no_callbacks_and_no_models(bench):
    made, _ = kernel(bench)
    machine: Machine = made._machine
    assert set(machine.events) == {t.id for t in made.procedure.transitions()}  # no to_a, to_b …
    assert machine.models == []
    for event in machine.events.values():
        for found in event.transitions.values():
            assert all(not (t.before or t.after or t.prepare or t.conditions) for t in found)
    assert all(not (s.on_enter or s.on_exit) for s in machine.states.values())


def test_names_of_a_document_are_never_imported(bench):
    body = NEST.replace("knock", "os_system").replace("outer", "antigravity")
    before = set(sys.modules)
    made, _ = kernel(bench, body)
    made.fire("a", made.transition("antigravity~os_system#1"))
    assert "antigravity" not in set(sys.modules) - before


def test_one_machine_serves_every_case_of_a_procedure(bench):
    made, b = kernel(bench)
    assert kernel_of(b.procedure) is made
    first = b.case_id
    b.open("ann")
    b.signal("knock")
    assert b.case.active == ("b",)
    assert b.stage.load(first).plain.active == ("a",)


def test_names_of_events_from_outside_do_not_fill_the_memory(bench):
    made, _ = kernel(bench)
    for n in range(10_000):
        made.taking("a", "event", f"e{n}")
    assert len(made._taking) <= 4096

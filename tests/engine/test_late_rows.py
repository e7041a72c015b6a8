"""Open work whose clocks have all run out is late, and stands before everything else."""

from datetime import timedelta

BODY = """
initial: at_work
states:
  at_work:
    task: {role: agent}
    choices: {over: {to: done}, long: {to: at_work_long}}
  at_work_long:
    task: {role: agent}
    choices: {over: {to: done}}
  done: {final: true}
deadlines:
  first: {title: {en: The first, da: Det første}, starts: [opening], within: 1 hour, met: [choice over]}
  second: {title: {en: The second, da: Det andet}, starts: [entering at_work_long], within: 5 hours, met: [choice over]}
"""


def test_work_whose_last_clock_was_missed_counts_as_late_until_another_clock_runs(bench):
    trial = bench(BODY)
    trial.open("ann")
    store, world = trial.stage.engine.store, trial.stage.engine.world
    due = store.tasks()[0].due
    trial.wait("2 hours")
    (row,) = store.tasks()
    assert (row.due, row.deadline) == (due, "first"), "the clock that was missed, and not none"
    (queue,) = store.queues(world.now(), world.now() + timedelta(hours=1))
    assert (queue.role, queue.late) == ("agent", 1)
    trial.do("long", "ann")
    (row,) = store.tasks()
    assert row.deadline == "second" and row.due is not None and row.due > world.now()
    trial.wait("6 hours")
    assert store.tasks()[0].deadline == "second", "of two that were missed, the later one"

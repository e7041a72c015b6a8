"""A stage forks: what is done on one is not seen on the other, and both go on as if alone."""

from procflow.core.decide import Command
from procflow.rehearsal.bench import Bench

PROCEDURE = """
procedure: errand
title: An errand
owner: lead
subject: about
starts: [{by: lead}]
data: {about: {type: string, pii: true}}
initial: todo
states:
  todo:
    task: {role: lead}
    choices: {finish: {to: finished}, tell: {ask: [about]}}
    after: {1 day: {to: late}}
  late: {task: {role: lead}, choices: {finish: {to: finished}}}
  finished: {final: true, outcome: run}
"""


def test_two_forks_go_different_ways_and_the_first_stays_where_it_was() -> None:
    bench = Bench(PROCEDURE)
    bench.open("liz")
    first, second = bench.stage.fork(), bench.stage.fork()
    first.submit(bench.case_id, Command(first.id(), "choice", "finish", "liz"))
    second.wait_until(bench.at("2026-05-13 10:05"))
    second.submit(bench.case_id, Command(second.id(), "choice", "finish", "liz"))
    assert bench.state == "todo"
    assert bench.local(bench.stage.now) == "2026-05-11 10:05"
    assert first.load(bench.case_id).plain.closed is not None
    assert len(second.engine.journal(bench.case_id)) == 3
    bench.do("tell", "liz", about="A parcel")
    assert bench.data["about"] == "A parcel"


def test_a_fork_opens_cases_of_its_own() -> None:
    bench = Bench(PROCEDURE)
    fork = bench.stage.fork()
    fork.open("errand", Command(fork.id(), "open", "errand", "liz", {"about": "A parcel"}))
    assert len(fork.cases) == 1
    assert fork.load(fork.cases[0]).plain.data["about"] == "A parcel"
    assert bench.stage.cases == []

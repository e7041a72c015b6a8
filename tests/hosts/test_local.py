"""The local host over time: away for a weekend or there every minute, it takes the same steps at the same instants."""

from datetime import datetime, timedelta

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.core.journal import CommandTaken, EffectAnswered, EffectRequested
from procflow.errors import StorageError
from procflow.testing import LocalHouse, MemoryEvidence, MemoryKeys, MemoryStore

FRIDAY = "2026-05-15T12:05:00+00:00"

PARENT = """procedure: parent
title: {en: Parent, da: Forælder}
owner: lead
starts: [{by: agent, ask: [name]}]
data: {name: {type: string}, rounds: {type: integer, default: 0}}
initial: a
states:
  a:
    task: {role: agent}
    after:
      90 minutes: {do: [{note.write: {text: "a ${name}"}}, {start: {procedure: child, with: {name: "${name} child", received: "${case.opened}"}}}], to: b}
    choices: {x: {to: end}}
  b:
    task: {role: agent}
    entry: [{start: {procedure: child, with: {name: "${name} second"}}}]
    after: {"today at closing": {when: 'rounds > 5', to: c}, "next open day at 09:00": {set: {rounds: "${rounds + 1}"}, to: c}}
    choices: {x: {to: end}}
  c: {task: {role: agent}, events: {slow: {to: a}}, choices: {x: {to: end}}}
  end: {final: true}
deadlines:
  slow: {starts: opening, within: 6 open hours, met: choice x, warn: {at: 50%, do: [{note.write: {text: hurry}}]}, missed: {do: [{raise: slow}]}}
promises:
  soon: {says: Soon, after: 'state("a")', eventually: 'closed()', within: 1 working days}
"""
CHILD = """procedure: child
title: {en: Child, da: Barn}
owner: lead
data: {name: {type: string}}
initial: c
states:
  c:
    task: {role: agent}
    after: {24 hours: {do: [{start: {procedure: leaf, with: {name: "${name} leaf"}}}], to: d}}
    choices: {x: {to: end}}
  d: {task: {role: agent}, after: {3 hours: {to: end}}, choices: {x: {to: end}}}
  end: {final: true, outcome: over}
deadlines:
  first: {starts: opening, within: 2 hours, met: choice x, missed: {do: [{note.write: {text: "late ${name}"}}]}}
"""
LEAF = """procedure: leaf
title: {en: Leaf, da: Blad}
owner: lead
data: {name: {type: string}}
initial: l
states:
  l: {entry: [{start: {procedure: bud, with: {name: "${name} bud"}}}], task: {role: agent}, choices: {x: {to: end}}}
  end: {final: true}
deadlines: {quick: {starts: opening, within: 30 minutes, met: choice x}}
"""
BUD = (
    LEAF.replace("leaf", "bud")
    .replace("Leaf", "Bud")
    .replace("Blad", "Knop")
    .replace('entry: [{start: {procedure: bud, with: {name: "${name} bud"}}}], ', "")
)


def house_at(start: str) -> LocalHouse:
    world = FrozenWorld(datetime.fromisoformat(start))
    keys = MemoryKeys(world)
    house = LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)
    house.publish(PARENT, CHILD, LEAF, BUD)
    for n in range(3):
        house.open("parent", Command(f"open-{n}", "open", "parent", "ann", {"name": f"case {n}"}))
        house.advance(timedelta(minutes=7))
    return house


def told(house: LocalHouse) -> list[tuple[object, ...]]:
    """Every step of every case, without what differs by nature: ids of cases, and when a step really ran."""
    ids = {row.id: f"case-{row.number}" for row in house.store.cases(limit=1000)}

    def plain(value: object) -> str:
        text = repr(value)
        for id, name in ids.items():
            text = text.replace(id, name)
        return text

    found = []
    for id, name in ids.items():
        for row, entries in house.engine.journal(id):
            found.append((name, row.sequence, row.at, plain(row.command_id), *map(plain, entries)))
    return found


@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=5, minutes=13), timedelta(hours=72)])
def test_a_host_that_was_away_takes_the_same_steps_as_one_that_was_there(jump):
    there, away = house_at(FRIDAY), house_at(FRIDAY)
    until = there.now() + timedelta(hours=72)
    while there.now() < until:
        there.advance(timedelta(minutes=1))
    while away.now() < until:
        away.advance(min(jump, until - away.now()))
    assert len(there.store.cases(limit=1000)) > 12
    assert told(there) == told(away)


def test_cases_opened_late_by_a_start_are_opened_at_the_instant_they_were_asked_for():
    house = house_at(FRIDAY)
    house.advance(timedelta(hours=72))
    for row in house.store.cases(limit=1000):
        case = house.read(row.id)
        if case.origin:
            first = next(iter(house.journal(row.id)))
            assert first.at == case.opened < house.now()
            assert first.ran_at == house.now()


def test_a_start_is_opened_once_even_where_the_process_died_before_it_was_told():
    house = house_at(FRIDAY)
    house.outbox.answer = lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt)
    died = False
    try:
        house.advance(timedelta(hours=2))
    except KeyboardInterrupt:
        died = True
    assert died
    alive = house.other()
    alive.advance(timedelta(minutes=10))
    names = [alive.read(row.id).data["name"] for row in alive.store.cases(limit=1000)]
    assert sorted(names) == sorted(set(names)) and "case 0 child" in names and "case 2 second" in names
    for row in alive.store.cases(procedure="parent"):
        entries = alive.entries(row.id)
        asked = [e.key for e in entries if isinstance(e, EffectRequested)]
        told = [e.key for e in entries if isinstance(e, EffectAnswered)]
        assert sorted(asked) == sorted(told)


def test_broken_cases_stop_no_other_and_are_told_once():
    house = house_at(FRIDAY)
    bud = house.open("bud", Command("o", "open", "bud", source="test")).case_id
    parents = [row for row in house.store.cases() if row.procedure == "parent"]
    del house.store._documents[parents[0].definition]
    other = house.other()  # nothing is remembered there
    other.world.advance(timedelta(hours=72))
    first = other.host.look_around()
    assert other.read(bud).missed == {"quick"}
    assert sorted(row.id in " ".join(first.problems) for row in parents) == [True] * 3
    assert other.host.look_around().problems == []


def test_a_host_to_which_the_system_refuses_a_file_says_so_once_and_goes_on():
    house = house_at(FRIDAY)
    refused, rounds = [OSError(24, "Too many open files")] * 2, []

    def beat(_):
        if refused:
            raise refused.pop()
        rounds.append("whole")

    house.host.beat = beat
    problems = []
    house.host.run(lambda: len(rounds) > 1, lambda done: problems.extend(done.problems))
    assert problems == ["[Errno 24] Too many open files"]


def test_a_host_whose_store_is_away_over_many_looks_and_pauses_goes_on_when_it_is_back():
    asked = {"away": 0, "back": 0}

    class Away(MemoryStore):
        """Answers nothing of what is due for the first six times that it is asked."""

        def next_due(self):
            if asked["away"] < 6:
                asked["away"] += 1
                raise StorageError("the server cannot be reached", "is it running?")
            asked["back"] += 1
            return super().next_due()

        def due(self, now, limit=100):
            if asked["away"] < 6:
                asked["away"] += 1
                raise StorageError("the server cannot be reached", "is it running?")
            return super().due(now, limit)

    world = FrozenWorld(datetime.fromisoformat(FRIDAY))
    keys = MemoryKeys(world)
    house = LocalHouse(Away(), keys, MemoryEvidence(keys), world)
    problems = []
    house.host.run(lambda: asked["back"] > 1, lambda done: problems.extend(done.problems))
    assert asked["away"] == 6
    assert problems == ["the server cannot be reached"]


def test_a_command_takes_what_is_due_first_though_no_host_was_there():
    house = house_at(FRIDAY)
    case = house.store.cases()[0].id
    house.world.advance(timedelta(hours=3))
    answer = house.submit(case, Command("c", "choice", "x", "ann"))
    assert answer.accepted
    kinds = [e.name for e in house.entries(case) if isinstance(e, CommandTaken)]
    assert kinds == ["parent", "after:a@1", "after:b@1", "x"]

"""When somebody goes, comes back, or the roster changes: the right work moves, and nothing else is read."""

from datetime import date, timedelta

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.core.journal import LookupsDeclared
from procflow.core.organisation import Absence
from procflow.definitions.from_texts import documents_of
from procflow.definitions.publish import publish
from procflow.engine import Engine
from procflow.hosts.contract import MORNING
from procflow.stores.sqlite import SqliteStore
from procflow.testing import MemoryKeys, MemoryStore

ORGANISATION = """
organisation: bench
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: [mate, lead]
roles: {agent: {en: Agent}, lead: {en: Lead}}
people:
  ann: {name: Ann Test, roles: [agent], mate: bob}
  bob: {name: Bob Test, roles: [agent], mate: ann}
  cat: {name: Cat Test, roles: [agent], mate: dan}
  dan: {name: Dan Test, roles: [agent], mate: cat}
  eve: {name: Eve Test, roles: [agent], mate: fay}
  fay: {name: Fay Test, roles: [agent], mate: eve}
  liz: {name: Liz Test, roles: [lead]}
"""
KEEPER = """procedure: kept
title: Kept
owner: lead
starts: [{by: agent, ask: [keeper], optional: [second]}]
data: {keeper: {type: person}, second: {type: person}}
initial: work
states:
  work:
    task: {to: "${%s}"}
    choices: {note_it: {ask: [second]}, rest: {to: resting}, done: {to: end}}
  resting: {task: {role: agent}, choices: {back: {to: work}}}
  end: {final: true}
"""
ONE = "absent(keeper) ? mate(keeper) : keeper"
BOTH = "absent(keeper) && absent(second) ? person('liz') : person('cat')"


class Counted:
    """A store that counts the rows that it gives."""

    def __init__(self, store):
        self.store, self.rows = store, 0

    def __getattr__(self, name):
        found = getattr(self.store, name)
        if not callable(found):
            return found

        def counted(*args, **options):
            answer = found(*args, **options)
            self.rows += len(answer) if isinstance(answer, list | tuple | dict) else 1
            return answer

        return counted


class Desk:
    def __init__(self, store):
        self.world = FrozenWorld(MORNING)
        self.store = Counted(store)
        self.engine = Engine(self.store, MemoryKeys(self.world), self.world)
        self.ids = 0

    def publish(self, *procedures):
        documents = documents_of(*procedures, organisation=ORGANISATION)
        published = publish(documents, self.store, MORNING)
        self.engine.publish_surroundings(self.world.new_id(), published.organisation, published.tables)
        self.engine.declare_lookups(self.world.new_id())

    def id(self):
        self.ids += 1
        return f"c-{self.ids}"

    def open(self, procedure="kept", **given):
        answer = self.engine.open(procedure, Command(self.id(), "open", procedure, "ann", given))
        assert answer.accepted, answer.refusal
        return answer.case_id

    def do(self, case, name, by="ann", **given):
        answer = self.engine.submit(case, Command(self.id(), "choice", name, by, given))
        assert answer.accepted, answer.refusal

    def away(self, person, for_=None):
        until = None if for_ is None else self.world.now() + for_
        absence = Absence(person, self.world.now(), until)
        assert self.engine.register_absence(self.id(), absence, "").accepted

    def back(self, person):
        assert self.engine.end_absence(self.id(), person, self.world.now(), "").accepted

    def of(self, case):
        (task,) = self.store.tasks_of(case)
        return task.people

    def reads(self, what):
        """How many rows are read, and looked into, by something."""
        self.engine._cases.clear()
        before = self.store.rows
        what()
        return self.store.rows - before


@pytest.fixture(params=["memory", "sqlite"])
def desk(request, tmp_path):
    sqlite = request.param == "sqlite"
    store = SqliteStore(str(tmp_path / "cases.db"), create=True) if sqlite else MemoryStore()
    yield Desk(store)
    store.close()


def test_a_task_that_was_worked_out_from_an_absence_moves_with_it(desk):
    desk.publish(KEEPER % ONE)
    case, other = desk.open(keeper="cat"), desk.open(keeper="ann")
    assert (desk.of(case), desk.of(other)) == (("cat",), ("ann",))
    desk.away("cat")
    assert (desk.of(case), desk.of(other)) == (("dan",), ("ann",))
    desk.back("cat")
    assert desk.of(case) == ("cat",)


def test_what_moves_a_task_is_known_anew_after_each_look_also_where_nothing_moved(desk):
    desk.publish(KEEPER % BOTH)
    case = desk.open(keeper="ann", second="bob")
    desk.away("bob")
    assert desk.of(case) == ("cat",), "ann is here, so bob was not even asked for"
    desk.back("bob")
    desk.away("ann")
    assert desk.of(case) == ("cat",)
    desk.away("bob")
    assert desk.of(case) == ("liz",)
    desk.back("ann")
    assert desk.of(case) == ("cat",)


def test_data_and_states_that_change_change_what_moves_it(desk):
    desk.publish(KEEPER % BOTH)
    case = desk.open(keeper="ann", second="bob")
    desk.away("ann")
    desk.do(case, "note_it", "cat", second="eve")
    desk.away("eve")
    assert desk.of(case) == ("liz",)
    desk.do(case, "rest", "liz")
    assert desk.reads(lambda: desk.back("eve")) < 12, "in this state nobody's absence says whose work it is"
    desk.do(case, "back", "cat")
    assert desk.of(case) == ("cat",)
    desk.away("eve")
    assert desk.of(case) == ("liz",)


def test_work_that_goes_by_the_roster_moves_when_the_roster_does(desk):
    desk.publish(KEEPER % "on_duty(now)")
    case = desk.open(keeper="ann")
    today = date(2026, 5, 11)
    assert desk.engine.assign_shift(desk.id(), today, "early", "bob", "").accepted
    assert desk.of(case) == ("bob",)
    assert desk.engine.assign_shift(desk.id(), today, "early", "eve", "").accepted
    assert desk.of(case) == ("eve",)
    assert desk.engine.swap_shift(desk.id(), today, "eve", "dan", ["eve", "dan"], "").accepted
    assert desk.of(case) == ("dan",)


def test_what_is_read_does_not_grow_with_cases_that_are_not_concerned(desk):
    desk.publish(KEEPER % ONE, (KEEPER % "keeper").replace("procedure: kept", "procedure: plain"))
    moved, own = desk.open(keeper="ann"), desk.open("plain", keeper="ann")
    desk.away("eve")  # whose work others have, but not for ann

    def there_and_back():
        desk.away("ann")
        assert (desk.of(moved), desk.of(own)) == (("bob",), ("ann",))
        desk.back("ann")
        assert desk.of(moved) == ("ann",)

    few = desk.reads(there_and_back)
    for n in range(60):
        desk.open(keeper=("cat", "dan", "eve")[n % 3])
        desk.open("plain", keeper=("cat", "dan", "eve")[n % 3])
    assert desk.reads(there_and_back) == few


def test_the_work_of_others_who_are_away_is_read_where_this_one_stands_in(desk):
    desk.publish((KEEPER % "keeper").replace("procedure: kept", "procedure: plain"))
    case = desk.open("plain", keeper="ann")
    desk.away("ann")
    desk.away("bob")
    assert [e.to for _, step in desk.engine.journal(case) for e in step if type(e).__name__ == "TaskPassedOn"] == [
        ("bob",), ("liz",),
    ]  # fmt: skip
    desk.back("bob")
    desk.away("liz")
    desk.away("bob", timedelta(hours=1))
    desk.world.advance(timedelta(hours=1))
    desk.engine.read_absences()
    told = [e.to for _, step in desk.engine.journal(case) for e in step if type(e).__name__ == "TaskPassedOn"]
    assert told == [("bob",), ("liz",), ("bob",), (), ("bob",)]


def test_cases_of_before_the_index_are_read_until_it_is_whole(desk):
    desk.publish(KEEPER % ONE)
    case = desk.open(keeper="cat")
    row = desk.store.load(case)
    desk.store.identify(case, row.sequence, [])  # as a store of an earlier version has it
    desk.engine.organise(desk.id(), (LookupsDeclared({}, {}),))
    desk.engine.read_anew("ann")
    assert desk.of(case) == ("cat",)
    desk.store.identify(case, row.sequence, [])
    desk.away("cat")
    assert desk.of(case) == ("dan",)
    desk.store.identify(case, desk.store.load(case).sequence, [])
    desk.engine.declare_lookups(desk.id())
    desk.back("cat")
    assert desk.of(case) == ("cat",)


def test_nothing_that_a_sender_writes_finds_a_case_by_whose_absence_moves_it(desk):
    desk.publish(KEEPER % ONE)
    desk.open(keeper="cat")
    for text in ("~moved_by\x1fcat", "~moved_bycat"):
        assert desk.store.find([desk.engine.keys.fingerprint(text)]) == {}


def test_who_stands_in_is_warned_at_the_instant_at_which_the_work_came_to_them(desk):
    warned = (KEEPER % "keeper").replace("procedure: kept", "procedure: warned").replace(
        "initial: work", "deadlines: {d: {starts: opening, within: 10 hours, met: [entering end], warn: {at: 50%, do: [{notify: {role: lead}}]}}}\ninitial: work"
    )  # fmt: skip
    desk.publish(warned)
    case = desk.open("warned", keeper="ann")
    desk.world.advance(timedelta(hours=6))
    desk.engine.run_due(case, desk.world.now())
    desk.world.advance(timedelta(hours=1))
    desk.away("ann")
    (notice,) = [row for row in desk.store.tasks_of(case) if row.people == ("bob",)]
    assert notice.since == desk.world.now() == desk.engine.load(case).plain.items[notice.task].since

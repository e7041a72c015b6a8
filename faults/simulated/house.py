"""One run: the actors of a plan, let go on until all is quiet; what people were told is kept for the checks.

People are agents at a command line of their own: they look, wait and act; when their process dies under them they do not
know what became of it, and ask again under the same id.
"""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from faults.history import ACCEPTED, CONFLICT, READ, REFUSED, REPEATED, UNKNOWN, Operation
from faults.simulated.plan import Act, Jump, Mail, Plan
from faults.simulated.plugin import Outside, Plugins, inbound
from faults.simulated.process import Process
from faults.simulated.scene import LEAD, START, Scene
from faults.simulated.turns import Clock, Killed, NoEnd, Turns
from procflow.core.decide import Command
from procflow.core.offers import offered_names
from procflow.core.organisation import Absence
from procflow.engine import Answer
from procflow.errors import Conflict, NotFound, ProcflowError
from procflow.hosts import local
from procflow.ports import Inbound
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

#: How long a host sleeps when nothing is due; every wake costs, and the bell and what is due wake it anyway.
LONGEST_SLEEP = 6 * 3600.0
#: Rounds and time after the last act in which everything must have come to rest.
_QUIET_ROUNDS, _QUIET = 400, timedelta(days=2)
_OPENED = ("pulse", "pulse", "pulse", "cadence", "turns", "asking", "asked", "alone", "alone", "limited")


@dataclass
class House:
    """A run of one plan. `wrong` is everything that did not hold."""

    plan: Plan
    scene: Scene
    wrong: list[str] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    asked: dict[str, tuple[str, Command]] = field(default_factory=dict)  # id -> case or procedure, command
    opened: dict[str, str] = field(default_factory=dict)  # id of an opening -> the case it made
    arrived: list[Inbound] = field(default_factory=list)
    handed_in: list[Inbound] = field(default_factory=list)
    processes: list[Process] = field(default_factory=list)
    bells: list[Any] = field(default_factory=list)
    holder: Process | None = None
    file: Path | None = None
    memory: MemoryStore | None = None
    last: Process | None = None  # that looks at everything when all is quiet

    def __post_init__(self) -> None:
        plan = self.plan
        self.turns = Turns(plan.dice("turns"), Clock(START), plan.restless)
        self.turns.deaths = plan.deaths
        self.outside, self.plugin = Outside(), Plugins(self)
        self.folder = self.scene.folder / f"seed-{plan.seed}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if plan.in_memory:
            self.memory = self.scene.memory.fork()
        else:
            self.file = self.folder / "cases.db"
            shutil.copyfile(self.scene.file, self.file)
        self.keys = MemoryKeys(_Random(self))
        self.evidence = MemoryEvidence(self.keys)

    # a run

    def run(self) -> None:
        """Everything, until all is quiet."""
        before, local.LONGEST_SLEEP = local.LONGEST_SLEEP, LONGEST_SLEEP
        try:
            for n in range(self.plan.hosts):
                self.turns.add(f"host-{n}", self._guarded(lambda n=n: self._host(n)), stays=True)  # type: ignore[misc]
            for person, acts in self.plan.acts.items():
                self.turns.add(person, self._guarded(lambda p=person, a=acts: self._agent(p, a)))  # type: ignore[misc]
            if self.plan.jumps:
                self.turns.add("clock", self._guarded(self._clock))
            if self.plan.mails:
                self.turns.add("post", self._guarded(self._post))
            self.turns.run()
            self._quiet()
        except NoEnd as why:
            self.wrong.append(str(why))
        finally:
            local.LONGEST_SLEEP = before

    def close(self) -> None:
        for process in self.processes:
            process.dead = True
        self.turns.end()
        for process in list(self.processes):
            process.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _guarded(self, work: Callable[[], None]) -> Callable[[], None]:
        def guarded() -> None:
            try:
                work()
            except (Killed, NoEnd):
                raise
            except Exception as problem:
                where = traceback.extract_tb(problem.__traceback__)[-1]
                place = f"{Path(where.filename).name}:{where.lineno}"
                self.wrong.append(f"it raised {type(problem).__name__} at {place}: {problem}")

        def ended() -> None:
            with suppress(Killed):
                guarded()

        return ended

    def _host(self, n: int) -> None:
        dice, life = self.plan.dice(f"host {n}"), 0
        while not self.turns.ending:
            life += 1
            process = Process(self, f"host-{n}.{life}")
            try:
                process.host().run(lambda: self.turns.ending, partial(self._heard, process))
            except Killed:
                self.turns.sleep(dice.choice((0.0, 2.0, 60.0, 3600.0)), lambda: self.turns.ending)
            finally:
                process.close()

    def _heard(self, process: Process, done: Any) -> None:
        if done.problems:
            self.turns.told(process.name, f"says: {'; '.join(done.problems)}")
        for words in done.problems:
            if "fault" in words or "locked" in words or "cannot be stepped" in words:
                self.wrong.append(f"a host says: {words}")

    def _clock(self) -> None:
        for jump in self.plan.jumps:
            self.turns.sleep(max(jump.at - self.turns.clock.true, 0.0))
            self._jump(jump)

    def _jump(self, jump: Jump) -> None:
        clock = self.turns.clock
        if jump.asleep:
            clock.true += jump.by
            clock.asleep += jump.by
        else:
            clock.off += jump.by
        self.turns.fired["asleep" if jump.asleep else "jumped"] += 1
        self.turns.told("clock", f"{'SLEEPS' if jump.asleep else 'JUMPS'} {jump.by / 3600:g} h")

    def _post(self) -> None:
        sent: dict[tuple[str, str], Inbound] = {}
        for mail in self.plan.mails:
            self.turns.sleep(max(mail.at - self.turns.clock.true, 0.0))
            if (mail.id, mail.text) in sent:
                self.turns.fired["again"] += 1
            message = sent.setdefault((mail.id, mail.text), inbound(self, mail))
            self.turns.told("post", f"brings {mail.id} {mail.text}")
            self.arrived.append(message)
            if mail.roll < 0.7:
                place = int(mail.roll * 10 * (len(self.outside.box) + 1)) % (len(self.outside.box) + 1)
                self.outside.box.append(message)
                if place == 0 and len(self.outside.box) > 1:
                    self.turns.fired["overtook"] += 1
            else:
                self._hand_in(mail, message)

    def _hand_in(self, mail: Mail, message: Inbound) -> None:
        """By the web door: whoever brings it brings it again until it is told that it is stored."""
        for n in range(20):
            process = Process(self, f"door-{mail.id}.{n}-{self.turns.points}")
            try:
                process.intake.take(message)
                self.handed_in.append(message)
                return
            except Killed:
                self.turns.sleep(5.0)
            except Conflict:
                self.turns.sleep(1.0)
            finally:
                process.close()

    # people

    def _agent(self, person: str, acts: list[Act]) -> None:
        process: Process | None = None
        lives = 0
        for n, act in enumerate(acts):
            self.turns.sleep(act.wait)
            id, again = f"{person}-{n}", False
            for _ in range(12):
                try:
                    if process is None:
                        lives += 1
                        process = Process(self, f"{person}.{lives}")
                    _Agent(self, process, person).does(act, id, again)
                    break
                except Killed:
                    if process is not None:
                        process.close()
                    process, again = None, id in self.asked
                    if act.rolls[2] < 0.3:
                        break  # they leave it at that
                    self.turns.sleep(act.rolls[2] * 60)
        if process is not None:
            with suppress(Killed):
                process.close()

    # afterwards

    def _quiet(self) -> None:
        """Nobody acts and nothing goes wrong any more: a host takes what is due and hands over what waits."""
        clock = self.turns.clock
        self.turns.told("house", "IS QUIET")
        process = self.last = Process(self, "quiet")
        host, end = process.host(), clock.now() + _QUIET
        for _ in range(_QUIET_ROUNDS):
            done = host.look_around()
            self._heard(process, done)
            if not done.idle:
                continue
            recurs = host._recurring.next()
            known = (process.store.next_due(), process.store.next_effect(), recurs.at if recurs else None)
            coming = min((each for each in known if each is not None), default=None)
            new = process.store.messages("new")
            if new or coming is None or coming > end:
                if clock.now() >= end:
                    return
                clock.true += max((end - clock.now()).total_seconds(), 0.0) if not new else 30.0
                continue
            clock.true += max((coming - clock.now()).total_seconds(), 0.0) + 0.001
        self.wrong.append("it does not come to rest: something is due, or waits to go out, again and again")


class _Agent:
    """One person at one process."""

    def __init__(self, house: House, process: Process, person: str) -> None:
        self.house, self.process, self.person = house, process, person

    def does(self, act: Act, id: str, again: bool) -> None:
        if again:  # it is not known what became of it: the same once more
            self._ask(id)
            return
        getattr(self, f"_{act.kind}")(act, id)

    def _open(self, act: Act, id: str) -> None:
        name = _OPENED[int(act.rolls[0] * len(_OPENED))]
        given: dict[str, Any] = {}
        if name in ("pulse", "cadence"):
            given = {"kn": f"kn-{id}", "email": f"kunde{int(act.rolls[1] * 4)}@customer.example"}
        elif name in ("asked", "alone"):
            given = {"kn": f"1042{int(act.rolls[1] * 3)}"}
        self.house.asked[id] = (name, Command(id, "open", name, self.person, given))
        self._ask(id)

    def _work(self, act: Act) -> Any:
        """A case to work on: one in the inbox, or any that is open. None where there is none."""
        store = self.process.store
        if act.rolls[0] < 0.6:
            tasks = store.tasks(roles=("agent",), people=(self.person,))
            found = [task.case_id for task in tasks]
        else:
            found = [case.id for case in store.cases()]
        if not found:
            return None
        return self._look(found[int(act.rolls[1] * len(found))])

    def _look(self, case: str) -> Any:
        turns = self.house.turns
        began = turns.points
        loaded = self.process.engine.load(case)
        turns.points += 1
        self.house.operations.append(
            Operation(f"{self.person} reads", case, began, turns.points, READ, loaded.row.sequence)
        )
        return loaded

    def _choose(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is None:
            return
        engine = self.process.engine
        procedure = engine.procedure(loaded.row.definition)
        names = offered_names(
            procedure, loaded.plain, engine.surroundings(), self.person, self.process.world.now()
        )
        if names:
            self._take(loaded, act, id, names[int(act.rolls[2] * len(names))])

    def _wrong(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            names = ("write", "close", "resume", "decide", "end", "nothing", "write", "reached")
            self._take(loaded, act, id, names[int(act.rolls[2] * len(names))])

    def _take(self, loaded: Any, act: Act, id: str, name: str) -> None:
        given = {"word": f"word-{id}"} if name == "write" else {}
        expects = loaded.row.sequence if act.rolls[0] * 10 % 1 < 0.3 else 0
        self._will(loaded.row.id, Command(id, "choice", name, self.person, given, expects=expects))
        if act.rolls[1] * 10 % 1 < 0.3:
            self.house.turns.sleep(act.wait / 2, lambda: self.process.dead)  # the form is open meanwhile
            self.process.alive()
        self._ask(id)

    def _will(self, case: str, command: Command) -> None:
        self.house.asked[command.id] = (case, command)

    def _note(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(loaded.row.id, Command(id, "note", "note", self.person, {"note": f"note-{id}"}))
            self._ask(id)

    def _event(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(loaded.row.id, Command(id, "event", "poke", source="outside"))
            self._ask(id)

    def _assign(self, act: Act, id: str) -> None:
        loaded = self._work(act)
        if loaded is not None:
            self._will(loaded.row.id, Command(id, "assign", "assign", self.person, {"person": "bob"}))
            self._ask(id)

    def _again(self, act: Act, id: str) -> None:
        """Something that was asked before, once more, by this one or another: the same answer."""
        known = [each for each in self.house.asked if each.partition("-")[0] != LEAD]
        if known:
            self._ask(known[int(act.rolls[0] * len(known))])

    def _read(self, act: Act, id: str) -> None:
        self._work(act)

    def _absent(self, act: Act, id: str) -> None:
        now = self.process.world.now()
        absence = Absence(
            ("ann", "bob")[int(act.rolls[0] * 2)], now, now + timedelta(hours=1 + act.rolls[1] * 40)
        )
        with suppress(Conflict):
            self.process.engine.register_absence(id, absence, LEAD)

    def _back(self, act: Act, id: str) -> None:
        with suppress(Conflict, NotFound):
            self.process.engine.end_absence(
                id, ("ann", "bob")[int(act.rolls[0] * 2)], self.process.world.now(), LEAD
            )

    def _ask(self, id: str) -> None:
        """Submit what is asked under this id, and keep what was told."""
        house, turns = self.house, self.house.turns
        where, command = house.asked[id]
        opens = command.kind == "open"
        began = turns.points
        turns.told(self.process.name, f"asks {id}: {command.kind} {command.name} of {where[:8]}")

        def told(answer: str, case: str, sequence: int = 0) -> None:
            turns.points += 1
            turns.told(self.process.name, f"is told {id}: {answer} {case[:8]} {sequence}")
            house.operations.append(
                Operation(id, case, began, turns.points, answer, sequence, command.expects)
            )

        engine = self.process.engine
        try:
            answer: Answer = engine.open(where, command) if opens else engine.submit(where, command)
        except Killed:
            told(UNKNOWN, "" if opens else where)
            raise
        except Conflict:
            told(CONFLICT, "" if opens else where)
            return
        except ProcflowError as problem:
            house.wrong.append(f"{id}: {type(problem).__name__}: {problem.message}")
            return
        if answer.refusal is not None and not answer.accepted:
            turns.told(self.process.name, f"refused: {answer.refusal.code}")
            told(REFUSED, "" if opens else where)
            return
        if answer.shown:
            told(READ, answer.case_id, answer.sequence)
            return
        if opens:
            if house.opened.setdefault(id, answer.case_id) != answer.case_id:
                house.wrong.append(f"{id}: it opened two cases, {house.opened[id]} and {answer.case_id}")
        elif answer.case_id != where:
            house.wrong.append(f"{id}: asked of {where}, answered for {answer.case_id}")
        told(REPEATED if answer.repeated else ACCEPTED, answer.case_id, answer.sequence)
        self.process.after(answer)


class _Random:
    """Randomness for keys: nothing depends on it, but that it is the same for the same seed."""

    def __init__(self, house: House) -> None:
        self._dice = house.plan.dice("keys")

    def random_bytes(self, size: int) -> bytes:
        return self._dice.randbytes(size)

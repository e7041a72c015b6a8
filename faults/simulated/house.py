"""One run: the actors of a plan, let go on until all is quiet; what people were told is kept for the checks.

What people do is `people`; when their process dies under them they do not know what became of it, and ask again under the
same id.
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

from faults.history import Operation
from faults.simulated.plan import Act, Mail, Plan
from faults.simulated.plugin import Outside, Plugins, inbound
from faults.simulated.process import Process
from faults.simulated.scene import START, Scene
from faults.simulated.turns import Clock, Killed, NoEnd, Turns
from procflow.core.decide import Command
from procflow.definitions.publish import publish
from procflow.errors import Conflict
from procflow.hosts import local
from procflow.ports import Inbound
from procflow.stores.evidence import MemoryEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.memory import MemoryStore

#: How long a host sleeps when nothing is due; every wake costs, and the bell and what is due wake it anyway.
LONGEST_SLEEP = 6 * 3600.0
#: Rounds and time after the last act in which everything must have come to rest.
_QUIET_ROUNDS, _QUIET = 400, timedelta(hours=30)


@dataclass
class House:
    """A run of one plan. `wrong` is everything that did not hold."""

    plan: Plan
    scene: Scene
    wrong: list[str] = field(default_factory=list)
    operations: list[Operation] = field(default_factory=list)
    asked: dict[str, tuple[str, Command]] = field(default_factory=dict)  # id -> case or procedure, command
    opened: dict[str, str] = field(default_factory=dict)  # id of an opening -> the case it made
    refused: list[tuple[str, str, str, str]] = field(default_factory=list)  # person, kind, case, code
    arrived: list[Inbound] = field(default_factory=list)
    # sender and words of a mail -> at which point
    came_at: dict[tuple[str, str], int] = field(default_factory=dict)
    # step -> point, true seconds
    stored_at: dict[tuple[str, int], tuple[int, float]] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)
    bells: list[Any] = field(default_factory=list)
    died: set[str] = field(default_factory=set)  # names of processes
    holder: Process | None = None
    file: Path | None = None
    memory: MemoryStore | None = None
    last: Process | None = None  # that looks at everything when all is quiet

    def __post_init__(self) -> None:
        plan = self.plan
        self.turns = Turns(plan.dice("turns"), Clock(START), plan.restless, plan.stalls)
        self.turns.deaths, self.turns.moments = plan.deaths, plan.moments
        self.turns.tender = plan.tender
        self.outside, self.plugin = Outside(), Plugins(self)
        self.folder = self.scene.folder / f"seed-{plan.seed}"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        if plan.in_memory:
            self.memory = self.scene.memory.fork()
        else:
            self.file = self.folder / "cases.db"
            shutil.copyfile(self.scene.file, self.file)
        self.cast = self.scene.cast(plan.dice("cast"))
        self.keys = MemoryKeys(_Random(self))  # type: ignore[arg-type]  # only its randomness is asked for
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
            if self.plan.news is not None:
                self.turns.add("owner", self._guarded(self._owner))
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
            self.turns.jump(jump)

    def _post(self) -> None:
        sent: dict[tuple[str, str], Inbound] = {}
        for mail in self.plan.mails:
            self.turns.sleep(max(mail.at - self.turns.clock.true, 0.0))
            if (mail.id, mail.text) in sent:
                self.turns.fired["again"] += 1
            message = sent.setdefault((mail.id, mail.text), inbound(self, mail))
            self.turns.told("post", f"brings {mail.id} {mail.text}")
            self.arrived.append(message)
            self.came_at.setdefault((message.sender, message.text), self.turns.points)
            if mail.roll < 0.7:
                place = int(mail.roll * 10 * (len(self.outside.box) + 1)) % (len(self.outside.box) + 1)
                self.outside.box.append(message)
                if place == 0 and len(self.outside.box) > 1:
                    self.turns.fired["overtook"] += 1
            else:
                self._hand_in(mail, message)

    def _owner(self) -> None:
        """Another version of a procedure is put in force while cases run; whoever dies over it does it again."""
        assert self.plan.news is not None
        self.turns.sleep(self.plan.news)
        for n in range(20):
            process = None
            try:
                process = Process(self, f"owner.{n}")
                published = publish(self.scene.news, process.store, process.world.now())
                process.engine.publish_surroundings(f"publish-{n}", published.organisation, published.tables)
                process.engine.declare_lookups(f"lookups-{n}")
                self.turns.fired["published"] += 1
                return
            except Killed:
                self.turns.sleep(5.0)
            finally:
                if process is not None:
                    process.close()

    def _hand_in(self, mail: Mail, message: Inbound) -> None:
        """By the web door: whoever brings it brings it again until it is told that it is stored."""
        for n in range(20):
            process = None
            try:
                process = Process(self, f"door-{mail.id}.{n}-{self.turns.points}")
                process.intake.take(message)
                return
            except Killed:
                self.turns.sleep(5.0)
            except Conflict:
                self.turns.sleep(1.0)
            finally:
                if process is not None:
                    process.close()

    # people

    def _agent(self, person: str, acts: list[Act]) -> None:
        process: Process | None = None
        lives = 0
        for n, act in enumerate(acts):
            self.turns.sleep(act.wait)
            if self.plan.beat:  # all at the same instant, as when a telephone rings on every desk
                self.turns.sleep(-self.turns.clock.true % self.plan.beat)
            id, again = f"{person}-{n}", False
            for _ in range(12):
                try:
                    if process is None:
                        lives += 1
                        process = Process(self, f"{person}.{lives}")
                    self.scene.agent(self, process, self.cast[person]).does(act, id, again)
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
        clock, self.turns.ending = self.turns.clock, True
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


class _Random:
    """Randomness for keys: nothing depends on it, but that it is the same for the same seed."""

    def __init__(self, house: House) -> None:
        self._dice = house.plan.dice("keys")

    def random_bytes(self, size: int) -> bytes:
        return self._dice.randbytes(size)

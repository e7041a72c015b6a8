"""One process of the house: a store, an engine, an outbox and plugins of its own, over the one file that all share.

The product's own parts, but for what would leave the thread: the gate in front of the file is a line in which actors wait,
the plugin's process is `plugin.Seat`, the bell is one that turns can hear. Everything that a process asks is a point.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from hashlib import shake_256
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import apsw

from faults.simulated.scene import START
from faults.simulated.turns import Killed
from procflow.app.acting import asks_the_house
from procflow.builtin.bell import STEPPED
from procflow.engine import Answer
from procflow.errors import NotFound, ProcflowError
from procflow.hosts.channels import ChannelHouse
from procflow.hosts.intake import Intake
from procflow.hosts.local import LocalHost
from procflow.hosts.outbox import Outbox
from procflow.ports import Inbound
from procflow.stores.sqlite import SqliteStore
from procflow.stores.writers import Writers

if TYPE_CHECKING:
    from faults.simulated.house import House

#: Methods of a store that change nothing; after the others a death is "after the commit".
_READS = frozenset(
    {
        "in_force",
        "document",
        "names_in_force",
        "load",
        "answered",
        "look",
        "next_number",
        "next_slot",
        "journal",
        "journals",
        "changes",
        "last_change",
        "cases",
        "find",
        "look_up",
        "ticks",
        "counts",
        "due",
        "next_due",
        "tasks",
        "tasks_of",
        "work_of",
        "turn",
        "queues",
        "done_for",
        "effects",
        "effect",
        "waiting_effects",
        "next_effect",
        "messages",
        "message",
        "draft",
        "kept",
        "all_kept",
        "count_kept",
        "access_log",
        "seals",
        "self_check",
    }
)


class SimWorld:
    """The house's clock, and randomness that follows from the seed and the process's name."""

    def __init__(self, process: Process, seed: str) -> None:
        self._process, self._seed, self._drawn = process, seed, 0

    def now(self) -> datetime:
        return self._process.turns.clock.now()

    def new_id(self) -> str:
        return self.random_bytes(16).hex()

    def random_bytes(self, size: int) -> bytes:
        self._drawn += 1
        return shake_256(f"{self._seed} {self._drawn}".encode()).digest(size)

    def monotonic(self) -> float:
        return self._process.turns.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        self._process.point("sleeps")
        self._process.turns.sleep(seconds, lambda: self._process.dead)
        self._process.alive()

    def read_file(self, path: str) -> bytes:
        raise NotFound(f"there is no file {path}")

    def environment(self, name: str) -> str | None:
        return None


class Process:
    """`name` says who it is and for the how many-eth time. Close it at its end, however that came."""

    def __init__(self, house: House, name: str) -> None:
        self.house, self.turns, self.name = house, house.turns, name
        self.dead = False
        self.under_way: dict[str, float] = {}  # key of an effect -> since when, in true seconds
        self.claimed: dict[str, tuple[int, datetime]] = {}  # key of an effect -> when it was asked for
        self.asks_at = START
        self.world = SimWorld(self, f"{house.plan.seed} {name}")
        self.bell = SimBell(self)
        house.processes.append(self)
        self.channels: _Channels | None = None
        self.store: Any = None
        try:
            self._begin()
        except Killed:
            self.close()
            raise

    def _begin(self) -> None:
        house = self.house
        self.store = self._store()
        self.store.claim_effects = self._noting(self.store.claim_effects)
        self.store.claim_effect = self._noting(self.store.claim_effect)
        self.evidence = _Evidence(self, house.evidence)
        self.engine = house.scene.engine(self.store, house.keys, self.world, self._stepped)
        self.channels = _Channels(self)
        self.outbox = Outbox(self.engine, self._its_channels, self.evidence, self.name)
        self.intake = Intake(self.engine, self.evidence)

    def _store(self) -> Any:
        house = self.house
        if house.file is None:
            assert house.memory is not None
            return _Store(self, house.memory)
        self.point("opens the store")
        store: Any = SqliteStore(str(house.file))
        store._gate.close()
        store._gate = _Gate(self)
        store._writers = Writers()  # each is a process of its own
        store._connection.set_busy_timeout(0)  # who waits here waits for ever: there is one thread
        inner = store._execute

        def execute(sql: str, arguments: Any = ()) -> Any:
            what = _short(sql)
            self.point(what)
            result = inner(sql, arguments)
            if what == "COMMIT":
                self.point("has committed", "commit")
            return result

        store._execute = execute
        return store

    def _noting(self, claim: Callable[..., Any]) -> Callable[..., Any]:
        """A claim that notes from when on it may be known what has become of the cases."""

        def noted(*given: Any) -> Any:
            at = (self.turns.points, self.turns.clock.now())
            found = claim(*given)
            rows = found if isinstance(found, Sequence) else [found] if found is not None else []
            self.claimed.update({row.key: at for row in rows})
            return found

        return noted

    def host(self) -> LocalHost:
        return LocalHost(
            self.engine, self.outbox, self.intake, self.fetch, lambda: (), self._hang, self._its_channels().call, None
        )  # fmt: skip

    def _hang(self) -> Any:
        self.house.bells.append(self.bell)
        return self.bell

    def fetch(self) -> Iterator[tuple[Inbound, Callable[[], None]]]:
        channels = self._its_channels()
        for name in channels.receiving():
            yield from channels.inbound(name)

    def _its_channels(self) -> _Channels:
        assert self.channels is not None
        return self.channels

    def _stepped(self, answer: Answer) -> None:
        turns = self.turns
        self.house.stored_at[answer.case_id, answer.sequence] = (turns.points, turns.clock.true)
        for bell in self.house.bells:
            if bell is not self.bell:
                bell.rung = True
        self.point("has stepped", "stepped")

    def after(self, answer: Answer) -> Answer:
        """What the command line does when its step is stored."""
        if asks_the_house(answer):
            with suppress(ProcflowError):
                self.outbox.start_cases(answer.case_id)
        return answer

    # life and death

    def point(self, what: str, kind: str = "") -> None:
        """Others may go on here, and it may be the end of this process."""
        self.alive()
        if self.turns.point(self.name, what, kind):
            self.turns.fired["killed"] += 1
            self.turns.told(self.name, "DIES")
            self.house.died.add(self.name)
            self.dead = True
        self.alive()

    def alive(self) -> None:
        if self.dead:
            raise Killed

    def close(self) -> None:
        """Whatever it held is let go, as the system does for the dead."""
        house = self.house
        house.processes.remove(self)
        if self.bell in house.bells:
            house.bells.remove(self.bell)
        if self.channels is not None:
            self.channels.close()
        if isinstance(self.store, SqliteStore):
            if self.dead:
                with suppress(apsw.Error):
                    self.store._connection.close(True)  # an open transaction goes with it
            else:
                self.store.close()
        self.dead = True
        if house.holder is self:
            house.holder = None


class SimBell:
    """A bell that somebody's step rings."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.name, self.rung = process.name, False

    def wait(self, seconds: float) -> frozenset[str]:
        turns = self._process.turns
        self._process.point("waits")
        turns.sleep(seconds, lambda: self.rung or turns.ending or self._process.dead)
        self._process.alive()
        said, self.rung = self.rung, False
        return frozenset({STEPPED}) if said else frozenset()

    def ring(self, word: str) -> None:
        self.rung = True

    def close(self) -> None:
        """It hangs in memory."""


class _Gate:
    """One holder at a time; the others wait for their turn."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def acquire(self, timeout: float | None = None) -> None:
        house, me = self._process.house, self._process
        me.point("comes to the gate")
        me.turns.wait(lambda: house.holder is None or me.dead)
        me.alive()
        house.holder = me

    def release(self) -> None:
        house = self._process.house
        if house.holder is self._process and not self._process.dead:  # the dead hold it until they are buried
            house.holder = None
            self._process.point("leaves the gate", "commit")

    def close(self) -> None:
        """There is no file."""


class _Store:
    """The store in memory as one process sees it: every call is a point before it and, where it writes, after it."""

    def __init__(self, process: Process, store: Any) -> None:
        self._process, self._store = process, store

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._store, name)
        process, reads = self._process, name in _READS

        def called(*given: Any, **named: Any) -> Any:
            process.point(name)
            if not reads:
                house = process.house
                process.turns.wait(lambda: house.holder in (None, process) or process.dead)
                process.alive()
            answer = inner(*given, **named)
            if isinstance(answer, Iterator):
                answer = iter(list(answer))
            if not reads:
                process.point(f"{name}: done", "commit")
            return answer

        self.__dict__[name] = called
        return called

    @contextmanager
    def together(self) -> Iterator[None]:
        """Nobody else writes, and a death takes back what was written; nobody else is let in, for they would read it."""
        house, process = self._process.house, self._process
        process.point("together")
        process.turns.wait(lambda: house.holder is None or process.dead)
        process.alive()
        house.holder, before = process, self._store.fork()
        restless, process.turns.restless = process.turns.restless, 0.0
        try:
            yield
        except BaseException:
            self._store.__dict__.update({k: v for k, v in vars(before).items() if k != "_lock"})
            raise
        finally:
            process.turns.restless = restless
            house.holder = None
        process.point("together: done", "commit")

    def close(self) -> None:
        """It stays with the house."""


class _Evidence:
    """Files; a death may come before one is kept and after it."""

    def __init__(self, process: Process, evidence: Any) -> None:
        self._process, self._evidence = process, evidence

    def put(self, content: bytes, *, key_slot: int, name: str, whole: bool = False) -> Mapping[str, Any]:
        self._process.point("keeps a file")
        kept: Mapping[str, Any] = self._evidence.put(content, key_slot=key_slot, name=name, whole=whole)
        self._process.point("has kept a file")
        return kept

    def get(self, hash: str, *, key_slot: int) -> bytes:
        content: bytes = self._evidence.get(hash, key_slot=key_slot)
        return content

    def hashes(self) -> Iterator[str]:
        names: Iterator[str] = self._evidence.hashes()
        return names


class _Channels(ChannelHouse):
    """The house of the channels over plugins whose process is simulated."""

    def __init__(self, process: Process) -> None:
        self._process = process
        channels = {
            name: SimpleNamespace(
                channel=SimpleNamespace(
                    name=name,
                    operations={
                        operation.partition(".")[2]: schema
                        for operation, schema in process.house.scene.operations.items()
                        if operation.startswith(f"{name}.")
                    },
                    at_once=process.house.plan.at_once,
                    fetch_every=20.0,
                ),
                plugin=name,
                source=None,
                modes=("real",),
            )
            for name in process.house.plugin.names
        }
        settings = {name: {"mode": "real"} for name in channels}
        super().__init__(SimpleNamespace(channels=channels), settings, os.fspath(process.house.folder), process.world)  # fmt: skip

    def to_deliver(self, channel: str, operation: str, key: str, wire: bytes) -> Any:
        """Here it is looked whether it went out before; from here on it is under way."""
        self._process.under_way[key] = self._process.turns.clock.true
        return super().to_deliver(channel, operation, key, wire)

    def _seat(self, channel: str, call: str) -> Any:
        return self._process.house.plugin.seat(self._process)


_SHORT: dict[str, str] = {}


def _short(sql: str) -> str:
    """The first words of a statement and its table, for the trace."""
    found = _SHORT.get(sql)
    if found is None:
        words = sql.split()
        table = next(
            (words[n + 1] for n, word in enumerate(words[:-1]) if word in ("FROM", "INTO", "UPDATE")), ""
        )
        found = _SHORT[sql] = f"{words[0]} {table}".strip()
    return found

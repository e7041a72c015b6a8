"""A front on the Temporal host for the contract of hosts: workers in this very process, against a real server.

The clock is the contract's: timers of the server run by the real one, so a jump of the clock is told to the workflows
as the net tells what is late. Between two jumps nobody delivers, as the contract expects.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from procflow.builtin.evidence import judge as judge_evidence
from procflow.builtin.world import FrozenWorld
from procflow.core.decide import Command
from procflow.engine import Answer, Engine
from procflow.hosts.contract import MORNING, LocalHouse
from procflow.hosts.local import Round
from procflow.hosts.outbox import Outbox
from procflow.hosts.recording import ChannelsOf, RecordingChannel
from procflow.hosts.temporal.connection import Reach
from procflow.hosts.temporal.front import Front
from procflow.hosts.temporal.hands import Desk, Hands
from procflow.hosts.temporal.host import TemporalHost
from procflow.ports import Evidence, Keys, Store
from procflow.stores.evidence import FolderEvidence
from procflow.stores.keys import KeyFile
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_aside import DatabaseEvidence, DatabaseKeys
from procflow.stores.sqlite import SqliteStore


class TemporalHouse(LocalHouse):
    """`LocalHouse` whose commands go through the cases' workflows, and whose time and deliveries are theirs."""

    def __init__(
        self,
        reach: Reach,
        workspace: str,
        keys: Keys,
        evidence: Evidence,
        world: FrozenWorld,
        again: Callable[[], Store],
        family: list[TemporalHouse],
        channel: RecordingChannel | None = None,
    ) -> None:
        holder = f"house-{len(family) + 1}"
        super().__init__(again(), keys, evidence, world, channel, again, holder)
        self._reach, self._workspace, self._family = reach, workspace, family
        family.append(self)
        self.deciding, self.delivering = self._made(), self._made()
        lines = self.deciding.connect()
        if not any(house.works for house in family):
            self.deciding.begin(house=False, delivers=False)
            self.works = True
        self.front = Front(self.engine, self.deciding.loop, lines)

    works = False

    def _made(self) -> TemporalHost:
        """A host whose threads have engines of their own."""

        def opened() -> Desk:
            store = self._again()
            engine = Engine(store, self.keys, self.world, judge_evidence)
            engine.writes_denials = False
            return Desk(engine, self._outbox(engine), store.close)

        hands = Hands(self._workspace, opened, lambda: ChannelsOf([self.channel]))
        return TemporalHost(self._reach, hands, self.host, self._holder, finish=timedelta(0))

    def _outbox(self, engine: Engine) -> Outbox:
        return Outbox(engine, lambda: ChannelsOf([self.channel]), self.evidence, self._holder)

    def open(self, procedure: str, command: Command) -> Answer:
        return self.front.open(procedure, command)

    def submit(self, case: str, command: Command) -> Answer:
        return self.front.submit(case, command)

    def advance(self, by: timedelta) -> None:
        self.world.advance(by)
        self.delivering.begin(house=False, decides=False)
        try:
            self.delivering.catch_up()
            self.delivering.settle(Round())
        except BaseException:
            self.deciding.end()
            self.works = False
            raise
        finally:
            self.delivering.end()

    def other(self) -> TemporalHouse:
        return TemporalHouse(
            self._reach,
            self._workspace,
            self.keys,
            self.evidence,
            self.world,
            self._again,
            self._family,
            self.channel,
        )

    def close(self) -> None:
        self.deciding.close()
        self.delivering.close()


@contextmanager
def made_house(folder: Path, address: str, queue: str, url: str = "") -> Iterator[TemporalHouse]:
    """A house over a new store in a folder, or in the database of an address; in the end every store of it is whole."""
    folder.mkdir(exist_ok=True)
    world = FrozenWorld(MORNING)
    path = str(folder / "cases.db")
    stores: list[SqliteStore | PostgresStore] = []

    def again() -> SqliteStore | PostgresStore:
        stores.append(PostgresStore(url) if url else SqliteStore(path, create=not stores))
        return stores[-1]

    first = again()
    keys: Keys
    evidence: Evidence
    if isinstance(first, PostgresStore):
        own = DatabaseKeys(first, str(folder / "keys"), world, create=True)
        keys, evidence = own, DatabaseEvidence(first, own)
    else:
        keys = KeyFile.create(str(folder / "keys"), world)
        evidence = FolderEvidence(str(folder / "evidence"), keys)
    family: list[TemporalHouse] = []
    try:
        yield TemporalHouse(Reach(address, task_queue=queue), queue, keys, evidence, world, again, family)
    finally:
        for house in family:
            house.close()
    assert first.self_check() == []
    for store in stores:
        store.close()

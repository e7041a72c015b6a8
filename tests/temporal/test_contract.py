"""The contract of every host, on Temporal: a real server, real workflows, the store that ships."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporal_house import TemporalHouse

from procflow.builtin.world import FrozenWorld
from procflow.hosts.contract import MORNING
from procflow.hosts.temporal.connection import Reach
from procflow.stores.evidence import FolderEvidence
from procflow.stores.keys import KeyFile
from procflow.stores.sqlite import SqliteStore
from procflow.testing import HostContract
from procflow.testing.temporal_server import TemporalServer


class TestTemporalHostOnSqlite(HostContract):
    @pytest.fixture
    def house(self, tmp_path: Path, temporal_server: TemporalServer) -> Iterator[TemporalHouse]:
        world = FrozenWorld(MORNING)
        keys = KeyFile.create(str(tmp_path / "keys"), world)
        path = str(tmp_path / "cases.db")
        stores = [SqliteStore(path, create=True)]

        def again() -> SqliteStore:
            stores.append(SqliteStore(path))
            return stores[-1]

        evidence = FolderEvidence(str(tmp_path / "evidence"), keys)
        family: list[TemporalHouse] = []
        reach = Reach(temporal_server.address, task_queue=f"contract-{tmp_path.name}")
        yield TemporalHouse(reach, tmp_path.name, keys, evidence, world, again, family)
        for house in family:
            house.close()
        assert stores[0].self_check() == []
        for store in stores:
            store.close()

"""The contract of every host, on the local one over each store that ships."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.hosts.contract import MORNING
from procflow.stores.evidence import FolderEvidence, MemoryEvidence
from procflow.stores.keys import KeyFile, MemoryKeys
from procflow.stores.memory import MemoryStore
from procflow.stores.postgres import PostgresStore
from procflow.stores.postgres_aside import DatabaseEvidence, DatabaseKeys
from procflow.stores.sqlite import SqliteStore
from procflow.testing import HostContract, LocalHouse


class TestLocalHostInMemory(HostContract):
    @pytest.fixture
    def house(self) -> LocalHouse:
        world = FrozenWorld(MORNING)
        keys = MemoryKeys(world)
        return LocalHouse(MemoryStore(), keys, MemoryEvidence(keys), world)


class TestLocalHostOnSqlite(HostContract):
    @pytest.fixture
    def house(self, tmp_path: Path) -> Iterator[LocalHouse]:
        world = FrozenWorld(MORNING)
        keys = KeyFile.create(str(tmp_path / "keys"), world)
        path = str(tmp_path / "cases.db")
        stores = [SqliteStore(path, create=True)]

        def again() -> SqliteStore:
            stores.append(SqliteStore(path))
            return stores[-1]

        yield LocalHouse(
            stores[0], keys, FolderEvidence(str(tmp_path / "evidence"), keys), world, again=again
        )
        assert stores[0].self_check() == []
        for store in stores:
            store.close()


class TestLocalHostOnPostgres(HostContract):
    @pytest.fixture
    def house(self, tmp_path: Path, postgres: Any) -> Iterator[LocalHouse]:
        """Each front has a store of its own, as another machine's process would."""
        world = FrozenWorld(MORNING)
        url = postgres.url()
        stores = [PostgresStore(url)]
        keys = DatabaseKeys(stores[0], str(tmp_path / "keys"), world, create=True)

        def again() -> PostgresStore:
            stores.append(PostgresStore(url))
            return stores[-1]

        yield LocalHouse(stores[0], keys, DatabaseEvidence(stores[0], keys), world, again=again)
        assert stores[0].self_check() == []
        for store in stores:
            store.close()

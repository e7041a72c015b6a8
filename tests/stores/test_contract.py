"""The contract of every store, on each that ships."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from procflow.ports import Store
from procflow.stores.memory import MemoryStore
from procflow.stores.postgres import PostgresStore
from procflow.stores.sqlite import SqliteStore
from procflow.testing import StoreContract


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> Store:
        return MemoryStore()


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[Store]:
        store = SqliteStore(str(tmp_path / "cases.db"), create=True)
        yield store
        assert store.self_check() == []
        store.close()


class TestPostgresStore(StoreContract):
    @pytest.fixture
    def store(self, postgres: Any) -> Iterator[Store]:
        store = PostgresStore(postgres.url())
        yield store
        assert store.self_check() == []
        store.close()

"""A store in a file of its own, for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from procflow.stores.sqlite import SqliteStore

from .on_disk import made


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "cases.db")


@pytest.fixture
def store(path: str) -> Iterator[SqliteStore]:
    store = made(path, timeout=0.3)
    yield store
    store.close()

"""The contract of every host, on Temporal: a real server, real workflows, the store that ships."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporal_house import TemporalHouse, made_house

from procflow.testing import HostContract
from procflow.testing.own_temporal import OwnTemporal


class TestTemporalHostOnSqlite(HostContract):
    @pytest.fixture
    def house(self, tmp_path: Path, temporal_server: OwnTemporal) -> Iterator[TemporalHouse]:
        with made_house(tmp_path, temporal_server.address, f"contract-{tmp_path.name}") as house:
            yield house

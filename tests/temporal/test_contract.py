"""The contract of every host, on Temporal: a real server, real workflows, the store that ships."""

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from temporal_house import TemporalHouse, made_house

from procflow.hosts.recording import Killed, RecordingChannel
from procflow.hosts.temporal.connection import Loop
from procflow.ports import Delivery
from procflow.testing import HostContract
from procflow.testing.own_temporal import OwnTemporal


class TestTemporalHostOnSqlite(HostContract):
    @pytest.fixture
    def house(self, tmp_path: Path, temporal_server: OwnTemporal) -> Iterator[TemporalHouse]:
        with made_house(tmp_path, temporal_server.address, f"contract-{tmp_path.name}") as house:
            yield house

    def test_a_death_is_noticed_though_the_loop_hears_of_it_late(self, house: TemporalHouse) -> None:
        self.resting(house)
        dying = house.channel = DiesWhileTheLoopIsBusy(house.delivering.loop)
        with pytest.raises(Killed):
            house.advance(timedelta(seconds=1))
        assert len(dying.tries) == 1


class DiesWhileTheLoopIsBusy(RecordingChannel):
    """For the first half second after its death nothing else is heard, as on a machine with more to do than it can."""

    def __init__(self, loop: Loop) -> None:
        super().__init__()
        self._loop = loop
        self.script.append(self.KILL_AFTER)

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        async def busy() -> None:
            time.sleep(0.5)

        self._loop.begin(busy())
        return super().deliver(operation, key, wire)

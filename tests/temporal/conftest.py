"""One Temporal server for all tests of this folder; histories are begun anew early, so that every test meets it."""

from collections.abc import Iterator

import pytest

from procflow.testing.own_temporal import OwnTemporal


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnTemporal]:
    settings = {"limit.historyCount.suggestContinueAsNew": "150"}
    server = OwnTemporal(str(tmp_path_factory.mktemp("temporal")), settings=settings, flushes=False)
    server.start()
    yield server
    server.kill()

"""One Temporal server for all tests of this folder."""

from collections.abc import Iterator

import pytest

from procflow.testing.temporal_server import TemporalServer


@pytest.fixture(scope="session")
def temporal_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TemporalServer]:
    server = TemporalServer(str(tmp_path_factory.mktemp("temporal")))
    server.start()
    yield server
    server.kill()

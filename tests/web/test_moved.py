"""A workspace whose folder is moved, or whose settings are being written, while `procflow serve` runs over it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from logging_in import housed
from serving import Served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    house = tmp_path / "house"
    house.mkdir()
    served = Served(housed(house, clock=False), person="anna")
    yield served
    served.kill()


def test_a_desk_whose_folder_is_away_says_so_and_goes_on_when_it_is_back(served: Served) -> None:
    house = served.folder
    house.rename(house.with_name("away"))
    try:
        status, _, body = served.get("/api/cases/1", accept_language="da")
        assert (status, json.loads(body)["code"]) == (503, "storage")
        assert "arbejdsområdet er ikke, hvor det var" in body.decode()
        status, _, body = served.get("/", accept="text/html")
        assert status == 503 and b"is not where it was" in body
        status, _, body = served.get("/health/ready")
        assert status == 503 and json.loads(body)["checks"]["store"] == "failing"
        assert served.get("/health/live")[0] == 200, "the process itself is well"
        assert not house.exists(), "nothing was made anew where it was"
    finally:
        house.with_name("away").rename(house)
    assert served.get("/api/cases/1")[0] == 200


def test_settings_that_are_broken_for_a_moment_change_nothing_until_it_is_started_anew(
    served: Served,
) -> None:
    settings = served.folder / "procflow.toml"
    settings.write_text('store = "sqlite:other.db"\n[access\n')
    with ThreadPoolExecutor(8) as pool:  # some of them in threads that nobody asked before
        assert set(pool.map(lambda _: served.get("/api/cases/1")[0], range(24))) == {200}
    assert served.get("/health/live")[0] == 200
    assert not (served.folder / "other.db").exists()

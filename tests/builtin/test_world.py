"""The worlds: one is real, one has its time from a file, one repeats itself."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from procflow.builtin.world import ClockFileWorld, FrozenWorld, RealWorld
from procflow.errors import NotFound, StorageError, UsageError

START = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)


def test_the_real_world_has_this_machines_time_ids_files_and_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = RealWorld()
    assert abs(world.now() - datetime.now(UTC)) < timedelta(seconds=5)  # noqa: TID251
    assert world.now().tzinfo is UTC
    assert len({world.new_id() for _ in range(100)}) == 100
    assert len(bytes.fromhex(world.new_id())) == 16
    assert len(world.random_bytes(12)) == 12
    before = world.monotonic()
    world.sleep(0.01)
    world.sleep(-1)
    assert world.monotonic() - before >= 0.01
    (tmp_path / "x").write_bytes(b"content")
    assert world.read_file(str(tmp_path / "x")) == b"content"
    with pytest.raises(NotFound):
        world.read_file(str(tmp_path / "none"))
    with pytest.raises(StorageError):
        world.read_file(str(tmp_path))
    monkeypatch.setenv("PROCFLOW_TEST", "yes")
    assert world.environment("PROCFLOW_TEST") == "yes"
    assert world.environment("PROCFLOW_NONE") is None


def test_the_time_in_a_file_is_the_time_of_every_process(tmp_path: Path) -> None:
    path = str(tmp_path / "clock")
    world = ClockFileWorld(path)
    world.advance_to(START)
    assert world.now() == START
    ClockFileWorld(path).advance_to(START + timedelta(days=3))
    assert world.now() == START + timedelta(days=3)
    code = "import sys; from procflow.builtin.world import *; print(ClockFileWorld(sys.argv[1]).now().isoformat())"
    found = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert datetime.fromisoformat(found.stdout.strip()) == START + timedelta(days=3)
    assert os.listdir(tmp_path) == ["clock"]


def test_the_time_in_a_file_does_not_go_back(tmp_path: Path) -> None:
    world = ClockFileWorld(str(tmp_path / "clock"))
    world.advance_to(START)
    world.advance_to(START)
    with pytest.raises(UsageError, match="does not go back"):
        world.advance_to(START - timedelta(microseconds=1))
    with pytest.raises(UsageError, match="zone"):
        world.advance_to(datetime(2026, 5, 12))


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2026-05-11T10:05:00", "12:30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:00:00Z"],
)
def test_a_clock_file_without_an_instant_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "clock"
    path.write_text(text)
    with pytest.raises(UsageError, match="no instant with a zone") as why:
        ClockFileWorld(str(path)).now()
    assert str(path) in why.value.message


def test_a_clock_file_may_be_written_by_hand_in_any_zone(tmp_path: Path) -> None:
    (tmp_path / "clock").write_text("2026-05-11T10:05:00+02:00\n")
    assert ClockFileWorld(str(tmp_path / "clock")).now() == START


def test_a_frozen_world_moves_only_when_it_is_moved() -> None:
    world = FrozenWorld(START)
    assert world.now() == world.now() == START
    world.sleep(90)
    assert world.now() == START + timedelta(seconds=90)
    assert world.monotonic() == 90
    assert world.advance(timedelta(days=1)) == START + timedelta(days=1, seconds=90)
    world.advance(timedelta(days=-2))
    assert world.now() < START
    assert world.monotonic() == 0
    world.advance_to(START)
    with pytest.raises(UsageError):
        world.advance_to(START - timedelta(seconds=1))
    with pytest.raises(UsageError):
        FrozenWorld(datetime(2026, 5, 11))


def test_a_frozen_world_repeats_itself_by_its_seed() -> None:
    one, two, other = FrozenWorld(START, seed=1), FrozenWorld(START, seed=1), FrozenWorld(START, seed=2)
    ids = [one.new_id() for _ in range(3)]
    assert ids == [two.new_id() for _ in range(3)]
    assert len(set(ids)) == 3
    assert other.new_id() not in ids
    assert len(one.random_bytes(70)) == 70


def test_a_frozen_world_has_the_files_and_variables_it_was_given() -> None:
    world = FrozenWorld(START, files={"a": b"x"}, environment={"B": "y"})
    assert (world.read_file("a"), world.environment("B"), world.environment("C")) == (b"x", "y", None)
    with pytest.raises(NotFound):
        world.read_file("b")

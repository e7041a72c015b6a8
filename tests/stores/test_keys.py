"""Keys: never lost, never shared, never made anew over old ones; erased means erased."""

import hmac
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procflow.builtin.world import FrozenWorld, RealWorld
from procflow.errors import StorageError
from procflow.stores.keys import BLOCK, KEY_SIZE, KeyFile, MemoryKeys, normalised

WORLD = RealWorld()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / "keys")


@pytest.fixture(params=["file", "memory"])
def keys(request: pytest.FixtureRequest, path: str) -> KeyFile | MemoryKeys:
    return KeyFile.create(path, WORLD) if request.param == "file" else MemoryKeys(WORLD)


def test_what_is_sealed_is_opened_with_its_slot_and_place_only(keys: KeyFile | MemoryKeys) -> None:
    sealed = keys.seal(1, b"case/kn/1", b"104233")
    assert b"104233" not in sealed
    assert keys.open(1, b"case/kn/1", sealed) == b"104233"
    for slot, place, data in (
        (2, b"case/kn/1", sealed),
        (1, b"case/kn/2", sealed),
        (1, b"case/kn/1", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        (1, b"case/kn/1", sealed[:5]),
        (1, b"case/kn/1", b""),
    ):
        with pytest.raises(StorageError, match="cannot be opened"):
            keys.open(slot, place, data)


def test_the_same_value_is_never_sealed_to_the_same_bytes(keys: KeyFile | MemoryKeys) -> None:
    assert keys.seal(1, b"", b"x") != keys.seal(1, b"", b"x")


def test_an_erased_key_opens_and_seals_nothing(keys: KeyFile | MemoryKeys) -> None:
    sealed, other = keys.seal(1, b"", b"x"), keys.seal(2, b"", b"y")
    keys.erase([1])
    for act in (lambda: keys.open(1, b"", sealed), lambda: keys.seal(1, b"", b"x")):
        with pytest.raises(StorageError, match="erased") as why:
            act()
        assert why.value.facts["reason"] == "erased"
    assert keys.open(2, b"", other) == b"y"


def test_the_fingerprint_key_neither_seals_nor_is_erased(keys: KeyFile | MemoryKeys) -> None:
    for act in (lambda: keys.seal(0, b"", b"x"), lambda: keys.erase([0])):
        with pytest.raises(StorageError, match="slot 0"):
            act()


def test_fingerprints_are_equal_for_what_is_equal_to_a_reader(keys: KeyFile | MemoryKeys) -> None:
    print_ = keys.fingerprint("+45 71 99 99 01")
    assert len(print_) == 16
    assert keys.fingerprint("+4571999901") == print_
    assert keys.fingerprint("+4571999902") != print_
    assert keys.fingerprint("QAA@Prosam.example") == keys.fingerprint(" qaa@prosam.example\u200b")
    assert keys.fingerprint("Ærø") == keys.fingerprint("ærø")
    assert normalised("\ufeffＡ b\tC\n") == "abc"


def test_a_fingerprint_is_the_hmac_of_what_a_reader_sees(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    ring = KeyFile.create(str(path), WORLD)
    key = path.read_bytes()[64:96]  # slot 0, behind the header
    assert ring.fingerprint("+45 71 99 99 01") == hmac.digest(key, b"+4571999901", "sha256")[:16]


def test_fingerprints_of_two_stores_cannot_be_compared(tmp_path: Path) -> None:
    one, two = (KeyFile.create(str(tmp_path / name), WORLD) for name in "ab")
    assert one.fingerprint("104233") != two.fingerprint("104233")


def test_a_key_file_is_for_its_owner_alone(path: str) -> None:
    KeyFile.create(path, WORLD).close()
    assert os.stat(path).st_mode & 0o777 == 0o600
    for mode in (0o640, 0o604, 0o660):
        os.chmod(path, mode)
        with pytest.raises(StorageError, match=f"mode {mode:04o}") as why:
            KeyFile(path, WORLD)
        assert "chmod 600" in why.value.hint


def test_a_key_file_is_never_made_over_another_one(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    sealed = keys.seal(7, b"", b"x")
    with pytest.raises(StorageError, match="already"):
        KeyFile.create(path, WORLD)
    assert KeyFile(path, WORLD).open(7, b"", sealed) == b"x"


def test_a_missing_key_file_is_not_made_in_silence(path: str) -> None:
    with pytest.raises(StorageError, match="missing"):
        KeyFile(path, WORLD)
    assert not os.path.exists(path)


def test_another_file_or_a_newer_one_is_refused(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    keys.close()
    with open(path, "r+b") as file:
        file.seek(15)
        file.write(b"\x02")
    with pytest.raises(StorageError, match="newer"):
        KeyFile(path, WORLD)
    with open(path, "r+b") as file:
        file.write(b"something else")
    with pytest.raises(StorageError, match="not a key file"):
        KeyFile(path, WORLD)


def test_a_file_that_was_cut_says_so(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    os.truncate(path, 64 + 10 * KEY_SIZE)
    assert keys.seal(9, b"", b"x")
    with pytest.raises(StorageError, match="cut"):
        keys.seal(10, b"", b"x")
    for ask in (keys.check, lambda: KeyFile(path, WORLD)):
        with pytest.raises(StorageError, match="was cut: it has 384 of"):
            ask()


def test_a_file_from_before_a_value_was_sealed_makes_no_key_to_open_it(path: str) -> None:
    old = Path(KeyFile.create(path, WORLD).path).read_bytes()
    sealed = KeyFile(path, WORLD).seal(2 * BLOCK, b"", b"x")
    Path(path).write_bytes(old)
    with pytest.raises(StorageError, match="older than the store"):
        KeyFile(path, WORLD).open(2 * BLOCK, b"", sealed)
    assert Path(path).read_bytes() == old


def test_the_pool_is_refilled_ahead_and_old_keys_stay(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    sealed = keys.seal(5, b"", b"x")
    erased = keys.seal(6, b"", b"y")
    keys.erase([6])
    before = os.path.getsize(path)
    keys.refill(10)
    assert os.path.getsize(path) == before, "plenty lies ahead"
    keys.refill(BLOCK - 5)
    assert os.path.getsize(path) > before
    far = keys.seal(3 * BLOCK, b"", b"z")
    again = KeyFile(path, WORLD)
    assert again.open(5, b"", sealed) == b"x"
    assert again.open(3 * BLOCK, b"", far) == b"z"
    with pytest.raises(StorageError, match="erased"):
        again.open(6, b"", erased)


def test_no_key_is_made_in_a_file_that_was_replaced_under_it(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    content = Path(path).read_bytes()
    os.replace(shutil.copy2(path, f"{path}.copy"), path)
    assert keys.open(5, b"", keys.seal(5, b"", b"x")) == b"x"
    with pytest.raises(StorageError, match="moved, removed or replaced"):
        keys.seal(2 * BLOCK, b"", b"x")
    os.unlink(path)
    with pytest.raises(StorageError, match="moved, removed or replaced"):
        keys.refill(BLOCK)
    Path(path).write_bytes(content)
    Path(path).chmod(0o600)
    KeyFile(path, WORLD).refill(BLOCK)


def test_a_refill_that_was_interrupted_is_finished_and_gives_no_key_twice(path: str) -> None:
    keys = KeyFile.create(path, WORLD)
    size = os.path.getsize(path)
    with open(path, "ab") as file:  # keys that were written and not counted, the last of them torn
        file.write(os.urandom(3 * KEY_SIZE + 7))
    written = Path(path).read_bytes()[size : size + 3 * KEY_SIZE]
    keys.refill(BLOCK)
    content = Path(path).read_bytes()
    assert content[size : size + 3 * KEY_SIZE] == written
    slots = [content[at : at + KEY_SIZE] for at in range(64, len(content), KEY_SIZE)]
    assert len(slots[-1]) == KEY_SIZE
    assert len(set(slots)) == len(slots)
    assert bytes(KEY_SIZE) not in slots


def test_two_processes_that_refill_at_once_agree_on_every_key(path: str) -> None:
    KeyFile.create(path, WORLD).close()
    code = """
import sys
from procflow.builtin.world import RealWorld
from procflow.stores.keys import KeyFile
keys = KeyFile(sys.argv[1], RealWorld())
for slot in range(0, 20000, 500):
    keys.refill(slot)
    sys.stdout.write(keys.seal(slot + 1, b"", str(slot).encode()).hex() + "\\n")
"""
    writers = [subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE) for _ in range(3)]
    keys = KeyFile(path, WORLD)
    for writer in writers:
        out, _ = writer.communicate(timeout=60)
        assert writer.returncode == 0
        for n, line in enumerate(out.split()):
            assert keys.open(n * 500 + 1, b"", bytes.fromhex(line.decode())) == str(n * 500).encode()


def test_keys_of_a_frozen_world_are_the_same_in_every_run() -> None:
    start = datetime(2026, 5, 11, tzinfo=UTC)
    one, two = (MemoryKeys(FrozenWorld(start, seed=3)) for _ in range(2))
    assert one.seal(1, b"", b"x") == two.seal(1, b"", b"x")

"""Evidence: found by content, kept as it was, readable with the key of its case only."""

import hashlib
import os
import struct
from pathlib import Path

import pytest

from procflow.builtin.world import RealWorld
from procflow.errors import NotFound, StorageError, UsageError
from procflow.ports import Evidence
from procflow.stores.evidence import LIMIT, FolderEvidence, MemoryEvidence
from procflow.stores.keys import MemoryKeys


def png(width: int = 3, height: int = 2) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0rest"


@pytest.fixture
def keys() -> MemoryKeys:
    return MemoryKeys(RealWorld())


@pytest.fixture(params=["folder", "memory"])
def evidence(request: pytest.FixtureRequest, tmp_path: Path, keys: MemoryKeys) -> Evidence:
    if request.param == "memory":
        return MemoryEvidence(keys)
    return FolderEvidence(str(tmp_path / "evidence"), keys)


def test_a_file_is_named_by_its_content_and_comes_back(evidence: Evidence) -> None:
    content = png()
    facts = evidence.put(content, key_slot=1, name="../mette.png")
    assert facts == {
        "hash": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "type": "image/png",
        "name": "mette.png",
        "slot": 1,
        "width": 3,
        "height": 2,
    }
    assert evidence.get(facts["hash"], key_slot=1) == content
    assert list(evidence.hashes()) == [facts["hash"]]


def test_the_same_content_is_kept_once_for_a_key_and_apart_for_two(evidence: Evidence) -> None:
    one = evidence.put(b"the same", key_slot=1, name="a.txt")
    assert evidence.put(b"the same", key_slot=1, name="b.txt")["name"] == "b.txt"
    evidence.put(b"the same", key_slot=2, name="a.txt")
    assert list(evidence.hashes()) == [one["hash"]]
    assert evidence.get(one["hash"], key_slot=1) == evidence.get(one["hash"], key_slot=2) == b"the same"


def test_an_erased_case_takes_its_files_with_it_and_leaves_those_of_others(
    evidence: Evidence, keys: MemoryKeys
) -> None:
    hash_ = evidence.put(b"the same", key_slot=1, name="a.txt")["hash"]
    evidence.put(b"the same", key_slot=2, name="a.txt")
    keys.erase([1])
    with pytest.raises(StorageError, match="erased"):
        evidence.get(hash_, key_slot=1)
    assert evidence.get(hash_, key_slot=2) == b"the same"


def test_what_is_not_there_or_no_name_is_refused(evidence: Evidence) -> None:
    with pytest.raises(NotFound):
        evidence.get("ab" * 32, key_slot=1)
    for name in ("../../etc/passwd", "AB" * 32, "ab" * 31, "ab" * 32 + "\n"):
        with pytest.raises(UsageError):
            evidence.get(name, key_slot=1)


def test_files_beyond_the_limits_are_refused_before_anything_is_stored(evidence: Evidence) -> None:
    with pytest.raises(UsageError, match="25 MiB"):
        evidence.put(b"x" * (LIMIT + 1), key_slot=1, name="big.txt")
    with pytest.raises(UsageError, match="pixels"):
        evidence.put(png(10_000, 5_001), key_slot=1, name="bomb.png")
    assert list(evidence.hashes()) == []
    assert evidence.put(png(10_000, 5_000), key_slot=1, name="large.png")["width"] == 10_000
    assert evidence.put(b"", key_slot=1, name="empty")["size"] == 0


def test_a_folder_holds_ciphertext_for_its_owner_alone(tmp_path: Path, keys: MemoryKeys) -> None:
    folder = tmp_path / "evidence"
    FolderEvidence(str(folder), keys).put(b"Mette Holm wants this", key_slot=1, name="a.txt")
    (file,) = (item for item in folder.rglob("*") if item.is_file())
    assert b"Mette" not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_changed_or_swapped_file_is_never_handed_out(tmp_path: Path, keys: MemoryKeys) -> None:
    evidence = FolderEvidence(str(tmp_path), keys)
    one = evidence.put(b"one", key_slot=1, name="a.txt")["hash"]
    two = evidence.put(b"two", key_slot=1, name="b.txt")["hash"]
    first, second = (tmp_path / hash_[:2] / f"{hash_}-1" for hash_ in (one, two))
    first.write_bytes(second.read_bytes())
    with pytest.raises(StorageError):
        evidence.get(one, key_slot=1)
    with pytest.raises(StorageError):
        evidence.put(b"one", key_slot=1, name="a.txt")
    assert evidence.get(two, key_slot=1) == b"two"


def test_a_file_is_flushed_before_it_has_its_name_and_the_folder_after(
    tmp_path: Path, keys: MemoryKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order is what a power cut needs; the calls are recorded and made."""
    done: list[str] = []
    for name in ("fsync", "link"):
        real = getattr(os, name)

        def watched(*arguments: object, name: str = name, real: object = real) -> object:
            what = "folder" if name == "fsync" and os.path.isdir(f"/proc/self/fd/{arguments[0]}") else "file"
            done.append(f"{name} {what}")
            return real(*arguments)  # type: ignore[operator]

        monkeypatch.setattr(os, name, watched)
    FolderEvidence(str(tmp_path / "evidence"), keys).put(b"x", key_slot=1, name="a.txt")
    assert done == ["fsync folder", "fsync folder", "fsync file", "link file", "fsync folder"]


def test_a_leftover_of_a_killed_process_is_no_file(tmp_path: Path, keys: MemoryKeys) -> None:
    evidence = FolderEvidence(str(tmp_path), keys)
    hash_ = evidence.put(b"one", key_slot=1, name="a.txt")["hash"]
    (tmp_path / hash_[:2] / "tmpabc.tmp").write_bytes(b"half")
    assert list(evidence.hashes()) == [hash_]


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, keys: MemoryKeys) -> None:
    blocked = tmp_path / "evidence"
    blocked.write_text("a file stands where the folder should")
    with pytest.raises(StorageError) as why:
        FolderEvidence(str(blocked), keys).put(b"x", key_slot=1, name="a.txt")
    assert str(blocked) in why.value.message

"""Names of files that lead elsewhere: wherever a stranger's name is kept or written, it stays a name."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile_names import NAMES

from procflow.builtin.world import FrozenWorld
from procflow.errors import UsageError
from procflow.hosts.channels import ChannelHouse, NotPrepared
from procflow.plugins import load_plugins
from procflow.stores.evidence import FolderEvidence
from procflow.stores.keys import MemoryKeys
from procflow.stores.sniff import clean_name


def everything_below(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_there_are_as_many_as_the_goal_asks_for() -> None:
    assert len(NAMES) >= 40


def test_evidence_lies_by_its_content_whatever_its_name(tmp_path: Path) -> None:
    evidence = FolderEvidence(
        str(tmp_path / "evidence"), MemoryKeys(FrozenWorld(datetime(2026, 5, 11, tzinfo=UTC)))
    )
    for n, name in enumerate(NAMES):
        facts = evidence.put(b"content %d" % n, key_slot=1, name=name)
        kept = str(facts["name"])
        assert kept == clean_name(name) and 0 < len(kept.encode()) <= 255, name
        assert kept.isprintable() and not set(kept) & set("/\\\0\r\n\u202e"), (name, kept)
        assert kept not in (".", ".."), name
        assert evidence.get(facts["hash"], key_slot=1) == b"content %d" % n
    found = everything_below(tmp_path)
    assert len(found) == len(NAMES) and all(place.startswith("evidence/") for place in found)


def test_the_file_channel_writes_into_its_folder_or_refuses(tmp_path: Path) -> None:
    folder = tmp_path / "out" / "here"
    channel = load_plugins(settings={"file": {"folder": str(folder)}}).channels["file"].channel
    refused = written = 0
    for n, name in enumerate(NAMES):
        key = f"{'0' * 32}/{n + 1}/1"
        try:
            wire = channel.prepare("write", key, {"name": name, "text": "x"})
        except UsageError as why:
            assert why.message.startswith("name: ")
            refused += 1
            continue
        assert channel.deliver("write", key, wire).status == "done"
        written += 1
    found = everything_below(tmp_path)
    assert refused >= 30 and len(found) == written
    assert all(place.startswith("out/here/") and place.count("/") == 2 for place in found)
    assert {os.path.basename(place).lower() for place in found}.isdisjoint(
        {"cases.db", "procflow.toml", ".procflow"}
    )


@pytest.mark.parametrize("mode", ["file", "off"])
def test_no_key_of_an_effect_leads_elsewhere(tmp_path: Path, mode: str) -> None:
    world = FrozenWorld(datetime(2026, 5, 11, tzinfo=UTC))
    with ChannelHouse(load_plugins(), {"mail": {"mode": mode}}, tmp_path, world) as house:
        for name in NAMES:
            if (
                name
                and all(c.isalnum() or c in "._-" for c in name)
                and name[0] not in "."
                and name.isascii()
            ):
                continue  # a word is a key, and lies in the folder of its channel
            with pytest.raises(NotPrepared, match="is not the key of an effect"):
                house.prepare("mail", "send", name, {"to": "a@example.com", "subject": "x", "text": "x"})
    assert everything_below(tmp_path) == set()

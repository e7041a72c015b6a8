"""The customer file by hand and into a file, through the house."""

import json
import os
from datetime import UTC, datetime

import pytest
from procflow_crm.contract import lay

from procflow.builtin.world import FrozenWorld
from procflow.errors import ProcflowError
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"
FILE = {"hash": "h", "name": "bevis.png", "type": "image/png", "size": 2, "content": "YWI="}


def house(tmp_path, mode):
    world = FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    return ChannelHouse(load_plugins(), {"crm": {"mode": mode}}, tmp_path, world)


def test_a_person_is_told_which_documents_go_where(tmp_path):
    with house(tmp_path, "manual") as there:
        wire = there.prepare("crm", "upload", KEY, {"kn": "104233", "files": [FILE], "title": "Bevis"})
        words = there.deliver("crm", "upload", KEY, wire).result["instruction"]
    for text in words.values():
        assert "104233" in text and "bevis.png" in text and "Bevis" in text and "YWI=" not in text


def test_a_file_holds_the_documents_whole(tmp_path):
    with house(tmp_path, "file") as there:
        wire = there.prepare("crm", "upload", KEY, {"kn": "104233", "files": [FILE], "title": "Bevis"})
        assert there.deliver("crm", "upload", KEY, wire).status == "done"
    (file,) = (tmp_path / "outbox" / "crm").iterdir()
    assert json.loads(file.read_text())["parameters"]["files"] == [FILE]


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"kn": "1", "files": [], "title": "x"}, "files: is empty"),
        ({"kn": "1", "files": [{"type": "x"}], "title": "x"}, r"files\[1\]: `name` is missing"),
        ({"kn": "", "files": [FILE], "title": "x"}, "kn: is empty"),
    ],
)
def test_what_is_missing_is_named(tmp_path, parameters, words):
    with house(tmp_path, "file") as there, pytest.raises(ProcflowError, match=words):
        there.prepare("crm", "upload", KEY, parameters)


def real(tmp_path, **settings):
    lay(tmp_path / "exports")
    world = FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    table = {"mode": "real", "file": "customers.db", "exports": "exports", **settings}
    return ChannelHouse(load_plugins(), {"crm": table}, tmp_path, world)


def asked(there, operation, parameters, key=KEY):
    return there.deliver("crm", operation, key, there.prepare("crm", operation, key, parameters))


@pytest.mark.parametrize("file", ["customers.db", ""])
def test_a_change_goes_from_the_customer_to_the_confirmation(tmp_path, file):
    with real(tmp_path, file=file, max_age_days=1) as there:
        assert there.health("crm") == "" or "too old" in there.health("crm")
        found = asked(there, "find_customer", {"plate": "ab 12 345"}).result
        assert (found["status"], found["kn"]) == ("found", "104233")
        policy = asked(there, "policies", {"kn": "104233", "number": "P-20011"}).result
        assert (policy["status"], policy["carrier"], policy["active"]) == ("found", "KAB", True)
        change = {"kn": "104233", "number": "P-20011", "reference": "sag 7", "change": "Ny adresse", "seen": policy["seen"]}  # fmt: skip
        number = asked(there, "propose_change", change).result["change"]
        assert asked(there, "open_changes", {}).result["changes"][0]["change"] == number
        assert asked(there, "open_changes", {"older_than_days": 1}).result["count"] == 0
        done = asked(there, "confirm_change", {"reference": "sag 7", "files": [FILE]}, f"{KEY}1")
        assert (done.status, done.result["reference"]) == ("done", number)
        assert asked(there, "open_changes", {}).result["count"] == 0
        assert asked(there, "documents", {"kn": "104233"}).result["documents"][0]["name"] == "bevis.png"
        assert asked(there, "find_customer", {"name": "holm"}).result["status"] == "several"
        assert asked(there, "find_customer", {"kn": "1"}).result["status"] == "unknown"
        refused = asked(there, "upload", {"kn": "1", "files": [FILE], "title": "x"}, f"{KEY}2")
        assert (refused.status, refused.error) == ("failed", "there is no customer 1 in the customer file")
        with pytest.raises(ProcflowError, match="one of them at a time"):
            there.prepare("crm", "find_customer", KEY, {"kn": "1", "name": "x"})


def test_what_was_read_long_ago_says_so(tmp_path):
    with real(tmp_path, max_age_days=1) as there:
        os.utime(tmp_path / "exports" / "customers.csv", (1_770_000_000, 1_770_000_000))
        os.utime(tmp_path / "exports" / "policies.csv", (1_770_000_000, 1_770_000_000))
        found = asked(there, "policies", {"kn": "104233"}).result
        assert (found["stale"], found["at"]) == (True, "2026-02-02T02:40:00+00:00")
        assert "too old" in there.health("crm")


def test_an_export_with_a_wrong_row_holds_everything_back_until_it_is_right(tmp_path):
    with real(tmp_path) as there:
        (tmp_path / "exports" / "customers.csv").write_text("kn,last_name\n?,B\n")
        done = asked(there, "policies", {"kn": "104233"})
        assert done.status == "retry" and "customers.csv line 2: kn" in done.error
        assert "customers.csv line 2: kn" in there.health("crm")


def test_by_hand_there_is_a_block_to_copy_and_it_says_what_to_write_back(tmp_path):
    with house(tmp_path, "manual") as there:
        words = there.instruction("crm", "add_note", {"kn": "104233", "text": "Ringede på Ærø\nBo"})
        assert words["da"].split("\n\n")[1] == "Ringede på Ærø\nBo" and "note" in words["da"].splitlines()[-1]
        words = there.instruction(
            "crm", "propose_change", {"kn": "1", "number": "P", "reference": "r", "change": "c"}
        )
        assert words["en"].startswith("First look in MIA whether r is there already")

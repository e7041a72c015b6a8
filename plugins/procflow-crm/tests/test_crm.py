"""The customer file by hand and into a file, through the house."""

import json
from datetime import UTC, datetime

import pytest

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

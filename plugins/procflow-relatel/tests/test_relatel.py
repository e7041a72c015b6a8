"""Relatel by hand and into a file, through the house."""

import json
from datetime import UTC, datetime

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.errors import ProcflowError
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"


@pytest.fixture
def house(tmp_path):
    world = FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    opened = []

    def make(mode):
        opened.append(ChannelHouse(load_plugins(), {"relatel": {"mode": mode}}, tmp_path, world))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def go(house, operation, parameters):
    return house.deliver("relatel", operation, KEY, house.prepare("relatel", operation, KEY, parameters))


def test_a_person_is_told_in_both_languages_what_to_do(house):
    there = house("manual")
    words = go(there, "message", {"to": "qbb", "text": "Ring til 104233"}).result["instruction"]
    assert words["da"].startswith("Skriv i Relatel til qbb:\nRing til 104233")
    assert words["en"].startswith("Write to qbb in Relatel:\nRing til 104233")
    words = go(there, "transfer", {"to": {"id": "qbb", "name": "Bo Test"}, "text": "Mette venter"}).result[
        "instruction"
    ]
    assert "Bo Test" in words["da"] and "Mette venter" in words["da"]


def test_a_file_holds_the_message(house, tmp_path):
    assert go(house("file"), "message", {"to": ["qaa", "qbb"], "text": "Hej"}).status == "done"
    (file,) = (tmp_path / "outbox" / "relatel").iterdir()
    assert json.loads(file.read_text())["parameters"] == {"to": ["qaa", "qbb"], "text": "Hej"}


@pytest.mark.parametrize(
    ("operation", "parameters", "words"),
    [
        ("message", {"to": "", "text": "x"}, "to: "),
        ("message", {"to": "qaa"}, "`text` is missing"),
        ("message", {"to": [], "text": "x"}, "to: "),
        ("transfer", {}, "`to` is missing or|`group` is missing or"),
        ("transfer", {"group": "rejse gruppen", "to": "qaa"}, "not to both"),
    ],
)
def test_what_makes_no_sense_is_refused_in_words(house, operation, parameters, words):
    with pytest.raises(ProcflowError, match=words):
        house("file").prepare("relatel", operation, KEY, parameters)

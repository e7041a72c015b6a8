"""The vehicle register by hand and by file, through the house."""

import json
from datetime import UTC, datetime

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.errors import ProcflowError, UsageError
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

KEY = "0123456789abcdef0123456789abcdef/7/2"


def house(tmp_path, mode):
    world = FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    return ChannelHouse(load_plugins(), {"vehicle_register": {"mode": mode}}, tmp_path, world)


@pytest.mark.parametrize(
    ("written", "plate"),
    [("ab 12 345", "AB12345"), ("AB-12.345", "AB12345"), ("mette 1", "METTE1"), ("øl", "ØL")],
)
def test_a_plate_is_written_as_the_register_writes_it(tmp_path, written, plate):
    with house(tmp_path, "file") as there:
        wire = there.prepare("vehicle_register", "lookup", KEY, {"plate": written, "purpose": "KN 104233"})
        there.deliver("vehicle_register", "lookup", KEY, wire)
    (file,) = (tmp_path / "outbox" / "vehicle_register").iterdir()
    assert json.loads(file.read_text())["parameters"]["plate"] == plate


@pytest.mark.parametrize("written", ["A", "AB 12 3456", "", "AB*12"])
def test_what_is_no_plate_is_refused(tmp_path, written):
    channel = load_plugins().channels["vehicle_register"].channel
    with pytest.raises(UsageError, match="number plate"):
        channel.normalise("lookup", {"plate": written, "purpose": "x"})
    with house(tmp_path, "file") as there, pytest.raises(ProcflowError, match="plate: "):
        there.prepare("vehicle_register", "lookup", KEY, {"plate": written, "purpose": "x"})


def test_a_look_up_without_a_purpose_is_refused(tmp_path):
    with house(tmp_path, "manual") as there, pytest.raises(ProcflowError, match="`purpose` is missing"):
        there.prepare("vehicle_register", "lookup", KEY, {"plate": "AB12345"})


def test_a_person_is_told_what_to_write_down(tmp_path):
    with house(tmp_path, "manual") as there:
        words = there.instruction("vehicle_register", "lookup", {"plate": "AB12345", "purpose": "KN 104233"})
    assert (
        "AB12345" in words["da"]
        and "status, carrier, at" in words["da"]
        and "status, carrier, at" in words["en"]
    )

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


AT = "2026-05-01T10:00:00+02:00"
VEHICLES = {
    "AB12345": {"status": "found", "carrier": "KAB", "at": AT},
    "AB12346": {"status": "found", "at": "2026-05-11T09:00:00+02:00"},
    "XY12345": {"status": "deregistered", "carrier": "KAB", "at": AT},
    "QQ12345": {"status": "unknown", "at": AT},
    "METTE1": {"status": "unavailable", "at": AT},
}


def recorded(tmp_path, origin="made up", **settings):
    (tmp_path / "register.json").write_text(json.dumps({"origin": origin, "vehicles": VEHICLES}))
    table = {"mode": "real", "recorded": "register.json", "max_age_days": 7, **settings}
    world = FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    plugins = load_plugins(settings={"vehicle_register": table})
    return ChannelHouse(plugins, {"vehicle_register": table}, tmp_path, world)


def asked(there, plate, purpose="sag 7"):
    wire = there.prepare("vehicle_register", "lookup", KEY, {"plate": plate, "purpose": purpose})
    return there.deliver("vehicle_register", "lookup", KEY, wire)


def test_recorded_answers_say_what_the_register_said_and_when(tmp_path):
    with recorded(tmp_path) as there:
        assert there.health("vehicle_register") == ""
        said = {plate: asked(there, plate).result for plate in VEHICLES}
        assert [(each["status"], each["carrier"], each["stale"]) for each in said.values()] == [
            ("found", "KAB", True), ("found", None, False), ("deregistered", None, True), ("unknown", None, True),
            ("unavailable", None, True),
        ]  # fmt: skip
        assert said["AB12345"]["at"] == AT and said["AB12345"]["source"] == "made up"
        nobody = asked(there, "ZZ99999")
        assert nobody.status == "failed" and "ZZ99999 is not among the recorded answers" in nobody.error


def test_it_is_called_recorded_only_where_the_register_itself_was_recorded(tmp_path):
    def verified(**settings):
        table = {"recorded": "register.json", "origin": "register", "mode": "real", **settings}
        return (
            load_plugins(settings={"vehicle_register": table}).channels["vehicle_register"].channel.verified
        )

    assert verified() == "recorded"
    assert verified(origin="made up") == verified(mode="manual") == verified(recorded="") == "stand-in"
    with recorded(tmp_path, origin="made up") as there:
        (tmp_path / "register.json").write_text(json.dumps({"origin": "register", "vehicles": VEHICLES}))
        done = asked(there, "AB12345")
        assert (
            done.status == "retry" and "of origin 'register', and procflow.toml says 'made up'" in done.error
        )
        assert "origin" in there.health("vehicle_register")


def test_a_purpose_that_is_not_allowed_is_refused_before_anything_is_looked_up(tmp_path):
    with recorded(tmp_path, purposes=["Betalingsproblem", "Skade"], log="lookups.jsonl") as there:
        with pytest.raises(
            ProcflowError, match="'Nysgerrig' begins with none of the allowed ones: Betalingsproblem, Skade"
        ):
            asked(there, "AB12345", "Nysgerrig")
        with pytest.raises(ProcflowError, match="purpose"):
            asked(there, "AB12345", "   ")
        assert not (tmp_path / "lookups.jsonl").exists()
        assert asked(there, "AB12345", "Skade, sag 7").status == "done"
        assert asked(there, "AB12345", "Skade, sag 7").status == "done"
        (line,) = (tmp_path / "lookups.jsonl").read_text().splitlines()
    assert json.loads(line) == {
        "key": KEY, "at": "2026-05-11T08:00:00+00:00", "plate": "AB12345", "purpose": "Skade, sag 7",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "are no JSON"),
        ('{"origin": "made up"}', "`vehicles` is missing"),
        ('{"origin": "made up", "vehicles": {"ab 1": {"status": "found", "at": "2026-05-01T10:00Z"}}}', "vehicles"),
        ('{"origin": "made up", "vehicles": {"AB12345": {"status": "here", "at": "2026-05-01T10:00Z"}}}', "AB12345"),
        ('{"origin": "made up", "vehicles": {"AB12345": {"status": "found", "at": "2026-05-01"}}}', "at"),
    ],
)  # fmt: skip
def test_a_file_of_answers_that_is_wrong_says_where_and_answers_nothing(tmp_path, text, words):
    with recorded(tmp_path) as there:
        (tmp_path / "register.json").write_text(text)
        done = asked(there, "AB12345")
        assert done.status == "retry" and words in done.error
        assert words in there.health("vehicle_register")

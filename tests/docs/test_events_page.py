"""The page of what an operator sees is made from what the program reads, and the program tells nothing else."""

import re
from pathlib import Path

from procflow.cli.seen_reference import page
from procflow.seen.events import EVENTS, FIELDS, LEFT_OUT, LEVELS, read

ROOT = Path(__file__).parents[2]
TELLS = re.compile(r"(?:\.tell|self\._say|self\._tell)\(\s*\"([a-z_]+)\"")


def test_the_page_is_what_the_program_has() -> None:
    assert (ROOT / "docs" / "reference" / "events.md").read_text() == page(), (
        "make it anew, as its second line says"
    )


def test_every_event_of_the_list_is_told_somewhere_and_no_other() -> None:
    told = {
        name
        for room in ("seen", "hosts", "web", "cli")
        for file in (ROOT / "src" / "procflow" / room).rglob("*.py")
        for name in TELLS.findall(file.read_text())
    }
    assert told == set(EVENTS)


def test_every_field_of_an_event_is_explained_and_of_a_known_level() -> None:
    used = {name for event in EVENTS.values() for name in event.fields}
    assert used == set(FIELDS)
    assert {event.level for event in EVENTS.values()} <= set(LEVELS)


def test_what_is_no_name_number_or_time_is_left_out() -> None:
    event = EVENTS["step"]
    given = {
        "case": "Anna Test", "choice": "Anna Test", "procedure": "letter", "source": "anna@private.example",
        "states": ["waiting", "+45 71 99 99 01"], "duration": "long", "effects": 0, "outcome": "", "strange": "x",
    }  # fmt: skip
    assert read(event, given) == {
        "case": LEFT_OUT, "procedure": "letter", "choice": LEFT_OUT, "source": LEFT_OUT,
        "states": ["waiting", LEFT_OUT], "effects": 0, "duration": LEFT_OUT,
    }  # fmt: skip
    refused = read(EVENTS["web_refused"], {"reason": "no anna@private.example\n+4571999901 here"})
    assert refused == {"reason": "no … … here"}

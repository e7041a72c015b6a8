"""S9: no customer, no person, no word that was typed and no secret stands in what an operator sees or keeps."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from canaries import MAIL, NAME, PEOPLE, PHONE, SECRETS, WORDS, CanaryHouse, found_in

EVERYTHING = (*PEOPLE, *SECRETS)


def _leaks(content: bytes, words: tuple[str, ...] = EVERYTHING) -> list[str]:
    return list(found_in(content, words))


def test_the_search_itself_finds_what_it_looks_for() -> None:
    assert _leaks(f"... {NAME.upper()} ...".encode()) == [NAME]
    assert _leaks(b"7199 99 42") == [] and _leaks(b"q=71%2099%2099%2042") == ["71 99 99 42"]
    assert _leaks(f"to={MAIL}".encode("utf-16-le")) == [MAIL]


def test_nobody_is_named_in_the_log(canary_house: CanaryHouse) -> None:
    said = "".join(canary_house.served.said())
    assert all(line.startswith('{"at":"') for line in said.splitlines()), "every line is an event"
    assert _leaks(said.encode()) == []
    assert canary_house.token not in said
    # and what there was to tell has been told
    events = {one["event"] for one in canary_house.served.log()}
    # not as a channel's
    assert {each.get("plugin") for each in canary_house.events("plugin_trouble")} == {"loud"}
    assert events >= {
        "started", "listening", "channel_real", "step", "refused", "delivery", "message_in", "message_routed",
        "channel_trouble", "plugin_trouble", "web_refused", "http", "crashed", "library",
    }  # fmt: skip
    (written,) = canary_house.events("step", command="choice", choice="write")
    assert (written["case"], written["procedure"], written["states"]) == (
        canary_house.number,
        "letter",
        ["waiting"],
    )
    assert written["effects"] == 3 and written["duration"] >= written["commit"] > 0
    requests = {
        one["request"] for one in canary_house.events("http", route="/api/cases/{case}/choices/{choice}")
    }
    assert written["request"] in requests, "the step is found by the request that asked for it"
    refused = canary_house.events("refused", case=canary_house.number)
    assert any(one.get("choice") == "write" and one["outcome"] == "input" for one in refused)
    crash = canary_house.events("crashed")[0]
    assert crash["place"].endswith("loud.py:" + crash["place"].split(":")[1] + ":boom")


def test_nobody_is_named_on_error_pages(canary_house: CanaryHouse) -> None:
    for body in canary_house.pages:
        assert _leaks(body) == []


def test_nobody_is_named_by_doctor(canary_house: CanaryHouse) -> None:
    for form in ((), ("--json",)):
        done = canary_house.call("doctor", *form)
        assert _leaks((done.stdout + done.stderr).encode()) == []


def test_nobody_is_named_in_the_stores_files_and_their_backups(canary_house: CanaryHouse) -> None:
    canary_house.call("backup", str(canary_house.folder / "kept"), rc=0)
    looked = 0
    for file in sorted(canary_house.folder.rglob("*")):
        if file.is_file() and not _is_of_the_house(file.relative_to(canary_house.folder)):
            looked += 1
            assert _leaks(file.read_bytes()) == [], file
    names = {file.name for file in canary_house.folder.iterdir()}
    assert {"cases.db", "cases.db-wal"} <= names and looked > 5
    with sqlite3.connect(f"file:{canary_house.folder / 'cases.db'}?mode=ro", uri=True) as store:
        assert store.execute("select count(*) from journal").fetchone()[0] >= 3, "there was something to find"


def _is_of_the_house(file: Path) -> bool:
    """What the owner wrote, what a customer sent before it was taken, and the test's own note of the log."""
    return (
        not {"procedures", "plugins", "box", "procflow.toml"}.isdisjoint(file.parts) or file.suffix == ".err"
    )


def test_nobody_is_named_when_the_house_itself_breaks(canary_house: CanaryHouse) -> None:
    status, _, _ = canary_house.served.get("/x/broken", authorization=f"Bearer {canary_house.token}")
    assert status in (200, 500)
    status, headers, body = canary_house.served.get(
        f"/?q={PHONE}", authorization=f"Bearer {canary_house.token}"
    )
    assert status == 500 and _leaks(body) == []
    (fault,) = canary_house.told("http_fault", request=headers["x-request-id"])
    assert fault["error"] == "ValueError" and fault["place"]
    said = canary_house.served.stop()
    assert _leaks(said.encode()) == [] and WORDS not in said
    assert "Traceback" not in said
    assert canary_house.events("stopped", clean=True)

"""The command line, the API and the desk give the same person the same answer, with the same reason."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asked import ask, standing
from logging_in import housed
from ready import started

from procflow.web.site import Site

#: Roles are said for what the organisation leaves open, so that every row denies somebody.
SETTINGS = """
[access]
"inbox.all" = ["lead"]
"inbox.read" = ["agent", "lead"]
"board.read" = ["lead"]
"people.read" = ["agent", "lead"]
"case.open" = ["agent"]
"case.step" = ["agent"]
"case.assign" = ["lead"]
"personal.read" = ["agent", "lead"]
"report.read" = ["lead"]
"""
PEOPLE = ("anna", "lis", "nora")
FAR = "2026-06-01"
#: what is asked for -> (its command, its request to the API with a body, its page where the desk has one)
ROWS: dict[str, tuple[tuple[str, ...], tuple[str, str, dict[str, Any] | None], str]] = {
    "inbox": (("inbox",), ("GET", "/api/inbox", None), "/"),
    "everybody's work": (("inbox", "--all"), ("GET", "/api/inbox?everything=true", None), ""),
    "queues": (("queues",), ("GET", "/api/queues", None), "/board"),
    "a case": (("case", "1"), ("GET", "/api/cases/1", None), "/cases/1"),
    "a closed case": (("case", "2"), ("GET", "/api/cases/2", None), "/cases/2"),
    "why": (("why", "1"), ("GET", "/api/cases/1/why", None), "/cases/1/why"),
    "the journal": (("log", "1"), ("GET", "/api/cases/1/journal", None), "/cases/1/story"),
    "a note": (("note", "1", "She rang about it"), ("POST", "/api/cases/1/notes", {"text": "She rang about it"}), ""),
    "a new case": (("open", "call_back"), ("POST", "/api/cases", {"procedure": "call_back"}), ""),
    "somebody's work": (("assign", "1", "bo"), ("POST", "/api/cases/1/assign", {"person": "bo"}), ""),
    "the roster": (("roster",), ("GET", "/api/roster", None), ""),
    "mates": (("mates",), ("GET", "/api/mates", None), ""),
    "an absence": (("absent", "nora", "--from", FAR, "--until", FAR), ("POST", "/api/absences", {"person": "nora", "from": FAR, "until": FAR}), ""),
    "a shift": (("shift", FAR, "early", "bo"), ("PUT", f"/api/roster/{FAR}/early", {"person": "bo"}), ""),
    "a report": (("report", "cases"), ("GET", "/api/reports/cases", None), ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return housed(tmp_path_factory.mktemp("same"), settings="")


@pytest.fixture(scope="module")
def narrowed(house: Path) -> Path:
    with (house / "procflow.toml").open("a") as file:
        file.write(SETTINGS)
    return house


@pytest.fixture(scope="module")
def site(narrowed: Path) -> Iterator[Site]:
    with standing(narrowed) as site:
        yield site


def by_command(house: Path, args: tuple[str, ...], person: str) -> tuple[bool, Any]:
    """(whether it was denied, for what reason)."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PROCFLOW")}
    done = started((*args, "--json"), house, {**kept, "PROCFLOW_AS": person})
    told = json.loads(done.stdout)
    assert done.returncode not in (2, 4, 6), done.stdout
    denied = done.returncode == 5
    return denied, told.get("error", {}).get("facts", {}).get("reason") if denied else None


def by_request(
    site: Site, request: tuple[str, str, dict[str, Any] | None], person: str, way: str
) -> tuple[bool, Any]:
    method, path, body = request
    headers = {"as": person, "way": way, "sec-fetch-site": "same-origin", "content-type": "application/json"}
    sent = json.dumps(body).encode() if body is not None else b""
    status, _, answer = ask(site, method, path, sent, headers)
    assert status not in (400, 404, 415, 422, 500), (status, answer)
    told = json.loads(answer) if status == 403 else {}
    return status == 403, (told.get("reason") or told.get("facts", {}).get("reason")) if told else None


@pytest.mark.parametrize("what", ROWS)
def test_the_same_person_gets_the_same_answer_on_every_way(narrowed: Path, site: Site, what: str) -> None:
    command, request, page = ROWS[what]
    denied = {}
    for person in PEOPLE:
        answer, reason = by_command(narrowed, command, person)
        for way in ("login", "token"):
            other, why = by_request(site, request, person, way)
            assert other == answer, (person, way)
            assert reason is None or why is None or reason == why, (person, way)
        if page:
            shown = ask(site, "GET", page, headers={"as": person})[0]
            assert (shown == 403) == answer and shown in (200, 403), (person, shown)
        denied[person] = answer
    assert len(set(denied.values())) == 2, f"somebody may, and somebody may not: {denied}"

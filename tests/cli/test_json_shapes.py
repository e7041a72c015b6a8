"""The JSON that docs/reference/cli.md promises is the JSON that comes."""

import re
from typing import Any

import pytest

from procflow.cli.reference import CASE, RESULTS

#: command -> how it is called on a desk with one errand, whose wish is being listened to.
CALLS: dict[str, tuple[str, ...]] = {
    "check": ("check",),
    "test": ("test", "--coverage"),
    "show": ("show", "errand"),
    "explain": ("explain", "PF310"),
    "schema": ("schema", "types"),
    "inbox": ("inbox",),
    "step": ("step", "1"),
    "why": ("why", "1"),
    "log": ("log", "1"),
    "note": ("note", "1", "She rang about it"),
    "attach": ("attach", "1", "mette.png"),
    "assign": ("assign", "1", "qll"),
    "absent": ("absent", "qbb", "--until", "2026-05-12"),
    "claim": ("claim", "1"),
    "handover": ("handover", "1", "qll", "--note", "She rings back at ten"),
    "suspend": ("suspend", "1", "--until", "2 hours", "--reason", "Waits for the post"),
    "who": ("who", "1"),
    "queues": ("queues",),
    "handback": ("handback", "qbb"),
    "roster": ("roster",),
    "mates": ("mates",),
    "shift": ("shift", "2026-05-12", "early", "qaa", "--as", "qll"),
    "init": ("init", "new", "--empty"),
    "run": ("run", "--once"),
    "audit": ("audit",),
    "report": ("report", "cases", "--as", "qll"),
    "import": ("import", "turnover", "turnover.csv", "--as", "qll"),
    "plugins": ("plugins",),
    "doctor": ("doctor",),
    "health": ("health", "--without-host"),
    "prove": ("prove", "policy_change"),
}


def top_names(words: str) -> set[str]:
    """The names in backticks that stand outside of brackets, up to the first `;` or full stop."""
    first = re.split(r"[;.]", re.sub(r"\([^)]*\)", "", words))[0]
    return set(re.findall(r"`(\w+)`", first))


@pytest.mark.parametrize("command", CALLS)
def test_a_result_has_the_keys_that_the_page_names(desk: Any, command: str) -> None:
    desk.ok("open", "errand", "--with", "kn=104233")
    result = desk.json(*CALLS[command])
    promised = top_names(RESULTS[command]) | ({"coverage"} if command == "test" else set())
    assert set(result) == promised


def test_a_case_has_the_keys_that_the_page_names(desk: Any) -> None:
    opened = desk.json("open", "errand", "--with", "kn=104233")
    assert set(opened) == set(CASE)
    assert set(desk.json("case", "1")) == set(CASE)
    assert set(desk.json("signal", "1", "unheard")) == {*CASE, "taken"}
    done = desk.json("do", "1", "pass_on")
    assert set(done) == {*CASE, "started"}
    assert done["started"] == [{"number": 2, "procedure": "policy_change", "title": "Change of a policy"}]


def test_every_command_that_is_documented_is_called_here_or_elsewhere() -> None:
    assert set(RESULTS) - set(CALLS) == {
        "open",
        "case",
        "do",
        "signal",
        "receive",
        "demo",
        "serve",
        "user",
        "token",
        "backup",
        "restore",
        "store",
        "plugin",
        "swap",
        "giveback",
        "resume",
    }


@pytest.mark.parametrize(
    ("args", "keys"),
    [
        (("--json", "--help"), {"command": "procflow"}),
        (("do", "-h", "--json"), {"command": "procflow do"}),
        (("--json", "user", "add", "--help"), {"command": "procflow user add"}),
        (("--version", "--json"), {"version": None}),
        (("--json", "--version"), {"version": None}),
    ],
)
def test_help_and_version_are_one_object_too(
    desk: Any, args: tuple[str, ...], keys: dict[str, str | None]
) -> None:
    """They were text, which a program that asked for JSON cannot read."""
    import json

    done = desk.run(*args)
    told = json.loads(done.stdout)
    assert (done.returncode, done.stdout.count("\n"), told["ok"]) == (0, 1, True)
    for key, value in keys.items():
        assert told["result"][key] == value or (value is None and told["result"][key])
    if "command" in keys:
        assert told["result"]["help"].startswith(f"Usage: {keys['command']}")


def test_help_and_version_stay_text_for_people(desk: Any) -> None:
    assert desk.run("do", "--help").stdout.startswith("Usage: procflow do [OPTIONS] CASE CHOICE\n")
    assert desk.run("--version").stdout.startswith("procflow 0")

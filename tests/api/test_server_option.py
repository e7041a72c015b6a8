"""`procflow --server URL`: another machine prints the same, ends with the same codes, and says what it cannot do."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ready import started

from procflow import cli
from procflow.cli.group import GROUPS
from procflow.cli.reach import ASKS_NONE, ONLY_HERE, OVER_SERVER


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def _ran(args: tuple[str, ...], folder: Path, **more: str) -> Ran:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}
    done = started(
        args, folder, {**kept, "PYTHONUTF8": "1", "COLUMNS": "100", "HOME": str(folder), **more}, ""
    )
    return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def here(api: Any) -> Callable[..., Ran]:
    """A command in the workspace itself."""
    return lambda *args, **more: _ran(args, api.folder, **{"PROCFLOW_AS": "qaa", **more})


@pytest.fixture
def there(api: Any, tmp_path: Path) -> Callable[..., Ran]:
    """A command on a machine that has no workspace."""
    (tmp_path / "mette.png").write_bytes(api.png())
    return lambda *args, **more: _ran(args, tmp_path, **{"PROCFLOW_SERVER": api.address, **more})


def without_numbers(ran: Ran) -> Ran:
    """What differs between two cases that are otherwise alike."""
    words = [
        re.sub(r"\b[0-9a-f]{64}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b|\b\d+\b", "#", text) for text in ran[1:]
    ]
    return Ran(ran.code, *words)


def test_what_is_looked_at_is_printed_alike_to_the_letter(api: Any, here: Any, there: Any) -> None:
    number = str(api.registered())
    api.post(f"/cases/{number}/notes", {"text": "She rang about it"})
    api.post("/messages", {"channel": "sms", "from": "+4571999555", "text": "hvem?"})
    for args in (
        ("inbox",), ("inbox", "--all"), ("case", number), ("case", number, "--lang", "da"), ("why", number),
        ("why", number, "withdraw"), ("log", number), ("log", number, "--lang", "da"), ("who", number), ("queues",),
        ("roster",), ("mates",), ("handback",), ("handback", "qbb"), ("report",), ("report", "calls", "--from", "2026-05-01"),
        ("report", "calls", "--format", "csv"), ("report", "cases"), ("case", "99999"), ("why", number, "nothing"),
        ("roster", "--from", "yesterday"), ("handback", "nobody"), ("show", "errand", "--format", "mermaid"), ("show", "errand", "--format", "svg"),
        ("show", "--case", number, "--format", "mermaid"), ("show",), ("audit",),
    ):  # fmt: skip
        for as_json in ((), ("--json",)):
            mine, theirs = here(*args, *as_json), there(*args, *as_json)
            if args == ("handback", "nobody") or (args[:1] == ("inbox",) and "--lang" in args):
                assert theirs.code == mine.code, args
                continue
            assert theirs == mine, args


def test_what_is_done_is_done_and_told_alike(api: Any, here: Any, there: Any) -> None:
    fields = [
        part
        for name, value in api.register.items()
        for part in ("--with", f"{name}={value if isinstance(value, str) else value[0]}")
    ]
    told: dict[str, list[Ran]] = {"here": [], "there": []}
    for where, run in (("here", here), ("there", there)):
        folder = api.folder if where == "here" else None
        opened = run("open", "policy_change", "--json")
        number = str(json.loads(opened.out)["result"]["number"])
        if folder is not None:
            (folder / "mette.png").write_bytes(api.png())
        ran = [opened]
        for args in (
            ("do", number, "register", "--with", "kn=x"),
            ("do", number, "regster", *fields),
            ("claim", number), ("giveback", number),
            ("handover", number, "qpp", "--note", "She rings back at ten"), ("handover", number, "qll", "--note", "She rings back at ten"),
            ("handover", number, "qll", "--note", "She rings back at ten", "--json"), ("handover", number), ("handover", number, "--back"), ("giveback", number),
            ("suspend", number, "--until", "2 hours", "--reason", "Waits for the post"),
            ("resume", number), ("resume", number),
            ("note", number, "She rang about it", "--json"), ("note", number, "short"),
            ("do", number, "register", *fields, "--lang", "da"),
            ("do", number, "register", *fields, "--json"),
            ("attach", number, "mette.png"), ("attach", number, "nothing.png"),
            ("do", number, "file_screenshot", "--with", "screenshot=nothing.png", "--with", "name_is_visible=yes"),
            ("signal", number, "unheard"), ("signal", number, "unheard", "--json"),
            ("assign", number, "qbb"), ("assign", number, "nobody", "--json"),
            ("do", number, "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes"),
            ("do", number, "executed", "--with", "reference=A-1"), ("do", number, "executed", "--with", "reference=A-1", "--json"),
            ("receive", "--channel", "sms", "--from", "+4571999901", "--text", "Hej igen", "--case", number, "--json"),
            ("receive", "--message", "nothing", "--no-case", "answered"), ("receive", "--no-case", "answered"), ("receive", "--channel", "sms"), ("receive", "--channel", "sms", "--from", "+4571999444", "--text", f"ukendt {where}"),
            ("open", "errand", "--with", "kn=1", "--json"), ("open", "erand"),
        ):  # fmt: skip
            ran.append(run(*args))
        told[where] = ran
    for place, (mine, theirs) in enumerate(zip(told["here"], told["there"], strict=True)):
        assert without_numbers(theirs) == without_numbers(mine), place
    assert {ran.code for ran in told["there"]} >= {0, 1, 2, 5, 6}
    # what a server keeps of its inbox is what a fresh process finds, after each step
    number = str(api.registered())
    for args in (
        (), ("do", number, "file_screenshot", "--with", "screenshot=mette.png", "--with", "name_is_visible=yes"),
        ("do", number, "not_possible", "--with", "reason=The post is closed", "--with", f"item=manual:{case_id(api, number)}/3/1"),
    ):  # fmt: skip
        if args:
            assert here(*args).code in (0, 1), args
        for _ in range(2):
            assert json.loads(there("inbox", "--json").out) == json.loads(here("inbox", "--json").out), args


def case_id(api: Any, number: str) -> str:
    return str(api.get(f"/cases/{number}")["id"])


def test_the_id_of_a_request_is_the_same_here_and_from_there(api: Any, here: Any, there: Any) -> None:
    """One letter was taken here and eight were asked for there, in words of a header that nobody had written."""
    number = str(api.registered())
    for at, mark in ((here, "h"), (there, "t")):
        for _ in range(2):
            done = at("note", number, "She rang about it", "--request-id", mark)
            assert done.code == 0, done
        refused = at("note", number, "never written", "--request-id", "0/2/x")
        assert refused.code == 2 and "--request-id is 1 to 100 letters" in refused.err
    assert len(api.get(f"/cases/{number}/notes")["notes"]) == 2


def test_absences_and_mates_are_registered_from_there_too(api: Any, there: Any, here: Any) -> None:
    away = there(
        "absent", "qaa", "--from", "2026-07-01", "--until", "2026-07-03", "--request-id", "away-from-there-1"
    )
    until = "until Saturday 4 July 2026 at 00:00"
    assert away.code == 0 and "Anna Test is away from Wednesday 1 July 2026" in away.out, away
    assert until in away.out, away
    again = there(
        "absent",
        "qaa",
        "--from",
        "2026-07-01",
        "--until",
        "2026-07-03",
        "--request-id",
        "away-from-there-1",
        "--json",
    )
    assert json.loads(again.out)["result"]["until"] == "2026-07-03T22:00:00+00:00"
    shift = ("shift", "2026-07-09", "early", "qaa")
    assert there(*shift) == here(*shift) and here(*shift).code == 5, "who plans is the lead"
    assert api.run(*shift, person="qll").returncode == 0
    swap = ("swap", "2026-07-09", "qaa", "qbb", "--confirmed", "qaa")
    assert there(*swap) == here(*swap) and here(*swap).code == 1, "both must have said yes"
    swapped = there(*swap, "--confirmed", "qbb")
    assert swapped.code == 0 and "Bo Test has the shift of Thursday 9 July 2026 now" in swapped.out
    assert there("absent", "qll").code == 5 and there("absent", "nobody").code == 2
    assert (
        there("mates", "qff", "qpp", "--confirmed", "qff").code
        == here("mates", "qff", "qpp", "--confirmed", "qff").code
        != 0
    )


def test_what_cannot_be_done_from_there_says_so(api: Any, there: Any, tmp_path: Path) -> None:
    names = {name: module for commands in GROUPS.values() for name, (module, _) in commands.items()}
    assert set(names) == OVER_SERVER | {*ONLY_HERE} | {*ASKS_NONE}
    needs = {
        "import": ("survey", "x"),
        "user": ("list",),
        "token": ("list",),
        "store": ("copy", "--to", "x.db"),
        "plugin": ("new", "x"),
    }
    for name, module in names.items():
        if name in OVER_SERVER:  # the tests above ask them; here, that none is forgotten
            text = Path(f"{cli.__path__[0]}/{module}_command.py").read_text()
            shared = re.findall(r"from procflow\.cli\.(own_work) import", text)
            texts = [text, *(Path(f"{cli.__path__[0]}/{each}.py").read_text() for each in shared)]
            assert any(".there" in each for each in texts), name
            continue
        told = there(
            name,
            *needs.get(name, ("x",) if name in ("restore", "backup", "init") else ()),
            "--server",
            api.address,
        )
        wanted = (
            "works in the workspace itself, and not with --server"
            if name in ONLY_HERE
            else "--server means nothing to this command"
        )
        assert told.code == 2 and wanted in told.err, (name, told)
    told = there("--server", api.address, "check")
    assert told.code == 2 and "it reads the files of the workspace" in told.err
    assert "works in the workspace itself" in there("doctor").err, "PROCFLOW_SERVER says so too"
    nobody = there("inbox", "--server", "http://127.0.0.1:9")
    assert nobody.code == 7 and "nobody answers at http://127.0.0.1:9" in nobody.err
    assert (
        there("inbox", "--server", "ftp://x").code == 2
        and there("inbox", "--server", "desk.example").code == 2
    )
    other = there("inbox", PROCFLOW_AS="qbb")
    assert other.code == 2 and "knows you as qaa, and not as qbb" in other.err
    assert there("inbox", PROCFLOW_AS="QAA").code == 0
    clear = there("inbox", "--server", "http://desk.example", PROCFLOW_TOKEN="pf-0451")
    assert clear.code == 2 and "in clear" in clear.err and "0451" not in clear.err
    token = tmp_path / "token"
    token.write_text("x")
    token.chmod(0o644)
    assert "chmod 600" in there("inbox", PROCFLOW_TOKEN_FILE=str(token)).err
    assert there("inbox", PROCFLOW_TOKEN_FILE=str(tmp_path / "none")).code == 2


def test_the_shell_completes_from_there_and_is_silent_where_nobody_answers(api: Any, there: Any) -> None:
    number = str(api.opened("errand", kn="104233"))

    def completed(line: str, **more: str) -> list[str]:
        words = {"COMP_WORDS": line, "COMP_CWORD": str(len(line.split(" ")) - 1)}
        told = there(_PROCFLOW_COMPLETE="bash_complete", **words, **more)
        assert told.err == ""
        return [found.partition(",")[2] for found in told.out.splitlines() if found]

    assert number in completed("procflow step ")
    assert completed(f"procflow do {number} s") == ["settle"]
    assert completed(f"procflow do {number} settle --with k") == ["keeper="]
    assert completed(f"procflow do {number} settle --with keeper=qb") == ["keeper=qbb"]
    assert completed("procflow open er") == ["errand"]
    assert completed("procflow open errand --with ") == ["kn="]
    assert completed("procflow step ", PROCFLOW_SERVER="http://127.0.0.1:9") == []

"""`procflow step --server URL`: the guided way from another machine says, asks, checks and keeps what it does here."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ready import started
from serving import PROCFLOW, Served

from procflow.app import App
from procflow.core.policy import Actor
from procflow.errors import NotAllowed
from procflow.views.guided import keep_opening, opening_view

Step = Callable[..., subprocess.CompletedProcess[str]]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}
    return {**kept, "PYTHONUTF8": "1", "COLUMNS": "100", "HOME": str(folder), **more}


def walked(
    folder: Path, *args: str, typed: tuple[str, ...] = (), **env: str
) -> subprocess.CompletedProcess[str]:
    lines = "".join(f"{line}\n" for line in typed)
    return started(("step", *args), folder, environment(folder, **env), lines)


@pytest.fixture
def afar(api: Any, tmp_path: Path) -> Step:
    """The guided way on a machine that has no workspace."""
    (tmp_path / "mette.png").write_bytes(api.png())
    return lambda *args, **more: walked(tmp_path, *args, **{"PROCFLOW_SERVER": api.address, **more})


@pytest.fixture
def near(api: Any) -> Step:
    """The guided way in the workspace itself."""
    (api.folder / "mette.png").write_bytes(api.png())
    return lambda *args, **more: walked(api.folder, *args, **{"PROCFLOW_AS": "qaa", **more})


def masked(text: str) -> str:
    """Without what differs between two cases that are otherwise alike."""
    return re.sub(r"\b[Cc]ase \d+|\bSag \d+|step \d+|\bsag \d+|[0-9a-f]{32}", "#", text)


def numbered(done: subprocess.CompletedProcess[str]) -> str:
    found = re.findall(r"Case (\d+)", done.stdout)
    assert found, done.stdout + done.stderr
    return str(found[-1])


def test_from_opening_to_the_end_the_same_is_said_asked_checked_and_promised(near: Step, afar: Step) -> None:
    opening = ("12", "104233", "", "?", "1", "short", "She wants her contract", "nobody", "?", "qbb", "7", "2", ":n",
               "too short", "The line was bad today", "n", "", "She is very upset", "", "q")  # fmt: skip
    on = ("1", "<", "", "4", "yes", "", "2", "M-1", "", "1", "no-such.png", "mette.png", "")
    told = {}
    for where, step in (("near", near), ("afar", afar)):
        first = step("--open", "errand", typed=opening, PROCFLOW_LANG="en")
        assert "Not possible: Calm the customer first" in first.stdout, first.stdout + first.stderr
        number = numbered(first)
        second = step(number, typed=on)
        third = step(number, typed=("q",), PROCFLOW_LANG="da")
        told[where] = [(d.returncode, masked(d.stdout), masked(d.stderr)) for d in (first, second, third)]
    assert told["afar"] == told["near"]
    first, second, third = (text for _, text, _ in told["afar"])
    assert "✗ Customer number" in first and "✓ The note is written." in first
    assert "You had begun; this is kept:" in second and "✓ We settle it" in second, second
    assert "answer: running, due" in second and "✓ Done by hand: mail.send" in second
    assert "no file no-such.png" in second and "■ The case is closed: settled" in second, second
    assert "Sagen er afsluttet: settled" in third


def test_files_go_along_and_a_case_that_a_step_opens_is_gone_on_with(
    api: Any, near: Step, afar: Step
) -> None:
    for step in (near, afar):
        number = str(api.registered())
        done = step(number, typed=("1", "no-such.png", "mette.png", "yes", "v", ""))
        assert (
            "This goes out:" in done.stdout
            and "policy@prosam.example" in done.stdout.partition("This goes out:")[2]
        ), done.stdout
        assert done.stdout.count("no-such.png") > 1 and "✓ File screenshot" in done.stdout, done.stdout
        assert "Tell the customer: The change is made" in done.stdout and "attach: mette.png" in done.stdout
        errand = str(api.opened("errand", kn="104233"))
        passed = step(errand, typed=("2", "", "", "2", ""))
        assert "Opened case" in passed.stdout and "■ The case is closed: withdrawn" in passed.stdout
    assert len(api.get(f"/cases/{number}/evidence")["files"]) == 1, (
        "the bytes of this machine's file came there"
    )


def test_what_was_typed_outlives_the_end_of_the_input_there_and_is_offered_here(
    api: Any, near: Step, afar: Step
) -> None:
    number = str(api.opened("errand", kn="104233"))
    done = afar(number, typed=("1", "She wants her contract", "qbb"))
    assert done.returncode == 1 and f"go on with: procflow step {number}" in done.stdout
    assert "begun 2/6" in near(number, typed=("q",)).stdout
    told = json.loads(afar(number, "--json").stdout)["result"]
    assert told["options"][0]["begun"] == ["keeper", "wish"] and told["options"][0]["key"] == "1"
    assert told == json.loads(near(number, "--json").stdout)["result"]
    afar(number, typed=("1", "1", "", "", "Her number is 010190-1234", "q"))
    kept = api.get(f"/cases/{number}/drafts/settle")["with"]
    assert "010190" not in str(kept) and kept["wish"] == "She wants her contract"
    api(
        "PUT", f"/cases/{number}/drafts/settle", {"with": {"wish": "Her number is 010190-1234", "other": "x"}}
    )
    assert api.get(f"/cases/{number}/drafts/settle")["with"] == {}, "whoever sends it: no draft keeps that"
    opening = afar("--open", "errand", typed=("104233",))
    assert opening.returncode == 1 and "procflow step --open errand" in opening.stdout
    assert api.get("/procedures/errand/opening")["typed"] == {"kn": "104233"}
    assert api("DELETE", "/procedures/errand/opening/draft").status == 204
    assert api.get("/procedures/errand/opening")["typed"] == {}


@pytest.mark.parametrize("where", ["near", "afar"])
def test_somebody_who_was_faster_is_named_and_the_draft_stays(where: str, api: Any, tmp_path: Path) -> None:
    number = str(api.opened("errand", kn="104233"))
    place, env = (api.folder, {"PROCFLOW_AS": "qaa"}) if where == "near" else (tmp_path, {"PROCFLOW_SERVER": api.address})  # fmt: skip
    process = begun(place, number, **env)
    until(process, "1\nShe wants her contract\nqbb\n1\nyes\n\nShe asked for it\n", "do it")
    assert api.run("assign", number, "qll", person="qll").returncode == 0
    assert api.run("do", number, "pass_on", person="qll").returncode == 0
    out, _ = process.communicate("\nq\n", timeout=60)
    assert "Somebody was faster" in out and "Lis Test took “It is a change of a policy”" in out, out
    assert "Look at it anew; what you typed is kept." in out and process.returncode == 0
    assert json.loads(api.run("case", number, "--json").stdout)["result"]["outcome"] == "passed_on"


def begun(folder: Path, *args: str, **env: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [PROCFLOW, "step", *args], cwd=folder, env=environment(folder, **env), text=True, encoding="utf-8",
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def until(process: "subprocess.Popen[str]", typed: str, wanted: str) -> str:
    """Type, and read on to a word."""
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(typed)
    process.stdin.flush()
    seen = ""
    while wanted not in seen:
        letter = process.stdout.read(1)
        assert letter, seen
        seen += letter
    return seen


def test_a_token_that_only_opens_cases_keeps_what_is_typed_for_them(made: Path, tmp_path: Path) -> None:
    folder = str(shutil.copytree(made, tmp_path / "desk"))
    with App(folder) as app, app.asked_by(Actor("qaa", "token", ("case.open",))):
        assert keep_opening(app, "errand", {"kn": "104233"}, "qaa") == {"kn": "104233"}
        assert opening_view(app, "errand", "qaa", "en")["typed"] == {"kn": "104233"}
        with pytest.raises(NotAllowed):
            app.allow("case.step", "qaa")


@pytest.fixture
def alone(made: Path, tmp_path: Path) -> Iterator[Served]:
    """A server that may be killed."""
    found = Served(Path(shutil.copytree(made, tmp_path / "desk")), "--no-host", person="qaa")
    yield found
    if found.running:
        found.kill()


def test_a_server_that_goes_in_the_middle_is_told_of_and_nothing_typed_is_lost(
    alone: Served, api_of: Any, tmp_path: Path
) -> None:
    number = str(api_of(alone).opened("errand", kn="104233"))
    process = begun(tmp_path, number, PROCFLOW_SERVER=alone.address)
    until(process, "1\nShe wants her contract\n", "Keeper")
    alone.kill()
    seen = until(process, "qbb\n", "try again; what you typed waits")
    assert "nobody answers at" in seen and "is `procflow serve` running?" in seen
    until(process, "\n", "try again; what you typed waits")
    back = Served(alone.folder, "--no-host", "--listen", f"127.0.0.1:{alone.port}", person="qaa")
    try:
        out, _ = process.communicate("\n1\nyes\n\nShe asked for the contract\n\nq\n", timeout=60)
        assert "✓ We settle it" in out, out
        data = api_of(back).get(f"/cases/{number}")["data"]
        assert data["keeper"]["id"] == "qbb" if isinstance(data["keeper"], dict) else data["keeper"] == "qbb"

        number = str(api_of(back).opened("errand", kn="104233"))
        process = begun(tmp_path, number, PROCFLOW_SERVER=back.address)
        until(process, "1\nShe wants her contract\n", "Keeper")
    finally:
        back.kill()
    out, _ = process.communicate("qbb\nq\n", timeout=60)
    assert "The last answer could not be kept, all those before it are" in out and process.returncode == 7
    gone = walked(tmp_path, number, PROCFLOW_SERVER=back.address)
    assert gone.returncode == 7 and "nobody answers at" in gone.stderr

"""A `run` or `serve` that cannot begin says why as one line of its log, where that is JSON; a terminal has it in text."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path
from typing import Any

import pytest
from serving import PROCFLOW
from small import small_workspace

from procflow.testing.free_port import free_port


def _ended(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROCFLOW, *args], cwd=folder, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
        env={**os.environ, "PROCFLOW_AS": "anna", "PROCFLOW_LANG": "en"},
    )  # fmt: skip


def _told(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """The one line that says why, after every other line was read as an event."""
    events = [json.loads(line) for line in done.stderr.splitlines()]
    (why,) = [one for one in events if one["event"] == "gave_up"]
    assert why is not None and events[-1] is why and why["level"] == "error" and why["at"]
    assert why["exit"] == done.returncode
    return dict(why)


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("asked", [("--log-format", "json"), ("--log-format=json",)])
def test_no_workspace_settings_and_options_that_are_wrong(
    tmp_path: Path, command: str, asked: tuple[str, ...]
) -> None:
    nowhere = _told(_ended(tmp_path, command, *asked))
    assert (nowhere["what"], nowhere["exit"], nowhere["code"]) == (command, 6, "not-found")
    assert "is not inside a workspace" in nowhere["why"] and "procflow init" in nowhere["hint"]
    wrong = _told(_ended(tmp_path, command, "--no-such-option", *asked))
    assert (wrong["what"], wrong["exit"], wrong["code"]) == (command, 2, "usage")
    assert "--no-such-option" in wrong["why"]
    small_workspace(tmp_path)
    with (tmp_path / "procflow.toml").open("a") as file:
        file.write("[channels.mail\n")
    broken = _told(_ended(tmp_path, command, *asked))
    assert broken["code"] == "broken-document" and "procflow.toml" in broken["why"]


def test_what_is_met_after_it_was_told_that_it_starts(tmp_path: Path) -> None:
    small_workspace(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        done = _ended(tmp_path, "serve", "--listen", where, "--log-format", "json")
    assert f"nothing can listen at {where}" in _told(done)["why"]
    away = f"127.0.0.1:{free_port()}"
    done = _ended(tmp_path, "run", "--host", "temporal", "--temporal", away, "--log-format", "json")
    assert f"no Temporal server answers at {away}" in _told(done)["why"]


def test_the_settings_say_the_form_and_text_stays_text(tmp_path: Path) -> None:
    small_workspace(tmp_path)
    settings = (tmp_path / "procflow.toml").read_text()
    (tmp_path / "procflow.toml").write_text(f'{settings}[log]\nformat = "json"\n')
    assert "HOST:PORT" in _told(_ended(tmp_path, "serve", "--listen", "nonsense"))["why"]
    (tmp_path / "procflow.toml").write_text(f'{settings}[log]\nformat = "text"\n')
    done = _ended(tmp_path, "serve", "--listen", "0.0.0.0:1")
    assert done.stderr.splitlines()[-2].startswith("procflow: without users") and '"event"' not in done.stderr


@pytest.mark.parametrize("command", ["run", "serve"])
def test_who_asked_for_no_form_reads_words_through_a_pipe_too(tmp_path: Path, command: str) -> None:
    nowhere = _ended(tmp_path, command)
    assert nowhere.returncode == 6 and nowhere.stderr.startswith("procflow: ")
    wrong = _ended(tmp_path, command, "--no-such-option")
    assert wrong.returncode == 2 and wrong.stderr.startswith("Usage: procflow") and "{" not in wrong.stderr


def test_a_command_that_has_no_log_says_it_in_text_and_the_answer_in_json_stays(tmp_path: Path) -> None:
    done = _ended(tmp_path, "run", "--once")
    assert done.stderr.startswith("procflow: ") and '"event"' not in done.stderr
    asked = _ended(tmp_path, "run", "--json")
    assert asked.stderr == "" and json.loads(asked.stdout)["error"]["code"] == "not-found"
    both = _ended(tmp_path, "run", "--json", "--log-format", "json")
    assert json.loads(both.stdout)["error"]["code"] == "not-found" and _told(both)["code"] == "not-found"
    assert _ended(tmp_path, "inbox").stderr.startswith("procflow: ")

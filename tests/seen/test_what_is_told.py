"""What is told of an effect while its first try is under way, and of a step by time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from canaries import until
from logging_in import procflow
from serving import PROCFLOW
from small import small_workspace
from test_stopping import PROCEDURE, SLOW

from procflow.app import App
from procflow.app.standing import samples


@pytest.fixture
def house(tmp_path: Path) -> Path:
    small_workspace(tmp_path)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "slow.py").write_text(SLOW)
    (tmp_path / "procedures" / "going").mkdir()
    (tmp_path / "procedures" / "going" / "procedure.yaml").write_text(PROCEDURE.lstrip())
    with (tmp_path / "procflow.toml").open("a") as file:
        file.write('[channels.slow]\nmode = "real"\nseconds = 600\n')
    return tmp_path


def test_what_is_tried_just_now_is_not_told_as_not_taken(house: Path) -> None:
    procflow(house, "open", "going", by="anna")
    host = subprocess.Popen(
        [PROCFLOW, "run"], cwd=house, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        env={**os.environ, "PROCFLOW_AS": "anna"},
    )  # fmt: skip
    try:
        until((house / "delivered.txt").exists, "a delivery was begun")
        (waiting,) = json.loads(procflow(house, "case", "1", "--json", by="anna"))["result"]["waiting"]
        assert (waiting["attempts"], waiting["next_try"], waiting["error"]) == (0, None, None)
        told = procflow(house, "case", "1", "--lang", "en", by="anna")
        assert "On its way: slow.go" in told and "not taken" not in told
        assert "slow.go waits since" not in procflow(house, "doctor", "--lang", "en", by="anna")
        with App(str(house)) as app:
            figures = {(name, labels): value for name, labels, value in samples(app)}
            (row,) = app.store.effects(app.engine.load(1).row.id)
            assert (row.attempts, row.tried) == (1, 0), "it is in hand"
        assert figures["procflow_outbox_waiting", ("slow",)] == 1.0
        assert figures["procflow_outbox_tried", ("slow",)] == 0.0
    finally:
        host.send_signal(signal.SIGKILL)
        host.wait()


TIMED = """
procedure: timed
title: {da: Med ur, en: Timed}
owner: lead
starts: [{by: agent}]
initial: here
states:
  here:
    task: {role: agent}
    after: {1 second: {to: done}}
    choices: {over: {label: {da: Slut, en: Over}, to: done}}
  done: {final: true, outcome: done}
"""


def test_a_step_by_time_says_which_timer_it_was(house: Path) -> None:
    (house / "procedures" / "timed").mkdir()
    (house / "procedures" / "timed" / "procedure.yaml").write_text(TIMED.lstrip())
    procflow(house, "open", "timed", by="anna")

    def by_time() -> list[dict[str, object]]:
        ran = subprocess.run(
            [PROCFLOW, "run", "--once", "--log-format", "json"], cwd=house, capture_output=True, text=True
        )
        return [one for line in ran.stderr.splitlines() if (one := json.loads(line)).get("command") == "time"]

    (step,) = until(by_time, "it was due")
    assert step["choice"] == "after:here" and step["outcome"] == "done"

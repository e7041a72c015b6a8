"""What is told of an effect while its first try is under way, and of a step by time."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest
from canaries import until
from logging_in import procflow
from serving import PROCFLOW, a_host
from slow_house import slow, slow_house

from procflow.app import App
from procflow.app.standing import samples


@pytest.fixture
def house(tmp_path: Path) -> Path:
    slow(slow_house(tmp_path), 600)
    return tmp_path


def test_what_is_tried_just_now_is_not_told_as_not_taken(house: Path) -> None:
    procflow(house, "open", "going", by="anna")
    host = a_host(house)
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


def test_a_clock_that_says_no_time_is_told_too(house: Path) -> None:
    (house / "clock.txt").write_text("2026-05-11T10:05:00+02:00\n")
    settings = (house / "procflow.toml").read_text().replace("seconds = 600", "seconds = 0")
    (house / "procflow.toml").write_text(f'clock = "clock.txt"\n{settings}')
    (house / "procedures" / "timed").mkdir()
    (house / "procedures" / "timed" / "procedure.yaml").write_text(
        TIMED.lstrip().replace("1 second", "1 hour")
    )
    procflow(house, "open", "timed", by="anna")  # there is something to wait for
    procflow(house, "open", "going", by="anna")
    with (house / "log").open("w") as log:
        host = a_host(house, "--log-format", "json", stdout=log, stderr=log)
    try:
        until(lambda: '"delivery"' in (house / "log").read_text(), "it runs")
        (house / "clock.txt").write_text("noon\n")
        told = until(lambda: [line for line in (house / "log").read_text().splitlines() if "round_failed" in line], "it is told")  # fmt: skip
        assert json.loads(told[0])["error"] == "UsageError" and json.loads(told[0])["at"]
        assert host.poll() is None, "it goes on when the file is right again"
        (house / "clock.txt").write_text("2026-05-11T10:06:00+02:00\n")
        procflow(house, "open", "going", by="anna")
        until(lambda: (house / "log").read_text().count('"delivery"') == 2, "it goes on")
    finally:
        host.kill()
        host.wait()

"""The bell: what one process stores wakes the host of another at once."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from procflow.app import App
from procflow.builtin.bell import STEPPED, Bell, ring

PROCEDURE = """procedure: trial
title: {en: Trial, da: Prøve}
owner: lead
starts: [{by: agent}]
initial: s
states:
  s: {task: {role: agent}, choices: {send: {do: [{mail.send: {to: anna@example.com, subject: Hello, text: Hello}}], to: t}}}
  t: {task: {role: agent}, choices: {end: {to: e}}}
  e: {final: true}
"""
ORGANISATION = """organisation: house
timezone: Europe/Copenhagen
languages: [en, da]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: []
roles: {agent: {en: Agent, da: Medarbejder}, lead: {en: Lead, da: Vagtleder}}
people: {anna: {name: Anna Test, roles: [agent, lead], mail: anna@example.com}}
"""
#: A host that without a bell would sleep longer than the test waits.
HOST = """
import sys
from procflow.hosts import local
local.LONGEST_SLEEP = 600.0
from procflow.cli import main
main(["run"])
"""


def test_it_wakes_who_sleeps_at_it_with_what_was_said(tmp_path):
    bell = Bell(str(tmp_path), "one")
    ringer = threading.Thread(target=lambda: (ring(str(tmp_path)), ring(str(tmp_path), "mail")))
    ringer.start()
    said = set()
    while said != {STEPPED, "mail"}:
        heard = bell.wait(60)
        assert heard, "it did not ring"
        said |= heard
    ringer.join()
    assert bell.wait(0) == frozenset()
    bell.close()
    assert os.listdir(tmp_path / ".procflow" / "bell") == []


def test_every_host_hears_it_but_the_one_that_rings(tmp_path):
    one, two = Bell(str(tmp_path), "one"), Bell(str(tmp_path), "two")
    ring(str(tmp_path), not_me="one")
    assert two.wait(60) == {STEPPED} and one.wait(0) == frozenset()
    one.close()
    two.close()


def test_the_bell_of_a_host_that_died_is_taken_down_and_nobody_waits_for_it(tmp_path):
    ring(str(tmp_path))  # where no host ever ran there is nothing to do
    code = f"from procflow.builtin.bell import Bell; import os; Bell({str(tmp_path)!r}, 'dead'); os._exit(9)"
    subprocess.run([sys.executable, "-c", code], timeout=60)
    assert os.listdir(tmp_path / ".procflow" / "bell") == ["dead"]
    ring(str(tmp_path))
    assert os.listdir(tmp_path / ".procflow" / "bell") == []


def test_a_bell_rung_ten_thousand_times_while_the_host_is_busy_holds_nobody_up(tmp_path):
    bell = Bell(str(tmp_path), "busy")
    for _ in range(33_000):  # more than a pipe holds
        ring(str(tmp_path))
    assert bell.wait(0) == {STEPPED}
    bell.close()


def test_where_no_pipe_can_be_made_the_host_sleeps_without(tmp_path):
    (tmp_path / ".procflow").write_text("a file, not a folder")
    bell = Bell(str(tmp_path), "one")
    assert bell.wait(0.01) == frozenset()
    ring(str(tmp_path))
    bell.close()


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "procedures" / "trial").mkdir(parents=True)
    (tmp_path / "procflow.toml").write_text('store = "sqlite:cases.db"\n[channels.mail]\nmode = "file"\n')
    (tmp_path / "procedures" / "organisation.yaml").write_text(ORGANISATION)
    (tmp_path / "procedures" / "trial" / "procedure.yaml").write_text(PROCEDURE)
    return tmp_path


def test_a_step_of_another_process_is_delivered_although_the_host_would_sleep_for_ten_minutes(workspace):
    with App(str(workspace)) as app:
        assert not [problem.as_text() for problem in app.check().diagnostics if problem.is_error]
        host = subprocess.Popen([sys.executable, "-c", HOST], cwd=workspace, stdout=subprocess.DEVNULL)
        try:
            until(lambda: [name for name in bells(workspace) if not name.startswith(".")])
            for number in range(3):
                case = app.open("trial", "anna", {}).case_id
                app.do(case, "send", "anna", {})
                until(lambda number=number: len(list(workspace.glob("outbox/mail/*.eml"))) == number + 1)
                until(lambda case=case: [row.state for row in app.store.effects(case)] == ["done"])
        finally:
            host.send_signal(signal.SIGTERM)
            ring(str(workspace))  # it looks whether it is to stop when it wakes
            host.wait(60)
    assert bells(workspace) == []


def bells(workspace: Path) -> list[str]:
    folder = workspace / ".procflow" / "bell"
    return os.listdir(folder) if folder.exists() else []


def until(true, seconds=60.0):
    stop = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop, "it did not happen"
        time.sleep(0.01)


def test_a_bell_makes_no_folder_where_a_workspace_was_moved_away(tmp_path: Path) -> None:
    gone = tmp_path / "moved"
    bell = Bell(str(gone), "late")
    assert bell.wait(0) == frozenset() and not gone.exists(), "it can be moved back"
    bell.close()

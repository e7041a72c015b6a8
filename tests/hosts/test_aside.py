"""A channel that hangs holds up neither other channels, nor what is due, nor what comes in: real processes."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from subprocess import Popen

import pytest
from canaries import until
from logging_in import procflow
from serving import a_host
from slow_house import slow, slow_house

from procflow.app import App
from procflow.errors import StorageError
from procflow.hosts.aside import Aside
from procflow.hosts.outbox import Outbox
from procflow.stored import EffectRow

QUICK = """
import os
from datetime import UTC, datetime
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound


class Quick:
    name, verified = "quick", "stand-in"
    operations = {"go": {"type": "object", "properties": {}}}

    def __init__(self, settings):
        pass

    def prepare(self, operation, key, parameters):
        return b"x"

    def deliver(self, operation, key, wire):
        with open("quick.txt", "a") as file:
            file.write(key + "\\n")
        return Delivery("done")

    def fetch(self, cursor):
        if not os.path.exists("letter.txt") or cursor:
            return [], cursor
        return [Inbound(source="quick", external_id="1", received=datetime.now(UTC), channel="quick",
                        sender="a@customer.example", to="", text="Hello")], "1"

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [Quick(settings.get("quick", {}))]
"""
PROCEDURE = """
procedure: quickly
title: {da: Hurtigt, en: Quickly}
owner: lead
starts: [{by: agent}]
initial: here
states:
  here:
    entry: [{quick.go: {}}]
    task: {role: agent}
    after: {1 second: {to: later}}
  later:
    task: {role: agent}
    choices: {over: {label: {da: Slut, en: Over}, to: done}}
  done: {final: true, outcome: done}
"""


@pytest.fixture
def house(tmp_path: Path) -> Path:
    slow_house(tmp_path)
    slow(tmp_path, 600)
    with (tmp_path / "procflow.toml").open("a") as file:
        file.write('deadline = 900\n[channels.quick]\nmode = "real"\n')
    (tmp_path / "plugins" / "quick.py").write_text(QUICK)
    (tmp_path / "procedures" / "quickly").mkdir()
    (tmp_path / "procedures" / "quickly" / "procedure.yaml").write_text(PROCEDURE.lstrip())
    return tmp_path


@pytest.fixture
def hanging(house: Path) -> Iterator[Popen[str]]:
    """A host whose channel `slow` has taken something and does not answer."""
    procflow(house, "open", "going", by="anna")
    host = a_host(house)
    try:
        until((house / "delivered.txt").exists, "a delivery was begun")
        yield host
    finally:
        host.kill()
        host.wait(60)


def shown(house: Path, case: str) -> dict[str, object]:
    found: dict[str, object] = json.loads(procflow(house, "case", case, "--json", by="anna"))["result"]
    return found


def came_in(house: Path) -> int:
    with App(str(house)) as app:
        return len(app.store.messages("unmatched"))


def test_a_channel_that_hangs_holds_up_no_other_and_no_deadline(house: Path, hanging: Popen[str]) -> None:
    procflow(house, "open", "quickly", by="anna")
    until((house / "quick.txt").exists, "the other channel delivered")
    until(lambda: shown(house, "2")["state"] == ["later"], "what was due was taken")
    assert (house / "delivered.txt").read_text() == "begun\n", "all that while the first one hangs"


def test_a_channel_that_hangs_holds_up_nothing_that_comes_in(house: Path, hanging: Popen[str]) -> None:
    (house / "letter.txt").touch()
    until(lambda: came_in(house) == 1, "the message came in")
    assert (house / "delivered.txt").read_text() == "begun\n"


def test_more_for_a_channel_that_hangs_waits_unclaimed_and_another_host_may_have_it(
    house: Path, hanging: Popen[str]
) -> None:
    procflow(house, "open", "going", by="anna")
    procflow(house, "open", "quickly", by="anna")
    until((house / "quick.txt").exists, "the host has looked around since")
    (waits,) = shown(house, "2")["waiting"]  # type: ignore[misc]
    assert waits["attempts"] == 0, "nothing of it was begun, and nobody holds it"
    other = a_host(house)
    try:
        until(lambda: (house / "delivered.txt").read_text() == "begun\nbegun\n", "the other host took it")
    finally:
        other.kill()
        other.wait(60)


def test_a_host_that_is_stopped_waits_for_what_goes_on_aside(house: Path, hanging: Popen[str]) -> None:
    hanging.send_signal(signal.SIGTERM)
    with pytest.raises(AssertionError):
        until(lambda: hanging.poll() is not None, "it ended", 2.0)
    hanging.send_signal(signal.SIGTERM)
    assert hanging.wait(60) == 128 + signal.SIGTERM


def test_where_the_workspace_cannot_be_opened_once_more_the_host_delivers_itself() -> None:
    def away() -> tuple[Outbox, object]:
        raise StorageError("it is away")

    row = EffectRow("c/1/1", "c", "slow", "go", b"", "waiting")
    aside = Aside(away, lambda channel: channel, lambda: None, lambda: False)  # type: ignore[arg-type]
    assert aside.take([row], datetime(2026, 5, 11, tzinfo=UTC)) == [row]
    assert not aside.busy() and aside.faults() == []
    aside.close()

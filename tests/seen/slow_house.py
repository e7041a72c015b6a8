"""A house one of whose channels takes its time with each delivery, and a procedure that asks for one as it is opened."""

from __future__ import annotations

from pathlib import Path

from small import small_workspace

SLOW = """
import time
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery


class Slow:
    name, verified = "slow", "stand-in"
    operations = {"go": {"type": "object", "properties": {}}}

    def __init__(self, settings):
        self.seconds = float(settings.get("seconds", 0))

    def prepare(self, operation, key, parameters):
        return b"x"

    def deliver(self, operation, key, wire):
        with open("delivered.txt", "a") as file:
            file.write("begun\\n")
            file.flush()
            time.sleep(self.seconds)
            file.write("ended\\n")
        return Delivery("done")

    def fetch(self, cursor):
        return [], cursor

    def health(self):
        return ""


@hookimpl
def register_channels(settings):
    return [Slow(settings.get("slow", {}))]
"""
PROCEDURE = """
procedure: going
title: {da: Går, en: Going}
owner: lead
starts: [{by: agent}]
initial: here
states:
  here:
    entry: [{slow.go: {}}]
    task: {role: agent}
    choices: {over: {label: {da: Slut, en: Over}, to: done}}
  done: {final: true, outcome: done}
"""


def slow_house(folder: Path) -> Path:
    """The workspace; how slow it is, `slow` says."""
    small_workspace(folder)
    (folder / "plugins").mkdir()
    (folder / "plugins" / "slow.py").write_text(SLOW)
    (folder / "procedures" / "going").mkdir()
    (folder / "procedures" / "going" / "procedure.yaml").write_text(PROCEDURE.lstrip())
    return folder


def slow(house: Path, seconds: float) -> None:
    """From now on a delivery takes so long."""
    with (house / "procflow.toml").open("a") as file:
        file.write(f'[channels.slow]\nmode = "real"\nseconds = {seconds}\n')

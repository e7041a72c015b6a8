"""A plugin that cannot be loaded for a while: what it was to carry out waits for it."""

from typing import Any

CHANNEL = """
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery

class Zap:
    name, verified, fetches = "zap", "stand-in", False
    operations = {"send": {"type": "object", "properties": {"to": {"type": "string"}}}}
    def prepare(self, operation, key, parameters): return b"x"
    def deliver(self, operation, key, wire): return Delivery("done")
    def fetch(self, cursor): return [], cursor
    def health(self): return ""

@hookimpl
def register_channels(settings): return [Zap()]
"""
PROCEDURE = """
procedure: zapped
title: {en: Zapped}
owner: lead
starts: [{by: agent}]
initial: asked
states:
  asked:
    invoke: {zap.send: {to: you}}
    events: {done: {to: told}, failed: {to: lost}}
  told: {final: true, outcome: told}
  lost: {final: true, outcome: lost}
"""


def test_what_a_plugin_that_is_broken_was_to_carry_out_waits_until_it_is_mended(desk: Any) -> None:
    """It had failed for good: “the channel zap was switched to manual”, which nobody had done."""
    settings = desk.folder / "procflow.toml"
    desk.write("procflow.toml", settings.read_text("utf-8") + '\n[channels.zap]\nmode = "real"\n')
    desk.write("procedures/zapped/procedure.yaml", PROCEDURE)
    desk.write("plugins/zap.py", CHANNEL)
    desk.ok("check")
    number = desk.json("open", "zapped")["number"]
    desk.write("plugins/zap.py", CHANNEL.replace("def deliver", "async def deliver"))
    told = desk.run("run", "--once")
    assert told.returncode == 0 and "async" in told.stderr
    waits = desk.ok("case", str(number), "--lang", "en")
    assert "tried 1 time" in waits and "no plugin brings the channel zap now" in waits
    desk.write("plugins/zap.py", CHANNEL)
    desk.ok("run", "--once")
    desk.clock("2026-05-11T10:06:00+02:00")
    desk.ok("run", "--once")
    assert desk.json("case", str(number))["outcome"] == "told"

"""A plugin that misbehaves in every way that a test asks for, and the house of the channels over it."""

import os
from datetime import UTC, datetime

import pytest

from procflow.builtin.world import RealWorld
from procflow.hosts.channels import ChannelHouse
from procflow.plugins import load_plugins

ODD = """
import os, subprocess, sys, threading, time
from datetime import UTC, datetime
from procflow.errors import UsageError
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound

class Odd:
    name = "odd"
    verified = "stand-in"
    now = None
    operations = {"look": {"type": "object", "x-result": {"type": "object", "required": ["where"],
                                                         "properties": {"where": {"type": "string"}}}},
                  "do": {"type": "object", "required": ["how"], "additionalProperties": False,
                         "properties": {"how": {"type": "string"}, "note": {"type": "string"}}}}

    def __init__(self, settings):
        self.settings = settings

    def prepare(self, operation, key, parameters):
        how = parameters.get("how", "")
        if how == "refused":
            raise UsageError("how: that can never be sent")
        if how == "prepare raises":
            raise ValueError("no way")
        return how.encode()

    def deliver(self, operation, key, wire):
        how = wire.decode()
        if operation == "look":
            self.looked = getattr(self, "looked", 0) + 1
            return Delivery("done", {"where": 7 if self.looked == 1 else f"look {self.looked}"})
        if how == "raise":
            raise RuntimeError("broken inside")
        if how == "leave":
            sys.exit(3)
        if how == "hang":
            while True:
                pass
        if how == "sleep":
            time.sleep(600)
        if how == "print":
            sys.stdout.write("PCF1" * 100_000); sys.stdout.flush()
            os.write(1, b"\\0" * 200_000); os.write(2, b"x" * 200_000)
        if how == "exit":
            os._exit(7)
        if how == "segfault":
            os.kill(os.getpid(), 11)
        if how == "fork":
            os.fork()
        if how == "child":
            child = subprocess.Popen(["sleep", "600"], start_new_session=True)
            open(self.settings["pids"], "w").write(f"{os.getpid()} {child.pid}")
        if how == "close":
            os.closerange(3, 1 << 16)
        if how == "garbage":
            return {"status": "done"}
        if how == "status":
            return Delivery("perhaps")
        if how == "unwritable":
            return Delivery("done", {"it": object()})
        if how == "large":
            return Delivery("done", {"it": "x" * 3_000_000})
        if how == "secrets":
            return Delivery("done", {"env": sorted(os.environ), "settings": self.settings, "folder": os.getcwd()})
        if how == "now":
            return Delivery("done", {"now": self.now.isoformat()})
        return Delivery("done", {"pid": os.getpid(), "wire": how})

    def fetch(self, cursor):
        if self.settings.get("fetch") == "garbage":
            return 7
        if self.settings.get("fetch") == "letters":
            at = datetime(2026, 5, 11, 8, tzinfo=UTC)
            return [Inbound("odd", "m1", "odd", "+45\\r\\nBcc: x\\0", "a\\nb", at, subject="s\\u2028t", text="a\\n\\0b\\ud800",
                            fields={"f": "\\ud800"}, facts={"x": ["\\udfff"]}, thread=["\\ud83d\\ude42"], raw=b"raw")], "2"
        if self.settings.get("fetch") in ("recipt", "one key"):
            at, how = datetime(2026, 5, 11, 8, tzinfo=UTC), self.settings["fetch"]
            more = {"form": how} if how == "recipt" else {"thread": "key/1/1"}
            return [Inbound("odd", "m1", "odd", "", "", at, text="Hej", **more)], "2"
        if self.settings.get("fetch") == "raise":
            raise OSError("no line")
        if cursor == "2":
            return [], "2"
        at = datetime(2026, 5, 11, 8, tzinfo=UTC)
        return [Inbound("odd", f"m{n}", "odd", "+4571999901", "", at, text="æ", files=[("a.bin", bytes(range(256)))],
                        raw=b"\\0raw\\xff") for n in (1, 2)], "2"

    def health(self):
        return "not well"

@hookimpl
def register_channels(settings):
    return [Odd(settings.get("odd", {}))]
"""


class Clock(RealWorld):
    """Real but for two things: what day it is, and a monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> datetime:
        return datetime(2026, 5, 11, 8, 5, tzinfo=UTC)

    def monotonic(self) -> float:
        return self.passed


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def house(tmp_path, clock):
    """A house over the odd plugin; `house(settings of the channel, limit=...)`."""
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / f"odd_{os.getpid()}_{tmp_path.name[-6:]}.py").write_text(ODD)
    opened = []

    def make(settings=None, **more):
        tables = {"odd": {"mode": "real", "deadline": 60, "pids": str(tmp_path / "pids"), **(settings or {})},
                  "mail": {"password": "of another"}}  # fmt: skip
        plugins = load_plugins([tmp_path / "plugins"], tables, shipped=False)
        assert plugins.problems == []
        opened.append(ChannelHouse(plugins, tables, tmp_path, clock, **more))
        return opened[-1]

    yield make
    for each in opened:
        each.close()

"""Channels that are asked for messages load side by side: a look took as long as all their plugins together."""

from typing import Any

CHANNEL = """
import os, time
from procflow.hookspecs import hookimpl

class Here:
    name, verified, fetches = "{name}", "stand-in", True
    operations = {{}}

    @property
    def ring(self): return None

    @ring.setter
    def ring(self, _):
        # given to it in its own process, as the last of its loading
        open("{name}-loads", "w").close()
        until = time.monotonic() + 20
        while not os.path.exists("{other}-loads"):
            if time.monotonic() > until:
                raise RuntimeError("{other} is not loaded beside it")
            time.sleep(0.01)

    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): raise NotImplementedError
    def fetch(self, cursor): return [], cursor
    def health(self): return ""

@hookimpl
def register_channels(settings): return [Here()]
"""


def test_channels_that_are_asked_for_messages_load_side_by_side(desk: Any) -> None:
    settings = desk.folder / "procflow.toml"
    tables = "".join(f'\n[channels.{name}]\nmode = "real"\n' for name in ("left", "right"))
    desk.write("procflow.toml", settings.read_text("utf-8") + tables)
    for name, other in (("left", "right"), ("right", "left")):
        desk.write(f"plugins/{name}.py", CHANNEL.format(name=name, other=other))
    desk.ok("check")
    assert desk.json("run", "--once")["problems"] == []
    assert (desk.folder / "left-loads").exists() and (desk.folder / "right-loads").exists()


def test_what_cannot_be_loaded_beside_others_is_told_once_and_tried_at_the_next_look(desk: Any) -> None:
    settings = desk.folder / "procflow.toml"
    desk.write("procflow.toml", settings.read_text("utf-8") + '\n[channels.left]\nmode = "real"\n')
    broken = CHANNEL.format(name="left", other="right").replace(
        "def ring(self, _):", "def ring(self, _):\n        os._exit(7)"
    )
    desk.write("plugins/left.py", broken)
    desk.ok("check")
    problems = desk.json("run", "--once")["problems"]
    assert len(problems) == 1 and "ended with exit code 7 (load)" in problems[0], problems
    desk.write("plugins/left.py", CHANNEL.format(name="left", other="left"))
    assert desk.json("run", "--once")["problems"] == []

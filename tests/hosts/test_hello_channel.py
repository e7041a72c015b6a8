"""The tutorial's one-file plugin, through the house in mode real."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from procflow.builtin.world import FrozenWorld
from procflow.hosts.channels import ChannelHouse, NotPrepared
from procflow.plugins import load_plugins
from procflow.testing import ChannelContract
from procflow.testing.finding_peers import peer_of

PLUGINS = Path(__file__).parents[2] / "plugins"
KEY = "0123456789abcdef0123456789abcdef/1/1"


def test_hello_say_writes_one_line_whatever_is_retried(tmp_path):
    settings = {"hello": {"mode": "real"}}
    plugins = load_plugins([PLUGINS], settings)
    assert plugins.problems == [] and plugins.channels["hello"].plugin == "hello_channel"
    with ChannelHouse(
        plugins, settings, tmp_path, FrozenWorld(datetime(2026, 5, 11, 8, tzinfo=UTC))
    ) as house:
        with pytest.raises(NotPrepared, match="one line"):
            house.prepare("hello", "say", KEY, {"to": "verden", "text": "God\nmorgen"})
        wire = house.prepare("hello", "say", KEY, {"to": "verden", "text": "God morgen"})
        statuses = [house.deliver("hello", "say", KEY, wire).status for _ in range(2)]
    assert statuses == ["done", "duplicate"]
    assert (tmp_path / "hello.txt").read_text() == f"{KEY}\tverden: God morgen\n"


def test_the_shipped_channels_do_not_bring_the_tutorial_s():
    assert "hello" not in load_plugins().channels


class TestHello(ChannelContract):
    peer = peer_of(load_plugins([PLUGINS], shipped=False).channels["hello"])

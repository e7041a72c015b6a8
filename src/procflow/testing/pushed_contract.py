"""What every channel must guarantee to which the outside pushes messages through the web door: a suite to inherit.

    class TestShop(PushedContract):
        pusher = Shop

where `Shop` is a `Pusher`: how the outside signs and sends. A channel that also sends inherits `ChannelContract` in
another class. `procflow plugin test` asks the same without pytest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from procflow.testing.channel_desk import place
from procflow.testing.clauses_pushed import Pushed, PushedDesk, Pusher

__all__ = ["PushedContract", "PushedDesk", "Pusher"]


class PushedContract(Pushed):
    """Give it `pusher`, a class of `Pusher`."""

    pusher: ClassVar[type[Pusher]]

    @pytest.fixture(scope="class")
    @classmethod
    def desk(cls) -> Iterator[PushedDesk]:
        with tempfile.TemporaryDirectory(prefix="procflow-contract-", dir=place()) as folder:
            desk = PushedDesk(cls.pusher(), Path(folder))
            yield desk
            desk.close()

"""What every channel must guarantee: a suite that a channel's own test class inherits.

    class TestSms(ChannelContract):
        peer = Gateway

where `Gateway` is a `Peer`: how to start the other side, what reached it, how it misbehaves, how somebody writes.
All else comes from here. `procflow plugin test` asks the same without pytest.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import pytest

from procflow.testing.channel_desk import ChannelDesk, place
from procflow.testing.clauses_by_hand import OnlyByHand
from procflow.testing.contract_of_channels import WholeContract
from procflow.testing.peer import Peer


class _WithDesk:
    #: The class of the other side.
    peer: ClassVar[type[Peer]]

    @pytest.fixture(scope="class")
    @classmethod
    def opened(cls) -> Iterator[ChannelDesk]:
        """One desk for the whole class: every test sends texts of its own."""
        with tempfile.TemporaryDirectory(prefix="procflow-contract-", dir=place()) as folder:
            desk = ChannelDesk(cls.peer(), Path(folder))
            yield desk
            desk.close()

    @pytest.fixture
    def desk(self, opened: ChannelDesk) -> Iterator[ChannelDesk]:
        """The desk, with an other side that is well."""
        opened.be("well")
        yield opened
        opened.be("well")


class ChannelContract(_WithDesk, WholeContract):
    """For a channel that is spoken to. Give it `peer`, a class of `Peer`."""


class ByHandContract(_WithDesk, OnlyByHand):
    """For a channel that people carry out by hand, because nobody has seen the other side. Give it `peer`."""

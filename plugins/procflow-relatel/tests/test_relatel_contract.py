"""The relatel channel keeps the contract of channels that people carry out by hand."""

from procflow_relatel.peer import Switchboard

from procflow.testing import ByHandContract


class TestRelatel(ByHandContract):
    peer = Switchboard

"""The pigeon channel keeps the contract of channels."""

from procflow_pigeon.peer import Service

from procflow.testing import ChannelContract


class TestPigeon(ChannelContract):
    peer = Service

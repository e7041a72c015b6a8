"""The relatel channel keeps the contract of channels that people carry out by hand, and that of messages in for its calls."""

from procflow_relatel.peer import Switchboard

from procflow.testing import ByHandContract
from procflow.testing.clauses_receiving import Receiving


class TestRelatel(Receiving, ByHandContract):
    peer = Switchboard

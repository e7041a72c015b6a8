"""The crm channel keeps the contract of channels, with the customer file of our own behind it."""

from procflow_crm.peer import CustomerFile

from procflow.testing import ChannelContract


class TestCrm(ChannelContract):
    peer = CustomerFile

"""The crm channel keeps the contract of channels that people carry out by hand."""

from procflow_crm.peer import CustomerFile

from procflow.testing import ByHandContract


class TestCrm(ByHandContract):
    peer = CustomerFile

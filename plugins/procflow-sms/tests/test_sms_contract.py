"""The sms channel keeps the contract of channels."""

from procflow_sms.peer import Gateway

from procflow.testing import ChannelContract


class TestSms(ChannelContract):
    peer = Gateway

"""The mail channel keeps the contract of channels."""

from procflow_mail.peer import MailServers

from procflow.testing import ChannelContract


class TestMail(ChannelContract):
    peer = MailServers

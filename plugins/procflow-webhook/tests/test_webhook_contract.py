"""The webhook channel keeps both contracts: of what it sends, and of what is pushed to it."""

from procflow_webhook.peer import Portal, Shop

from procflow.testing import ChannelContract, PushedContract


class TestWebhookOut(ChannelContract):
    peer = Portal


class TestWebhookIn(PushedContract):
    pusher = Shop

"""The forms keep the contract of what is pushed, as a browser pushes it: a page first, then what was filled in."""

from procflow_webform.peer import Customer

from procflow.testing import PushedContract


class TestWebform(PushedContract):
    pusher = Customer

"""The outside of the forms for the contract: a customer with a browser, who fetches a page and sends what was filled in.

It must not know the channel's code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode

from procflow.ports import WebRequest
from procflow.testing import Pusher

_FORM = {"content-type": "application/x-www-form-urlencoded"}


class _Mark(HTMLParser):
    value = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        if given.get("name") == "mark":
            self.value = given.get("value") or ""


class Customer(Pusher):
    channel = "webform"
    environment: Mapping[str, str] = {"FORM_SECRET": "form-hemmelighed-77"}
    cannot: Mapping[str, str] = {
        "right \u200f to left: שלום عربى": "a letter that turns the text around is refused beside its field"
    }

    def __init__(self) -> None:
        self.marks: dict[str, str] = {}

    def settings(self) -> Mapping[str, Any]:
        fields = [{"name": "words", "long": True, "text": True, "required": True}]
        return {"secret": "${env:FORM_SECRET}", "forms": {"contact": {"fields": fields}}}

    def push(self, ask: Any, id: str, text: str, now: datetime) -> WebRequest:
        if id not in self.marks:
            page = _Mark()
            page.feed(ask(WebRequest("GET", "contact", "", {}, b"", "192.0.2.7")).body.decode())
            self.marks[id] = page.value
        body = urlencode({"words": text, "mark": self.marks[id], "homepage": ""}).encode()
        return WebRequest("POST", "contact", "", _FORM, body, "192.0.2.7")

    def forge(self, request: WebRequest) -> WebRequest | None:
        body = urlencode({"words": "forfalsket", "mark": "1.2.3"}).encode()
        return WebRequest("POST", "contact", "", _FORM, body, "192.0.2.7")

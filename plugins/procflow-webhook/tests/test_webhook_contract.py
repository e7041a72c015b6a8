"""The webhook channel keeps both contracts: of what it sends, and of what is pushed to it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import structs
from procflow_webhook.peer import Portal

from procflow.ports import WebRequest
from procflow.testing import ChannelContract, PushedContract, Pusher


class TestWebhookOut(ChannelContract):
    peer = Portal


class Shop(Pusher):
    channel = "webhook"
    environment: Mapping[str, str] = {"SHOP_SECRET": "shop-hemmelighed-41"}

    def settings(self) -> Mapping[str, Any]:
        return {"sources": {"shop": {"secret": "${env:SHOP_SECRET}"}}}

    def push(self, ask: Any, id: str, text: str, now: datetime) -> WebRequest:
        body = json.dumps({"type": "told", "text": text}, ensure_ascii=False).encode()
        return signed(self.environment["SHOP_SECRET"], id, now, body)

    def forge(self, request: WebRequest) -> WebRequest | None:
        headers = {**request.headers, "webhook-signature": "v1," + base64.b64encode(b"x" * 32).decode()}
        return structs.replace(request, headers=headers)


def signed(secret: str, id: str, at: datetime, body: bytes) -> WebRequest:
    seconds = str(int(at.timestamp()))
    hand = hmac.new(secret.encode(), f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(hand).decode(),
    }
    return WebRequest("POST", "shop", "", headers, body, "192.0.2.1")


class TestWebhookIn(PushedContract):
    pusher = Shop

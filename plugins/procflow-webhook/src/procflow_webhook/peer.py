"""The other sides of the webhook channel for the contract: a portal on loopback that checks every signature itself, and
a shop that pushes.

A stand-in of ours, by the public description of Standard Webhooks; it knows a webhook-id that it has taken. It must
not know the channel's code.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from msgspec import structs

from procflow.ports import WebRequest
from procflow.testing import Pusher, Reached, Through
from procflow.testing.http_peer import HttpPeer

_SECRET = "portal-nøgle-93b1"  # noqa: S105 - of a server that runs for a test


class Portal(HttpPeer):
    channel = "webhook"
    operation = "post"
    kind = "stand-in"
    receives = False  # what comes in is pushed: see `PushedContract`
    environment: Mapping[str, str] = {"PORTAL_SECRET": _SECRET}

    def start(self, folder: Path) -> None:
        self.taken: dict[str, str] = {}
        super().start(folder)

    def settings(self, through: Through) -> Mapping[str, Any]:
        url = f"http://127.0.0.1:{through(self.port)}/hooks"
        return {"targets": {"portal": {"url": url, "secret": "${env:PORTAL_SECRET}", "own_network": True}}}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "portal", "event": "told", "data": text}

    def reached(self) -> Sequence[Reached]:
        return [Reached(text, id) for id, text in list(self.taken.items())]

    # what the portal does

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        id, seconds = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
        hand = hmac.new(_SECRET.encode(), f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()
        right = "v1," + base64.b64encode(hand).decode()
        if not hmac.compare_digest(right.encode(), headers.get("webhook-signature", "").encode("latin-1")):
            return 401, {"message": "not signed by you"}
        if self.how != "well":
            return {"busy": 503, "refuses": 422}[self.how], {"message": self.words or self.how}
        self.taken.setdefault(id, str(json.loads(body)["data"]))
        return 200, {}


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

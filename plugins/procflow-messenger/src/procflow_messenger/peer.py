"""The other side of the messenger channel for the contract: the platform's Send API on loopback, and what it pushes.

A stand-in of ours, by the public description. It must not know the channel's code.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from procflow.ports import WebRequest
from procflow.testing import Reached, Through
from procflow.testing.http_peer import HttpPeer

_SECRET = "app-hemmelighed-64"  # noqa: S105 - of a server that runs for a test


class Platform(HttpPeer):
    channel = "messenger"
    kind = "stand-in"
    receives = False  # what comes in is pushed
    environment: Mapping[str, str] = {
        "PAGE_TOKEN": "EAA-side-noegle-31", "APP_SECRET": _SECRET, "VERIFY_TOKEN": "aftalt-ord-9",
    }  # fmt: skip

    def start(self, folder: Path) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        super().start(folder)

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {
            "url": f"http://127.0.0.1:{through(self.port)}/v23.0",
            "page_token": "${env:PAGE_TOKEN}",
            "app_secret": "${env:APP_SECRET}",
            "verify_token": "${env:VERIFY_TOKEN}",
        }

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "7001", "text": text}

    def reached(self) -> Sequence[Reached]:
        return [Reached(each["text"], key) for key, each in list(self.taken.items())]

    # what the platform does

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        content = json.loads(body)
        if headers.get("authorization") != f"Bearer {self.environment['PAGE_TOKEN']}":
            return 400, _error(190, "Error validating access token")
        if self.how != "well":
            code = {"busy": 2, "refuses": 551}[self.how]
            return 400, _error(code, self.words or self.how)
        message = content["message"]
        if path != "/v23.0/me/messages" or len(message["text"]) > 2000:
            return 400, _error(100, "Length of param message[text] must be less than or equal to 2000")
        self.taken.setdefault(
            message["metadata"], {**message, "to": content["recipient"]["id"], "whole": content}
        )
        return 200, {"recipient_id": content["recipient"]["id"], "message_id": f"m_{len(self.taken)}"}


def _error(code: int, words: str) -> Mapping[str, Any]:
    return {"error": {"message": words, "type": "OAuthException", "code": code, "fbtrace_id": "A1"}}


def event(id: str, text: str, now: datetime, **more: Any) -> dict[str, Any]:
    """A customer's message as the platform pushes it."""
    message = {"mid": id, "text": text, **more}
    about = {"sender": {"id": "7001"}, "recipient": {"id": "42"}, "timestamp": int(now.timestamp() * 1000)}
    return {"object": "page", "entry": [{"id": "42", "messaging": [{**about, "message": message}]}]}


def signed(content: Any, secret: str = _SECRET) -> WebRequest:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    hand = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return WebRequest("POST", "", "", {"x-hub-signature-256": hand}, body, "192.0.2.1")

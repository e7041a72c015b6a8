"""A channel that posts JSON to an HTTP gateway over connections that it keeps: the other half of the outbox benchmark."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from queue import Empty, LifoQueue
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.ports import Channel, Delivery


class Gateway:
    name = "gateway"
    verified = "stand-in"
    at_once = 16
    operations: Mapping[str, Mapping[str, Any]] = {
        "post": {
            "type": "object",
            "required": ["to", "text"],
            "additionalProperties": False,
            "properties": {"to": {"type": "string"}, "text": {"type": "string"}},
            "x-manual": {"da": "Send til {to}: {text}", "en": "Send to {to}: {text}"},
        }
    }

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self._port = int(settings.get("port") or 0)
        self._free: LifoQueue[http.client.HTTPConnection] = LifoQueue()

    def prepare(self, operation: str, key: str, parameters: Mapping[str, Any]) -> bytes:
        return json.dumps({**parameters, "reference": key}, sort_keys=True).encode()

    def deliver(self, operation: str, key: str, wire: bytes) -> Delivery:
        try:
            connection = self._free.get_nowait()
        except Empty:
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(
                "POST", "/send", wire, {"Content-Type": "application/json", "Idempotency-Key": key}
            )
            answer = connection.getresponse()
            said = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as why:
            connection.close()
            return Delivery("retry", {}, str(why))
        self._free.put(connection)
        return Delivery("done" if answer.status == 200 else "failed", {"id": str(said["ids"][0])})

    def fetch(self, cursor: str) -> tuple[list[Any], str]:
        return [], cursor

    def health(self) -> str:
        return ""


@hookimpl
def register_channels(settings: Mapping[str, Mapping[str, Any]]) -> list[Channel]:
    return [Gateway(settings.get("gateway", {}))]

"""The other side of the sms channel for the contract: a gateway on loopback that answers as GatewayAPI describes.

A stand-in of ours: what the gateway itself does, nobody has seen. It knows a reference that it has taken, as
`Idempotency-Key` asks. It must not know the channel's code.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from procflow.testing import Letter, Peer, Reached, Through

_TOKEN = "tok-kanin-7f3a"  # noqa: S105 - of a server that runs for a test


class Gateway(Peer):
    channel = "sms"
    kind = "stand-in"
    environment: Mapping[str, str] = {"SMS_TOKEN": _TOKEN}

    def start(self, folder: Path) -> None:
        self.how, self.words = "well", ""
        self.taken: dict[str, dict[str, Any]] = {}
        self.letters: list[dict[str, Any]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._answer(*gateway.take(self.headers.get("Authorization"), json.loads(body)))

            def do_GET(self) -> None:
                after = (parse_qs(urlsplit(self.path).query).get("after") or ["0"])[0]
                self._answer(*gateway.told(self.headers.get("Authorization"), after))

            def _answer(self, status: int, content: Any) -> None:
                body = json.dumps(content, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if hasattr(self, "_server"):
            self._server.shutdown()
            self._server.server_close()

    def settings(self, through: Through) -> Mapping[str, Any]:
        place = f"http://127.0.0.1:{through(self._server.server_address[1])}/rest"
        return {
            "url": f"{place}/mtsms",
            "token": "${env:SMS_TOKEN}",
            "sender": "4571999900",
            "inbox": {"url": f"{place}/mo"},
        }

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "+4571999901", "text": text}

    def reached(self) -> Sequence[Reached]:
        return [Reached(message["message"], reference) for reference, message in list(self.taken.items())]

    def behave(self, how: str, words: str = "") -> None:
        self.how, self.words = how, words

    def write(self, letter: Letter) -> None:
        self.letters.append({
            "id": letter.id, "from": "+4571999902", "to": "4571999900", "text": letter.text,
            "received": letter.received.isoformat(),
        })  # fmt: skip

    # what the gateway does

    def take(self, authorization: str | None, message: dict[str, Any]) -> tuple[int, Any]:
        if authorization != f"Token {_TOKEN}":
            return 401, {"message": "unknown token"}
        if self.how != "well":
            return {"busy": 503, "refuses": 422}[self.how], {"message": self.words or self.how}
        known = list(self.taken)
        reference = str(message["userref"])
        self.taken.setdefault(reference, message)
        return 200, {"ids": [1000 + (known.index(reference) if reference in known else len(known))]}

    def told(self, authorization: str | None, after: str) -> tuple[int, Any]:
        if authorization != f"Token {_TOKEN}":
            return 401, {"message": "unknown token"}
        if self.how != "well":
            return {"busy": 503, "refuses": 403}[self.how], {"message": self.words or self.how}
        start = int(after) if after.isdigit() else 0
        portion = self.letters[start : start + 50]
        return 200, {"messages": portion, "cursor": str(start + len(portion))}

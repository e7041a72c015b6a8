"""The other side of the channel, for the contract: a server on loopback that answers as the README says.

A stand-in of ours. When the service itself can be tried, start that instead, and say so in `kind`. It must not know the
channel's code.
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

_TOKEN = "a-token-that-shows-nowhere"  # noqa: S105 - of a server that runs for a test


class Service(Peer):
    channel = "pigeon"
    operation = "send"
    kind = "stand-in"
    environment: Mapping[str, str] = {"PIGEON_TOKEN": _TOKEN}

    def start(self, folder: Path) -> None:
        self.how, self.words = "well", ""
        self.taken: dict[str, str] = {}  # by reference
        self.letters: list[dict[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self._answer(*service.answer(self.headers.get("Authorization") or "", self.path, body))

            def do_GET(self) -> None:
                self._answer(*service.answer(self.headers.get("Authorization") or "", self.path, b""))

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
        port = through(self._server.server_address[1])
        return {"url": f"http://127.0.0.1:{port}", "token": "${env:PIGEON_TOKEN}"}

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "Mette Test", "text": text}

    def reached(self) -> Sequence[Reached]:
        return [Reached(text, reference) for reference, text in list(self.taken.items())]

    def behave(self, how: str, words: str = "") -> None:
        self.how, self.words = how, words

    def write(self, letter: Letter) -> None:
        at = letter.received.isoformat()
        self.letters.append({"id": letter.id, "from": "Mette Test", "text": letter.text, "at": at})

    # what the service does

    def answer(self, authorization: str, path: str, body: bytes) -> tuple[int, Any]:
        if authorization != f"Bearer {_TOKEN}":
            return 401, {"message": "who are you?"}
        if self.how == "busy":
            return 503, {"message": self.words or "not now"}
        if self.how == "refuses":
            return 422, {"message": self.words or "never"}
        if body:
            message = json.loads(body)
            known = message["reference"] in self.taken
            self.taken.setdefault(message["reference"], message["text"])
            return 200, {"id": message["reference"], "known": known}
        after = (parse_qs(urlsplit(path).query).get("after") or ["0"])[0]
        start = int(after) if after.isdigit() else 0
        portion = self.letters[start : start + 50]
        return 200, {"messages": portion, "cursor": str(start + len(portion))}

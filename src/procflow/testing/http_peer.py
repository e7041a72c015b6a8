"""The other side of a channel that speaks HTTP: a server on loopback that gives every request to `answer`.

    class Gateway(HttpPeer):
        channel = "sms"

        def answer(self, method, path, headers, body):
            return 200, {"id": "1"}

It must not know what is asked. It listens until `stop`; header names are lower case.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from procflow.testing.peer import Peer


class QuietServer(ThreadingHTTPServer):
    """On loopback; whoever talks to it may break off at any time, and nobody reads of it in what a test prints."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing is said."""


class HttpPeer(Peer):
    """See `Peer`; what is left to fill in is `answer`, `settings`, `parameters` and `reached`."""

    def start(self, folder: Path) -> None:
        self.how, self.words = "well", ""
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._do()

            def do_POST(self) -> None:
                self._do()

            def _do(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                status, content = peer.answer(self.command, self.path, headers, body)
                said = (
                    content
                    if isinstance(content, bytes)
                    else json.dumps(content, ensure_ascii=False).encode()
                )
                self.send_response(status)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        if hasattr(self, "_server"):
            self._server.shutdown()
            self._server.server_close()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def behave(self, how: str, words: str = "") -> None:
        self.how, self.words = how, words

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        """(status, what is said: bytes, or a value that becomes JSON)."""
        raise NotImplementedError(f"{type(self).__name__}.answer")

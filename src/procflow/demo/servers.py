"""The outside world of the demo, on loopback: a mail server with mailboxes, and an SMS gateway.

Both are real servers that are spoken to over real sockets; neither knows procflow.
"""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP

Clock = Callable[[], datetime]


class MailServer:
    """Takes mail by SMTP and lays it into a Maildir for each domain it knows, else into `elsewhere`.

    `at_home` is the domain of the desk: mail to it lands in the Maildir `home`, which the desk reads.
    """

    def __init__(self, folder: Path, at_home: str, clock: Clock) -> None:
        self.folder, self.at_home, self.clock = folder, at_home, clock
        for box in ("home", "elsewhere"):
            for part in ("tmp", "new", "cur"):
                (folder / box / part).mkdir(parents=True)
        self._count = 0
        self._loop = asyncio.new_event_loop()
        self._server: asyncio.AbstractServer | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def port(self) -> int:
        assert isinstance(self._server, asyncio.Server)
        return int(self._server.sockets[0].getsockname()[1])

    def start(self) -> None:
        self._thread.start()
        listening = self._loop.create_server(
            lambda: SMTP(self, data_size_limit=40 << 20, loop=self._loop), "127.0.0.1", 0
        )
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)

    def stop(self) -> None:
        if self._server is not None:
            self._loop.call_soon_threadsafe(self._server.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or envelope.content
        boxes = {"home" if self._is_home(to) else "elsewhere" for to in envelope.rcpt_tos}
        for box in boxes:
            self._lay(box, content)
        return "250 Message accepted for delivery"

    def _is_home(self, address: str) -> bool:
        return address.rpartition("@")[2].lower() == self.at_home

    def _lay(self, box: str, content: bytes) -> None:
        self._count += 1
        name = f"{self._count:06d}.demo.localhost"
        temporary = self.folder / box / "tmp" / name
        temporary.write_bytes(content)
        at = self.clock().timestamp()
        os.utime(temporary, (at, at))  # a mail server keeps the time of delivery in the file
        temporary.rename(self.folder / box / "new" / name)

    def mails(self) -> list[EmailMessage]:
        """Every mail that went out of the house or came into it, in the order of arrival."""
        found = []
        for box in ("home", "elsewhere"):
            for file in sorted((self.folder / box / "new").iterdir()):
                found.append((file.name, message_from_bytes(file.read_bytes(), policy=policy.default)))
        return [mail for _, mail in sorted(found, key=lambda pair: pair[0])]


class _OnLoopback:
    """An HTTP server that others are made of; it listens from `_serve` on, and answers from `start` on."""

    def _serve(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class SmsGateway(_OnLoopback):
    """`POST /rest/mtsms` sends; `GET /inbox?after=N` gives what customers wrote since."""

    def __init__(self, clock: Clock, token: str) -> None:
        self.clock, self.token = clock, token
        self.sent: list[dict[str, Any]] = []
        self.received: list[dict[str, Any]] = []
        gateway = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if not self._allowed():
                    return
                message = json.loads(body)
                known = [m for m in gateway.sent if m["userref"] == message["userref"]]
                if not known:
                    gateway.sent.append(message)
                self._answer(
                    200, {"ids": [1000 + gateway.sent.index(known[0] if known else message)], "usage": {}}
                )

            def do_GET(self) -> None:
                if not self._allowed():
                    return
                after = int((parse_qs(urlsplit(self.path).query).get("after") or ["0"])[0])
                self._answer(
                    200, {"messages": gateway.received[after:], "cursor": str(len(gateway.received))}
                )

            def _allowed(self) -> bool:
                if self.headers.get("Authorization") == f"Token {gateway.token}":
                    return True
                self._answer(401, {"message": "unknown token"})
                return False

            def _answer(self, status: int, content: Any) -> None:
                body = json.dumps(content, ensure_ascii=False).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Quiet: the demo's story is printed, not the server's."""

        self._serve(Handler)

    def write(self, sender: str, to: str, text: str) -> None:
        """A customer writes a text message."""
        self.received.append(
            {
                "id": f"mo-{len(self.received) + 1}",
                "from": sender,
                "to": to,
                "text": text,
                "received": self.clock().astimezone(UTC).isoformat(),
            }
        )


class Outside(_OnLoopback):
    """Other systems on loopback: the platform of Messenger under `/v23.0/`, and a partner who takes webhooks."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, Mapping[str, str], dict[str, Any]]] = []
        outside = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outside.heard.append((self.path, headers, json.loads(body)))
                said = json.dumps({"message_id": f"m_{len(outside.heard)}"}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *args: Any) -> None:
                """Quiet, as above."""

        self._serve(Handler)

"""What the acceptance tests use: the real command line in a workspace, and peers on loopback.

Nothing of procflow is imported here: a test knows it only as somebody at a terminal does.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from ready import started

from procflow.testing.free_port import free_port
from procflow.testing.http_peer import QuietServer

HERE = Path(__file__).parent
COMMAND = [sys.executable, "-m", "procflow"]


class Desk:
    """A workspace of its own, and its commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {k: v for k, v in os.environ.items() if not k.startswith("PROCFLOW")}

    def start(self, *args: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, *args],
            cwd=self.folder,
            env=self.env,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def __call__(self, *args: str, rc: int | None = None) -> "subprocess.CompletedProcess[str]":
        done = started(args, self.folder, self.env)
        if rc is not None:
            assert done.returncode == rc, f"{args}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def json(self, *args: str, rc: int | None = 0) -> Any:
        """What a command answers with --json: its `result`, or the whole object where it went wrong."""
        done = self(*args, "--json", rc=rc)
        found = json.loads(done.stdout)
        assert isinstance(found, dict)
        assert done.stdout.count("\n") == 1, done.stdout
        return found["result"] if found["ok"] else found

    def open(self, procedure: str, by: str, **given: Any) -> str:
        return str(self.json("open", procedure, "--as", by, *_with(given))["number"])

    def do(self, case: str, choice: str, by: str, rc: int = 0, **given: Any) -> Any:
        return self.json("do", case, choice, "--as", by, *_with(given), rc=rc)

    def case(self, number: str, by: str) -> Any:
        return self.json("case", number, "--as", by)

    def clock(self, instant: str) -> None:
        (self.folder / "clock.txt").write_text(instant)

    def settings(self, text: str) -> None:
        (self.folder / "procflow.toml").write_text(text)

    def maildir(self) -> Path:
        box = self.folder / "box"
        for part in ("new", "cur", "tmp"):
            (box / part).mkdir(parents=True, exist_ok=True)
        return box

    def lay(self, name: str, text: str, at: float) -> None:
        """Lay a mail into the Maildir, delivered at `at` (seconds since 1970)."""
        file = self.maildir() / "tmp" / name
        file.write_bytes(text.replace("\n", "\r\n").encode())
        os.utime(file, (at, at))
        file.rename(self.maildir() / "new" / name)

    @staticmethod
    def until(test: Any, seconds: float = 20) -> bool:
        """Whether `test` comes true within the time; looked at every twentieth of a second."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if test():
                return True
            time.sleep(0.05)
        return bool(test())


def _with(given: dict[str, Any]) -> list[str]:
    found: list[str] = []
    for name, value in given.items():
        found += ["--with", f"{name}={value if isinstance(value, str) else json.dumps(value)}"]
    return found


@pytest.fixture(scope="session")
def desk_at() -> Any:
    """Makes a workspace below a folder out of one of the folders beside this file."""

    def make(below: Path, name: str) -> Desk:
        shutil.copytree(HERE / name, below / name)
        return Desk(below / name)

    return make


@pytest.fixture
def desk(tmp_path: Path) -> Any:
    """Makes a workspace out of one of the folders beside this file."""

    def make(name: str, called: str = "") -> Desk:
        target = tmp_path / (called or name)
        shutil.copytree(HERE / name, target)
        return Desk(target)

    return make


class MailPeer:
    """A real SMTP server that can be slow, refuse receivers or answer with a passing fault."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.mails: list[Any] = []
        self.delay = 0.0
        self.refuse: dict[str, str] = {}
        self.say_data = ""
        self.seen_rcpt: list[str] = []
        self._make = lambda port: Controller(self, hostname="127.0.0.1", port=port)
        self.port = free_port()
        self._controller: Any = None

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.seen_rcpt.append(address)
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.delay:
            await asyncio.sleep(self.delay)
        if self.say_data:
            return self.say_data
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append((tuple(envelope.rcpt_tos), mail))
        return "250 OK"

    def up(self) -> None:
        self._controller = self._make(self.port)
        self._controller.start()

    def down(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def ids(self) -> list[str]:
        return [str(mail["Message-ID"]) for _, mail in self.mails]


@pytest.fixture
def smtp() -> Any:
    peer = MailPeer()
    peer.up()
    yield peer
    peer.down()


class SmsPeer:
    """An HTTP gateway: what was sent to it, and what customers wrote."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.inbox: list[dict[str, Any]] = []
        self.status = 200
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if peer.status != 200:
                    self._answer(peer.status, {"message": "no"})
                    return
                peer.sent.append(json.loads(body))
                self._answer(200, {"ids": [len(peer.sent)]})

            def do_GET(self) -> None:
                after = int(self.path.partition("after=")[2] or 0)
                self._answer(200, {"messages": peer.inbox[after:], "cursor": str(len(peer.inbox))})

            def _answer(self, status: int, content: Any) -> None:
                text = json.dumps(content).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def gateway() -> Any:
    peer = SmsPeer()
    yield peer
    peer.stop()

"""The other side of the mail channel for the contract: an SMTP server and an IMAP server on loopback.

The SMTP server is aiosmtpd; the IMAP server is a small one of ours, of the commands that reading takes. Stand-ins: no
provider's own server has been tried. It must not know the channel's code.
"""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Mapping, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from procflow.testing import Letter, Peer, Reached, Through
from procflow.testing.free_port import free_port

_SMTP, _IMAP = "smtp-kanin-4c1e", "imap-kanin-9d2b"


class MailServers(Peer):
    channel = "mail"
    kind = "stand-in"
    environment: Mapping[str, str] = {"SMTP_PASSWORD": _SMTP, "IMAP_PASSWORD": _IMAP}

    def start(self, folder: Path) -> None:
        self.how, self.words = "well", ""
        self.taken: list[Reached] = []
        self.smtp = _Smtp(self, hostname="127.0.0.1", port=free_port())
        self.smtp.start()
        self.imap = _Imap()

    def stop(self) -> None:
        if hasattr(self, "smtp"):
            self.smtp.stop()
        if hasattr(self, "imap"):
            self.imap.shutdown()
            self.imap.server_close()

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {
            "host": "127.0.0.1",
            "port": through(self.smtp.port),
            "user": "desk",
            "password": "${env:SMTP_PASSWORD}",
            "sender": "Customer service <main@prosam.example>",
            "inbox": {
                "kind": "imap", "host": "127.0.0.1", "port": through(self.imap.server_address[1]), "tls": "none",
                "user": "desk", "password": "${env:IMAP_PASSWORD}",
            },
        }  # fmt: skip

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "mette@example.com", "subject": "Din police", "text": text}

    def attaching(self, text: str, files: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
        return {**self.parameters(text), "attach": list(files)}

    def reached(self) -> Sequence[Reached]:
        return list(self.taken)

    def behave(self, how: str, words: str = "") -> None:
        self.how, self.words = how, words

    def write(self, letter: Letter) -> None:
        mail = EmailMessage()
        mail["From"] = "Mette Holm Test <mette@example.com>"
        mail["To"] = "main@prosam.example"
        mail["Subject"] = "Min police æøå"
        mail["Message-ID"] = f"<{letter.id}@example.com>"
        mail.set_content(letter.text)
        at = letter.received.strftime("%d-%b-%Y %H:%M:%S %z")
        self.imap.mails[len(self.imap.mails) + 1] = (at, mail.as_bytes(policy=policy.SMTP))

    # what the mail server does

    def _says(self, codes: Mapping[str, str]) -> str:
        return f"{codes[self.how]} {' '.join(self.words.split()) or self.how}"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if self.how != "well":
            return self._says({"busy": "450", "refuses": "550"})
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.original_content, policy=policy.default)
        body = mail.get_body(("plain",))
        text = str(body.get_content()) if body is not None else ""
        files = [
            (str(part.get_filename()), content)
            for part in mail.iter_attachments()
            if isinstance(content := part.get_payload(decode=True), bytes)
        ]
        self.taken.append(Reached(text, str(mail["Message-ID"]), files))
        return "250 taken"


class _Smtp(Controller):
    def factory(self) -> SMTP:
        return SMTP(
            self.handler, hostname="127.0.0.1", authenticator=self._known, auth_required=True, auth_require_tls=False,
            enable_SMTPUTF8=True, data_size_limit=32 << 20,
        )  # fmt: skip

    @staticmethod
    def _known(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.login == b"desk" and login.password == _SMTP.encode())


class _Imap(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _ImapSession)
        self.mails: dict[int, tuple[str, bytes]] = {}  # uid -> (INTERNALDATE, the mail)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever talks to it may break off."""


class _ImapSession(socketserver.StreamRequestHandler):
    server: _Imap
    disable_nagle_algorithm = True

    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        while line := self.rfile.readline():
            tag, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
            word, _, rest = rest.partition(" ")
            if word.upper() == "UID":
                word, _, rest = rest.partition(" ")
            answer = getattr(self, f"do_{word.upper()}", lambda rest: "BAD unknown")(rest)
            self.wfile.write(f"{tag} {answer}\r\n".encode())
            if word.upper() == "LOGOUT":
                return

    def do_CAPABILITY(self, rest: str) -> str:
        self.wfile.write(b"* CAPABILITY IMAP4rev1\r\n")
        return "OK done"

    def do_LOGIN(self, rest: str) -> str:
        return "OK in" if rest == f'desk "{_IMAP}"' else "NO wrong name or password"

    def do_EXAMINE(self, rest: str) -> str:
        self.wfile.write(f"* {len(self.server.mails)} EXISTS\r\n* OK [UIDVALIDITY 77] valid\r\n".encode())
        return "OK [READ-ONLY] opened"

    def do_SEARCH(self, rest: str) -> str:
        found = re.match(r"UID (\d+):\*", rest)
        uids = sorted(self.server.mails)
        low = int(found[1]) if found else 1
        told = [uid for uid in uids if uid >= low] or uids[-1:]  # `n:*` always has the last
        self.wfile.write(f"* SEARCH {' '.join(map(str, told))}\r\n".encode())
        return "OK found"

    def do_FETCH(self, rest: str) -> str:
        uid = int(rest.partition(" ")[0])
        if uid in self.server.mails:
            date, raw = self.server.mails[uid]
            head = f'* 1 FETCH (UID {uid} INTERNALDATE "{date}" BODY[] {{{len(raw)}}}\r\n'
            self.wfile.write(head.encode() + raw + b")\r\n")
        return "OK fetched"

    def do_LOGOUT(self, rest: str) -> str:
        self.wfile.write(b"* BYE\r\n")
        return "OK bye"

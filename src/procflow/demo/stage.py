"""The demo's stage: a throwaway workspace whose clock is a file, people at the command line, a host."""

from __future__ import annotations

import json
import os
import smtplib
import struct
import subprocess
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from procflow.demo.servers import MailServer, Outside, SmsGateway
from procflow.shipped import make_workspace, shipped

ZONE = ZoneInfo("Europe/Copenhagen")
TOKEN = "demo-token"  # noqa: S105 - the stand-in gateway's, on loopback
SECRET = "demo-secret"  # noqa: S105 - of a throwaway workspace

SETTINGS = """\
store = "sqlite:cases.db"
language = "en"
clock = "clock.txt"

[channels.mail]
mode = "real"
host = "127.0.0.1"
port = {smtp}
tls = "none"
sender = "PROSAM <desk@prosam.example>"
inbox = {{kind = "maildir", path = "{maildir}"}}

[channels.sms]
mode = "real"
url = "{sms}/rest/mtsms"
token = "${{env:PROCFLOW_DEMO_SMS_TOKEN}}"
sender = "4570228448"
inbox = {{url = "{sms}/inbox"}}

[channels.relatel]
mode = "manual"
inbox = {{folder = "calls"}}

[channels.crm]
mode = "real"
file = "customers.db"
exports = "crm-exports"

[channels.vehicle_register]
mode = "real"
recorded = "register.json"
purposes = ["Betalingsproblem", "Payment problem"]
log = "lookups.jsonl"

[channels.hello]
mode = "real"
file = "hello.txt"

[web]
listen = "127.0.0.1:0"

[channels.webform]
mode = "real"
secret = "${{env:PROCFLOW_DEMO_SECRET}}"
forms = ["cancellation"]

[channels.webhook]
mode = "real"
targets = {{partner = {{url = "{outside}/hooks", secret = "${{env:PROCFLOW_DEMO_SECRET}}", own_network = true}}}}
sources = {{partner = {{secret = "${{env:PROCFLOW_DEMO_SECRET}}"}}}}

[channels.messenger]
mode = "real"
url = "{outside}/v23.0"
page_token = "demo-page"
app_secret = "${{env:PROCFLOW_DEMO_SECRET}}"
verify_token = "demo-word"

[channels.print]
mode = "real"
folder = "letters"
head = ["PROSAM"]
closing = ["Venlig hilsen", "PROSAM"]

[channels.file]
mode = "real"
folder = "archive"
"""

#: What the customer file exports: made-up people, in the columns that the channel wants.
CUSTOMERS = """\
kn,first_name,last_name,phones,email
104233,Mette,Holm,+4571999901,mette.holm@example.com
104871,Karen,Test,,
106118,Ole,Test,,
106555,Ib,Lund,+4571999906,ib.lund@example.com
107404,Sara,Test,+4571999907,
108090,Nord,Kran,+4571999908,
"""
POLICIES = """\
number,kn,tariff,carrier,active,code,plate
P-20011,104233,PROSAM bil,KAB,yes,K7,AB 12 345
"""
#: What the vehicle register would say: made up, and the channel calls it so.
REGISTER = """\
{"origin": "made up", "vehicles": {
  "AB12345": {"status": "found", "carrier": "KAB", "at": "2026-03-24T08:00:00+01:00"}}}
"""
#: A procedure of the demo's own, for the plugin of the tutorial.
GREETING = """\
procedure: greeting
title: {en: A greeting, da: En hilsen}
owner: lead
starts: [{by: agent}]
initial: said
states:
  said: {final: true, outcome: said, entry: [{hello.say: {to: verden, text: God morgen}}]}
"""
#: And one for what comes by the web door: it answers where it was asked.
AT_THE_DOOR = """\
procedure: at_the_door
title: {en: At the web door, da: Ved webdøren}
owner: lead
starts:
  - message: 'message.channel == "messenger" || message.channel == "webhook"'
    set: {channel: "${message.channel}", who: "${message.from}", heard: "${message.received}", words: "${message.text}"}
data:
  channel: {type: string}
  who: {type: string, pii: true}
  heard: {type: instant}
  words: {type: string, pii: true}
initial: asked
states:
  asked:
    always:
      - when: 'channel == "messenger"'
        do: [{messenger.send: {to: "${who}", text: "Tak, vi ser på det.", heard: "${heard}"}}]
        to: answered
      - do:
          - webhook.post: {to: partner, event: case.opened, data: "${words}"}
          - print.letter: {to: "Partneren\nTorvet 1\n8000 Aarhus C", subject: Kvittering, text: "Vi har fået: ${words}"}
          - file.write: {name: kvittering.txt, text: "${words}"}
        to: answered
  answered: {final: true, outcome: answered}
"""


class DemoFailed(Exception):
    """Something was not what it must be."""


@dataclass(frozen=True)
class Wanted:
    """How a case of the day must end."""

    about: str
    ends: str  # its outcome, or the state in which it stands at the end
    deadlines: Mapping[str, str] = field(default_factory=dict)


class Stage:
    """Everything that the day needs; `call` is what an agent types."""

    def __init__(self, folder: Path, start: str) -> None:
        self.folder = folder / "desk"
        make_workspace(str(self.folder))
        self.clock_file = self.folder / "clock.txt"
        self.set_clock(start)
        self.mail = MailServer(folder / "mail", "prosam.example", self.now)
        self.sms = SmsGateway(self.now, TOKEN)
        self.mail.start()
        self.sms.start()
        self.outside = Outside()
        self.outside.start()
        settings = SETTINGS.format(
            smtp=self.mail.port, sms=self.sms.url, maildir=self.mail.home, outside=self.outside.url
        )
        (self.folder / "procflow.toml").write_text(settings, encoding="utf-8")
        self._lay_out()
        self.environment = {
            **os.environ,
            "PROCFLOW_DEMO_SMS_TOKEN": TOKEN,
            "PROCFLOW_DEMO_SECRET": SECRET,
            "PYTHONIOENCODING": "utf-8",
        }
        self.environment.pop("PROCFLOW_AS", None)
        self.calls = 0
        self.expected: dict[int, Wanted] = {}
        self.wanted_messages: dict[str, int] = {}

    def _lay_out(self) -> None:
        """What the channels that read files find in the workspace."""
        (self.folder / "calls").mkdir()
        for name, text in {
            "crm-exports/customers.csv": CUSTOMERS,
            "crm-exports/policies.csv": POLICIES,
            "register.json": REGISTER,
            "procedures/demo/greeting/procedure.yaml": GREETING,
            "procedures/demo/at_the_door/procedure.yaml": AT_THE_DOOR,
            "plugins/hello_channel.py": shipped("plugins/hello_channel.py").read_text(encoding="utf-8"),
        }.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")

    def stop(self) -> None:
        self.mail.stop()
        self.sms.stop()
        self.outside.stop()

    # time

    def now(self) -> datetime:
        return datetime.fromisoformat(self.clock_file.read_text(encoding="utf-8").strip())

    @property
    def wall(self) -> str:
        """The clock on the desk's wall, for the story."""
        return self.now().astimezone(ZONE).strftime("%a %d %b %H:%M")

    def at(self, local: str, *, host: bool = True) -> None:
        """Let time pass until then; the host does meanwhile what is due, unless it is away."""
        self.set_clock(local)
        if host:
            self.host()

    def set_clock(self, local: str) -> None:
        """`2026-03-24 10:12` on the desk's wall; the day never goes backwards."""
        instant = datetime.fromisoformat(local).replace(tzinfo=ZONE).astimezone(UTC)
        if self.clock_file.exists() and instant < self.now():
            raise DemoFailed(f"the clock would go back to {local}")
        temporary = self.clock_file.with_suffix(".new")
        temporary.write_text(instant.isoformat(), encoding="utf-8")
        temporary.replace(self.clock_file)

    # people

    def call(self, *words: str, by: str = "", expect: int | Sequence[int] = 0) -> dict[str, Any]:
        """One call of the command line, as typed, with `--json`; -> its answer. Fails on another exit code."""
        self.calls += 1
        line = [sys.executable, "-m", "procflow", *words, "--json", "--workspace", str(self.folder)]
        if by:
            line += ["--as", by]
        done = subprocess.run(  # noqa: S603 - our own command line # nosec B603
            line, capture_output=True, text=True, env=self.environment, timeout=60, check=False
        )
        wanted = (expect,) if isinstance(expect, int) else tuple(expect)
        if done.returncode not in wanted:
            shown = " ".join(words)
            raise DemoFailed(
                f"`procflow {shown}` ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
            )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def open(self, procedure: str, by: str, **values: str) -> dict[str, Any]:
        return dict(self.call("open", procedure, *_with(values), by=by)["result"])

    def do(self, case: int, choice: str, by: str, **values: Any) -> dict[str, Any]:
        return dict(self.call("do", str(case), choice, *_with(values), by=by)["result"])

    def refused(self, case: int, choice: str, by: str, **values: Any) -> str:
        """A step that must be refused; -> the words of the refusal."""
        answer = self.call("do", str(case), choice, *_with(values), by=by, expect=(1, 5))
        return str(answer["refusal"]["message"])

    def case(self, number: int, by: str = "") -> dict[str, Any]:
        return dict(self.call("case", str(number), by=by)["result"])

    def host(self) -> dict[str, Any]:
        """The host looks around until there is nothing more to do."""
        return dict(self.call("run", "--once")["result"])

    @contextmanager
    def open_door(self) -> Iterator[str]:
        """A host that runs meanwhile, with the web door open; -> the door's address."""
        line = [sys.executable, "-m", "procflow", "run", "--workspace", str(self.folder)]
        with subprocess.Popen(  # noqa: S603 - our own command line # nosec B603
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=self.environment
        ) as host:
            try:
                assert host.stdout is not None
                said = ""
                while "listening at " not in said:
                    heard = host.stdout.readline()
                    said += heard
                    if not heard:
                        raise DemoFailed(f"`procflow run` ended:\n{said}")
                yield "http://" + said.rpartition("listening at ")[2].strip()
            finally:
                host.terminate()
                host.communicate(timeout=30)

    # customers

    def write_mail(
        self, sender: str, to: str, subject: str, text: str, files: Mapping[str, bytes] | None = None
    ) -> None:
        """A customer's mail, handed to the SMTP server as any mail program does."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, to, subject
        mail["Date"] = self.now()
        mail["Message-ID"] = f"<{abs(hash((sender, subject, text))):x}@{sender.rpartition('@')[2]}>"
        mail.set_content(text)
        for name, content in (files or {}).items():
            mail.add_attachment(content, maintype="image", subtype="png", filename=name)
        with smtplib.SMTP("127.0.0.1", self.mail.port, timeout=10) as server:
            server.send_message(mail)


def _with(values: Mapping[str, Any]) -> list[str]:
    line: list[str] = []
    for name, value in values.items():
        for item in value if isinstance(value, list | tuple) else (value,):
            line += ["--with", f"{name}={item}"]
    return line


def screenshot(path: Path, width: int = 640, height: int = 360) -> Path:
    """A plain PNG picture, as a screenshot would be."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    rows = b"".join(b"\0" + bytes((250, 250, 252)) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path

"""Deliveries through the outbox, to a mail server and to an HTTP gateway on loopback, against bare loops.

Ours: the effects of stored steps are claimed, made into bytes that are stored before the first try, handed over by the
plugins' own processes, and each answer is a durable step of its case. The bare loops store nothing: `smtplib` on one
connection that stays open, which makes each mail as any sender must, and with mails that were made before; `urllib.request`,
which opens a connection each time, and `http.client` on one that stays open. Also: how long copies to 14 and to 1,000
receivers take, and how long after a commit of another process the running host has handed the mail over.
"""

from __future__ import annotations

import http.client
import json
import shutil
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from benchmarks.report import Result, flush_probe
from procflow.app import App

#: (port, how many) -> seconds.
Bare = Callable[[int, int], float]
ROUNDS, EACH = 7, 200
STEPS = 40  # of which the latency is taken
ORGANISATION = """organisation: bench
timezone: Europe/Copenhagen
languages: [en]
calendar: {country: DK, open: {mon-fri: "09:00-17:00"}}
stand_in: []
roles: {agent: {en: Agent}}
people: {anna: {name: Anna Test, roles: [agent], mail: anna@example.com}}
mailboxes: {main: main@example.com}
"""
PROCEDURE = """procedure: bench
title: {en: Bench}
owner: agent
starts: [{by: agent, optional: [receivers]}]
data:
  receivers: {type: array, items: {type: email}, pii: true}
initial: asked
states:
  asked:
    task: {role: agent}
    choices:
      mail: {do: [{mail.send: {to: "${mailbox('main')}", subject: "Case ${case.number}", text: The change is made.}}], to: done}
      post: {do: [{gateway.post: {to: "+4571999901", text: The change is made.}}], to: done}
      copies: {do: [{each: "${receivers}", as: one, mail.send: {to: "${one}", subject: "Cancelled ${case.number}", text: Thursday at ten.}}], to: done}
      one_mail: {do: [{mail.send: {to: "${mailbox('main')}", bcc: "${receivers}", subject: Cancelled, text: Thursday at ten.}}], to: done}
  done: {task: {role: agent}, choices: {end: {to: ended}}}
  ended: {final: true}
"""


class Peer:
    """A server process of `benchmarks.outbox_sinks`."""

    def __init__(self, kind: str, thought: float = 0.0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.outbox_sinks", kind, str(thought)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def end(self) -> list[float]:
        """End it; -> the instants at which it took something."""
        said, _ = self._process.communicate()
        return sorted(json.loads(said))


@contextmanager
def desk(mail: int, gateway: int = 1) -> Iterator[App]:
    """A workspace whose channels go to these ports."""
    folder = tempfile.mkdtemp(prefix="procflow-bench-")
    settings = f"""store = "sqlite:cases.db"
[channels.mail]
mode = "real"
host = "127.0.0.1"
port = {mail}
sender = "main@example.com"
[channels.gateway]
mode = "real"
port = {gateway}
"""
    try:
        Path(folder, "procedures", "bench").mkdir(parents=True)
        Path(folder, "procflow.toml").write_text(settings, encoding="utf-8")
        Path(folder, "procedures", "organisation.yaml").write_text(ORGANISATION, encoding="utf-8")
        Path(folder, "procedures", "bench", "procedure.yaml").write_text(PROCEDURE, encoding="utf-8")
        with App(folder, plugins_dirs=(str(Path(__file__).with_name("plugins")),)) as app:
            app.check()
            yield app
    finally:
        shutil.rmtree(folder)


def asked(app: App, choice: str, count: int, receivers: list[str] | None = None) -> None:
    """So many cases whose last step asks for an effect."""
    for _ in range(count):
        app.engine.keys.refill(app.store.next_slot())
        given: dict[str, Any] = {"receivers": receivers} if receivers else {}
        answer = app.open("bench", "anna", given)
        assert answer.accepted, answer.refusal
        assert app.do(answer.case_id, choice, "anna", {}).accepted


def delivered(app: App, count: int) -> float:
    """Seconds for so many deliveries, each answered to its case."""
    start = time.perf_counter()
    done = 0
    while done < count:
        tried = app.outbox.deliver_due(app.world.now())
        assert tried, "nothing is waiting"
        done += tried
    return time.perf_counter() - start


def through_smtplib(port: int, count: int) -> float:
    """What a sender without an outbox does: makes each mail and sends it, over one connection that stays open."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.noop()
        start = time.perf_counter()
        for n in range(count):
            mail = EmailMessage()
            mail["From"] = mail["To"] = "main@example.com"
            mail["Subject"] = f"Case {n}"
            mail.set_content("The change is made.")
            server.send_message(mail)
        return time.perf_counter() - start


def through_sendmail(port: int, count: int) -> float:
    """The same with mails that somebody has made before: no client can do less."""
    mail = b"From: main@example.com\r\nTo: main@example.com\r\nSubject: Case 1\r\n\r\nThe change is made.\r\n"
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.noop()
        start = time.perf_counter()
        for _ in range(count):
            server.sendmail("main@example.com", ["main@example.com"], mail)
        return time.perf_counter() - start


def through_urllib(port: int, count: int) -> float:
    """The standard library's client, which opens a connection for each request."""
    start = time.perf_counter()
    for n in range(count):
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}/send", posted(n), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            assert answer.status == 200 and json.loads(answer.read())["ids"]
    return time.perf_counter() - start


def through_http(port: int, count: int) -> float:
    """The same over one connection that stays open: no client can do less."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.connect()
    headers = {"Content-Type": "application/json"}
    start = time.perf_counter()
    for n in range(count):
        connection.request("POST", "/send", posted(n), headers)
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())["ids"]
    taken = time.perf_counter() - start
    connection.close()
    return taken


def posted(n: int) -> bytes:
    return json.dumps({"to": "+4571999901", "text": "The change is made.", "reference": f"{n}"}).encode()


def rounds(app: App, choice: str, port: int, bare: Sequence[Bare]) -> list[tuple[float, ...]]:
    """Seconds of one of ours, and of one of each bare loop, in turn."""
    found = []
    for _ in range(ROUNDS + 1):
        asked(app, choice, EACH)
        found.append((delivered(app, EACH) / EACH, *[loop(port, EACH) / EACH for loop in bare]))
    return found[1:]  # the first warms all


def awake(app: App) -> None:
    """The host runs, its channel is loaded, and it has gone to sleep again."""
    case = app.open("bench", "anna", {}).case_id
    assert app.do(case, "mail", "anna", {}).accepted
    while app.store.effects(case)[-1].state == "waiting":
        time.sleep(0.05)
    time.sleep(0.5)


def fan_out(choice: str, count: int, thought: float = 0.0) -> float:
    """Seconds from the commit until the last of so many receivers was handed over."""
    peer = Peer("smtp", thought)
    with desk(peer.port) as app, running(app.folder):
        delivered_to = [f"advisor{n}@example.com" for n in range(count)]
        awake(app)
        answer = app.open("bench", "anna", {"receivers": delivered_to})
        start = time.monotonic()
        assert app.do(answer.case_id, choice, "anna", {}).accepted
        while any(row.state == "waiting" for row in app.store.effects(answer.case_id)):
            time.sleep(0.05)
    instants = [at for at in peer.end() if at > start]
    assert len(instants) == count + (choice == "one_mail"), f"{len(instants)} of {count} were handed over"
    return instants[-1] - start


def latency() -> list[float]:
    """Seconds from a commit in this process until the host, in another, has handed the mail over."""
    peer = Peer("smtp")
    commits = []
    with desk(peer.port) as app, running(app.folder):
        awake(app)
        for _ in range(STEPS):
            case = app.open("bench", "anna", {}).case_id
            assert app.do(case, "mail", "anna", {}).accepted
            commits.append(time.monotonic())
            while app.store.effects(case)[-1].state == "waiting":
                time.sleep(0.01)
    taken = peer.end()[-STEPS:]
    return [max(at - commit, 0.0) for commit, at in zip(commits, taken, strict=True)]


@contextmanager
def running(folder: str) -> Iterator[None]:
    """One host over a workspace."""
    host = subprocess.Popen(
        [sys.executable, "-m", "procflow", "run", "--log-level", "error"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        host.send_signal(signal.SIGTERM)
        host.wait(30)


def run() -> list[Result]:
    mail, gateway = Peer("smtp"), Peer("http")
    with desk(mail.port, gateway.port) as app:
        probes = [flush_probe(app.folder)]
        by_mail = rounds(app, "mail", mail.port, (through_smtplib, through_sendmail))
        by_http = rounds(app, "post", gateway.port, (through_urllib, through_http))
        probes.append(flush_probe(app.folder))
    mail.end()
    gateway.end()
    waits = sorted(latency())
    flush = statistics.median(probes)
    notes = {
        "from commit to hand-over, median and 95th of a hundred": f"{statistics.median(waits) * 1e3:.1f} ms, "
        f"{waits[int(len(waits) * 0.95)] * 1e3:.1f} ms (goal: 50 ms)",
        "copies to 14, each a mail": f"{fan_out('copies', 14) * 1e3:,.0f} ms (goal: 1,000 ms)",
        "copies to 14 by a server that thinks for 0.3 s": f"{fan_out('copies', 14, 0.3) * 1e3:,.0f} ms",
        "copies to 1,000, each a mail": f"{fan_out('copies', 1000):.1f} s",
        "one mail to 1,000": f"{fan_out('one_mail', 1000) * 1e3:,.0f} ms",
    }
    return [
        result("outbox smtp", by_mail, 1, flush, notes),
        result("outbox smtp, mails made before", by_mail, 2, flush, {}),
        result("outbox http", by_http, 1, flush, {}),
        result("outbox http, connection kept", by_http, 2, flush, {}),
    ]


def result(
    name: str, found: list[tuple[float, ...]], which: int, flush: float, notes: dict[str, str]
) -> Result:
    """Of the bare loop with this place among them."""
    ratios = [each[which] / each[0] for each in found]
    ours, bare = (statistics.median(each[n] for each in found) for n in (0, which))
    more = {"deliveries a second": f"{1 / ours:,.0f}, bare loop {1 / bare:,.0f}"}
    return Result(
        name, statistics.median(ratios), 0.7, "higher", ours, bare, (min(ratios), max(ratios)), flush,
        {**more, **notes},
    )  # fmt: skip

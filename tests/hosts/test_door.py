"""The web door: a real `procflow run` that listens on loopback, and clients that behave and do not."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ready import PROCFLOW

from procflow.app import App
from procflow.definitions.settings import parse_settings
from procflow.hosts.door import LARGEST_BODY, Refusals

SETTINGS = """
store = "sqlite:cases.db"
[web]
listen = "127.0.0.1:0"
[channels.bell]
mode = "real"
secret = "${env:BELL_SECRET}"
deadline = 8
web_per_minute = 40
[channels.mute]
mode = "manual"
"""
PLUGIN = """
import time
from datetime import UTC, datetime
from procflow.hookspecs import hookimpl
from procflow.ports import Delivery, Inbound, WebReply

class Bell:
    name, verified, operations, now = "bell", "stand-in", {}, None
    def __init__(self, settings):
        self.settings = settings
    def prepare(self, operation, key, parameters): return b""
    def deliver(self, operation, key, wire): return Delivery("done")
    def fetch(self, cursor): return [], cursor
    def health(self): return ""
    def web(self, request):
        if request.path == "ring":
            if request.headers.get("x-secret") != self.settings["secret"]:
                return WebReply(403, b"no", reason="wrong secret")
            message = Inbound("bell", request.query, "bell", "+4571999901", "", self.now,
                              text=request.body.decode(), raw=request.body)
            return WebReply(200, b"taken " + request.address.encode(), messages=[message])
        if request.path == "raise":
            raise ValueError("broken inside")
        if request.path == "hang":
            time.sleep(600)
        if request.path == "odd":
            return "nothing"
        return WebReply(404, b"not here")

class Mute(Bell):
    name = "mute"

@hookimpl
def register_channels(settings):
    return [Bell(settings.get("bell", {})), Mute({})]
"""


class Running:
    """A workspace with a host that runs, and HTTP to its door."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "procflow.toml").write_text(SETTINGS, encoding="utf-8")
        (folder / "plugins").mkdir()
        (folder / "plugins" / "bell.py").write_text(PLUGIN, encoding="utf-8")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [str(PROCFLOW), "run", "--workspace", str(self.folder)],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "BELL_SECRET": "top-secret-9", "PROCFLOW_AS": "qaa"},
        )  # fmt: skip
        assert self.process.stdout is not None
        said = ""
        while not (found := re.search(r"listening at 127\.0\.0\.1:(\d+)", said)):
            line = self.process.stdout.readline()
            assert line, said
            said += line
        self.port = int(found[1])

    def stop(self) -> str:
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=60)
        return said

    def ask(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def ring(self, id: str, text: str, **headers: str) -> tuple[int, str]:
        return self.ask("POST", f"/in/bell/ring?{id}", text.encode(), x_secret="top-secret-9", **headers)

    def stored(self) -> list[str]:
        """The texts of all messages that the store holds, at one instant: the host goes on meanwhile, and what it moves
        from one state to the next is there once."""
        with App(str(self.folder)) as app, app.store.at_one_instant():
            rows = [row for state in ("new", "taken", "unmatched") for row in app.store.messages(state)]
            return sorted(app.intake.content(row)["text"] for row in rows)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("door"))
    yield running
    if running.process.poll() is None:
        running.stop()


def test_what_was_answered_is_stored_once_and_kept_when_the_host_is_killed(house: Running) -> None:
    assert house.ring("m1", "Ring til mig, Åse") == (200, "taken 127.0.0.1")
    assert house.ring("m1", "Ring til mig, Åse")[0] == 200  # sent again, and told the same
    assert house.ring("m2", "Ja")[0] == 200
    house.process.kill()
    house.process.wait()
    assert house.stored() == ["Ja", "Ring til mig, Åse"]
    house.start()
    assert house.ring("m1", "Ring til mig, Åse")[0] == 200
    assert house.stored() == ["Ja", "Ring til mig, Åse"]


def test_what_cannot_be_taken_is_answered_plainly_and_the_door_goes_on(house: Running) -> None:
    assert house.ask("POST", "/in/bell/ring?m3", b"no secret") == (403, "no")
    for path in ("/", "/in", "/in/", "/in/nobody", "/in/mute/ring", "/in/../../etc/passwd", "/out/bell"):
        assert house.ask("GET", path)[0] == 404, path
    status, words = house.ask("POST", "/in/bell/raise")
    assert status == 503 and "nothing of it was kept" in words and "broken" not in words
    assert house.ask("POST", "/in/bell/odd")[0] == 503
    assert house.ask("POST", "/in/bell/ring", b"x", content_length=str(LARGEST_BODY + 1))[0] == 413
    told = house.ask(
        "POST", "/in/bell/ring", b"x", content_length=str(LARGEST_BODY + 1), accept_language="da-DK"
    )
    assert told == (413, "Der tages højst 40 MB imod. Intet af det er gemt.\n")
    told = house.ask("POST", "/in/bell/raise", accept_language="da")
    assert told == (503, "Det kunne ikke tages imod nu, og intet af det er gemt. Prøv igen senere.\n")
    assert house.ask("POST", "/in/bell/ring?m4", b"\xff\xfe", x_secret="top-secret-9")[0] == 503
    assert house.ring("m5", "still here")[0] == 200
    assert "still here" in house.stored() and "no secret" not in house.stored()


def test_a_plugin_that_hangs_is_ended_and_the_next_request_is_answered(house: Running) -> None:
    assert house.ask("GET", "/in/bell/hang")[0] == 503
    assert house.ring("m6", "after the hang")[0] == 200


def test_a_client_that_stops_in_the_middle_holds_nobody_up(house: Running) -> None:
    slow = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(20)]
    for each in slow:
        each.sendall(b"POST /in/bell/ring?slow HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf")
    assert house.ring("m7", "in between")[0] == 200
    slow[0].sendall(b"\r\n\r\nGET /nonsense")
    for each in slow:
        each.close()
    garbage = socket.create_connection(("127.0.0.1", house.port))
    garbage.sendall(b"\x16\x03\x01" + b"\0" * 500)
    garbage.close()
    assert house.ring("m8", "and after")[0] == 200
    assert "half" not in "".join(house.stored())


def test_many_large_bodies_at_once_fill_no_memory_and_small_ones_are_taken_all_the_same(
    house: Running,
) -> None:
    part = b"x" * (36 << 20)
    head = b"POST /in/bell/nothing HTTP/1.1\r\nhost: x\r\ncontent-length: 40000000\r\n\r\n"
    lines = [socket.create_connection(("127.0.0.1", house.port)) for _ in range(5)]
    try:
        for line in lines:
            line.settimeout(30)
            with suppress(ConnectionError):  # the last is told before all of it is sent
                line.sendall(head + part)
        assert house.ring("m-small", "in between")[0] == 200
        told = lines[-1].recv(4096)
        assert told.startswith(b"HTTP/1.1 503") and b"retry-after: 30" in told
    finally:
        for line in lines:
            line.close()
    for _ in range(50):  # what they had is free again
        answer = house.ask("POST", "/in/bell/nothing", b"x" * (2 << 20))
        if answer[0] == 404:
            break
        time.sleep(0.2)
    assert answer == (404, "not here")


def test_who_asks_too_often_waits_and_the_host_says_what_was_not_taken(house: Running) -> None:
    answers = [house.ring("m9", "again") for _ in range(60)]
    assert house.ring("m9", "again", x_forwarded_for="198.51.100.7")[0] == 429
    assert answers[-1] == (429, "Too many requests. Try again later.\n")
    said = house.stop()
    told = [json.loads(line) for line in said.splitlines() if '"web_refused"' in line]
    assert any((one["channel"], one["reason"]) == ("bell", "too many from one address") for one in told), said
    assert any("behind_proxy = true in [web]" in one["reason"] for one in told), said
    assert "top-secret-9" not in said


def test_refusals_are_counted_until_somebody_looks() -> None:
    refusals = Refusals()
    refusals.note("sms", "wrong signature")
    refusals.note("sms", "wrong signature")
    refusals.note("form", "a field is missing")
    assert refusals.taken() == [
        "form: 1 web request was not taken: a field is missing",
        "sms: 2 web requests were not taken: wrong signature",
    ]
    assert refusals.taken() == []


@pytest.mark.parametrize(
    ("written", "line", "words"),
    [
        ('[web]\nlisten = "8390"', 2, "`listen` must be HOST:PORT"),
        ("[web]\nbehind_proxy = 1", 2, "`behind_proxy` must be true or false"),
        ('[web]\nlistens = "127.0.0.1:1"', 2, "`listens` is no setting of the web door"),
        ("web = 3", 1, "`web` is no table of settings"),
    ],
)
def test_a_wrong_setting_of_the_door_has_its_line(written: str, line: int, words: str) -> None:
    settings, problems = parse_settings(written.encode(), "procflow.toml")
    assert [(each.line, words in each.message) for each in problems] == [(line, True)]
    assert settings.web.listen == ""


def test_a_port_that_is_taken_is_told_before_anything_runs(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "procflow.toml").write_text(f'[web]\nlisten = "127.0.0.1:{port}"\n', encoding="utf-8")
        ran = subprocess.run(
            [str(PROCFLOW), "run", "--workspace", str(tmp_path)], capture_output=True, text=True, timeout=60
        )
    assert ran.returncode != 0
    assert f"nothing can listen at 127.0.0.1:{port}" in ran.stderr and "Traceback" not in ran.stderr


def test_a_connection_that_asks_nothing_is_ended_and_one_that_is_answered_stays() -> None:
    from threading import Event

    from procflow.hosts.listening import Listening, Message, Receive, Send

    go_on = Event()

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        import asyncio

        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"so", "more_body": True})
        while not go_on.is_set():
            await asyncio.sleep(0.02)
        await send({"type": "http.response.body", "body": b"on"})

    listening = Listening(answer, "127.0.0.1:0", patience=0.1)
    listening.start()
    try:
        connections = [socket.create_connection(("127.0.0.1", listening.port), timeout=20) for _ in range(3)]
        idle, half, asks = connections
        half.sendall(b"GET / HTTP/1.1\r\nHost: 127")
        asks.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        for gone in (idle, half):
            with suppress(ConnectionResetError):
                assert gone.recv(100) == b""
        go_on.set()
        told = b""
        while not told.endswith(b"soon"):
            told += asks.recv(1000)
        for connection in connections:
            connection.close()
    finally:
        listening.stop()


@pytest.mark.parametrize(
    ("target", "seen"),
    [
        ("/cases/7?a=b", ("/cases/7", "a=b", "desk.example")),
        ("http://other.example/cases/7?a=b", ("/cases/7", "a=b", "other.example")),
        ("HTTP://other.example:81", ("/", "", "other.example:81")),
        ("http://other.example/a%20b", ("/a b", "", "other.example")),
        ("/x://y", ("/x://y", "", "desk.example")),
    ],
)
def test_what_is_asked_by_its_whole_address_is_asked_of_the_host_that_it_names(
    target: str, seen: tuple[str, str, str]
) -> None:
    from procflow.hosts.listening import Listening, Message, Receive, Send

    async def answer(scope: Message, receive: Receive, send: Send) -> None:
        told = [scope["path"], scope["query_string"].decode(), dict(scope["headers"])[b"host"].decode()]
        body = json.dumps(told).encode()
        length = str(len(body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": body})

    listening = Listening(answer, "127.0.0.1:0")
    listening.start()
    try:
        with socket.create_connection(("127.0.0.1", listening.port), timeout=20) as asks:
            asks.sendall(f"GET {target} HTTP/1.1\r\nHost: desk.example\r\nConnection: close\r\n\r\n".encode())
            told = b"".join(iter(lambda: asks.recv(1000), b""))
    finally:
        listening.stop()
    assert tuple(json.loads(told.rpartition(b"\r\n\r\n")[2])) == seen


def test_a_plugin_that_cannot_be_loaded_is_asked_for_later_and_one_that_is_not_there_never(
    tmp_path: Path,
) -> None:
    """A gateway gives up on 404, and what it had to tell was lost."""
    (tmp_path / "plugins").mkdir()
    house = Running.__new__(Running)
    house.folder = tmp_path
    (tmp_path / "procflow.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "plugins" / "bell.py").write_text(PLUGIN.replace("import time", "import a_module_that_went"))
    house.start()
    try:
        status, words = house.ring("m1", "Ja")
        assert status == 503 and "nothing of it was kept" in words
        assert house.ask("POST", "/in/nobody/ring")[0] == 404
        assert house.ask("POST", "/in/mute/ring")[0] == 404
    finally:
        said = house.stop()
    assert "no plugin brings the channel now" in said

"""The house of the canaries, one for all tests of what an operator sees of it."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from canaries import (
    ADDRESS,
    MAIL,
    NAME,
    OPENED,
    PASSWORD,
    PHONE,
    PLATE,
    TYPED_PHONE,
    WORDS,
    WRITTEN,
    CanaryHouse,
    until,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from procflow.testing.free_port import free_port
from procflow.testing.http_peer import QuietServer


class Rude:
    """A real SMTP server that quotes the receiver and the customer in its refusals."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        self.refusals = 0
        self.port = free_port()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        self.refusals += 1
        if self.refusals == 1:
            return f"451 4.3.0 {NAME} at {address}: {WORDS}, come again"
        return f"550 5.1.1 {NAME} at {address} is unknown here: {WORDS}"

    def stop(self) -> None:
        self._controller.stop()


class Collector:
    """What takes in traces by OTLP over HTTP, as a collector does; `spans` are all until now, `sent` the bytes."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        mine = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                assert self.path == "/v1/traces"
                mine.sent.append(body)
                self.send_response(200)
                self.send_header("Content-Type", "application/x-protobuf")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = QuietServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def spans(self) -> list[Any]:
        found = []
        for body in list(self.sent):
            for of_resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                found += [span for scope in of_resource.scope_spans for span in scope.spans]
        return found

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="session")
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def canary_house(tmp_path_factory: pytest.TempPathFactory, collector: Collector) -> Iterator[CanaryHouse]:
    """Everything has been done in it, and it still runs."""
    smtp = Rude()
    house = CanaryHouse(_folder(tmp_path_factory), smtp.port, "", "--traces", collector.url)
    try:
        _a_bad_day(house)
        yield house
    finally:
        house.served.kill() if house.served.running else None
        smtp.stop()


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("canaries")


def _a_bad_day(house: CanaryHouse) -> None:
    given = {"name": NAME, "phone": f"+45{PHONE}", "email": MAIL}
    # the API: a case, a step with effects that all fail, and every kind of refusal
    status, opened = house.api(
        "POST",
        "cases",
        {"procedure": "letter", "with": given},
        traceparent=f"00-{OPENED}-00f067aa0ba902b7-01",
    )
    assert status == 201, opened
    house.number = int(opened["number"])
    cases = f"cases/{house.number}/choices"
    assert house.api("POST", f"{cases}/write", {"with": {"words": WORDS, "days": PLATE}})[0] == 422
    assert house.api("POST", f"{cases}/{NAME}", {"with": {}})[0] in (404, 409, 422)
    status, said = house.api(
        "POST",
        f"{cases}/write",
        {"with": {"words": f"{WORDS} {ADDRESS}"}},
        traceparent=f"00-{WRITTEN}-00f067aa0ba902b7-01",
    )
    assert status == 200, said
    for path in (f"cases?identity={PHONE}", f"nothing/{NAME}", f"cases/{NAME}"):
        house.api("GET", path)
    house.served.ask("POST", "/api/cases", b"{" + WORDS.encode(), authorization=f"Bearer {house.token}", content_type="application/json")  # fmt: skip
    house.served.get("/api/cases", authorization=f"Bearer {PASSWORD}")
    # the desk: logins that fail and one that does not, and a form that is filled in wrongly
    for password in ("hemmelig kvidren", PASSWORD):
        house.served.post("/login", {"person": "anna", "password": password}, sec_fetch_site="same-origin")
    house.served.get(f"/search?q={PHONE}")
    house.served.post(
        f"/cases/{house.number}/do", {"choice": "write", "words": WORDS}, sec_fetch_site="same-origin"
    )
    # mails and messages: to the case, and to nobody
    house.lay("one", f"{WORDS} {TYPED_PHONE}")
    house.call("receive", "--channel", "sms", "--from", "+4571999977", "--text", f"{WORDS} {PLATE}", rc=0)
    house.told("message_routed", channel="mail")
    # whatever goes out is refused, and says so
    for channel in ("mail", "sms", "loud"):
        house.told("delivery", channel=channel, outcome="retry")
    house.told("channel_trouble", channel="loud")
    # the web door
    house.door = int(house.told("listening", what="door")[0]["port"])
    house.ask_door("/in/loud/no", f"{NAME} {WORDS}")
    house.ask_door("/in/loud/boom", f"{NAME} {WORDS}")
    house.told("web_refused", channel="loud", reason="wrong secret")
    # faults of the program
    house.pages = [house.page(path) for path in ("/x/crash", f"/nothing/{NAME}")]
    house.told("crashed", error="ValueError")
    until(lambda: len(house.events("library", logger="loud")) >= 2, "what the plugin logged")

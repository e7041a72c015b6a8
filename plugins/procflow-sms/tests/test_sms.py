"""`sms.send` and messages in, against a gateway on loopback that speaks real HTTP."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import pytest

from procflow.errors import PluginError, UsageError
from procflow.plugins import load_plugins
from procflow.testing.http_peer import QuietServer

KEY = "0123456789abcdef0123456789abcdef/7/2"


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((self.path, dict(self.headers), body))
        self.answer()

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers), b""))
        self.answer()

    def answer(self):
        status, body, headers = (
            self.server.answers.pop(0) if self.server.answers else (200, {"ids": [421332671]}, {})
        )
        if status == 0:
            self.server.enough.wait(60)
            return
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@pytest.fixture
def gateway(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # nobody goes through a proxy
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers, server.enough = [], [], threading.Event()
    server.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.enough.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def channel(gateway):
    return sms(url=f"{gateway.url}/rest/mtsms", token="secret", sender="4571999900",
               inbox={"url": f"{gateway.url}/rest/mo"})  # fmt: skip


def sms(**settings):
    made = load_plugins(settings={"sms": settings}).channels["sms"].channel
    made.now = datetime(2026, 3, 3, 11, tzinfo=UTC)
    return made


def send(channel, **more):
    parameters = {"to": "+4571999901", "text": "Hej Mette", **more}
    return channel.deliver("send", KEY, channel.prepare("send", KEY, parameters))


def test_a_text_goes_out_as_the_gateway_describes_it(channel, gateway):
    delivery = send(channel, text="Blåbærgrød på Ærø")
    assert delivery.status == "done"
    assert delivery.result == {"id": "421332671", "to": "+4571999901", "parts": 1, "encoding": "gsm7"}
    ((path, headers, body),) = gateway.asked
    assert path == "/rest/mtsms" and headers["Authorization"] == "Token secret"
    assert json.loads(body) == {
        "sender": "4571999900", "message": "Blåbærgrød på Ærø", "recipients": [{"msisdn": 4571999901}], "userref": KEY,
    }  # fmt: skip
    assert headers["Idempotency-Key"] == KEY


def test_a_retry_is_the_same_to_the_byte(channel, gateway):
    wire = channel.prepare("send", KEY, {"to": "71999901", "text": "Hej 🙂"})
    gateway.answers = [(503, {}, {}), (200, {"ids": [1]}, {})]
    assert [channel.deliver("send", KEY, wire).status for _ in range(2)] == ["retry", "done"]
    assert gateway.asked[0][2] == gateway.asked[1][2]
    assert json.loads(gateway.asked[0][2])["encoding"] == "UCS2"


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected", "words"),
    [
        (400, {"code": "0x0309", "message": "invalid number"}, {}, "failed", "400: invalid number"),
        (403, {"message": "blocked"}, {}, "failed", "403: blocked"),
        (422, b"not json", {}, "failed", "422: not json"),
        (401, {"message": "bad token"}, {}, "retry", "401: bad token"),
        (429, {}, {"Retry-After": "17"}, "retry", "429"),
        (500, b"", {}, "retry", "500"),
        (302, b"", {"Location": "http://127.0.0.1:9/"}, "retry", "302"),
        (200, {"ids": []}, {}, "failed", "gave no id"),
        (200, b"<html>", {}, "failed", "gave no id"),
        (
            200,
            {"code": "0x0213", "message": "invalid sender"},
            {},
            "failed",
            "gave no id and said: invalid sender.",
        ),
        (200, b"[" * 100_000, {}, "failed", "gave no id"),
        (201, {"id": "abc"}, {}, "done", ""),
    ],
)
def test_the_gateway_s_answer_decides(channel, gateway, status, body, headers, expected, words):
    gateway.answers = [(status, body, headers)]
    delivery = send(channel)
    assert delivery.status == expected and words in delivery.error
    assert delivery.retry_after == (17.0 if status == 429 else None)


def test_a_gateway_that_does_not_answer_in_time_is_a_retry(channel, gateway):
    channel._settings["timeout"] = 0.3
    gateway.answers = [(0, b"", {})]
    delivery = send(channel)
    assert delivery.status == "retry" and "did not answer" in delivery.error
    assert not gateway.enough.is_set()  # it was given up, not answered


def test_a_gateway_that_is_not_there_is_a_retry():
    assert send(sms(url="http://127.0.0.1:9/", token="t", sender="x")).status == "retry"


def test_a_token_does_not_go_to_another_machine_in_clear():
    away = sms(url="http://sms.example.com/", token="t", sender="x")
    with pytest.raises(PluginError, match="in clear"):
        send(away)
    assert "in clear" in away.health()
    assert "token and sender missing" in sms().health()
    assert "there is no gateway 'inmobil' did you mean" in sms(gateway="inmobil").health()


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("+45 71 99 99 01", 4571999901),
        ("4571999901", 4571999901),
        ("004571999901", 4571999901),
        ("71999901", 4571999901),
        ("+47 999-99-901", 4799999901),
        ("+31 (6) 12345678", 31612345678),
    ],
)
def test_numbers_are_read_as_people_write_them(channel, written, number):
    wire = channel.prepare("send", KEY, {"to": written, "text": "x"})
    assert json.loads(wire)["number"] == str(number)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"to": "Mette"}, "not a phone number"),
        ({"to": "1234"}, "country code"),
        ({"to": "+0123456789"}, "country code"),
        ({"to": "+1234567890123456"}, "country code"),
        ({"text": "  \n"}, "text: is empty"),
        ({"text": "x" * 2000}, "at most 10"),
        ({"sender": "En meget lang afsender"}, "more than 11"),
        ({"sender": "1" * 16}, "more than 15"),
        ({"sender": "PROSAM", "replyable": True}, "an answer is wanted"),
        ({"text": "Dit nummer er 010190-1234"}, "civil registration number"),
        ({"text": "Kort 4571 1234 5678 9014 er udløbet"}, "card number"),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(channel, more, words):
    with pytest.raises(UsageError, match=words):
        send(channel, **more)


@pytest.mark.parametrize(
    ("text", "encoding", "units", "parts"),
    [
        ("x" * 160, "gsm7", 160, 1),
        ("x" * 161, "gsm7", 161, 2),
        ("x" * 306, "gsm7", 306, 2),
        ("x" * 307, "gsm7", 307, 3),
        ("æøåÆØÅ" * 26, "gsm7", 156, 1),
        ("€" * 80, "gsm7", 160, 1),
        ("€" * 81, "gsm7", 162, 2),
        ("x" * 152 + "€" + "x" * 152, "gsm7", 306, 3),  # the escape and its letter stay together
        ("x" * 153 + "€" + "x" * 151, "gsm7", 306, 2),
        ("ç", "ucs2", 1, 1),
        ("Ç", "gsm7", 1, 1),
        ("á" * 70, "ucs2", 70, 1),
        ("á" * 71, "ucs2", 71, 2),
        ("á" * 134, "ucs2", 134, 2),
        ("á" * 135, "ucs2", 135, 3),
        ("🙂" * 35, "ucs2", 70, 1),
        ("🙂" * 36, "ucs2", 72, 2),
        ("á" * 66 + "🙂" + "á" * 66, "ucs2", 134, 3),  # the halves of an emoji stay together
    ],
)
def test_parts_are_counted_as_phones_see_them(channel, text, encoding, units, parts):
    from importlib import import_module

    count = import_module(f"{type(channel).__module__}.parts").count
    counted = count(text)
    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


# messages in


def test_messages_come_since_the_cursor(channel, gateway):
    gateway.answers = [
        (200, {"messages": [
            {"id": "m1", "from": "4571999901", "to": "4571999900", "text": "JA", "received": "2026-03-03T12:04:00+01:00"},
            {"id": "m2", "from": "METTE", "text": "Slet", "received": 1772535840},
            {"id": "m3", "from": "", "text": "hvem?", "received": "2026-03-03T11:04:00Z"},
            {"id": "m4", "from": "71999902", "text": "kort"},
        ], "cursor": "m4 æ&"}, {}),
        (200, {"messages": [], "cursor": "m4 æ&"}, {}),
    ]  # fmt: skip
    messages, cursor = channel.fetch("")
    assert [m.external_id for m in messages] == ["m1", "m2", "m3", "m4"]
    first, name, masked, short = messages
    assert (first.sender, first.to, first.text, first.form) == ("+4571999901", "+4571999900", "JA", "message")
    assert first.received == datetime(2026, 3, 3, 11, 4, tzinfo=UTC)
    assert first.facts == {"alphanumeric": False, "masked": False}
    assert name.sender == "METTE" and name.facts["alphanumeric"] is True
    assert masked.facts["masked"] is True
    assert short.sender == "+4571999902" and short.received == channel.now and short.facts["received_unknown"]
    assert channel.fetch(cursor) == ([], cursor)
    assert gateway.asked[0][0] == "/rest/mo"
    assert parse_qs(urlsplit(gateway.asked[1][0]).query) == {"after": ["m4 æ&"]}
    assert gateway.asked[1][1]["Authorization"] == "Token secret"


def test_a_delivery_report_is_a_receipt_on_the_effect_s_thread(channel, gateway):
    report = {"id": "s1", "kind": "status", "message_id": 421332671, "userref": KEY, "status": "DELIVERED",
              "received": "2026-03-03T11:00:05Z"}  # fmt: skip
    gateway.answers = [(200, {"messages": [report], "cursor": "s1"}, {})]
    ((found,), _) = channel.fetch("")
    assert (found.form, found.thread) == ("receipt", [KEY])
    assert found.fields == {"status": "DELIVERED", "message_id": "421332671", "arrived": "yes", "error": ""}
    report = {**report, "id": "s2", "status": "EXPIRED", "from": "71 99 99 01", "error": "absent"}
    gateway.answers = [(200, {"messages": [report], "cursor": "s2"}, {})]
    ((lost,), _) = channel.fetch("")
    assert (lost.form, lost.thread, lost.fields["recipient"]) == ("bounce", [KEY], "+4571999901")


def test_an_item_that_nobody_understands_comes_as_its_bytes_and_holds_nothing_up(channel, gateway):
    gateway.answers = [
        (200, {"messages": [7, {"hm": 1}, {"id": "m", "from": "+4571999901", "text": "x"}]}, {})
    ]
    messages, cursor = channel.fetch("c")
    assert [bool(m.facts.get("unreadable")) for m in messages] == [True, True, False]
    assert messages[0].raw == b"7" and len({m.external_id for m in messages}) == 3
    assert cursor == "c"


def test_half_a_letter_holds_nothing_up(channel, gateway):
    """Half of an emoji, as the end of one part of a long message is."""
    halves = [
        {"id": f"m{n}", "from": "+4571999901", "text": text} for n, text in enumerate(("\ud83d", "behind"))
    ]
    gateway.answers = [(200, {"messages": halves, "cursor": "m1"}, {})]
    messages, cursor = channel.fetch("")
    assert [m.external_id for m in messages] == ["m0", "m1"] and cursor == "m1"
    assert b"\\ud83d" in messages[0].raw


@pytest.mark.parametrize(
    "answer", [(500, {}, {}), (200, b"<html>", {}), (200, {"none": 1}, {}), (200, [], {})]
)
def test_a_gateway_that_gives_no_list_is_said_in_words(channel, gateway, answer):
    gateway.answers = [answer]
    with pytest.raises(PluginError, match="the SMS gateway"):
        channel.fetch("")


def test_without_an_inbox_nothing_is_asked(gateway):
    assert sms(url=gateway.url, token="t", sender="x").fetch("c") == ([], "c")
    assert gateway.asked == []

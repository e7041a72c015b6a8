"""Webhooks out to a server on loopback that checks the signature itself, and in as another system sends them."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest

from procflow.errors import PluginError, UsageError
from procflow.plugins import load_plugins
from procflow.ports import WebRequest
from procflow.testing.http_peer import QuietServer

KEY = "0123456789abcdef0123456789abcdef/7/2"
NOW = datetime(2026, 3, 3, 11, tzinfo=UTC)
SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two letters long").decode()


def webhook(**settings):
    made = load_plugins(settings={"webhook": settings}).channels["webhook"].channel
    made.now = NOW
    return made


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked.append((dict(self.headers), body))
        status, said = self.server.answers.pop(0) if self.server.answers else (204, b"")
        self.send_response(status)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


@pytest.fixture
def portal():
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.asked, server.answers = [], []
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def target(portal, **more):
    url = f"http://127.0.0.1:{portal.server_address[1]}/hooks"
    return webhook(targets={"portal": {"url": url, "secret": SECRET, "own_network": True, **more}})


def send(channel, **parameters):
    wire = channel.prepare("post", KEY, {"to": "portal", "event": "policy.changed", **parameters})
    return channel.deliver("post", KEY, wire)


def test_what_goes_out_is_signed_as_the_other_side_checks_it(portal):
    assert send(target(portal), data={"kn": "104233", "name": "Åse Ærø"}).status == "done"
    (headers, body), = portal.asked  # fmt: skip
    assert json.loads(body) == {
        "id": KEY,
        "type": "policy.changed",
        "data": {"kn": "104233", "name": "Åse Ærø"},
    }
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    right = hmac.new(b"a key of thirty-two letters long", signed, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(right).decode()
    assert headers["webhook-id"] == KEY and headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_a_retry_has_the_same_id_and_body_and_a_signature_of_its_own_time(portal):
    channel = target(portal)
    portal.answers = [(503, b""), (200, b"")]
    assert send(channel).status == "retry"
    channel.now = NOW + timedelta(minutes=10)
    assert send(channel).status == "done"
    (one, first), (two, second) = portal.asked
    assert first == second and one["webhook-id"] == two["webhook-id"]
    assert one["webhook-signature"] != two["webhook-signature"]


@pytest.mark.parametrize(
    ("status", "body", "result"),
    [(200, b"", "done"), (202, b"ok", "done"), (302, b"", "retry"), (401, b"", "retry"), (404, b"", "retry"),
     (429, b"", "retry"), (500, b"", "retry"), (422, b'{"message": "no such event"}', "failed")],
)  # fmt: skip
def test_answers_of_the_other_side(portal, status, body, result):
    portal.answers = [(status, body)]
    done = send(target(portal))
    assert done.status == result
    assert result != "failed" or done.error == "portal answered 422: no such event"


def test_a_target_inside_the_house_is_reached_only_where_the_settings_say_so(portal):
    done = send(target(portal, own_network=False))
    assert done.status == "retry" and "network of the house's own" in done.error and not portal.asked


def test_what_cannot_be_sent_is_refused_in_words(portal):
    channel = target(portal)
    with pytest.raises(UsageError) as why:
        channel.prepare("post", KEY, {"to": "portl", "event": "x"})
    assert "names no target 'portl'" in why.value.message and "portal" in why.value.hint
    with pytest.raises(UsageError, match="at most"):
        channel.prepare("post", KEY, {"to": "portal", "event": "x", "data": "x" * (2 << 20)})
    lacking = webhook(targets={"portal": {"url": "https://portal.example.com/"}})
    assert "targets.portal: secret missing" in lacking.health()
    away = webhook(targets={"portal": {"url": "http://portal.example.com/", "secret": "s"}})
    assert "in clear" in away.health()
    with pytest.raises(PluginError, match="in clear"):
        send(away)
    assert webhook().health() and not channel.health()


# in


def heard(
    channel, content, path="shop", at=NOW, secret=b"a key of thirty-two letters long", id="msg_1", **headers
):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    seconds = str(int(at.timestamp()))
    signature = base64.b64encode(
        hmac.new(secret, f"{id}.{seconds}.".encode() + body, hashlib.sha256).digest()
    )
    given = {"webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": f"v1,{signature.decode()}"}
    return channel.web(WebRequest("POST", path, "", {**given, **headers}, body, "192.0.2.1"))


@pytest.fixture
def shop():
    return webhook(sources={"shop": {"secret": SECRET}})


def test_a_signed_message_comes_in_with_its_fields(shop):
    event = {"type": "order.cancelled", "text": "Æblet er væk", "in_reply_to": KEY, "no": None, "lines": [1],
             "data": {"kn": 104233, "urgent": True}}  # fmt: skip
    reply = heard(shop, event)
    (message,) = reply.messages
    assert (reply.status, message.external_id, message.sender, message.text) == (
        200,
        "shop:msg_1",
        "shop",
        "Æblet er væk",
    )
    assert message.fields == {"type": "order.cancelled", "text": "Æblet er væk", "in_reply_to": KEY, "kn": "104233",
                              "urgent": "true", "source": "shop"}  # fmt: skip
    assert message.thread == [KEY] and message.facts == {"signed": True, "source": "shop"}
    assert json.loads(message.raw) == event and message.subject == "order.cancelled"


def test_the_settings_say_where_fields_stand():
    chosen = {"fields": {"kn": "customer.number"}, "text": "note.body", "sender": "customer.phone"}
    channel = webhook(sources={"shop": {"secret": SECRET, **chosen}})
    (message,) = heard(
        channel, {"customer": {"number": "104233", "phone": "+4571999901"}, "note": {"body": "Hej"}, "x": "y"}
    ).messages
    assert message.fields == {"kn": "104233", "source": "shop"}
    assert (message.sender, message.text) == ("+4571999901", "Hej")


def test_what_is_not_signed_as_agreed_is_not_read(shop):
    event = {"type": "x"}
    assert heard(shop, event, secret=b"another").status == 401
    late = heard(shop, event, at=NOW - timedelta(minutes=6))
    assert late.status == 401 and "five minutes" in late.reason
    assert heard(shop, event, at=NOW + timedelta(minutes=6)).status == 401
    assert heard(shop, event, **{"webhook-signature": ""}).status == 401
    assert heard(shop, event, **{"webhook-timestamp": "soon"}).status == 401
    assert heard(shop, event, **{"webhook-id": "msg_2"}).status == 401  # the id is signed too
    assert heard(shop, event, path="nobody").status == 404
    for reply in (heard(shop, b"[1]"), heard(shop, b"{"), heard(shop, b"[" * 100_000), heard(shop, b"\xff")):
        assert reply.status == 400 and not reply.messages
    assert shop.web(WebRequest("GET", "shop", "", {}, b"", "")).status == 405
    assert webhook(sources={"shop": {}}).web(WebRequest("POST", "shop", "", {}, b"{}", "")).status == 503


def test_two_secrets_hold_while_one_is_exchanged():
    channel = webhook(sources={"shop": {"secret": "new key", "previous_secret": SECRET}})
    assert heard(channel, {}).status == 200
    assert heard(channel, {}, secret=b"new key").status == 200
    several = {"webhook-signature": "v1,bm8= v1a,xx " + "v1,"}
    assert heard(channel, {}, **several).status == 401


def test_the_scheme_of_hub_signatures():
    channel = webhook(sources={"repo": {"secret": "s3cret", "scheme": "hub"}})
    body = b'{"text": "hej"}'
    right = "sha256=" + hmac.new(b"s3cret", body, hashlib.sha256).hexdigest()

    def post(signature, **more):
        return channel.web(
            WebRequest("POST", "repo", "", {"x-hub-signature-256": signature, **more}, body, "")
        )

    assert post(right).messages[0].text == "hej"
    assert post(right, **{"x-github-delivery": "d-1"}).messages[0].external_id == "repo:d-1"
    assert post(right).messages[0].external_id == post(right).messages[0].external_id
    assert post(right[:-1] + "0").status == 401 and post("").status == 401

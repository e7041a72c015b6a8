"""Hostile messages: mails, forms, signed pushes and SMS by their plugins' own readers. None raises, what comes in is of the
shape that the host takes and has its bytes, and nothing comes in that is not signed as agreed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import struct
from collections.abc import Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

from faults.counting import Count
from faults.fuzzing import fuzzed
from procflow.hosts.channel_process import _message, _replied
from procflow.hosts.frames import pack
from procflow.plugins import load_plugins
from procflow.ports import WebRequest

NOW = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)
_SECRET = "aftalt-hemmelighed-der-er-lang-nok"
_HEAD = b"From: Mette <mette@example.com>\r\nTo: main@prosam.example\r\nSubject: =?iso-8859-1?q?bl=E5?= og mere\r\nMessage-ID: <1@example.com>\r\nDate: Mon, 11 May 2026 09:59:00 +0200\r\nReferences: <0123.7.2@prosam.example>\r\n"
_PARTS = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHej \xc3\xa6\r\n--x\r\n%s\r\n--x--\r\n"
_TNEF = base64.encodebytes(
    b"\x78\x9f\x3e\x22\x01\x00\x01\x06\x90\x08\x00\x04\x00\x00\x00\x00\x00\x01\x00\x01\x00\x01" + b"\x00" * 40
)
MAILS = [
    _HEAD + b"\r\nHej\r\n",
    _HEAD + b"Content-Type: text/html; charset=windows-1252\r\n\r\n<p>Hej <b>\xe6</b><script>x</script><table><tr><td>1</table>",
    _HEAD + _PARTS % b"Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=",
    _HEAD + _PARTS % (b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + _TNEF),
    _HEAD + _PARTS % b"Content-Type: message/rfc822\r\n\r\nFrom: a@example.com\r\nSubject: inner\r\n\r\nx",
    _HEAD + _PARTS % b"Content-Type: text/plain; name*0*=utf-8''%C3%A6; name*1=b.txt\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\na=C3=\r\n=A6=",
    _HEAD + b"Content-Type: multipart/report; report-type=delivery-status; boundary=x\r\n\r\n--x\r\n\r\nfailed\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; a.example\r\n\r\nFinal-Recipient: rfc822; a@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n--x--\r\n",
    _HEAD + b"DKIM-Signature: v=1; a=rsa-sha256; d=example.com; s=s; h=from; bh=x; b=y\r\nAuthentication-Results: mx; dkim=pass\r\nAuto-Submitted: auto-replied\r\n\r\nx",
]  # fmt: skip
PUSHES = [
    {"type": "order.cancelled", "text": "Æblet", "data": {"kn": 104233}},
    {"object": "page", "entry": [{"id": "42", "messaging": [{"sender": {"id": "7001"}, "recipient": {"id": "42"}, "timestamp": 1778487600000,
                                                                 "message": {"mid": "m1", "text": "Hej", "attachments": [{"type": "image", "payload": {"url": "x"}}]}}]}]},
    {"id": 1, "msisdn": 4571999901, "receiver": 4571999900, "message": "Hej", "senttime": 1778487600, "webhook_label": "procflow"},
    {"id": "1", "from": {"msisdn": "4571999901"}, "to": {"msisdn": "4571999900"}, "text": "Hej", "receivedAt": "2026-05-11T08:20:00Z"},
    {"id": 1, "msisdn": 4571999901, "status": "DELIVERED", "time": 1778487600, "userref": "x"},
]  # fmt: skip
FORM = urlencode(
    {
        "name": "Mette Holm",
        "phone": "71 99 99 01",
        "date": "2026-05-15",
        "time": "14:30",
        "remark": "Hej\r\nmed",
        "mark": "x.y",
        "homepage": "",
    }
)
_UNIT = b"\0\1\x014571999901\0\1\x014571999900\0\x40\0\0\0\0\0\0\0\0\x0b\5\0\3\x4d\2\1hello\x04\x27\0\1\2\0\x1e\0\3ab\0"
VALUES: Sequence[Any] = (
    None,
    True,
    -1,
    0,
    1e308,
    10**40,
    "",
    "x" * 5000,
    "\ud800",
    "\0",
    "æ",
    [],
    {},
    [[]],
    {"": None},
    "2026-13-45T99:00:00Z",
    float("nan"),
)
_LINES = (
    b"Content-Type: ", b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Transfer-Encoding: x-uuencode\r\n",
    b"charset=utf-7", b"charset=idna", b"charset=undefined", b"charset=hex", b"charset=base64", b"charset=unicode_escape", b"=?utf-8?q?=0D=0ABcc:?=",
    b"=?x?b?====?=", b"\r\n--x\r\n", b"--x--", b"\0", b"\x80\xff", b"From: ", b"From: a@evil.example\r\n", b"Date: 99\r\n", b"Date: Mon, 99 Foo -1 99:99:99 +9999\r\n",
    b"filename*=utf-8'';", b"filename=\"../../x\"", b"Subject: \r\n \r\n", b"<!--", b"<![CDATA[", b"&#x110000;", b"&#0;", b"<style>", b"begin 666 x\r\n",
)  # fmt: skip


def read_by_their_channels(figure: int, seed: int) -> Count:
    packages = "procflow_mail procflow_webhook procflow_webform procflow_messenger procflow_sms"
    return fuzzed(f"faults.hostile_messages:Messages {packages}", figure, seed)


class Messages:
    """The first byte of an input says by which channel it comes."""

    bound, took = 1.0, 0.0

    def __init__(self) -> None:
        self._came = self._refused = 0
        self._mail = _channel("mail", {"sender": "main@prosam.example", "dns": "off"})
        self._doors = [
            ("webhook", _channel("webhook", {"sources": {"shop": {"secret": _SECRET}}}), _standard),
            ("webhook", _channel("webhook", {"sources": {"shop": {"secret": _SECRET, "scheme": "hub"}}}), _hub),
            ("messenger", _channel("messenger", {"page_token": "t", "app_secret": _SECRET, "verify_token": "v"}), _hub),
            ("sms", _channel("sms", {"gateway": "gatewayapi", "callback_secret": _SECRET}), _jwt),
            ("sms", _channel("sms", {"gateway": "inmobile", "callback_token": _SECRET, "callback_addresses": ["192.0.2.0/28"]}), _token),
            ("webform", _channel("webform", {"secret": _SECRET, "forms": ["cancellation"]}), _form),
        ]  # fmt: skip
        from procflow_sms.smpp import Centre

        self._centre: Any = Centre({"gateway": "smpp"})

    def seeds(self) -> Sequence[bytes]:
        pushes = [json.dumps(each).encode() for each in PUSHES]
        doors = [bytes([n]) + push for n in range(1, 6) for push in pushes]
        return [*(b"\0" + mail for mail in MAILS), *doors, b"\6" + FORM.encode(), b"\7" + _UNIT]

    def wrong(self, data: bytes) -> str:
        kind, content = (data[0] % 8, data[1:]) if data else (0, b"")
        if kind == 0:
            return self._looked_at(self._mail.read(content, NOW), content)
        if kind == 7:
            unit = struct.pack("!IIII", 16 + len(content), 5, 0, 7) + content
            messages = self._centre._messages(SimpleNamespace(came=[(7, unit)]), NOW)
            return "".join(self._looked_at(each, unit) for _, each in messages)
        name, channel, signed = self._doors[kind - 1]
        reply = channel.web(signed(content))
        _replied(reply)
        for message in reply.messages:
            if words := self._looked_at(message, content if name == "webhook" else b""):
                return words
        self._refused += reply.status >= 400
        if name != "webform":
            forged = channel.web(signed(content, "a guess that is as long as the other"))
            if forged.messages or forged.status < 400:
                return f"{name}: what is not signed as agreed was answered {forged.status}"
        return ""

    def _looked_at(self, message: Any, raw: bytes) -> str:
        """As the host's own process would look at it."""
        self._came += 1
        taken = _message(message)
        pack({"value": taken})
        if raw and raw not in message.raw and message.raw not in raw:
            return f"{message.channel}: its bytes were not kept"
        for name, text in ((name, taken[name]) for name in ("text", "subject", "sender")):
            text.encode()
            if "\0" in text or (name != "text" and any(end in text for end in "\r\n")):
                return f"{message.channel}: its {name} holds a line end or a null: {text[:80]!r}"
        for file, _ in message.files:
            if "/" in file or file in (".", "..") or not file.isprintable():
                return f"{message.channel}: a file is called {file!r}"
        return "" if message.external_id else f"{message.channel}: it has no id"

    def told(self) -> str:
        return f"{self._came:,} came in, {self._refused:,} were refused; "

    def mutate(self, data: bytes, dice: random.Random) -> bytes:
        if not data or dice.random() < 0.4:
            data = dice.choice(self.seeds())
        kind, content = data[:1], data[1:]
        if 1 <= kind[0] % 8 <= 5 and dice.random() < 0.8:
            try:
                return kind + json.dumps(_changed(json.loads(content), dice)).encode("utf-8", "replace")
            except (ValueError, RecursionError):
                pass
        at = dice.randrange(len(content) + 1)
        to = min(len(content), at + dice.choice((0, 0, 1, 4, 20)))
        more = (
            dice.choice(_LINES)
            if kind[0] % 8 == 0
            else bytes(dice.randrange(256) for _ in range(dice.randrange(4)))
        )
        if dice.random() < 0.15:
            more = content[at:to] * dice.choice((2, 50))
        return kind + content[:at] + more + content[to:]


def _channel(name: str, table: dict[str, Any]) -> Any:
    made: Any = load_plugins(settings={name: table}).channels[name].channel
    made.now = NOW
    return made


def _changed(value: Any, dice: random.Random) -> Any:
    """The same with one thing in it exchanged, taken out or put in."""
    if isinstance(value, dict) and value and dice.random() < 0.85:
        key = dice.choice(list(value))
        how = dice.random()
        if how < 0.1:
            return {k: v for k, v in value.items() if k != key}
        if how < 0.15:
            return {**value, dice.choice(("", "id", "text", "a.b", "x" * 300)): dice.choice(VALUES)}
        return {**value, key: _changed(value[key], dice)}
    if isinstance(value, list) and value and dice.random() < 0.85:
        at = dice.randrange(len(value))
        return [*value[:at], _changed(value[at], dice), *value[at + (dice.random() < 0.8) :]]
    return dice.choice(VALUES)


def _mac(secret: str, content: bytes) -> bytes:
    return hmac.new(secret.encode(), content, hashlib.sha256).digest()


def _standard(body: bytes, secret: str = _SECRET) -> WebRequest:
    seconds = str(int(NOW.timestamp()))
    signature = base64.b64encode(_mac(secret, f"msg_1.{seconds}.".encode() + body)).decode()
    headers = {"webhook-id": "msg_1", "webhook-timestamp": seconds, "webhook-signature": f"v1,{signature}"}
    return WebRequest("POST", "shop", "", headers, body, "192.0.2.1")


def _hub(body: bytes, secret: str = _SECRET) -> WebRequest:
    return WebRequest(
        "POST", "shop", "", {"x-hub-signature-256": f"sha256={_mac(secret, body).hex()}"}, body, "192.0.2.1"
    )


def _jwt(body: bytes, secret: str = _SECRET) -> WebRequest:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    signed = f"{part(json.dumps({'typ': 'JWT', 'alg': 'HS256'}).encode())}.{part(body)}"
    token = f"{signed}.{part(_mac(secret, signed.encode()))}"
    headers = {"content-type": "application/json", "x-gwapi-signature": token}
    return WebRequest("POST", "inbound", "", headers, body, "192.0.2.1")


def _token(body: bytes, secret: str = _SECRET) -> WebRequest:
    return WebRequest(
        "POST",
        "inbound",
        urlencode({"token": secret}),
        {"content-type": "application/json"},
        body,
        "192.0.2.1",
    )


def _form(body: bytes, secret: str = _SECRET) -> WebRequest:
    return WebRequest(
        "POST", "cancellation", "", {"content-type": "application/x-www-form-urlencoded"}, body, "192.0.2.7"
    )

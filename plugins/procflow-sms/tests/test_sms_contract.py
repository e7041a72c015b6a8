"""The sms channel keeps the contract of channels with each of its gateways."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from msgspec import structs
from procflow_sms.peer import Centre, Cpsms, Gateway, InMobile, InMobileXml, SingleGateway

from procflow.plugins import load_plugins
from procflow.ports import WebRequest
from procflow.testing import ChannelContract, PushedContract, Pusher


class TestGatewayApi(ChannelContract):
    peer = Gateway


class TestSingle(ChannelContract):
    peer = SingleGateway


class TestInMobile(ChannelContract):
    peer = InMobile


class TestInMobileXml(ChannelContract):
    peer = InMobileXml


class TestCpsms(ChannelContract):
    peer = Cpsms


class TestSmpp(ChannelContract):
    peer = Centre


class GatewayApiPushes(Pusher):
    channel = "sms"
    environment: Mapping[str, str] = {"SMS_CALLBACK": "tilbagekald-52b"}

    def settings(self) -> Mapping[str, Any]:
        return {"gateway": "gatewayapi", "callback_secret": "${env:SMS_CALLBACK}"}

    def push(self, ask: Any, id: str, text: str, now: datetime) -> WebRequest:
        content = {
            "id": int(id.strip("m")), "msisdn": 4571999901, "receiver": 4571999900, "message": text,
            "senttime": int(now.timestamp()), "webhook_label": "procflow",
        }  # fmt: skip
        body = json.dumps(content).encode()
        headers = {"content-type": "application/json", "x-gwapi-signature": jwt(content, "tilbagekald-52b")}
        return WebRequest("POST", "inbound", "", headers, body, "192.0.2.1")

    def forge(self, request: WebRequest) -> WebRequest | None:
        headers = {**request.headers, "x-gwapi-signature": jwt(json.loads(request.body), "gættet")}
        return structs.replace(request, headers=headers)


def jwt(content: Any, secret: str, head: Mapping[str, str] = {"typ": "JWT", "alg": "HS256"}) -> str:
    def part(value: bytes) -> str:
        return base64.urlsafe_b64encode(value).decode().rstrip("=")

    signed = f"{part(json.dumps(head).encode())}.{part(json.dumps(content).encode())}"
    return f"{signed}.{part(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())}"


class InMobilePushes(GatewayApiPushes):
    def settings(self) -> Mapping[str, Any]:
        return {
            "gateway": "inmobile",
            "callback_token": "${env:SMS_CALLBACK}",
            "callback_addresses": ["192.0.2.0/28"],
        }

    def push(self, ask: Any, id: str, text: str, now: datetime) -> WebRequest:
        content = {"id": id, "from": {"msisdn": "4571999901"}, "to": {"msisdn": "4571999900"}, "text": text,
                   "receivedAt": now.isoformat()}  # fmt: skip
        query = urlencode({"token": "tilbagekald-52b"})
        return WebRequest(
            "POST",
            "inbound",
            query,
            {"content-type": "application/json"},
            json.dumps(content).encode(),
            "192.0.2.1",
        )

    def forge(self, request: WebRequest) -> WebRequest | None:
        return structs.replace(request, query="token=gættet")


class TestGatewayApiPushed(PushedContract):
    pusher = GatewayApiPushes


class TestInMobilePushed(PushedContract):
    pusher = InMobilePushes


def test_half_a_letter_and_a_time_that_is_none_are_no_reason_not_to_take_a_message():
    table = {"gateway": "inmobile", "callback_token": "tok", "callback_addresses": ["192.0.2.0/28"]}
    channel = load_plugins(settings={"sms": table}).channels["sms"].channel
    channel.now = datetime(2026, 5, 11, 8, 20, tzinfo=UTC)
    for at in ("²", "9" * 400, "99999999999999999999", "\ud800"):
        body = json.dumps({"from": {"msisdn": "4571999901"}, "text": "\ud800 Hej", "receivedAt": at}).encode()
        headers = {"content-type": "application/json"}
        reply = channel.web(WebRequest("POST", "inbound", "token=tok", headers, body, "192.0.2.1"))
        (message,) = reply.messages
        assert message.received == channel.now and message.facts["received_unknown"] and b"Hej" in message.raw

"""The other side of the sms channel for the contract: gateways on loopback that answer as GatewayAPI, inMobile and
CPSMS describe themselves.

Stand-ins of ours: what the gateways themselves do, nobody here has seen. It must not know the channel's code, but for the
alphabet of SMS.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import threading
from collections.abc import Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from procflow.errors import PluginError
from procflow.testing import Letter, Peer, Reached, Through
from procflow.testing.free_port import free_port
from procflow.testing.http_peer import HttpPeer

from .parts import from_septets

_TOKEN = "tok-kanin-7f3a"  # noqa: S105 - of a server that runs for a test


class Gateway(HttpPeer):
    """GatewayAPI's REST interface; the others differ in what they ask and say."""

    channel = "sms"
    kind = "stand-in"
    environment: Mapping[str, str] = {"SMS_TOKEN": _TOKEN}
    gateway = "gatewayapi"
    path = "/rest/mtsms"

    def start(self, folder: Path) -> None:
        self.taken: dict[str, dict[str, Any]] = {}
        self.letters: list[dict[str, Any]] = []
        self.asked: list[tuple[Mapping[str, str], bytes]] = []
        super().start(folder)

    def settings(self, through: Through) -> Mapping[str, Any]:
        place = f"http://127.0.0.1:{through(self.port)}"
        return {
            "gateway": self.gateway,
            "url": f"{place}{self.path}",
            "user": "agency",
            "token": "${env:SMS_TOKEN}",
            "sender": "4571999900",
            "inbox": {"url": f"{place}/rest/mo"},
        }

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "+4571999901", "text": text}

    def reached(self) -> Sequence[Reached]:
        return [Reached(message["text"], reference) for reference, message in list(self.taken.items())]

    def write(self, letter: Letter) -> None:
        self.letters.append({
            "id": letter.id, "from": "+4571999902", "to": "4571999900", "text": letter.text,
            "received": letter.received.isoformat(),
        })  # fmt: skip

    # what the gateway does

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        if method == "GET":
            after = (parse_qs(urlsplit(path).query).get("after") or ["0"])[0]
            return self.told(headers.get("authorization"), after)
        self.asked.append((headers, body))
        return self.take(path, headers, body)

    def take(self, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Any]:
        if path != self.path:
            return 404, {}
        if not self.knows(headers, body):
            return 401, {"message": "unknown token"}
        if self.how != "well":
            return {"busy": 503, "refuses": 422}[self.how], {"message": self.words or self.how}
        to, text, reference, told = self.read(body)
        known = list(self.taken)
        self.taken.setdefault(reference, {"text": text, "to": to, "callback": told})
        return 200, self.accepts(to, 1000 + (known.index(reference) if reference in known else len(known)))

    def told(self, authorization: str | None, after: str) -> tuple[int, Any]:
        if authorization != f"Token {_TOKEN}":
            return 401, {"message": "unknown token"}
        if self.how != "well":
            return {"busy": 503, "refuses": 403}[self.how], {"message": self.words or self.how}
        start = int(after) if after.isdigit() else 0
        portion = self.letters[start : start + 50]
        return 200, {"messages": portion, "cursor": str(start + len(portion))}

    def knows(self, headers: Mapping[str, str], body: bytes) -> bool:
        return headers.get("authorization") == f"Token {_TOKEN}"

    def read(self, body: bytes) -> tuple[str, str, str, str]:
        """(number, text, what makes a copy known, where to report)."""
        message = json.loads(body)
        number = str(message["recipients"][0]["msisdn"])
        return number, message["message"], message["userref"], message.get("callback_url", "")

    def accepts(self, to: str, id: int) -> Any:
        return {"ids": [id], "usage": {"countries": {"DK": 1}, "currency": "DKK", "total_cost": 0.2}}


class SingleGateway(Gateway):
    """GatewayAPI's newer interface for one message."""

    gateway, path = "gatewayapi_single", "/mobile/single"

    def read(self, body: bytes) -> tuple[str, str, str, str]:
        message = json.loads(body)
        return str(message["recipient"]), message["message"], message["reference"], ""

    def accepts(self, to: str, id: int) -> Any:
        return {"msg_id": f"01JNN696A9E0WS89{id}", "recipient": int(to), "reference": None}


class InMobile(Gateway):
    """inMobile's JSON interface: a report's address is the only place with room for a reference."""

    gateway, path = "inmobile", "/v4/sms/outgoing"
    callback = "https://desk.example.com/in/sms"

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {**super().settings(through), "callback_url": self.callback}

    def knows(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = base64.b64decode(headers.get("authorization", "").removeprefix("Basic ") or b"").decode()
        return given.partition(":")[2] == _TOKEN

    def read(self, body: bytes) -> tuple[str, str, str, str]:
        (message,) = json.loads(body)["messages"]
        return message["to"], message["text"], message["statusCallbackUrl"], message["statusCallbackUrl"]

    def accepts(self, to: str, id: int) -> Any:
        number = {"isValidMsisdn": not to.endswith("0000"), "msisdn": to, "rawMsisdn": to}
        return {"results": [{"messageId": f"m-{id}", "smsCount": 1, "numberDetails": number}]}


class InMobileXml(InMobile):
    """inMobile's older interface: one form field with XML, the key inside it."""

    gateway, path = "inmobile_xml", "/Api/V2/SendMessages"

    def knows(self, headers: Mapping[str, str], body: bytes) -> bool:
        return f'apikey="{_TOKEN}"' in self._xml(body)

    def read(self, body: bytes) -> tuple[str, str, str, str]:
        xml = self._xml(body)
        found = [
            re.search(rf"<{name}[^>]*>(.*?)</{name}>", xml, re.S)
            for name in ("msisdn", "text", "statuscallbackurl")
        ]
        number, text, told = (unescape(each[1]) if each else "" for each in found)
        return number, text, told, told

    def accepts(self, to: str, id: int) -> Any:
        if to.endswith("0000"):
            return b"-2"
        return f'<?xml version="1.0"?><reply><recipient msisdn="{to}" id="x-{id}"/></reply>'.encode()

    def _xml(self, body: bytes) -> str:
        return parse_qs(body.decode()).get("xml", [""])[0]


class Cpsms(Gateway):
    """CPSMS: a reference of 32 characters."""

    gateway, path = "cpsms", "/v2/send"

    def knows(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = base64.b64decode(headers.get("authorization", "").removeprefix("Basic ") or b"").decode()
        return given == f"agency:{_TOKEN}"

    def read(self, body: bytes) -> tuple[str, str, str, str]:
        message = json.loads(body)
        assert len(message["reference"]) <= 32
        return message["to"], message["message"], message["reference"], message.get("dlr_url", "")

    def accepts(self, to: str, id: int) -> Any:
        if to.endswith("0000"):
            return {"error": [{"code": 409, "message": "Invalid receiver", "to": to}]}
        return {"success": [[{"to": to, "cost": 1, "smsAmount": 1}]]}


#: Every interface that the channel speaks.
GATEWAYS = (Gateway, SingleGateway, InMobile, InMobileXml, Cpsms)


class Centre(Peer):
    """A short message centre: the SMPP server of `smpp34`, which is not ours, on loopback."""

    channel = "sms"
    kind = "stand-in"
    receives = False  # by the contract; the tests of this plugin write, because SMPP has neither ids nor times for it
    environment: Mapping[str, str] = {"SMS_TOKEN": _TOKEN}

    def start(self, folder: Path) -> None:
        self.how = "well"
        self.taken: list[Reached] = []
        self.parts: dict[tuple[str, str, int], dict[int, str]] = {}
        self.sessions: dict[str, Any] = {}
        self.changed = threading.Condition()
        self.port = free_port()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()
        asyncio.run_coroutine_threadsafe(self._started(), self._loop).result(60)

    async def _started(self) -> None:
        try:
            from smpp34 import Server
        except ImportError:
            raise PluginError(
                "the package smpp34 is not installed", "pip install 'procflow-sms[smpp]'"
            ) from None

        self._server = Server("127.0.0.1", self.port, system_id="centre")
        await self._server.start()
        self._serving = asyncio.ensure_future(self._serve())

    async def _serve(self) -> None:
        from smpp34 import Esme, SubmitSmEvent, Unbound

        while True:
            event = await self._server.next()
            if isinstance(event, Esme):
                with self.changed:
                    self.sessions[event.session_id] = event
                    self.changed.notify_all()
            elif isinstance(event, Unbound):
                with self.changed:
                    self.sessions.pop(event.session_id, None)
                    self.changed.notify_all()
            elif isinstance(event, SubmitSmEvent):
                self._submitted(event)

    def _submitted(self, event: Any) -> None:
        if self.how != "well":
            event.reject({"busy": 0x58, "refuses": 0x0B}[self.how])
            return
        content, place, of, reference = bytes(event.short_message), 1, 1, 0
        if event.esm_class & 0x40:
            reference, of, place = content[3], content[4], content[5]
            content = content[6:]
        text = content.decode("utf-16-be") if event.data_coding == 8 else from_septets(content)
        id = f"c{len(self.taken)}-{len(self.parts)}-{place}"
        parts = self.parts.setdefault(
            (event.source_addr, event.destination_addr, reference if of > 1 else -len(self.taken)), {}
        )
        parts[place] = text
        if len(parts) == of:
            with self.changed:
                self.taken.append(Reached("".join(parts[n] for n in sorted(parts)), id))
            parts.clear()
        event.accept(id)

    def stop(self) -> None:
        if hasattr(self, "_serving"):
            asyncio.run_coroutine_threadsafe(self._stopped(), self._loop).result(60)
        if hasattr(self, "_loop"):
            self._loop.call_soon_threadsafe(self._loop.stop)

    async def _stopped(self) -> None:
        self._serving.cancel()
        await self._server.stop()

    def settings(self, through: Through) -> Mapping[str, Any]:
        return {
            "gateway": "smpp", "host": "127.0.0.1", "port": through(self.port), "user": "agency",
            "token": "${env:SMS_TOKEN}", "sender": "4571999900",
        }  # fmt: skip

    def parameters(self, text: str) -> Mapping[str, Any]:
        return {"to": "+4571999901", "text": text}

    def reached(self) -> Sequence[Reached]:
        return list(self.taken)

    def behave(self, how: str, words: str = "") -> None:
        self.how = how

    def deliver(self, **unit: Any) -> Any:
        """Somebody writes, or the centre reports, to whoever is bound; -> what tells whether that was confirmed."""
        with self.changed:
            assert self.changed.wait_for(lambda: self.sessions, 60), "nobody is bound"
            session = list(self.sessions.values())[-1]

        async def told() -> Any:
            return await session.deliver_sm(**unit)

        return asyncio.run_coroutine_threadsafe(told(), self._loop)

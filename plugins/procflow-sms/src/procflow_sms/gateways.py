"""The gateways that this channel speaks to, each as its public description says: what a request is and what an
answer means. One table, `GATEWAYS`; it must not know sockets, nor what comes in.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from msgspec import Struct

from .message import Sms

Settings = Mapping[str, Any]
#: (the gateway's id, "") for an accepted message; ("", why not) for one that it refused; ("", "") where it says neither.
Verdict = tuple[str, str]


class Gateway(Struct, frozen=True):
    """`url` is where it listens unless the settings say otherwise; `needs` are the settings without which it cannot."""

    title: str
    url: str
    body: Callable[[Sms, Settings, str], bytes]
    headers: Callable[[Settings, str], Mapping[str, str]]
    verdict: Callable[[bytes], Verdict]
    kind: str = "application/json; charset=utf-8"
    needs: tuple[str, ...] = ("token", "sender")


def callback(settings: Settings, key: str) -> str:
    """Where the gateway reports on this very message; "" where the settings name no address of ours."""
    base = str(settings.get("callback_url") or "").rstrip("/")
    if not base:
        return ""
    token = {"token": str(settings["callback_token"])} if settings.get("callback_token") else {}
    return f"{base}/status?{urlencode({**token, 'ref': key})}"


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, sort_keys=True).encode()


def _answer(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):  # brackets without end are no answer, and no reason to send it again
        return None


# GatewayAPI: the REST interface, and the newer one for single messages


def _rest(sms: Sms, settings: Settings, back: str) -> bytes:
    content: dict[str, Any] = {
        "sender": sms.sender,
        "message": sms.text,
        "recipients": [{"msisdn": int(sms.number)}],
        "userref": sms.key,
    }
    if sms.encoding == "ucs2":
        content["encoding"] = "UCS2"
    if back:
        content["callback_url"] = back
    return _json(content)


def _rest_verdict(body: bytes) -> Verdict:
    found = _answer(body)
    if not isinstance(found, dict):
        return "", ""
    ids = found.get("ids")
    first = ids[0] if isinstance(ids, list) and ids else found.get("id") or found.get("msg_id")
    return str(first or ""), ""


def _single(sms: Sms, settings: Settings, back: str) -> bytes:
    return _json(
        {"sender": sms.sender, "message": sms.text, "recipient": int(sms.number), "reference": sms.key}
    )


def _token(settings: Settings, key: str) -> Mapping[str, str]:
    return {"Authorization": f"Token {settings['token']}", "Idempotency-Key": key}


# inMobile: the XML interface (version 2), and the JSON one (version 4)


def _inmobile_xml(sms: Sms, settings: Settings, back: str) -> bytes:
    encoding = ' encoding="utf-8"' if sms.encoding == "ucs2" else ""
    reports = f"<statuscallbackurl>{_escaped(back)}</statuscallbackurl>" if back else ""
    xml = (
        f"<request><authentication apikey={quoteattr(str(settings['token']))}/><data><message>"
        f"<sendername>{_escaped(sms.sender)}</sendername><text{encoding}>{_escaped(sms.text)}</text>"
        f"<recipients><msisdn>{sms.number}</msisdn></recipients></message>{reports}</data></request>"
    )
    return urlencode({"xml": xml}).encode()


def _escaped(text: str) -> str:
    plain = "".join(c for c in text if c in "\t\n\r" or c >= " ")  # XML knows no other control characters
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _inmobile_xml_verdict(body: bytes) -> Verdict:
    text = body.decode("utf-8", "replace")
    # no document types: nothing is to be expanded; and no NUL, as in encodings that hide one from this look
    if len(body) > 100_000 or "<!" in text or "\0" in text:
        return "", ""
    try:
        reply = ElementTree.fromstring(text)  # noqa: S314 - short, and no document type in any encoding # nosec B314
    except (ElementTree.ParseError, ValueError):
        said = body[:100].decode("utf-8", "replace").strip()
        number = said.removeprefix("Error").strip(" :")
        return ("", f"error {number}") if number.lstrip("-").isdigit() else ("", "")
    found = next((each for each in reply.iter("recipient") if each.get("id")), None)
    return (str(found.get("id")), "") if found is not None else ("", "")


def _inmobile(sms: Sms, settings: Settings, back: str) -> bytes:
    message: dict[str, Any] = {
        "to": sms.number, "from": sms.sender, "text": sms.text, "countryHint": sms.number[:2], "encoding": sms.encoding,
    }  # fmt: skip
    if back:
        message["statusCallbackUrl"] = back
    return _json({"messages": [message]})


def _inmobile_verdict(body: bytes) -> Verdict:
    found = _answer(body)
    results = found.get("results") if isinstance(found, dict) else None
    if not isinstance(results, list) or not results or not isinstance(results[0], dict):
        return "", ""
    details = results[0].get("numberDetails")
    if isinstance(details, dict) and details.get("isValidMsisdn") is False:
        return "", "the number cannot be used"  # accepted with an id, and never to arrive
    return str(results[0].get("messageId") or ""), ""


def _basic(user: str) -> Callable[[Settings, str], Mapping[str, str]]:
    def headers(settings: Settings, key: str) -> Mapping[str, str]:
        name = str(settings.get("user") or user)
        pair = base64.b64encode(f"{name}:{settings['token']}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    return headers


# CPSMS


def reference(key: str) -> str:
    """The key of an effect in the 32 characters that CPSMS has room for."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _cpsms(sms: Sms, settings: Settings, back: str) -> bytes:
    content: dict[str, Any] = {
        "to": sms.number, "message": sms.text, "from": sms.sender, "reference": reference(sms.key),
    }  # fmt: skip
    if sms.encoding == "ucs2":
        content["format"] = "UNICODE"
    if back:
        content["dlr_url"] = back
    return _json(content)


def _cpsms_verdict(body: bytes) -> Verdict:
    found = _answer(body)
    if not isinstance(found, dict):
        return "", ""
    refused = found.get("error")
    if refused:
        said = refused[0] if isinstance(refused, list) else refused
        return "", str(said.get("message") or said.get("code") or "refused") if isinstance(
            said, dict
        ) else str(said)
    success = found.get("success")
    while isinstance(success, list) and success:  # it comes in one list, or in a list of lists
        success = success[0]
    return (
        (str(success.get("reference") or success.get("to") or ""), "")
        if isinstance(success, dict)
        else ("", "")
    )


def _nothing(settings: Settings, key: str) -> Mapping[str, str]:
    return {}  # the key stands in the request itself


GATEWAYS: Mapping[str, Gateway] = {
    "gatewayapi": Gateway(
        "GatewayAPI", "https://gatewayapi.com/rest/mtsms", _rest, _token, _rest_verdict),
    "gatewayapi_single": Gateway(
        "GatewayAPI", "https://messaging.gatewayapi.com/mobile/single", _single, _token, _rest_verdict),
    "inmobile": Gateway(
        "inMobile", "https://api.inmobile.com/v4/sms/outgoing", _inmobile, _basic("api"), _inmobile_verdict),
    "inmobile_xml": Gateway(
        "inMobile", "https://mm.inmobile.dk/Api/V2/SendMessages", _inmobile_xml, _nothing, _inmobile_xml_verdict,
        "application/x-www-form-urlencoded"),
    "cpsms": Gateway(
        "CPSMS", "https://api.cpsms.dk/v2/send", _cpsms, _basic(""), _cpsms_verdict,
        needs=("user", "token", "sender")),
}  # fmt: skip

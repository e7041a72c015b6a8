"""What a gateway pushes to `/in/sms/status` and `/in/sms/inbound`: who sent it, then what it says.

GatewayAPI signs; the others do not, so that a token of ours stands in the address that they were given, and their
addresses may be listed. A report is a receipt, or a failure, and belongs to the effect of its `ref`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import ipaddress
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from procflow.ports import Inbound, WebReply, WebRequest

from .incoming import as_bytes, instant, sender_of
from .reports import told

LARGEST = 1 << 20
_TOOK = WebReply(200, b"ok\n")
#: What gateways call one thing, by our name for it; the first that stands there counts.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "msg_id", "messageId", "messageid", "msgid", "message_id"),
    "number": ("msisdn", "recipient", "receiver", "to"),
    "status": ("status", "statusDescription", "statusdescription", "state", "statuscode"),
    "error": ("error", "error_description", "errordescription", "code"),
    "at": ("time", "timestamp", "senttime", "receivedAt", "received", "donetime"),
    "ref": ("userref", "reference", "ref"),
    "from": ("msisdn", "sender", "from", "rawMsisdn"),
    "text": ("message", "text", "body"),
    "receiver": ("receiver", "to", "recipient"),
}


def answer(settings: Mapping[str, Any], request: WebRequest, now: datetime | None) -> WebReply:
    """200 once what came is stored."""
    at = now or datetime.now(UTC)  # noqa: TID251
    if request.path not in ("status", "inbound"):
        return WebReply(404, b"there is nothing here\n")
    if request.method not in ("POST", "GET"):
        return WebReply(405, b"", headers={"allow": "GET, POST"})
    if len(request.body) > LARGEST:
        return WebReply(413, b"too large\n", reason="too large")
    query = _pairs(request.query)
    signed, wrong = _checked(settings, request, query)
    if wrong:
        return WebReply(401, b"not signed as agreed\n", reason=wrong)
    content = signed if signed is not None else _content(request, query)
    if content is None:
        return WebReply(400, b"neither JSON nor a form\n", reason="neither JSON nor a form")
    gateway = str(settings.get("gateway") or "gatewayapi")
    made = partial(_report, gateway=gateway) if request.path == "status" else _message
    country = str(settings.get("country_code") or "45")
    items = content if isinstance(content, list) else [content]
    found = [made(item, query, at, country) if isinstance(item, Mapping) else None for item in items]
    if not any(found):
        return WebReply(400, b"neither a message nor a report\n", reason="neither a message nor a report")
    # one that makes no sense comes as its bytes and holds up none of the others
    messages = [each or _unread(item, at) for each, item in zip(found, items, strict=True)]
    return WebReply(200, _TOOK.body, messages=messages)


def _unread(item: Any, at: datetime) -> Inbound:
    raw = _raw(item if isinstance(item, Mapping) else {"item": item})
    facts = {"unreadable": ["neither a message nor a report"], "received_unknown": True}
    return Inbound("sms", hashlib.sha256(raw).hexdigest(), "sms", "", "", at, facts=facts, raw=raw)


# who sent it


def _checked(settings: Mapping[str, Any], request: WebRequest, query: Mapping[str, str]) -> tuple[Any, str]:
    """(what was signed, where the signature holds it; what is wrong)."""
    if listed := settings.get("callback_addresses"):
        try:
            here = ipaddress.ip_address(request.address)
            known = any(here in ipaddress.ip_network(str(net), strict=False) for net in listed)
        except ValueError:
            known = False
        if not known:
            return None, "from an address that is not listed"
    name = str(settings.get("gateway") or "gatewayapi")
    secret = str(settings.get("callback_secret") or "")
    token = str(settings.get("callback_token") or "")
    if name.startswith("gatewayapi") and secret:
        jwt = request.headers.get("x-gwapi-signature", "")
        if jwt:
            payload = _of_jwt(jwt, secret)
            return payload, "" if payload is not None else "wrong signature"
        given = request.headers.get("signature", "")
        right = "v1=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
        return None, "" if _same(right, given) else "wrong signature"
    if token:
        return None, "" if _same(token, query.get("token", "")) else "wrong token"
    return None, "neither callback_secret nor callback_token is set, so that nobody is believed"


def _of_jwt(token: str, secret: str) -> Any:
    """The content of a JSON Web Token signed with HMAC SHA-256; None for any other."""
    parts = token.split(".")
    try:
        head, content, given = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
        if json.loads(head).get("alg") != "HS256":
            return None
        right = hmac.new(secret.encode(), ".".join(parts[:2]).encode(), hashlib.sha256).digest()
        return json.loads(content) if hmac.compare_digest(right, given) else None
    except (ValueError, AttributeError, binascii.Error, RecursionError):
        return None


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


# what it says


def _content(request: WebRequest, query: Mapping[str, str]) -> Any:
    """The object that came: JSON, a form, or the address itself; None for anything else."""
    if request.method == "GET":
        return query
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            return _pairs(request.body)
        found = json.loads(_decoded(request.body))
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("data"), dict):
        found = {**found, **found["data"]}
    if isinstance(found, dict) and isinstance(found.get("messages"), list):
        return found["messages"]
    return found if isinstance(found, dict | list) else None


def _decoded(body: bytes) -> bytes | str:
    """JSON in letters that are no UTF-8, as Windows writes them; UTF-8 and UTF-16 the reader tells apart itself."""
    try:
        body.decode(json.detect_encoding(body))
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")
    return body


def _pairs(given: str | bytes) -> dict[str, str]:
    """Names and values of an address or a form: UTF-8, else as Windows writes letters, which some gateways do."""
    for encoding, errors in (("utf-8", "strict"), ("cp1252", "replace")):
        try:
            text = given.decode(encoding, errors) if isinstance(given, bytes) else given
            pairs = parse_qsl(
                text, keep_blank_values=True, encoding=encoding, errors=errors, max_num_fields=100
            )
        except UnicodeDecodeError:
            continue
        except ValueError:  # too many
            return {}
        return dict(pairs)
    return {}


def _first(item: Mapping[str, Any], name: str) -> str:
    for key in _NAMES[name]:
        value = item.get(key)
        if isinstance(value, Mapping):  # {"from": {"msisdn": …}}
            value = value.get("msisdn") or value.get("rawMsisdn") or value.get("phoneNumber")
        if value is not None and not isinstance(value, list | dict | bool) and str(value) != "":
            return str(value).replace("\0", "")
    return ""


def _report(
    item: Mapping[str, Any], query: Mapping[str, str], at: datetime, country: str, gateway: str
) -> Inbound | None:
    info = item.get("deliveryInfo")
    flat = {**item, **info} if isinstance(info, Mapping) else item
    status, key = _first(flat, "status"), query.get("ref") or _first(flat, "ref")
    if not status or not (key or _first(flat, "id")):
        return None
    raw = _raw(item)
    number = sender_of(_first(flat, "number"), country)[0]
    form, fields = told(status, _first(flat, "id"), number, _first(flat, "error"), gateway)
    return Inbound(
        source="sms",
        external_id=hashlib.sha256(b"status " + key.encode() + raw).hexdigest(),
        channel="sms",
        sender=number,
        to="",
        received=_when(flat, at)[0],
        form=form,
        fields=fields,
        thread=[key] if key else [],
        raw=raw,
    )


def _message(item: Mapping[str, Any], query: Mapping[str, str], at: datetime, country: str) -> Inbound | None:
    if not any(key in item for key in _NAMES["text"]):
        return None
    number, facts = sender_of(_first(item, "from"), country)
    received, known = _when(item, at)
    if not known:
        facts["received_unknown"] = True
    raw = _raw(item)
    # without an id or a time the same words are the same message for an hour: later they are said anew
    hour = b"" if known else at.strftime("%Y-%m-%d %H ").encode()
    return Inbound(
        source="sms",
        external_id=f"in {_first(item, 'id')}"
        if _first(item, "id")
        else hashlib.sha256(hour + raw).hexdigest(),
        channel="sms",
        sender=number,
        to=sender_of(_first(item, "receiver"), country)[0],
        received=received,
        text=_first(item, "text"),
        facts=facts,
        raw=raw,
    )


def _when(item: Mapping[str, Any], at: datetime) -> tuple[datetime, bool]:
    """(the instant that the gateway gives, True); the instant at which it came, where it gives none."""
    written = _first(item, "at")
    seconds = written.isascii() and written.replace(".", "", 1).isdigit() and len(written) < 20
    found = instant(float(written) if seconds else written) if written else None
    return (found, True) if found is not None else (at, False)


def _raw(item: Mapping[str, Any]) -> bytes:
    kept = {key: value for key, value in item.items() if key != "token"}
    return as_bytes(kept)

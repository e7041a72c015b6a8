"""Sends one SMS through a gateway of the shape of GatewayAPI's REST interface. It must not know messages in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from procflow.errors import PluginError, UsageError
from procflow.http_client import NotReached, place_problem, request
from procflow.ports import Delivery

from .parts import count

#: More parts than this in one text are refused, where `max_parts` gives no other number.
MOST_PARTS = 10
#: What a gateway says for a while only: no right to log in (yet), too early, too many.
_PASSING = (401, 407, 408, 423, 425, 429)
_FILLING = re.compile(r"[\s().\-\u2010-\u2015/]")


def compose(settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any]) -> bytes:
    """The JSON that goes out, the same for each retry; `userref` is the effect's key."""
    sender = clean_sender(str(parameters.get("sender") or settings.get("sender") or ""))
    text = str(parameters["text"]).replace("\r\n", "\n")
    if not text.strip():
        raise UsageError("text: is empty")
    counted = count(text)
    most = int(settings.get("max_parts") or MOST_PARTS)
    if counted.parts > most:
        raise UsageError(f"text: takes {counted.parts} SMS; at most {most} are sent", "make the text shorter")
    number = msisdn(str(parameters["to"]), str(settings.get("country_code") or "45"))
    message: dict[str, Any] = {
        "sender": sender,
        "message": text,
        "recipients": [{"msisdn": int(number)}],
        "userref": key,
    }
    if counted.encoding == "ucs2":
        message["encoding"] = "UCS2"
    return json.dumps(message, ensure_ascii=False, sort_keys=True).encode()


def send(settings: Mapping[str, Any], key: str, wire: bytes) -> Delivery:
    """done with the gateway's id; failed for what it refuses; retry for all that may pass."""
    url, token = str(settings.get("url") or ""), str(settings.get("token") or "")
    if not url or not token:
        raise PluginError("procflow.toml: channels.sms: url and token are needed")
    if problem := place_problem(url, "channels.sms"):
        raise PluginError(problem)
    headers = {
        "Authorization": f"Token {token}",
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Idempotency-Key": key,
    }
    try:
        answer = request(settings, "POST", url, headers, wire)
    except NotReached as why:
        return Delivery("retry", {}, f"the SMS gateway {why}")
    if 200 <= answer.status < 300:
        return _accepted(answer.body, json.loads(wire))
    said = f"the SMS gateway answered {answer.status}{_words(answer.body)}"
    if answer.status in _PASSING or answer.status >= 500 or answer.status < 400:
        return Delivery("retry", {}, said, answer.retry_after)
    return Delivery("failed", {}, said)


def msisdn(written: str, country: str) -> str:
    """Digits with the country code. Eight digits alone are a number of this country."""
    text = _FILLING.sub("", written)
    plus = text.startswith("+")
    digits = text[1:] if plus else text
    if not plus and digits.startswith("00"):
        plus, digits = True, digits[2:]
    if not digits.isascii() or not digits.isdigit():
        raise UsageError(f"to: {written!r} is not a phone number", "write + and digits only")
    if not plus and len(digits) == 8:
        digits = f"{country}{digits}"
    if not 9 <= len(digits) <= 15 or digits.startswith("0"):
        raise UsageError(
            f"to: {written!r} is not a phone number with its country code", "write +45 and 8 digits"
        )
    return digits


def clean_sender(sender: str) -> str:
    """A number, or up to 11 letters, digits and spaces."""
    if not sender:
        raise PluginError("procflow.toml: channels.sms: sender is missing")
    digits = _FILLING.sub("", sender).removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if len(digits) > 15:
            raise UsageError(f"sender: {sender!r} has more than 15 digits")
        return digits
    if len(sender) > 11 or not re.fullmatch(r"[A-Za-z0-9 ._&-]+", sender):
        raise UsageError(f"sender: {sender!r} has more than 11 letters and digits, or others")
    return sender


def _accepted(body: bytes, message: Mapping[str, Any]) -> Delivery:
    counted = count(str(message["message"]))
    result = {
        "to": f"+{message['recipients'][0]['msisdn']}",
        "parts": counted.parts,
        "encoding": counted.encoding,
    }
    try:
        answer = json.loads(body)
        ids = answer.get("ids") or [answer.get("id") or answer.get("msg_id")]
        id_ = str(ids[0] or "")
    except (ValueError, AttributeError, TypeError, KeyError, IndexError):
        id_ = ""
    if not id_:
        # asking again would send it twice
        words = "the SMS gateway took the message but gave no id: look there whether it was sent"
        return Delivery("failed", result, words)
    return Delivery("done", {"id": id_, **result})


def _words(body: bytes) -> str:
    try:
        answer = json.loads(body)
        said = str(answer.get("message") or answer.get("error") or answer.get("code") or "")
    except (ValueError, AttributeError):
        said = body[:200].decode("utf-8", "replace")
    return f": {' '.join(said.split())[:200]}" if said.strip() else ""

"""One SMS before any gateway sees it: its number, sender, text and parts, checked. It must not know gateways."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from msgspec import Struct, structs

from procflow.core.field_text import personal_number
from procflow.errors import PluginError, UsageError

from .parts import count

#: More parts than this in one text are refused, where `max_parts` gives no other number.
MOST_PARTS = 10
#: What stands between the figures of a number as people write it.
FILLING = re.compile(r"[\s().\-\u2010-\u2015/]")
#: What no text has: it would end or break a message on its way (an XML gateway loses it).
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SENSITIVE = {"cpr": "a civil registration number", "card_number": "a card number"}


class Sms(Struct, frozen=True):
    """`number` is digits with the country code; `encoding` is gsm7 or ucs2; `key` is the effect's key."""

    number: str
    sender: str
    text: str
    encoding: str
    parts: int
    key: str

    @property
    def replyable(self) -> bool:
        return self.sender.isdigit()


def compose(settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any]) -> bytes:
    """The message as it is stored, the same for each retry. Raises UsageError for what cannot be sent."""
    sender = clean_sender(str(parameters.get("sender") or settings.get("sender") or ""))
    text = str(parameters["text"]).replace("\r\n", "\n")
    if not text.strip():
        raise UsageError("text: is empty")
    if _CONTROL.search(text):
        raise UsageError("text: has a control character, which no phone shows", "take it out")
    if found := personal_number(text):
        raise UsageError(f"text: seems to hold {_SENSITIVE[found]}, which no SMS may carry", "leave it out")
    counted = count(text)
    most = int(settings.get("max_parts") or MOST_PARTS)
    if counted.parts > most:
        raise UsageError(f"text: takes {counted.parts} SMS; at most {most} are sent", "make the text shorter")
    number = msisdn(str(parameters["to"]), str(settings.get("country_code") or "45"))
    sms = Sms(number, sender, text, counted.encoding, counted.parts, key)
    if parameters.get("replyable") and not sms.replyable:
        raise UsageError(
            f"sender: an answer is wanted, and nobody can answer to {sender!r}", "send from a number"
        )
    return json.dumps(structs.asdict(sms), ensure_ascii=False, sort_keys=True).encode()


def read(wire: bytes) -> Sms:
    """What `compose` stored."""
    return Sms(**json.loads(wire))


def msisdn(written: str, country: str) -> str:
    """Digits with the country code. Eight digits alone are a number of this country."""
    text = FILLING.sub("", written)
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
    digits = FILLING.sub("", sender).removeprefix("+")
    if digits.isascii() and digits.isdigit():
        if len(digits) > 15:
            raise UsageError(f"sender: {sender!r} has more than 15 digits")
        return digits
    if len(sender) > 11 or not re.fullmatch(r"[A-Za-z0-9 ._&-]+", sender):
        raise UsageError(f"sender: {sender!r} has more than 11 letters and digits, or others")
    return sender

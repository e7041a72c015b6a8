"""Fetches messages and delivery reports from the gateway. The README gives the JSON that is understood.

An item that cannot be understood comes as its bytes, for a person to look at; it never holds up the others.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from procflow.errors import PluginError
from procflow.http_client import NotReached, place_problem, request
from procflow.ports import Inbound

from .message import FILLING
from .reports import told

_MASKED = {"", "anonymous", "unknown", "withheld", "private", "restricted", "ukendt", "skjult", "hemmeligt"}


def fetch(settings: Mapping[str, Any], cursor: str, now: datetime | None) -> tuple[list[Inbound], str]:
    """`GET inbox.url?after=<cursor>`. Raises PluginError when the gateway does not answer as it must."""
    inbox = settings["inbox"]
    url = str((inbox.get("url") if isinstance(inbox, Mapping) else inbox) or "")
    if problem := place_problem(url, "channels.sms"):
        raise PluginError(problem)
    token = str((inbox.get("token") if isinstance(inbox, Mapping) else "") or settings.get("token") or "")
    full = f"{url}{'&' if urlsplit(url).query else '?'}{urlencode({'after': cursor})}" if cursor else url
    headers = {"Authorization": f"Token {token}", "Accept": "application/json"}
    try:
        answer = request(settings, "GET", full, headers)
    except NotReached as why:
        raise PluginError(f"the SMS gateway {why}") from why
    if answer.status != 200:
        raise PluginError(f"the SMS gateway answered {answer.status} when asked for messages")
    try:
        content = json.loads(answer.body)
        items, after = list(content["messages"]), str(content.get("cursor", cursor) or "")
    except (ValueError, KeyError, TypeError, AttributeError) as why:
        raise PluginError(f"the SMS gateway gave no list of messages: {why}") from why
    country = str(settings.get("country_code") or "45")
    return [_item(item, now, country, settings) for item in items], after


def _item(item: Any, now: datetime | None, country: str, settings: Mapping[str, Any]) -> Inbound:
    raw = as_bytes(item)
    given = item if isinstance(item, Mapping) else {}
    number, facts = sender_of(str(given.get("from") or ""), country)
    received = instant(given.get("received"))
    if received is None:
        received = now or datetime.now(UTC)  # noqa: TID251
        facts["received_unknown"] = True
    form, fields = "message", dict[str, str]()
    if report := given.get("kind") == "status":
        gateway, error = str(settings.get("gateway") or ""), str(given.get("error") or "")
        form, fields = told(
            str(given.get("status") or ""), str(given.get("message_id") or ""), number, error, gateway
        )
    if not isinstance(item, Mapping) or not (report or "text" in given):
        facts["unreadable"] = ["neither a message nor a delivery report"]
    return Inbound(
        source="sms",
        external_id=str(given.get("id") or hashlib.sha256(raw).hexdigest()),
        channel="sms",
        sender=number,
        to=sender_of(str(given.get("to") or ""), country)[0],
        received=received,
        text=str(given.get("text") or ""),
        form=form,
        fields=fields,
        thread=[str(given[name]) for name in ("userref", "in_reply_to") if given.get(name)],
        facts=facts,
        raw=raw,
    )


def as_bytes(item: Any) -> bytes:
    """What came, to be kept; half a letter, which JSON can hold, stays written as it was."""
    written = json.dumps(item, ensure_ascii=False, sort_keys=True, default=str)
    return written.encode("utf-8", "backslashreplace")


def sender_of(written: str, country: str) -> tuple[str, dict[str, Any]]:
    """(E.164 where it is a number, else as written; alphanumeric and masked as facts)."""
    text = written.strip()
    if text.casefold() in _MASKED:
        return text, {"alphanumeric": False, "masked": True}
    digits = FILLING.sub("", text)
    digits = digits.removeprefix("+") if digits.startswith("+") else digits.removeprefix("00")
    if not text.startswith(("+", "00")) and len(digits) == 8:
        digits = f"{country}{digits}"
    number = digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 15
    return (f"+{digits}" if number else text), {"alphanumeric": not number, "masked": False}


def instant(value: Any) -> datetime | None:
    """Seconds (or milliseconds) since 1970, or ISO 8601 (UTC where it names no zone); None for anything else."""
    if isinstance(value, int | float) and value > 1e11:
        value /= 1000
    try:
        at = (
            datetime.fromtimestamp(value, UTC)
            if isinstance(value, int | float)
            else datetime.fromisoformat(str(value))
        )
    except (ValueError, OverflowError, OSError):
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else at.replace(tzinfo=UTC)

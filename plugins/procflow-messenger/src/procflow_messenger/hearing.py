"""What the platform pushes to `/in/messenger`: the challenge when the page is connected, then what customers write.

Only what the app's secret has signed is read. Read marks, deliveries, echoes of our own words and what belongs to
another app are acknowledged and are no messages. It must not know what goes out.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

from procflow.ports import Inbound, WebReply, WebRequest

LARGEST = 1 << 20


def answer(settings: Mapping[str, Any], request: WebRequest) -> WebReply:
    """The challenge (GET), or 200 once everything in the request is stored."""
    if request.path:
        return WebReply(404, b"there is nothing here\n")
    if request.method == "GET":
        return _challenge(settings, dict(parse_qsl(request.query)))
    if request.method != "POST":
        return WebReply(405, b"", headers={"allow": "GET, POST"})
    secret = str(settings.get("app_secret") or "")
    given = request.headers.get("x-hub-signature-256", "")
    right = "sha256=" + hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest()
    if not secret or not hmac.compare_digest(right.encode(), given.encode("utf-8", "replace")):
        return WebReply(401, b"not signed as agreed\n", reason="wrong signature")
    try:
        content = json.loads(request.body) if len(request.body) <= LARGEST else None
        messages = list(_messages(content, str(settings.get("page_id") or "")))
    except (ValueError, RecursionError, TypeError, AttributeError, LookupError, OverflowError, OSError):
        return WebReply(400, b"this is not understood\n", reason="not what the platform describes")
    return WebReply(200, b"EVENT_RECEIVED", messages=messages)


def _challenge(settings: Mapping[str, Any], query: Mapping[str, str]) -> WebReply:
    token = str(settings.get("verify_token") or "")
    same = hmac.compare_digest(token.encode(), query.get("hub.verify_token", "").encode())
    if query.get("hub.mode") != "subscribe" or not token or not same:
        return WebReply(403, b"", reason="wrong verify_token")
    return WebReply(200, query.get("hub.challenge", "")[:200].encode())


def _messages(content: Any, page: str) -> Iterator[Inbound]:
    if content["object"] != "page":
        raise ValueError(content["object"])
    for entry in content["entry"]:
        for event in entry.get("messaging") or ():
            found = _message(event, page or str(entry.get("id") or ""))
            if found is not None:
                yield found


def _message(event: Mapping[str, Any], page: str) -> Inbound | None:
    message, postback = event.get("message"), event.get("postback")
    about = message or postback
    if not isinstance(about, Mapping) or about.get("is_echo"):
        return None
    sender = str(event["sender"]["id"])
    at = datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC)
    raw = json.dumps(event, ensure_ascii=False, sort_keys=True).encode()
    own = hashlib.sha256(raw).hexdigest()
    fields = {"page_scoped_id": sender}
    for number, attachment in enumerate(about.get("attachments") or (), 1):
        payload = attachment.get("payload") if isinstance(attachment, Mapping) else None
        url = payload.get("url") if isinstance(payload, Mapping) else ""
        fields[f"attachment_{number}"] = f"{attachment.get('type')} {url or ''}".strip()[:2000]
    reply_to = about.get("reply_to")
    return Inbound(
        source="messenger",
        external_id=str(about.get("mid") or own),
        channel="messenger",
        sender=sender,
        to=str((event.get("recipient") or {}).get("id") or page),
        received=at,
        text=str(about.get("text") or about.get("title") or "").replace("\0", ""),
        fields=fields,
        thread=[str(reply_to["mid"])] if isinstance(reply_to, Mapping) and reply_to.get("mid") else [],
        # an id of the page's own: it says who writes again, never who they are
        facts={"signed": True, "page_scoped": True, "attachments": len(fields) - 1},
        raw=raw,
    )

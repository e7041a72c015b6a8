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


def answer(settings: Mapping[str, Any], request: WebRequest, now: datetime | None = None) -> WebReply:
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
        messages = list(_messages(content, str(settings.get("page_id") or ""), now or datetime.now(UTC)))  # noqa: TID251
    except (ValueError, RecursionError, TypeError, AttributeError, LookupError, OverflowError, OSError):
        return WebReply(400, b"this is not understood\n", reason="not what the platform describes")
    return WebReply(200, b"EVENT_RECEIVED", messages=messages)


def _challenge(settings: Mapping[str, Any], query: Mapping[str, str]) -> WebReply:
    token = str(settings.get("verify_token") or "")
    same = hmac.compare_digest(token.encode(), query.get("hub.verify_token", "").encode())
    if query.get("hub.mode") != "subscribe" or not token or not same:
        return WebReply(403, b"", reason="wrong verify_token")
    return WebReply(200, query.get("hub.challenge", "")[:200].encode())


def _messages(content: Any, page: str, now: datetime) -> Iterator[Inbound]:
    """What stands in one request. An event that makes no sense comes as its bytes and holds up none of the others: the
    platform would send them all again, and let us go in the end."""
    if content["object"] != "page":
        raise ValueError(content["object"])
    for entry in content["entry"]:
        own = page or str(entry.get("id") or "")
        for event in entry.get("messaging") or ():
            try:
                found = _message(event, own)
            except (ValueError, TypeError, AttributeError, LookupError, OverflowError, OSError) as why:
                found = _unread(event, own, why, now)
            if found is not None:
                yield found


def _message(event: Mapping[str, Any], page: str) -> Inbound | None:
    message, edited = event.get("message"), event.get("message_edit")
    about = message or edited or event.get("postback")
    if not isinstance(about, Mapping) or about.get("is_echo"):
        return None
    sender = str(event["sender"]["id"])
    raw = _raw(event)
    reply_to = about.get("reply_to")
    id, answers = str(about.get("mid") or ""), reply_to.get("mid") if isinstance(reply_to, Mapping) else None
    attachments = _attachments(about)
    fields = {"page_scoped_id": sender, **attachments}
    if about.get("is_deleted"):
        fields["deleted"], answers, id = id, id, f"{id} deleted"  # the customer took it back
    if edited and not message:
        fields["edited"], answers, id = id, id, f"{id} edited {about.get('num_edit') or ''}".strip()
    return Inbound(
        source="messenger",
        external_id=id or hashlib.sha256(raw).hexdigest(),
        channel="messenger",
        sender=sender,
        to=str((event.get("recipient") or {}).get("id") or page),
        received=datetime.fromtimestamp(int(event["timestamp"]) / 1000, UTC),
        text=_text(about.get("text") or about.get("title")),
        fields=fields,
        thread=[str(answers)] if answers else [],
        # an id of the page's own: it says who writes again, never who they are
        facts={"signed": True, "page_scoped": True, "attachments": len(attachments)},
        raw=raw,
    )


def _attachments(about: Mapping[str, Any]) -> dict[str, str]:
    """Each as its kind and its address; a link that was shared has the address beside it."""
    fields: dict[str, str] = {}
    for number, attachment in enumerate(about.get("attachments") or (), 1):
        each = attachment if isinstance(attachment, Mapping) else {"type": attachment}
        payload = each.get("payload")
        url = (payload.get("url") if isinstance(payload, Mapping) else None) or each.get("url") or ""
        fields[f"attachment_{number}"] = _text(f"{each.get('type')} {url}".strip())[:2000]
    return fields


def _unread(event: Any, page: str, why: Exception, now: datetime) -> Inbound:
    sender = event.get("sender") if isinstance(event, Mapping) else None
    message = event.get("message") if isinstance(event, Mapping) else None
    raw = _raw(event)
    facts = {
        "unreadable": [f"not what the platform describes: {type(why).__name__}"],
        "received_unknown": True,
    }
    return Inbound(
        "messenger", hashlib.sha256(raw).hexdigest(), "messenger",
        _text(sender.get("id") if isinstance(sender, Mapping) else ""), page, now,
        text=_text(message.get("text") if isinstance(message, Mapping) else ""), facts=facts, raw=raw,
    )  # fmt: skip


def _raw(event: Any) -> bytes:
    # half a letter, which JSON can hold, stays written as it was
    return json.dumps(event, ensure_ascii=False, sort_keys=True).encode("utf-8", "backslashreplace")


def _text(value: Any) -> str:
    return str(value or "").replace("\0", "").encode("utf-8", "replace").decode("utf-8")

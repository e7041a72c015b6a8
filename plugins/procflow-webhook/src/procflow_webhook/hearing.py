"""What another system posts to `/in/webhook/<source>`: the signature first, then JSON as a message with fields.

It must not know what goes out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from procflow.ports import Inbound, WebReply, WebRequest

from .signing import hub_problem, standard_problem

LARGEST = 1 << 20
#: Fields at the most, and letters in one.
MOST_FIELDS, LONGEST = 200, 100_000


def hear(settings: Mapping[str, Any], request: WebRequest, now: datetime | None) -> WebReply:
    """200 with the message once it is stored; what is not signed by the source is not even read."""
    at = now or datetime.now(UTC)  # noqa: TID251
    sources = settings.get("sources") or {}
    source = sources.get(request.path) if isinstance(sources, Mapping) else None
    if not isinstance(source, Mapping):
        return _said(404, "there is no such source")
    if request.method != "POST":
        return WebReply(405, b"", headers={"allow": "POST"})
    if len(request.body) > LARGEST:
        return _said(413, f"at most {LARGEST} bytes", "too large")
    secrets = [str(source[name]) for name in ("secret", "previous_secret") if source.get(name)]
    if not secrets:
        return _said(
            503, "this source has no secret yet", f"sources.{request.path} has no secret in procflow.toml"
        )
    hub = source.get("scheme") == "hub"
    wrong = (
        hub_problem(secrets, request.headers, request.body)
        if hub
        else standard_problem(secrets, request.headers, request.body, at)
    )
    if wrong:
        return _said(401, "not signed as agreed", wrong)
    try:
        content = json.loads(request.body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return _said(400, "a JSON object is wanted", "no JSON object")
    given = "x-github-delivery" if hub else "webhook-id"
    id = request.headers.get(given) or hashlib.sha256(request.body).hexdigest()
    return WebReply(
        200,
        b'{"received":true}\n',
        "application/json",
        messages=[_message(request.path, source, content, id, request.body, at)],
    )


def _message(
    name: str, source: Mapping[str, Any], content: Mapping[str, Any], id: str, raw: bytes, at: datetime
) -> Inbound:
    wanted = source.get("fields")
    if isinstance(wanted, Mapping):
        found = {str(field): _at(content, str(path)) for field, path in wanted.items()}
    else:
        found = {**content, **(content["data"] if isinstance(content.get("data"), dict) else {})}
    fields = {str(field): text for field, value in found.items() if (text := _text(value)) is not None}
    answers = _at(content, str(source.get("thread") or "in_reply_to"))
    return Inbound(
        source="webhook",
        external_id=f"{name}:{id}"[:500],
        channel="webhook",
        sender=(_text(_at(content, str(source["sender"]))) if source.get("sender") else None) or name,
        to=name,
        received=at,
        subject=_text(content.get("type") or content.get("event")) or "",
        text=_text(_at(content, str(source.get("text") or "text"))) or "",
        fields={**dict(list(fields.items())[:MOST_FIELDS]), "source": name},
        thread=[str(answers)] if isinstance(answers, str) and answers else [],
        facts={"signed": True, "source": name},
        raw=raw,
    )


def _at(content: Any, path: str) -> Any:
    """What stands at `customer.phone`; None where there is nothing."""
    for part in path.split("."):
        if not isinstance(content, Mapping) or part not in content:
            return None
        content = content[part]
    return content


def _text(value: Any) -> str | None:
    """A plain value as a field of a message has it; None for lists, objects and nothing."""
    if value is None or isinstance(value, list | dict):
        return None
    text = {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
    return text.replace("\0", "")[:LONGEST]


def _said(status: int, words: str, reason: str = "") -> WebReply:
    body = json.dumps({"error": words}).encode() + b"\n"
    return WebReply(status, body, "application/json", reason=reason)

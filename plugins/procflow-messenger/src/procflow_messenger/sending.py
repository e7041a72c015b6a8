"""Answers a customer by the platform's Send API, within the time in which an answer is allowed.

For 24 hours after the customer wrote anything may be said; for 7 days what a person wrote (the tag HUMAN_AGENT);
after that nothing. It must not know messages in.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from procflow.errors import PluginError, UsageError
from procflow.http_client import NotReached, place_problem, request, unreachable
from procflow.ports import Delivery

URL = "https://graph.facebook.com/v23.0"
LONGEST = 2000
ANYTHING, BY_A_PERSON = timedelta(hours=24), timedelta(days=7)
#: The platform's codes of what passes: trouble of its own, too many, and a token that somebody must renew.
_PASSING = (1, 2, 4, 17, 32, 190, 613)
_WORDS: Mapping[int, str] = {
    10: "the time in which an answer is allowed is over, or the page may not answer",
    100: "the platform does not take it so",
    190: "the page's token has ended: somebody must make a new one",
    200: "the page may not write to this person",
    551: "this person cannot be reached now",
}


def compose(key: str, parameters: Mapping[str, Any], now: datetime | None) -> bytes:
    """The request, the same for each retry; `metadata` is the effect's key, by which a copy is known."""
    text = str(parameters["text"]).replace("\r\n", "\n")
    if not text.strip():
        raise UsageError("text: is empty")
    if len(text) > LONGEST:
        raise UsageError(
            f"text: has {len(text)} characters; Messenger takes at most {LONGEST}", "make the text shorter"
        )
    human = bool(parameters.get("human"))
    heard = _instant(parameters.get("heard"))
    if now is not None and (late := too_late(heard, human, now)):
        raise UsageError(late, "call the customer, or write by mail or SMS")
    content: dict[str, Any] = {
        "recipient": {"id": str(parameters["to"])},
        "message": {"text": text, "metadata": key},
        "messaging_type": "RESPONSE",
    }
    if human:
        content |= {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    kept = {"heard": heard.isoformat() if heard else None, "human": human, "content": content}
    return json.dumps(kept, ensure_ascii=False, sort_keys=True).encode()


def too_late(heard: datetime | None, human: bool, now: datetime) -> str:
    """Why an answer is no longer allowed; "" where it is, or where nobody said when the customer wrote."""
    if heard is None:
        return ""
    if now - heard > BY_A_PERSON:
        return "the customer wrote more than 7 days ago, and Messenger takes no answer any more"
    if now - heard > ANYTHING and not human:
        return (
            "the customer wrote more than 24 hours ago; only what a person writes may still go (human: true)"
        )
    return ""


def send(settings: Mapping[str, Any], wire: bytes, now: datetime | None) -> Delivery:
    """done with the platform's id; failed for what it refuses and what is too late; retry for the rest."""
    if problem := _problem(settings):
        raise PluginError(problem)
    kept = json.loads(wire)
    if late := too_late(_instant(kept["heard"]), bool(kept["human"]), now or datetime.now(UTC)):  # noqa: TID251
        return Delivery("failed", {}, late)
    body = json.dumps(kept["content"], ensure_ascii=False, sort_keys=True).encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "Authorization": f"Bearer {settings['page_token']}",
    }
    url = f"{_base(settings)}/{settings.get('page_id') or 'me'}/messages"
    try:
        answer = request(settings, "POST", url, headers, body)
    except NotReached as why:
        return Delivery("retry", {}, f"Messenger: {why}")
    found = _json(answer.body)
    error = found.get("error")
    if 200 <= answer.status < 300 and not error:
        id = str(found.get("message_id") or "")
        if not id:
            return Delivery("failed", {}, "Messenger took it but gave no id: look there whether it was sent")
        return Delivery("done", {"id": id, "to": str(kept["content"]["recipient"]["id"])})
    details = error if isinstance(error, Mapping) else {}
    code = details.get("code")
    words = _WORDS.get(code, "") if isinstance(code, int) else ""
    whole = ": ".join(part for part in (f"Messenger answered {answer.status}", words, answer.words) if part)
    passing = answer.status >= 500 or answer.status in (401, 408, 425, 429) or answer.status < 400
    if details.get("is_transient") is True or code in _PASSING or (passing and code != 10):
        return Delivery("retry", {}, whole, answer.retry_after)
    return Delivery("failed", {}, whole)


def health(settings: Mapping[str, Any]) -> str:
    return _problem(settings) or _away(settings)


def _away(settings: Mapping[str, Any]) -> str:
    away = unreachable(settings, _base(settings))
    return f"Messenger: {away}" if away else ""


def _problem(settings: Mapping[str, Any]) -> str:
    missing = [name for name in ("page_token", "app_secret", "verify_token") if not settings.get(name)]
    if missing:
        return f"procflow.toml: channels.messenger: {' and '.join(missing)} missing"
    return place_problem(_base(settings), "channels.messenger.url")


def _base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("url") or URL).rstrip("/")


def _json(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _instant(written: Any) -> datetime | None:
    if not written:
        return None
    try:
        at = datetime.fromisoformat(str(written))
    except ValueError:
        raise UsageError(f"heard: {written!r} is not an instant", "write message.received") from None
    return at if at.tzinfo is not None else at.replace(tzinfo=UTC)

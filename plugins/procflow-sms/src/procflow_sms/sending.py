"""Sends one SMS through the gateway that the settings name, and says what its answer means. It must not know messages in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.errors import PluginError
from procflow.http_client import Answer, NotReached, place_problem, request, unreachable
from procflow.ports import Delivery

from .gateways import GATEWAYS, Gateway, callback
from .message import Sms, read

#: What a gateway says for a while only: no right to log in (yet), no credit, too early, too many.
_PASSING = (401, 402, 407, 408, 423, 425, 429)


def gateway_of(settings: Mapping[str, Any]) -> Gateway:
    """Raises PluginError for a gateway that there is not, or one that lacks a setting."""
    name = str(settings.get("gateway") or "gatewayapi")
    if name not in GATEWAYS:
        raise PluginError(
            f"procflow.toml: channels.sms.gateway: there is no gateway {name!r}",
            did_you_mean(name, [*GATEWAYS, "smpp"]),
        )
    missing = [key for key in GATEWAYS[name].needs if not settings.get(key)]
    if missing:
        raise PluginError(f"procflow.toml: channels.sms: {' and '.join(missing)} missing")
    return GATEWAYS[name]


def url_of(settings: Mapping[str, Any]) -> str:
    return str(settings.get("url") or gateway_of(settings).url)


def send(settings: Mapping[str, Any], key: str, wire: bytes) -> Delivery:
    """done with the gateway's id; failed for what it refuses; retry for all that may pass."""
    gateway, sms = gateway_of(settings), read(wire)
    url = url_of(settings)
    if problem := place_problem(url, "channels.sms"):
        raise PluginError(problem)
    body = gateway.body(sms, settings, callback(settings, key))
    headers = {"Content-Type": gateway.kind, "Accept": "application/json", **gateway.headers(settings, key)}
    try:
        answer = request(settings, "POST", url, headers, body)
    except NotReached as why:
        return Delivery("retry", {}, f"the SMS gateway {why}")
    if 200 <= answer.status < 300:
        return _accepted(gateway, answer, sms)
    said = f"the SMS gateway answered {answer.status}" + (f": {answer.words}" if answer.words else "")
    if answer.status in _PASSING or answer.status >= 500 or answer.status < 400:
        return Delivery("retry", {}, said, answer.retry_after)
    return Delivery("failed", {}, said)


def health(settings: Mapping[str, Any]) -> str:
    """ "" when the gateway is there and the settings are whole."""
    try:
        gateway_of(settings)
    except PluginError as why:
        return f"{why.message} {why.hint}".strip()
    url = url_of(settings)
    problem = place_problem(url, "channels.sms")
    away = "" if problem else unreachable(settings, url)
    return problem or (f"the SMS gateway {away}" if away else "")


def _accepted(gateway: Gateway, answer: Answer, sms: Sms) -> Delivery:
    result = {"to": f"+{sms.number}", "parts": sms.parts, "encoding": sms.encoding}
    id, refused = gateway.verdict(answer.body)
    if refused:
        return Delivery("failed", result, f"{gateway.title} refused the message: {refused[:200]}")
    if not id:
        # asking again would send it twice
        said = f" and said: {answer.words}" if answer.words else ""
        words = (
            f"the SMS gateway answered {answer.status} but gave no id{said}. Look there whether it was sent"
        )
        return Delivery("failed", result, words)
    return Delivery("done", {"id": id, **result})

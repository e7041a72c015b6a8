"""Posts a signed webhook to a target of procflow.toml. It must not know what comes in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from procflow.core.nearest import did_you_mean
from procflow.errors import PluginError, UsageError
from procflow.http_client import NotReached, place_problem, request, unreachable
from procflow.ports import Delivery

from .signing import standard_headers

#: More than this is not posted; a webhook tells what happened, it carries no files.
LARGEST = 1 << 20
#: What another system says for a while only.
_PASSING = (401, 403, 404, 407, 408, 410, 423, 425, 429)


def targets(settings: Mapping[str, Any]) -> Mapping[str, Mapping[str, Any]]:
    found = settings.get("targets") or {}
    return found if isinstance(found, Mapping) else {}


def compose(settings: Mapping[str, Any], key: str, parameters: Mapping[str, Any]) -> bytes:
    """`{"id", "type", "data"}`: the id is the effect's key, the same for each retry."""
    name = str(parameters["to"])
    if name not in targets(settings):
        raise UsageError(f"to: procflow.toml names no target {name!r}", did_you_mean(name, targets(settings)))
    content = {"id": key, "type": parameters["event"], "data": parameters.get("data"), "to": name}
    wire = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    if len(wire) > LARGEST:
        raise UsageError(
            f"data: is {len(wire)} bytes; at most {LARGEST} are posted", "tell what happened, not all of it"
        )
    return wire


def post(settings: Mapping[str, Any], key: str, wire: bytes, now: datetime | None) -> Delivery:
    """done for any 2xx; failed for what the other side will never take; retry for the rest."""
    content = json.loads(wire)
    name = str(content.pop("to"))
    target = targets(settings).get(name)
    if target is None:
        raise PluginError(f"procflow.toml: channels.webhook: the target {name} is gone")
    if problem := _problem(name, target):
        raise PluginError(problem)
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    at = now or datetime.now(UTC)  # noqa: TID251
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        **standard_headers(str(target["secret"]), key, at, body),
    }
    table = {"timeout": settings.get("timeout"), "ca_file": target.get("ca_file")}
    try:
        answer = request(
            table, "POST", str(target["url"]), headers, body, own_network=bool(target.get("own_network"))
        )
    except NotReached as why:
        return Delivery("retry", {}, f"{name}: {why}")
    if 200 <= answer.status < 300:
        return Delivery("done", {"status": answer.status})
    said = f"{name} answered {answer.status}"
    if answer.status in _PASSING or answer.status >= 500 or answer.status < 400:
        return Delivery("retry", {}, said, answer.retry_after)
    return Delivery("failed", {}, f"{said}: {answer.words}" if answer.words else said)


def problem_of_targets(settings: Mapping[str, Any]) -> str:
    """The first thing that is wrong with a target, or that it is away; "" when all is well."""
    for name, target in targets(settings).items():
        if problem := _problem(name, target):
            return problem
        if away := unreachable(settings, str(target["url"])):
            return f"{name}: {away}"
    if not targets(settings) and not settings.get("sources"):
        return "procflow.toml: channels.webhook: neither targets nor sources"
    return ""


def _problem(name: str, target: Any) -> str:
    where = f"procflow.toml: channels.webhook.targets.{name}"
    if not isinstance(target, Mapping):
        return f"{where} is no table"
    missing = [key for key in ("url", "secret") if not target.get(key)]
    if missing:
        return f"{where}: {' and '.join(missing)} missing"
    return place_problem(str(target["url"]), f"{where}.url")

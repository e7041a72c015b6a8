"""Answers of the vehicle register from a file: what it once said, or what somebody made up for a rehearsal.

    {"origin": "made up", "vehicles": {"AB12345": {"status": "found", "carrier": "KAB", "at": "2026-05-11T10:00:00+02:00"}}}

`origin` is `register` only where a person copied the answers from the register itself. It must not know cases.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from procflow.definitions.parameters import problems
from procflow.errors import PluginError
from procflow.ports import Delivery

ORIGINS = ("register", "made up")
ANSWERS: Mapping[str, Any] = {
    "type": "object",
    "required": ["origin", "vehicles"],
    "additionalProperties": False,
    "properties": {
        "origin": {"enum": list(ORIGINS)},
        "vehicles": {
            "type": "object",
            "propertyNames": {"pattern": "^[A-ZÆØÅ0-9]{2,7}$"},
            "additionalProperties": {
                "type": "object",
                "required": ["status", "at"],
                "additionalProperties": False,
                "properties": {
                    "status": {"enum": ["found", "unknown", "deregistered", "unavailable"]},
                    "carrier": {"type": ["string", "null"]},
                    "at": {
                        "type": "string",
                        "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$",
                    },
                },
            },
        },
    },
}
#: A vehicle that the file does not name was never looked up: that is no answer of the register.
_NOT_THERE = "{plate} is not among the recorded answers: look it up by hand"


def answers(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the file says, checked. Raises PluginError that says where it is wrong."""
    path = str(settings.get("recorded") or "")
    if not path:
        raise PluginError(
            "procflow.toml: channels.vehicle_register: `recorded` (a file of answers) is missing"
        )
    try:
        with open(path, "rb") as file:
            found = json.loads(file.read())
    except OSError as why:
        raise PluginError(f"the recorded answers in {path} cannot be read: {why.strerror}") from why
    except ValueError as why:
        raise PluginError(f"the recorded answers in {path} are no JSON: {why}") from why
    wrong = problems(ANSWERS, found)
    if wrong:
        raise PluginError(f"{path}: {'; '.join(wrong[:3])}")
    if found["origin"] != origin(settings):
        raise PluginError(
            f"{path} says that its answers are of origin {found['origin']!r}, and procflow.toml says {origin(settings)!r}"
        )
    return dict(found)


def origin(settings: Mapping[str, Any]) -> str:
    return str(settings.get("origin", "made up"))


def look_up(settings: Mapping[str, Any], key: str, asked: Mapping[str, Any], now: datetime) -> Delivery:
    """The recorded answer for a plate; `stale` where it is older than `max_age_days`. The look-up is logged first."""
    try:
        vehicles = answers(settings)["vehicles"]
        found = vehicles.get(asked["plate"])
        if found is None:
            return Delivery("failed", {}, _NOT_THERE.format(plate=asked["plate"]))
        log(settings, key, asked, now)
    except PluginError as why:
        return Delivery("retry", {}, why.message)
    except OSError as why:
        return Delivery(
            "retry", {}, f"the look-up cannot be logged, so that nothing is looked up: {why.strerror}"
        )
    at = datetime.fromisoformat(found["at"])
    most = settings.get("max_age_days")
    stale = most is not None and now - at > timedelta(days=float(most))
    carrier = found.get("carrier") if found["status"] == "found" else None
    result = {
        "status": found["status"],
        "carrier": carrier,
        "at": found["at"],
        "stale": stale,
        "source": origin(settings),
    }
    return Delivery("done", result)


def log(settings: Mapping[str, Any], key: str, asked: Mapping[str, Any], now: datetime) -> None:
    """Who asks has to be able to say why, later: a line for each look-up, once for each key. Raises OSError."""
    path = str(settings.get("log") or "")
    if not path:
        return
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    line = json.dumps({"key": key, "at": now.astimezone(UTC).isoformat(), **asked}, ensure_ascii=False)
    mark = f'{{"key": {json.dumps(key)},'.encode()
    with open(path, "ab+") as file:
        file.seek(0)
        content = file.read()
        if any(each.startswith(mark) for each in content.split(b"\n")):
            return
        torn = b"" if content.endswith(b"\n") or not content else b"\n"
        file.write(torn + line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def health(settings: Mapping[str, Any]) -> str:
    try:
        answers(settings)
    except PluginError as why:
        return why.message
    purposes = settings.get("purposes")
    if purposes is not None and not (
        isinstance(purposes, list) and all(isinstance(each, str) for each in purposes)
    ):
        return "procflow.toml: channels.vehicle_register.purposes: a list of texts is wanted"
    return ""

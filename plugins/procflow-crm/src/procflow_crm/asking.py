"""What the channel asks of the port, and how it says the answer. It must not know which system stands behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from procflow.errors import PluginError
from procflow.ports import Delivery

from .embedded import Embedded
from .folder import Folder
from .port import MOST, Customer, CustomerFile, Document, Policy, Put, Refused


def opened(settings: Mapping[str, Any]) -> CustomerFile:
    """The system that the settings name. Raises PluginError where they name none, and what it raises itself."""
    file, exports = str(settings.get("file") or ""), str(settings.get("exports") or "")
    if file:
        return Embedded(file, exports, float(settings.get("timeout", 10)))
    if exports:
        return Folder(exports)
    raise PluginError("procflow.toml: channels.crm: `file` (of our own) or `exports` (a folder) is missing")


def ask(
    system: CustomerFile,
    settings: Mapping[str, Any],
    operation: str,
    key: str,
    parameters: Mapping[str, Any],
    now: datetime,
) -> Delivery:
    """One operation. What the system will never take is `failed`; what it cannot do now is `retry`."""
    try:
        return _asked(system, settings, operation, key, parameters, now)
    except Refused as why:
        return Delivery("failed", {}, str(why))
    except PluginError as why:
        return Delivery("retry", {}, why.message)
    except sqlite3.Error as why:
        return Delivery("retry", {}, f"the customer file cannot be used now: {why}")
    except OSError as why:
        return Delivery("retry", {}, f"the customer file cannot be used now: {why.strerror}")


def _asked(
    system: CustomerFile,
    settings: Mapping[str, Any],
    operation: str,
    key: str,
    given: Mapping[str, Any],
    now: datetime,
) -> Delivery:
    kn = str(given.get("kn", ""))
    match operation:
        case "find_customer":
            ((by, value),) = given.items()
            return Delivery(
                "done", {**_found(system.customers(by, str(value))), **_age(system, settings, now)}
            )
        case "policies":
            policies = [each for each in system.policies(kn) if given.get("number") in (None, each.number)]
            return Delivery("done", {**_policies(policies), **_age(system, settings, now)})
        case "notes":
            notes = system.notes(kn)
            last = notes[-1]["text"] if notes else None
            return Delivery("done", {"count": len(notes), "last": last, "notes": list(notes)})
        case "documents":
            documents = system.documents(kn)
            return Delivery("done", {"count": len(documents), "documents": list(documents)})
        case "open_changes":
            before = (now - timedelta(days=int(given.get("older_than_days") or 0))).isoformat()
            changes = [
                each for each in system.open_changes()
                if not given.get("older_than_days") or each["at"] < before
            ]  # fmt: skip
            return Delivery("done", {"count": len(changes), "changes": changes})
        case "add_note":
            note = system.add_note(key, kn, str(given["text"]), now)
            return Delivery("duplicate" if note.again else "done", {"note": note.id})
        case "propose_change":
            change = {name: str(value) for name, value in given.items()}
            put = system.propose_change(key, change, now)
            return Delivery("duplicate" if put.again else "done", {"change": put.id, **put.facts})
    files, text = [Document.of(each) for each in given["files"]], str(given.get("text") or "")
    if operation == "upload":
        return _answer(system.upload(key, kn, str(given["title"]), text, files, now), "document")
    return _answer(system.confirm_change(key, str(given["reference"]), text, files, now), "change")


def _answer(put: Put, name: str) -> Delivery:
    return Delivery("duplicate" if put.again else "done", {"reference": put.id, name: put.id})


def _found(customers: Sequence[Customer]) -> dict[str, Any]:
    shown = [
        {"kn": each.kn, "name": each.name, "phones": list(each.phones), "email": each.email}
        for each in customers[:MOST]
    ]
    if len(customers) != 1:
        return {"status": "several" if customers else "unknown", "kn": None, "name": None, "customers": shown}
    return {"status": "found", "kn": customers[0].kn, "name": customers[0].name, "customers": shown}


def _policies(policies: Sequence[Policy]) -> dict[str, Any]:
    names = ("number", "tariff", "carrier", "active", "code", "seen")
    shown = [{name: getattr(each, name) for name in names} for each in policies]
    one = shown[0] if len(shown) == 1 else dict.fromkeys(names)
    status = "several" if len(shown) > 1 else ("found" if shown else "none")
    return {"status": status, **one, "policies": shown}


def _age(system: CustomerFile, settings: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """How old what was read is, and whether that is too old."""
    at = system.as_of()
    most = settings.get("max_age_days")
    stale = at is not None and most is not None and now - at > timedelta(days=float(most))
    return {"at": (at or now).isoformat(), "stale": stale}


def health(settings: Mapping[str, Any], now: datetime | None) -> str:
    """What is wrong with the customer file, in one sentence; changes that nobody confirmed for long are no trouble of it."""
    try:
        system = opened(settings)
        try:
            refresh = getattr(system, "refresh", None)
            if refresh is not None:
                refresh()
            system.open_changes()
            age = _age(system, settings, now) if now is not None else {}
        finally:
            system.close()
    except PluginError as why:
        return why.message
    except (sqlite3.Error, OSError) as why:
        return f"the customer file cannot be used now: {why}"
    return f"customers and policies are of {age['at']}: too old" if age.get("stale") else ""

"""Customers and policies from a folder of exports: `customers` and `policies`, each `.csv` or `.json`.

Every row is checked against its JSON Schema, and every wrong one is named with its line. With `manifest.json`
(`{"made_at": "2026-03-24T06:00:00+01:00", "sha256": {"customers.csv": "..."}}`) a file that is not the one that was exported is
refused. An export is taken whole or not at all. It must not know who uses it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from procflow.definitions.parameters import problems
from procflow.errors import PluginError
from procflow.exported_rows import exported_rows

from .port import Customer, Policy

_WORD = {"type": "string", "minLength": 1}
CUSTOMER: Mapping[str, Any] = {
    "type": "object",
    "title": "A row of customers",
    "required": ["kn", "last_name"],
    "additionalProperties": False,
    "properties": {
        "kn": {"type": "string", "pattern": "^[0-9A-Za-z-]{1,20}$"},
        "first_name": {"type": "string"},
        "last_name": _WORD,
        "phones": {"type": "array", "items": {"type": "string", "pattern": r"^[+0-9][0-9 ()-]{3,}$"}},
        "email": {"type": "string"},
    },
}
POLICY: Mapping[str, Any] = {
    "type": "object",
    "title": "A row of policies",
    "required": ["number", "kn", "tariff", "carrier", "active"],
    "additionalProperties": False,
    "properties": {
        "number": _WORD,
        "kn": _WORD,
        "tariff": _WORD,
        "carrier": _WORD,
        "active": {"type": "boolean"},
        "code": {"type": "string"},
        "plate": {"type": "string"},
    },
}
_YES_NO = {"yes": True, "ja": True, "true": True, "1": True, "no": False, "nej": False, "false": False, "0": False}  # fmt: skip
#: Wrong rows that are named; the rest is counted.
_NAMED = 5


@dataclass(frozen=True)
class Exports:
    customers: Mapping[str, Customer]
    policies: tuple[Policy, ...]
    at: datetime
    hash: str


def stamp(folder: str) -> tuple[Any, ...]:
    """Changes when a file of the folder does; cheap."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.startswith(("customers.", "policies.", "manifest.")):
                    facts = entry.stat()
                    found.append((entry.name, facts.st_mtime_ns, facts.st_size, facts.st_ino))
    except OSError as why:
        raise PluginError(f"the exports in {folder} cannot be read: {why.strerror}") from why
    return tuple(sorted(found))


def read(folder: str) -> Exports:
    """Everything, checked. Raises PluginError that names each wrong row: file, line and what is wrong."""
    contents: dict[str, tuple[str, bytes]] = {}
    at = 0.0
    for kind in ("customers", "policies"):
        path = _one_file(folder, kind)
        try:
            with open(path, "rb") as file:
                contents[kind] = os.path.basename(path), file.read()
                at = max(at, os.fstat(file.fileno()).st_mtime)
        except OSError as why:
            raise PluginError(f"{path} cannot be read: {why.strerror}") from why
    made_at = _manifest(folder, contents) or datetime.fromtimestamp(at, UTC)
    wrong: list[str] = []
    customers: dict[str, Customer] = {}
    for place, row in _rows(*contents["customers"], CUSTOMER, wrong):
        if row["kn"] in customers:
            wrong.append(f"{place}: the customer {row['kn']} stands there twice")
            continue
        customers[row["kn"]] = Customer(
            row["kn"], row.get("first_name", ""), row["last_name"], tuple(row.get("phones", ())),
            row.get("email", ""),
        )  # fmt: skip
    policies: dict[str, Policy] = {}
    for place, row in _rows(*contents["policies"], POLICY, wrong):
        if row["number"] in policies:
            wrong.append(f"{place}: the policy {row['number']} stands there twice")
        elif row["kn"] not in customers and not wrong:
            wrong.append(
                f"{place}: the policy {row['number']} is of {row['kn']}, and there is no such customer"
            )
        else:
            policies[row["number"]] = Policy(**row)
    if wrong:
        more = f"; and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise PluginError(f"nothing of the export is taken: {'; '.join(wrong[:_NAMED])}{more}")
    digest = hashlib.sha256(b"\0".join(content for _, content in contents.values())).hexdigest()
    return Exports(customers, tuple(policies[number] for number in sorted(policies)), made_at, digest)


def _one_file(folder: str, kind: str) -> str:
    there = [path for path in (os.path.join(folder, f"{kind}.{end}") for end in ("csv", "json")) if os.path.exists(path)]  # fmt: skip
    if len(there) != 1:
        said = "both stand there: take one away" if there else "neither is there"
        raise PluginError(f"{folder}: {kind}.csv or {kind}.json is wanted; {said}")
    return there[0]


def _manifest(folder: str, contents: Mapping[str, tuple[str, bytes]]) -> datetime | None:
    path = os.path.join(folder, "manifest.json")
    try:
        with open(path, "rb") as file:
            manifest = json.loads(file.read())
        hashes, made_at = dict(manifest["sha256"]), datetime.fromisoformat(manifest["made_at"])
        if made_at.tzinfo is None:
            raise ValueError("made_at has no time zone")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as why:
        raise PluginError(f"{path} is no manifest with made_at and sha256: {why}") from why
    for name, content in contents.values():
        if hashes.get(name) != hashlib.sha256(content).hexdigest():
            raise PluginError(f"{name} is not the file that manifest.json names: export both anew")
    return made_at.astimezone(UTC)


def _rows(
    name: str, content: bytes, schema: Mapping[str, Any], wrong: list[str]
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(where it stands, the row) of each row that is as it must be; what is wrong with the others goes to `wrong`."""
    for place, row in exported_rows(name, content, wrong, lambda columns: _columns(columns, schema)):
        if not name.endswith(".json"):
            row = {column: _value(schema["properties"][column], cell.strip()) for column, cell in row.items() if cell.strip()}  # fmt: skip
        said = problems(schema, row)
        if said:
            wrong.append(f"{place}: {', '.join(said)}")
        else:
            yield place, row


def _columns(columns: Sequence[str], schema: Mapping[str, Any]) -> str:
    """What is wrong with the first line of a CSV; "" when nothing is."""
    said = [f"there is no column {column!r}" for column in columns if column not in schema["properties"]]
    said += [f"the column {column} is missing" for column in schema["required"] if column not in columns]
    return ", ".join(said) or ("a column stands there twice" if len(set(columns)) != len(columns) else "")


def _value(schema: Mapping[str, Any], cell: str) -> Any:
    if schema["type"] == "array":
        return [part.strip() for part in cell.split("|") if part.strip()]
    if schema["type"] == "boolean":
        return _YES_NO.get(cell.casefold(), cell)
    return cell

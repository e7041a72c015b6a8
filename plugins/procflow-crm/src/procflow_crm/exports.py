"""Customers and policies from a folder of exports: `customers` and `policies`, each `.csv` or `.json`.

Every row is checked against its JSON Schema, and every wrong one is named with its line. With `manifest.json`
(`{"made_at": "2026-03-24T06:00:00+01:00", "sha256": {"customers.csv": "..."}}`) a file that is not the one that was exported is
refused. An export is taken whole or not at all. It must not know who uses it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from procflow.definitions.parameters import problems
from procflow.errors import PluginError

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
) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where it stands, the row) of each row that is as it must be; what is wrong with the others goes to `wrong`."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        line = content[: why.start].count(b"\n") + 1
        wrong.append(f"{name} line {line}: is not UTF-8")
        return
    rows = _from_json(name, text, wrong) if name.endswith(".json") else _from_csv(name, text, schema, wrong)
    for place, row in rows:
        said = problems(schema, row)
        if said:
            wrong.append(f"{place}: {', '.join(said)}")
        else:
            yield place, row


def _from_json(name: str, text: str, wrong: list[str]) -> Iterator[tuple[str, Any]]:
    try:
        rows = json.loads(text)
    except ValueError as why:
        wrong.append(f"{name}: {why}")
        return
    if not isinstance(rows, list):
        wrong.append(f"{name}: a list of rows is wanted")
        return
    for number, row in enumerate(rows, 1):
        yield f"{name} row {number}", row


def _from_csv(name: str, text: str, schema: Mapping[str, Any], wrong: list[str]) -> Iterator[tuple[str, Any]]:
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if head.count(";") > head.count(",") else ",", strict=True)  # fmt: skip
    try:
        columns = [column.strip() for column in next(reader, [])]
        strange = [column for column in columns if column not in schema["properties"]]
        missing = [column for column in schema["required"] if column not in columns]
        if strange or missing or len(set(columns)) != len(columns):
            said = [f"there is no column {column!r}" for column in strange]
            said += [f"the column {column} is missing" for column in missing]
            wrong.append(f"{name} line 1: {', '.join(said) or 'a column stands there twice'}")
            return
        before = reader.line_num
        for cells in reader:
            place, before = f"{name} line {before + 1}", reader.line_num
            if not cells:
                continue
            if len(cells) != len(columns):
                wrong.append(f"{place}: has {len(cells)} cells, and there are {len(columns)} columns")
                continue
            yield place, {column: _value(schema["properties"][column], cell.strip()) for column, cell in zip(columns, cells, strict=True) if cell.strip()}  # fmt: skip
    except csv.Error as why:
        wrong.append(f"{name} line {reader.line_num}: {why}")


def _value(schema: Mapping[str, Any], cell: str) -> Any:
    if schema["type"] == "array":
        return [part.strip() for part in cell.split("|") if part.strip()]
    if schema["type"] == "boolean":
        return _YES_NO.get(cell.casefold(), cell)
    return cell

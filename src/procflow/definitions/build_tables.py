"""Reference tables: columns, versions with their days, rows typed by the columns.

It must not know who looks a row up, or when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from procflow.core.procedure import Field
from procflow.core.tables import Table, Version, key_text
from procflow.core.values import Value
from procflow.definitions.build_fields import build_field
from procflow.definitions.building import Builder, is_yes, key_place, place
from procflow.definitions.nodes import YMap, YText
from procflow.errors import Diagnostic


def build_table(
    document: YMap,
    path: str,
    types: Mapping[str, Field] | None = None,
    languages: Sequence[str] = (),
    zone: str = "UTC",
) -> tuple[Table | None, list[Diagnostic]]:
    """The table that a document says; None where it has problems."""
    b = Builder(path, types, languages, zone)
    columns: dict[str, Field] = {}
    keys: list[str] = []
    node: YMap = document["columns"]
    for name, item in node.items():
        columns[str(name)] = build_field(b, str(name), item, key_place(node, name))
        if isinstance(item, YMap) and is_yes(item.get("key")):
            keys.append(str(name))
    if len(keys) > 1:
        b.problem(key_place(node, keys[1]), "PF226", "a second key column", "leave `key: true` on one column")
    key = keys[0] if keys else next(iter(columns), "")
    if "versions" in document:
        versions = [_version(b, item, columns, key) for item in document["versions"]]
    else:  # rows that always hold
        versions = [_version(b, document, columns, key)]
    _left_out(
        b, [row for item in document.get("versions") or [document] for row in item.get("rows") or ()], columns
    )
    _apart(b, versions)
    _without_gaps(b, versions)
    table = Table(
        name=str(document["tables"]),
        title=b.words(document.get("title")),
        columns=tuple(columns.values()),
        versions=tuple(versions),
        key=key,
        at=place(document["tables"]),
    )
    found = b.found()
    return (None if any(problem.is_error for problem in found) else table), found


def _version(b: Builder, node: YMap, columns: Mapping[str, Field], key: str) -> Version:
    valid: YMap = node.get("valid") or YMap()
    since, until = (_day(b, valid[end]) if end in valid else None for end in ("from", "until"))
    if since is not None and until is not None and until < since:
        b.problem(place(valid["until"]), "PF228", "this ends before it begins", "both days are included")
    rows: list[dict[str, Value]] = []
    first: dict[str, int] = {}
    for item in node.get("rows") or ():
        row = _row(b, item, columns)
        rows.append(row)
        if row.get(key) is None:
            if key not in item:  # one that does not fit its column was reported where it stands
                b.problem(place(item), "PF226", f"this row has no `{key}`", "it is the table's key")
            continue
        text = key_text(row[key])
        if text in first:
            message = f"the key `{item[key]}` stands in line {first[text]} already"
            b.problem(place(item[key]), "PF227", message, "remove one of the rows, or correct its key")
        first.setdefault(text, item.line)
    return Version(since, until, tuple(rows), place(node))


def _left_out(b: Builder, rows: Sequence[YMap], columns: Mapping[str, Field]) -> None:
    """A column that one row alone leaves out, where all others of the table give it."""
    for name in columns if len(rows) > 2 else ():
        lacking = [row for row in rows if name not in row]
        if len(lacking) == 1 and not any(
            key not in columns for key in lacking[0]
        ):  # else it is misspelt there
            message = f"this row does not give `{name}`, and all others do"
            b.problem(place(lacking[0]), "PF229", message, f"add it; {name}: null where there is none")


def _row(b: Builder, node: YMap, columns: Mapping[str, Field]) -> dict[str, Value]:
    row: dict[str, Value] = {}
    for name, item in node.items():
        column = columns.get(name)
        if column is None:
            b.unknown(key_place(node, name), "PF225", "column", str(name), columns)
            continue
        row[str(name)] = b.plain_typed(column, item)
    return row


def _day(b: Builder, node: YText) -> date | None:
    try:
        return date.fromisoformat(str(node))
    except ValueError:
        b.problem(place(node), "PF228", f"`{node!s:.40}` is no date", "write it as 2026-01-31")
        return None


def _apart(b: Builder, versions: Sequence[Version]) -> None:
    """Of two versions that hold on the same day the later one in the file is reported."""
    for n, later in enumerate(versions):
        for earlier in versions[:n]:
            if _meet(earlier, later):
                message = f"this version and the one in line {earlier.at[0]} hold on the same days"
                b.problem(later.at, "PF228", message, "let one end on the day before the other begins")


def _without_gaps(b: Builder, versions: Sequence[Version]) -> None:
    """Days between two versions on which the table has no rows; the later version is reported."""
    if any((v.since or date.min) > (v.until or date.max) for v in versions):
        return  # when that one was meant to hold nobody can tell
    ordered = sorted(versions, key=lambda version: version.since or date.min)
    last: date | None = None
    for n, version in enumerate(ordered):
        since = version.since or date.min
        if n and last is not None and since.toordinal() - last.toordinal() > 1:
            first_day, last_day = last + timedelta(days=1), since - timedelta(days=1)
            days = f"on {first_day}" if first_day == last_day else f"from {first_day} to {last_day}"
            b.problem(
                version.at,
                "PF289",
                f"no version of this table holds {days}: whoever asks it then is refused",
                f"let the version before hold until {last_day}, or this one from {first_day}",
            )
        until = version.until or date.max
        last = until if last is None else max(last, until)


def _meet(a: Any, b: Any) -> bool:
    since = max(a.since or date.min, b.since or date.min)
    until = min(a.until or date.max, b.until or date.max)
    return since <= until

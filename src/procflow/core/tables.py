"""Dated reference data: a table has versions, and each holds on its days.

Which day it is comes in; nothing here asks a clock. It must not know how tables are read from files.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from typing import Any

from msgspec import Struct
from msgspec.json import decode

from procflow.core.procedure import NOWHERE, At, Field, Text, _dump, _load
from procflow.core.values import Value, plain
from procflow.errors import EvaluationError


class Version(Struct, frozen=True):
    """The rows that hold from `since` until `until`, both days included; None is without an end."""

    since: date | None
    until: date | None
    rows: tuple[Mapping[str, Value], ...]
    at: At = NOWHERE

    def covers(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class Table(Struct, frozen=True, dict=True):
    """Reference data by the text in its `key` column; without `key` the first column is it.

    The checker sees to it that no day has two versions and no version a key twice; the first holds.
    """

    name: str
    title: Text | None
    columns: tuple[Field, ...]
    versions: tuple[Version, ...]
    key: str = ""
    at: At = NOWHERE

    @property
    def key_column(self) -> str:
        return self.key or self.columns[0].name

    @cached_property
    def _rows(self) -> tuple[dict[str, Mapping[str, Value]], ...]:
        names = [column.name for column in self.columns]
        return tuple(
            {
                key_text(row.get(self.key_column)): {**dict.fromkeys(names), **row}
                for row in reversed(version.rows)
            }
            for version in self.versions
        )


def key_text(value: Value) -> str:
    """A key as it is compared: in Unicode NFC, without spaces around it, in any case; numbers as digits."""
    if value is None:
        return ""
    return unicodedata.normalize("NFC", plain(value)).strip().casefold()


def lookup(table: Table, key: Value, day: date) -> Mapping[str, Value] | None:
    """The row with that key in the version that holds on the civil day; None where no row has it.

    A column that the row leaves out is null. Raises EvaluationError on a day that no version holds on.
    """
    for version, rows in zip(table.versions, table._rows, strict=True):
        if version.covers(day):
            wanted = key_text(key)
            return rows.get(wanted) if wanted else None
    before = max((v.until for v in table.versions if v.until is not None and v.until < day), default=None)
    after = min((v.since for v in table.versions if v.since is not None and v.since > day), default=None)
    ends = [f"the one before ends on {before}"] if before else []
    ends += [f"the next begins on {after}"] if after else []
    raise EvaluationError(
        f"the table {table.name} has no version for {day}: {' and '.join(ends) or 'it has none at all'}",
        "the owner of the table adds a version for these days, or lets another one hold longer",
        {"table": table.name, "day": day, "before": before, "after": after},
    )


class TableView(Mapping[str, Value]):
    """A table as `table(name)[key]` sees it on one day: a key that is not there is null."""

    def __init__(self, table: Table, day: date, used: dict[str, tuple[Table, date]]) -> None:
        self._table, self._day, self._used = table, day, used

    def __getitem__(self, key: str) -> Value:
        row = self._row(key)
        if row is None:
            raise KeyError(key)
        return row

    def _row(self, key: object) -> Mapping[str, Value] | None:
        row = lookup(self._table, str(key), self._day)
        self._used[self._table.name] = (self._table, self._day)
        return row

    def get(self, key: str, default: Any = None) -> Any:
        row = self._row(key)
        return default if row is None else row

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self._row(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def table_to_json(table: Table) -> bytes:
    """Canonical JSON: the same table gives the same bytes."""
    document = {
        "name": table.name,
        "title": _dump(table.title),
        "columns": _dump(table.columns),
        "versions": [_dump((v.since, v.until, v.rows, v.at)) for v in table.versions],
        "key": table.key,
        "at": list(table.at),
    }
    import json  # only publishing writes

    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def table_from_json(data: bytes | str) -> Table:
    document: dict[str, Any] = decode(data)
    line, column = document["at"]
    return Table(
        name=document["name"],
        title=_load(document["title"]),
        columns=_load(document["columns"]),
        versions=tuple(Version(*_load(version)) for version in document["versions"]),
        key=document["key"],
        at=(line, column),
    )

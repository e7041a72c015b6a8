"""What a report says, as values: tables, charts over them, and remarks. Every form (table, csv, json, html) is
made of these and of nothing else, so that all forms say the same.

It must not know where the figures come from, nor how a form looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from msgspec import Struct

#: language -> words.
Words = Mapping[str, str]


class Named(Struct, frozen=True):
    """An id with its words: people read the words, programs the id."""

    id: str
    words: Words

    def __str__(self) -> str:
        return self.id


#: What a cell may hold. Spans are `timedelta`, shares are of one (0.25 is 25 %), instants aware.
Cell = None | bool | int | Decimal | str | date | datetime | timedelta | Named
Row = tuple[Cell, ...]


class Column(Struct, frozen=True):
    """`kind`: text, count, number, signed, share, money, span, open (a span of opening hours), instant, day, case."""

    name: str
    label: Words
    kind: str = "text"

    @property
    def is_number(self) -> bool:
        return self.kind in ("count", "number", "signed", "share", "money", "span", "open", "case")


class Table(Struct, frozen=True):
    """`show` is how many rows people are shown at most; programs get all of them."""

    name: str
    title: Words
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: Words | None = None
    show: int = 200

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def values(self, name: str) -> list[Any]:
        """One column, from the first row to the last."""
        place = [column.name for column in self.columns].index(name)
        return [row[place] for row in self.rows]

    def records(self) -> list[dict[str, Any]]:
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in self.rows]


class Chart(Struct, frozen=True):
    """A drawing of one table. `kind`: stack (parts of a count, a bar a row), share (the same in per cent), bars
    (one value a row), days (stacked columns over time), gap (two marks a row), pareto (a rising line).

    `label` names the column with the words of a row, `values` those with the figures; `tones` says for each
    value whether it is good, bad, even or plain.
    """

    kind: str
    table: str
    title: Words
    label: str
    values: tuple[str, ...]
    tones: tuple[str, ...] = ()
    low: Decimal | int | None = None
    high: Decimal | int | None = None


class Remark(Struct, frozen=True):
    """A sentence that belongs to the figures. `kind`: note, warning (somebody must look), conflict."""

    kind: str
    words: Words


class Figure(Struct, frozen=True):
    """One of the few figures that stand on top."""

    name: str
    label: Words
    value: Cell
    kind: str = "count"
    tone: str = "plain"


class Sheet(Struct, frozen=True):
    """A whole report. `final`: nothing that comes later can change it."""

    report: str
    title: Words
    first: date
    last: date
    as_of: datetime
    zone: str
    final: bool
    tables: tuple[Table, ...]
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def table(self, name: str) -> Table:
        return next(table for table in self.tables if table.name == name)

    @property
    def is_empty(self) -> bool:
        return not any(table.rows for table in self.tables)


def in_language(words: Words, language: str) -> str:
    """The words in a language, else in English, else in any."""
    return words.get(language) or words.get("en") or next(iter(words.values()), "")


def share(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """A part of a whole to six places; None of nothing."""
    return None if not whole else (Decimal(part) / Decimal(whole)).quantize(Decimal("0.000001"))


def median(values: Sequence[timedelta]) -> timedelta | None:
    """The middle value, of two middle ones the mean; None of nothing."""
    return quantile(values, 1, 2)


def quantile(values: Sequence[timedelta], part: int, of: int) -> timedelta | None:
    """The value below which `part` of `of` lie, between two neighbours in proportion; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place, rest = divmod((len(ordered) - 1) * part, of)
    if not rest:
        return ordered[place]
    return ordered[place] + (ordered[place + 1] - ordered[place]) * rest / of

"""Figures from outside, as CSV with a schema: answers of a survey (KAM-08), turnover of customers (KAM-07).

Every fault of a file is told with its row and column, and a file with a fault is not taken at all. It must not know
where figures are kept.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from procflow.core.nearest import did_you_mean
from procflow.core.regex import regex
from procflow.errors import BrokenDocument, UsageError

#: A row as it was read: column -> value; "" where it was left empty.
Row = dict[str, Any]
_MOST_FAULTS = 50
_MOST_BYTES = 20_000_000
_NAME = regex(r"[a-z0-9æøå][a-z0-9æøå_-]{0,39}")
_ID = regex(r"[a-z][a-z0-9_]{0,39}")
_PSEUDONYM = regex(r"[A-Za-z]{0,3}[0-9]{1,4}")
_KN = regex(r"[0-9]{4,10}")


class Fault(Struct, frozen=True):
    """`row` counts lines of the file from 1, the heading included; `column` is the heading's word."""

    row: int
    column: str
    words: str

    def __str__(self) -> str:
        return (
            f"row {self.row}, column {self.column}: {self.words}"
            if self.column
            else f"row {self.row}: {self.words}"
        )


class Form(Struct, frozen=True):
    """What a kind of file looks like: its columns, which may be left out, a check of each cell, and of the whole."""

    kind: str
    line: Mapping[str, str]
    columns: Mapping[str, Callable[[str], Any]]
    optional: frozenset[str]
    whole: Callable[[list[tuple[int, Row]]], Iterator[Fault]]


def read_csv(form: Form, content: bytes) -> list[Row]:
    """The rows of a file. Comma or semicolon between the cells, as the heading has it; a decimal comma is read too.

    Raises BrokenDocument with every fault in `facts["faults"]`.
    """
    if len(content) > _MOST_BYTES:
        raise UsageError(f"the file has {len(content)} bytes; {_MOST_BYTES} is the most", "split it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as why:
        row = content.count(b"\n", 0, why.start) + 1
        raise _broken([Fault(row, "", "this is not UTF-8; save the file as CSV UTF-8")]) from why
    first = text.partition("\n")[0]
    mark = ";" if first.count(";") > first.count(",") else ","
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    rows: list[tuple[int, Row]] = []
    faults: list[Fault] = []
    try:
        heading = [word.strip().casefold() for word in next(lines, [])]
        faults += _heading_faults(form, heading)
        if faults:
            raise _broken(faults)
        for cells in lines:
            if any(cell.strip() for cell in cells):
                read, wrong = _row(form, heading, cells, lines.line_num)
                faults += wrong
                if not wrong:
                    rows.append((lines.line_num, read))
    except csv.Error as why:
        faults.append(Fault(lines.line_num, "", f"this is not CSV: {why}"))
    if not rows and not faults:
        faults.append(Fault(2, "", "there is no row below the heading"))
    faults += [] if faults else form.whole(rows)
    if faults:
        raise _broken(faults)
    return [row for _, row in rows]


def _heading_faults(form: Form, heading: list[str]) -> Iterator[Fault]:
    for word in heading:
        if word not in form.columns:
            hint = did_you_mean(word, form.columns) or f"there are {', '.join(form.columns)}"
            yield Fault(1, word or "(empty)", f"there is no such column; {hint}")
        elif heading.count(word) > 1:
            yield Fault(1, word, "the column stands twice")
    for word in form.columns:
        if word not in heading and word not in form.optional:
            yield Fault(1, word, "the column is missing")


def _row(form: Form, heading: list[str], cells: list[str], number: int) -> tuple[Row, list[Fault]]:
    row: Row = dict.fromkeys(form.columns, "")
    if len(cells) != len(heading):
        return row, [Fault(number, "", f"it has {len(cells)} cells, the heading has {len(heading)}")]
    faults = []
    for word, cell in zip(heading, cells, strict=True):
        cell = cell.strip()
        if not cell and word in form.optional:
            continue
        try:
            row[word] = form.columns[word](cell)
        except ValueError as why:
            faults.append(Fault(number, word, str(why)))
    return row, faults


def _broken(faults: list[Fault]) -> BrokenDocument:
    shown = "\n".join(f"    {fault}" for fault in faults[:_MOST_FAULTS])
    more = f"\n    and {len(faults) - _MOST_FAULTS} more" if len(faults) > _MOST_FAULTS else ""
    listed = tuple({"row": f.row, "column": f.column, "words": f.words} for f in faults)
    return BrokenDocument(
        f"the file was not taken, nothing of it is stored:\n{shown}{more}",
        "correct these cells and bring it in again",
        {"faults": listed},
    )


# cells


def _matching(pattern: Any, words: str) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if not pattern.fullmatch(cell):
            raise ValueError(f"{_shown(cell)} is {words}")
        return cell

    return check


def _word(*known: str) -> Callable[[str], str]:
    def check(cell: str) -> str:
        if cell not in known:
            raise ValueError(f"{_shown(cell)} is none of {', '.join(known)}")
        return cell

    return check


def _number(cell: str) -> Decimal:
    text = cell.replace(" ", "").replace("\u00a0", "")
    if "," in text and "." in text:
        text = text.replace(".", "") if text.rindex(",") > text.rindex(".") else text.replace(",", "")
    text = text.replace(",", ".")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"{_shown(cell)} is no number") from None
    if not number.is_finite() or abs(number) > 10**15 or (number and number.adjusted() < -8):
        raise ValueError(f"{_shown(cell)} is no number that can be counted with")
    return number


def _count(cell: str) -> int:
    number = _number(cell)
    if number != number.to_integral_value() or number < 1:
        raise ValueError(f"{_shown(cell)} is no count of people: 1, 2, 3 …")
    return int(number)


def _shown(cell: str) -> str:
    """What stands in a cell may be anything, so only its beginning is told."""
    return repr(cell if len(cell) <= 20 else cell[:19] + "…")


# survey

#: measure -> the lowest and the highest score.
SCALES: Mapping[str, tuple[int, int]] = {"importance": (1, 7), "performance": (1, 7), "satisfaction": (1, 5)}


def _survey_faults(rows: list[tuple[int, Row]]) -> Iterator[Fault]:
    seen: dict[tuple[Any, ...], int] = {}
    for number, row in rows:
        low, high = SCALES[row["measure"]]
        if not low <= row["score"] <= high:
            yield Fault(
                number, "score", f"{row['score']} lies outside the scale of {row['measure']}, {low} to {high}"
            )
        if row["respondent"]:
            if row["n"]:
                yield Fault(
                    number,
                    "n",
                    "one person's answer has no count; leave it empty, or leave out the respondent",
                )
            if row["score"] != row["score"].to_integral_value():
                yield Fault(
                    number, "score", f"{row['score']} is no answer that one person can give: a whole number"
                )
        elif not row["n"]:
            yield Fault(number, "n", "how many answered is missing; a mean without it says nothing")
        key = (row["source"], row["group"], row["respondent"], row["measure"], row["factor"])
        if key in seen:
            yield Fault(number, "factor", f"the same was said in row {seen[key]}")
        seen.setdefault(key, number)


SURVEY = Form(
    "survey",
    {"da": "Svar på en tilfredshedsundersøgelse, enkeltvis eller som gennemsnit", "en": "Answers of a satisfaction survey, one by one or as means"},
    {
        "source": _matching(_ID, "no name of a source, such as table_1"),
        "group": _word("customer", "employee"),
        "respondent": _matching(_PSEUDONYM, "no pseudonym, such as R12; names never stand in a survey"),
        "n": _count,
        "measure": _word(*SCALES),
        "factor": _matching(_ID, "no id of a factor, such as fixed_contact"),
        "score": _number,
    },
    frozenset({"source", "respondent", "n"}),
    _survey_faults,
)  # fmt: skip


# turnover


def _turnover(cell: str) -> Decimal:
    number = _number(cell)
    if number < 0:
        raise ValueError(f"{_shown(cell)} is below nothing; leave out credit notes, or net them")
    return number


def _turnover_faults(rows: list[tuple[int, Row]]) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for number, row in rows:
        if row["kn"] in seen:
            yield Fault(number, "kn", f"the customer stands in row {seen[row['kn']]} too")
        seen.setdefault(row["kn"], number)


TURNOVER = Form(
    "turnover",
    {"da": "Kundernes omsætning i en periode", "en": "The turnover of customers in a period"},
    {
        "kn": _matching(_KN, "no customer number: 4 to 10 digits"),
        "turnover": _turnover,
        "class": _word("A", "B", "C", "D"),
    },
    frozenset({"class"}),
    _turnover_faults,
)

FORMS: Mapping[str, Form] = {form.kind: form for form in (SURVEY, TURNOVER)}


def form_of(kind: str) -> Form:
    """Raises UsageError with the nearest kind."""
    if kind not in FORMS:
        hint = did_you_mean(kind, FORMS) or f"there are {', '.join(FORMS)}"
        raise UsageError(f"there are no figures of the kind {kind!r}", hint)
    return FORMS[kind]


def check_name(name: str) -> str:
    """The name under which figures are kept. Raises UsageError."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"{name!r} is no name for figures", "write one such as 2026 or autumn-2026")
    return name


def to_document(kind: str, rows: list[Row], facts: Mapping[str, Any]) -> bytes:
    """The rows as they are kept: canonical JSON, so that the same file has the same hash."""
    plain = [{k: str(v) if isinstance(v, Decimal) else v for k, v in row.items() if v != ""} for row in rows]
    document = {"kind": kind, "rows": plain, **facts}
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def from_document(content: bytes) -> tuple[list[Row], Mapping[str, Any]]:
    """(rows, the other facts) again."""
    document = json.loads(content)
    columns = FORMS[document["kind"]].columns
    rows = []
    for kept in document["rows"]:
        row: Row = {**dict.fromkeys(columns, ""), **kept}
        for name in ("score", "turnover"):
            if name in row:
                row[name] = Decimal(row[name])
        rows.append(row)
    return rows, {k: v for k, v in document.items() if k not in ("kind", "rows")}

"""One table of a report as CSV (RFC 4180, UTF-8, CRLF), which no spreadsheet takes for a formula.

A text that begins with = + - @, a tab or a carriage return is written with an apostrophe before it; and so is one
behind a semicolon, a tab or a line end within a text, because a spreadsheet whose lists are separated by semicolons, as
Danish ones are, begins a cell there. Numbers are numbers, and a negative one keeps its sign.
"""

from __future__ import annotations

import csv
import io
import re

from procflow.core.nearest import did_you_mean
from procflow.errors import UsageError, words_in_both
from procflow.records.reports.forms.cells import plain
from procflow.records.reports.sheet import Sheet, Table

#: What a spreadsheet takes for the beginning of a formula; the wide forms too.
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\"']*[=+\-@\t\r\n\0＝＋－＠])")


def csv_text(sheet: Sheet, language: str, table: str = "") -> str:
    """The report's first table, or the one that is named. Raises UsageError where there is none of that name."""
    names = [one.name for one in sheet.tables]
    if table and table not in names:
        known = f"{did_you_mean(table, names)}; it has {', '.join(names)}".removeprefix("; ")
        kendte = f"{did_you_mean(table, names, 'da')}; den har {', '.join(names)}".removeprefix("; ")
        raise UsageError(
            *words_in_both(
                f"the report {sheet.report} has no table {table!r}",
                f"rapporten {sheet.report} har ingen tabel {table!r}",
                known, kendte, parameter="table",
            )
        )  # fmt: skip
    chosen: Table = sheet.table(table) if table else sheet.tables[0]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe(column.name) for column in chosen.columns])
    for row in chosen.rows:
        writer.writerow(["" if value is None else safe(plain(value, language)) for value in row])
    return out.getvalue()


def safe(value: object) -> object:
    """The value as it may stand in a cell; only texts can be formulas."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORMULA.sub(r"\1'", value) if isinstance(value, str) else value

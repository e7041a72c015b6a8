"""The forms in which a report leaves the house, registered through our own hook `register_exporters`.

A form of a report is a function `(sheet, write, language, **options)` marked `of = "report"`; `write` takes bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from procflow.hookspecs import hookimpl
from procflow.records.reports.sheet import Sheet

Write = Callable[[bytes], object]


def of_reports(form: Callable[..., None]) -> Callable[..., None]:
    """Marks a function as a form of reports."""
    form.of = "report"  # type: ignore[attr-defined]
    return form


@of_reports
def write_table(sheet: Sheet, write: Write, language: str, **options: str) -> None:
    from procflow.records.reports.forms.text import text

    write(text(sheet, language).encode())


@of_reports
def write_csv(sheet: Sheet, write: Write, language: str, table: str = "", **options: str) -> None:
    from procflow.records.reports.forms.csv_form import csv_text

    write(csv_text(sheet, language, table).encode())


@of_reports
def write_json(sheet: Sheet, write: Write, language: str, **options: str) -> None:
    import json

    from procflow.records.reports.forms.json_form import as_json

    write((json.dumps(as_json(sheet, language), ensure_ascii=False, indent=2) + "\n").encode())


@of_reports
def write_html(sheet: Sheet, write: Write, language: str, **options: str) -> None:
    from procflow.records.reports.forms.html_form import html

    write(html(sheet, language).encode())


@hookimpl
def register_exporters() -> Mapping[str, Callable[..., Any]]:
    return {"table": write_table, "csv": write_csv, "json": write_json, "html": write_html}

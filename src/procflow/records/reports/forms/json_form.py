"""A report as one JSON value; its shape is in docs/reference/reports.md."""

from __future__ import annotations

from typing import Any

from procflow.records.reports.forms.cells import plain
from procflow.records.reports.sheet import Sheet, in_language


def as_json(sheet: Sheet, language: str) -> dict[str, Any]:
    """Plain values; words in one language, ids and figures in none."""
    return {
        "report": sheet.report,
        "title": in_language(sheet.title, language),
        "from": sheet.first.isoformat(),
        "to": sheet.last.isoformat(),
        "as_of": plain(sheet.as_of, language),
        "zone": sheet.zone,
        "final": sheet.final,
        "empty": sheet.is_empty,
        "figures": {figure.name: plain(figure.value, language) for figure in sheet.figures},
        "remarks": [{"kind": r.kind, "words": in_language(r.words, language)} for r in sheet.remarks],
        "tables": [
            {
                "name": table.name,
                "title": in_language(table.title, language),
                "columns": [
                    {"name": c.name, "label": in_language(c.label, language), "kind": c.kind}
                    for c in table.columns
                ],
                "rows": [
                    {c.name: plain(value, language) for c, value in zip(table.columns, row, strict=True)}
                    for row in table.rows
                ],
            }
            for table in sheet.tables
        ],
    }

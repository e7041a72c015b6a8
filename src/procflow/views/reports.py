"""Reports as plain values; what a report counts is `records.reports`'."""

from __future__ import annotations

from typing import Any

from procflow.app import App


def reports_view(app: App, by: str, language: str) -> dict[str, Any]:
    """The reports that a person may see."""
    return {
        "reports": [
            {
                "name": report.name,
                "title": report.title.get(language, report.title["en"]),
                "line": report.line.get(language, report.line["en"]),
            }
            for report in app.reports_for(by)
        ]
    }

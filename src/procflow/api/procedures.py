"""Procedures in force, and reports."""

from __future__ import annotations

from datetime import date

from procflow.api import given_house as g
from procflow.api import taken as t
from procflow.api.declared import Answered, Asked, resource
from procflow.definitions.publish import text_hash
from procflow.errors import UsageError, words_in_both
from procflow.views.organisation import procedure_line, procedure_view
from procflow.views.reports import reports_view

YAML = "application/yaml"


@resource("GET", "/api/procedures", may="procedure.read", tag="procedures", gives=g.Procedures)
def list_procedures(asked: Asked) -> Answered:
    """The procedures that new cases follow."""
    app = asked.app
    lines = [
        procedure_line(app, hash_, app.engine.procedure(hash_), asked.language)
        for _, hash_ in app.engine.opened()
    ]
    return Answered({"procedures": lines})


@resource("GET", "/api/procedures/{procedure}", may="procedure.read", tag="procedures", gives=g.Procedure)
def get_procedure(asked: Asked) -> Answered:
    """A procedure in force: what it asks for at the start, its states, deadlines and promises."""
    hash_, procedure = asked.app.engine.procedure_in_force(asked.path("procedure"))
    return Answered(procedure_view(asked.app, hash_, procedure, asked.by, asked.language))


@resource(
    "GET", "/api/procedures/{procedure}/text", may="procedure.read", tag="procedures", gives=bytes,
    media=(YAML, "text/plain"),
)  # fmt: skip
def procedure_text(asked: Asked) -> Answered:
    """The procedure in force as its owner wrote it, in YAML."""
    hash_, _ = asked.app.engine.procedure_in_force(asked.path("procedure"))
    return Answered(asked.app.store.document(text_hash(hash_)), type=f"{YAML}; charset=utf-8")


@resource(
    "GET", "/api/procedures/{procedure}/picture", may="procedure.read", tag="procedures", gives=bytes,
    query=t.PictureFilter, media=("image/svg+xml", "text/plain"),
)  # fmt: skip
def procedure_picture(asked: Asked) -> Answered:
    """The procedure in force as a picture."""
    from procflow.views.drawing import picture

    _, procedure = asked.app.engine.procedure_in_force(asked.path("procedure"))
    form = asked.query.format
    kind = "image/svg+xml" if form == "svg" else "text/plain"
    content = picture(asked.app, procedure, asked.language, None, form)
    return Answered(content, type=f"{kind}; charset=utf-8")


@resource("GET", "/api/reports", may="report.read", tag="reports", gives=g.Reports)
def list_reports(asked: Asked) -> Answered:
    """The reports that who asks may see."""
    return Answered(reports_view(asked.app, asked.by, asked.language))


@resource(
    "GET", "/api/reports/{report}", may="report.read", tag="reports", gives=g.Report, query=t.ReportFilter,
    media=("application/json", "text/csv", "text/html", "text/plain", "application/octet-stream"),
)  # fmt: skip
def report(asked: Asked) -> Answered:
    """A report of some days, both included, as who asks may see it. The same days give the same figures later. With
    `format` it comes as a table, CSV or a page instead."""
    app, query = asked.app, asked.query
    if query.table and query.format != "csv":
        raise UsageError(
            *words_in_both(
                "`table` chooses the table of a CSV file", "`table` vælger tabellen i en CSV-fil", "add format=csv",
                "tilføj format=csv",
            )
        )  # fmt: skip
    write = app.form(query.format)
    options = _options(query.options)
    first, last = _day(query.since, "from"), _day(query.until, "to")
    sheet = app.report(asked.path("report"), first, last, asked.by, options)
    if query.format == "json":
        from procflow.records.reports.forms.json_form import as_json

        return Answered(as_json(sheet, asked.language))
    content: list[bytes] = []
    write(sheet, content.append, asked.language, table=query.table)
    kinds = {"csv": "text/csv", "html": "text/html", "table": "text/plain"}
    kind = kinds.get(query.format)
    return Answered(
        b"".join(content), type=f"{kind}; charset=utf-8" if kind else "application/octet-stream",
        headers=(("content-disposition", "attachment"),) if query.format == "html" else (),
    )  # fmt: skip


def _options(text: str) -> dict[str, str]:
    found = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign:
            raise UsageError(
                *words_in_both(
                    "options are written name=value,name=value", "valg skrives navn=værdi,navn=værdi",
                    parameter="options",
                )
            )  # fmt: skip
        found[name.strip()] = value.strip()
    return found


def _day(text: str, name: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            *words_in_both(
                f"`{name}` is no day", f"`{name}` er ingen dag", "for example 2026-03-01", "for eksempel 2026-03-01",
                parameter=name,
            )
        ) from None  # fmt: skip

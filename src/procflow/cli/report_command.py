"""`procflow report NAME`: figures of some days, as a table, CSV, JSON or a page."""

from __future__ import annotations

import os
import sys
from datetime import date
from typing import TYPE_CHECKING

import click

from procflow.cli.session import COMMON, Session, given_values, session
from procflow.errors import StorageError, UsageError
from procflow.views.reports import reports_view

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from procflow.cli.there import There

_WORDS = {
    "en": "procflow report NAME --from DAY --to DAY --format table|csv|json|html",
    "da": "procflow report NAVN --from DAG --to DAG --format table|csv|json|html",
}


def _names(ctx: click.Context, param: click.Parameter, typed: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from procflow.records.reports import REPORTS

    language = session().language
    return [
        CompletionItem(name, help=report.line.get(language, report.line["en"]))
        for name, report in REPORTS.items()
        if name.startswith(typed)
    ]


@click.command()
@click.argument("name", required=False, default="", shell_complete=_names)
@click.option(
    "--from", "first", metavar="DAY", default="", help="The first day; else the first of the month."
)
@click.option("--to", "last", metavar="DAY", default="", help="The last day; else today.")
@click.option("--format", "form", metavar="FORM", default="", help="table, csv, json, html, or a plugin's.")
@click.option("--table", "table", metavar="TABLE", default="", help="Which table of the report, for csv.")
@click.option("--set", "options", metavar="NAME=VALUE", multiple=True, help="An option of the report.")
@click.option(
    "--output", "-o", metavar="FILE", default="", type=click.Path(dir_okay=False), help="Write to FILE."
)
@COMMON
def command(
    name: str, first: str, last: str, form: str, table: str, options: tuple[str, ...], output: str
) -> None:
    """Make the report NAME of the days from --from to --to, both included. Without NAME the reports are listed.

    The same days give the same figures later. Who may see a report depends on the role; every look is kept in
    the access log.
    """
    s = session()
    if not name:
        _list()
        return
    form = form or {".csv": "csv", ".json": "json", ".html": "html"}.get(os.path.splitext(output)[1], "table")
    if s.there:
        _there(s.there, name, first, last, form, table, options, output)
        return
    write = s.app.form("json" if s.json and not output else form)
    if table and form != "csv":
        raise UsageError("--table chooses the table of a CSV file", "add --format csv")
    given = {key: str(value) for key, value in given_values(options).items()}
    sheet = s.app.report(name, _day(first, "--from"), _day(last, "--to"), s.person, given)
    if s.json and not output:
        from procflow.records.reports.forms.json_form import as_json

        s.show(as_json(sheet, s.language), "")
        return
    content: list[bytes] = []
    write(sheet, content.append, s.language, table=table)
    _written(s, name, form, b"".join(content), output)


def _there(
    there: There,
    name: str,
    first: str,
    last: str,
    form: str,
    table: str,
    options: tuple[str, ...],
    output: str,
) -> None:
    """The same on another machine."""
    s = session()
    asked = ",".join(f"{key}={value}" for key, value in given_values(options).items())
    shown = s.json and not output
    query = {"from": first, "to": last, "format": "json" if shown else form, "table": table, "options": asked}
    content = there.report(name, query)
    if shown:
        import json

        s.show(json.loads(content), "")
        return
    _written(s, name, form, content, output)


def _written(s: Session, name: str, form: str, content: bytes, output: str) -> None:
    if not output:
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()
        return
    try:
        with open(output, "wb") as file:
            file.write(content)
    except OSError as problem:
        raise StorageError(
            f"{output} cannot be written: {problem.strerror}", "give another file"
        ) from problem
    s.show({"report": name, "format": form, "file": output}, output)


def _list() -> None:
    s = session()
    view = s.there.get("/reports") if s.there else reports_view(s.app, s.anybody, s.language)
    lines = [f"{report['name']:<12}{report['line']}" for report in view["reports"]]
    s.show(view, "\n".join([*lines, "", s.words(_WORDS)]))


def _day(text: str, option: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {text!r} is no day", f"for example {option} 2026-03-01") from None

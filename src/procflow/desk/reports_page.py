"""Reports as pages: the same values and the same rights as `procflow report`, with charts, and as CSV and JSON to keep."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from markupsafe import Markup

from procflow.desk.frame import page
from procflow.desk.words import desk_words
from procflow.errors import UsageError
from procflow.records.reports.forms.cells import spoken
from procflow.records.reports.forms.charts import DEFS, drawing, legend
from procflow.records.reports.forms.words import days_in_words, standing_in_words
from procflow.records.reports.sheet import Sheet, Table, in_language
from procflow.views.reports import reports_view
from procflow.web.calls import Call, Reply
from procflow.web.routes import Routes

routes = Routes()

#: form -> (type, end of the file's name)
_FORMS = {"csv": ("text/csv; charset=utf-8", "csv"), "json": ("application/json", "json")}


@routes.route("GET", "/reports", may="report.read")
def reports(call: Call) -> Reply:
    """The reports that whoever asks may see."""
    return page(call, "reports.html", reports=reports_view(call.app, call.person, call.language)["reports"])


@routes.route("GET", "/reports/{name}", may="report.read")
def report(call: Call) -> Reply:
    """One report of some days, as a page or, with ?form=csv or json, as a file."""
    name, w = call.path["name"], desk_words(call.language)
    first, last = _day(call, "from", w), _day(call, "to", w)
    given = {k: v for k, v in call.query.items() if k not in ("from", "to", "form", "table") and v}
    sheet = call.app.report(name, first, last, call.person, given)
    form = call.query.get("form", "")
    if form:
        return _file(call, sheet, form)
    from procflow.records.reports import find

    today = call.app.engine.surroundings().calendar.civil_date(call.app.world.now())
    return page(
        call, "report.html", sheet=sheet, title=in_language(sheet.title, call.language),
        days=days_in_words(sheet, call.language), standing=standing_in_words(sheet, call.language),
        tables=[_table(sheet, table, call.language) for table in sheet.tables if not sheet.is_empty],
        figures=[
            {"label": in_language(f.label, call.language), "value": spoken(f.value, f.kind, call.language, sheet.zone), "tone": f.tone if f.value else "plain"}
            for f in sheet.figures if not sheet.is_empty
        ],
        remarks=[(r.kind, in_language(r.words, call.language)) for r in sheet.remarks],
        options=[(option, given.get(option, "")) for option in find(name).options],
        periods=[(word, since, until) for word, since, until in _periods(today)], given=given, defs=Markup(_PATTERNS),  # noqa: S704 - our own drawing # nosec B704
    )  # fmt: skip


#: The patterns that the charts fill with, for every chart of the page; the style sheet keeps them from taking room.
_PATTERNS = DEFS.replace(' style="position:absolute"', ' class="patterns"')


def _table(sheet: Sheet, table: Table, language: str) -> dict[str, Any]:
    """A table in words, with its charts. A chart is markup of our own writer, which escapes every text in it."""
    drawn = []
    for chart in sheet.charts:
        if chart.table == table.name and (svg := drawing(chart, table, language, sheet.zone)):
            title = in_language(chart.title, language)
            drawn.append(
                {
                    "title": "" if chart.title == table.title else title,
                    "legend": Markup(legend(chart, table, language)),  # noqa: S704 - it escapes what it names # nosec B704
                    "svg": Markup(svg),  # noqa: S704 - it escapes what it names # nosec B704
                }
            )
    return {
        "name": table.name, "title": in_language(table.title, language), "charts": drawn,
        "columns": [{"label": in_language(c.label, language), "number": c.is_number, "kind": c.kind} for c in table.columns],
        "rows": [
            [(c.kind, _said(value, c.kind, language, sheet.zone), value) for c, value in zip(table.columns, row, strict=True)]
            for row in table.rows[: table.show]
        ],
        "more": max(0, len(table.rows) - table.show), "all": len(table.rows), "shown": table.show,
        "note": in_language(table.note, language) if table.note is not None else "",
    }  # fmt: skip


def _said(value: Any, kind: str, language: str, zone: str) -> str:
    """As in all forms, but for days and instants as they are written in Danish."""
    text = spoken(value, kind, language, zone)
    if language != "da" or kind not in ("day", "instant") or len(text) < 10:
        return text
    day, _, clock = text.partition(" ")
    year, month, number = day.split("-")
    return f"{int(number)}.{int(month)}.{year}" + (f" kl. {clock.replace(':', '.')}" if clock else "")


def _file(call: Call, sheet: Sheet, form: str) -> Reply:
    if form not in _FORMS:
        raise UsageError(f"there is no form {form!r} of reports here", f"there are {', '.join(_FORMS)}")
    content: list[bytes] = []
    call.app.form(form)(sheet, content.append, call.language, table=call.query.get("table", ""))
    type_, end = _FORMS[form]
    name = f"{sheet.report}-{sheet.first}-{sheet.last}.{end}"
    return Reply(b"".join(content), 200, type_, (("content-disposition", f'attachment; filename="{name}"'),))


def _periods(today: date) -> list[tuple[str, date, date]]:
    """(word, first day, last day) of what is asked for most."""
    monday = today - timedelta(days=today.weekday())
    month = today.replace(day=1)
    before = month - timedelta(days=1)
    return [
        ("this_week", monday, today), ("last_week", monday - timedelta(days=7), monday - timedelta(days=1)),
        ("this_month", month, today), ("last_month", before.replace(day=1), before),
        ("this_year", today.replace(month=1, day=1), today),
    ]  # fmt: skip


def _day(call: Call, name: str, w: Any) -> date | None:
    text = call.query.get(name, "")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as why:
        raise UsageError(
            w["p_no_day"], w["r_look_again"], {"reasons": {call.language: w["p_no_day"]}}
        ) from why

"""A report as one page that needs nothing else: no script, no font and no picture from anywhere.

It reads in light and dark, on paper and on a narrow screen; what a chart shows stands in the table below it too.
"""

from __future__ import annotations

from html import escape

from procflow.core.words import instant_in_words
from procflow.records.reports.forms.cells import spoken
from procflow.records.reports.forms.charts import DEFS, drawing, legend
from procflow.records.reports.forms.words import days_in_words, standing_in_words, words
from procflow.records.reports.sheet import Sheet, Table, in_language

_CSS = """
:root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--ink:#1b2430;--soft:#586474;--line:#dde2e8;--good:#0072b2;--bad:#d55e00;--even:#e69f00;--plain:#8a9bb0;--mark:#7a3200;--dot:#6b4a00;--note:#e8f1f8;--warn:#fdf0e3;--wash:#eef2f6}
@media (prefers-color-scheme:dark){:root{--page:#12161c;--card:#1b212a;--ink:#e8edf3;--soft:#a3b0bf;--line:#323b47;--good:#56b4e9;--bad:#f0803c;--even:#f0c04a;--plain:#7d8ea3;--mark:#ffd2b0;--dot:#5a4000;--note:#1d2c3a;--warn:#3a2a1a;--wash:#232b35}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1180px;margin:0 auto;padding:40px 24px 64px}
h1{font-size:2rem;line-height:1.2;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:0 0 12px}
.days{margin:0;color:var(--soft);font-size:1.05rem}
.standing{display:inline-block;margin:14px 0 0;padding:3px 12px;border-radius:999px;background:var(--wash);font-size:.9rem}
.standing.open{background:var(--warn)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px;margin:28px 0 0;padding:0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 18px;border-top:4px solid var(--plain)}
.tile.good{border-top-color:var(--good)}.tile.bad{border-top-color:var(--bad)}
.tile dt{color:var(--soft);font-size:.9rem}.tile dd{margin:2px 0 0;font-size:1.75rem;font-weight:650;font-variant-numeric:tabular-nums}
.remark{margin:18px 0 0;padding:12px 16px;border-radius:10px;border-left:4px solid var(--good);background:var(--note)}
.remark.warning,.remark.conflict{border-left-color:var(--bad);background:var(--warn)}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:22px 24px;margin:22px 0 0;break-inside:avoid}
figure{margin:0 0 18px}figcaption{font-weight:600;margin:0 0 8px}
svg[role=img]{display:block;width:100%;height:auto;max-width:864px}
svg text{fill:var(--ink);font-size:14px;font-family:inherit}
svg .axis{fill:var(--soft);font-size:12px}svg .tail{font-variant-numeric:tabular-nums}svg .strong{font-weight:650}svg .on{font-size:12px;font-variant-numeric:tabular-nums}
.plate{fill:var(--card)}.good{fill:var(--good)}.bad{fill:var(--bad)}.even{fill:var(--even)}.plain{fill:var(--plain)}
.tile.good,.tile.bad,.tile.plain{fill:none}
.mark{stroke:var(--mark);stroke-width:1.6;opacity:.55}.dot{fill:var(--dot)}
.grid{stroke:var(--line);stroke-width:1}.axis-line{stroke:var(--soft);stroke-width:1}.link{stroke:var(--soft);stroke-width:3;opacity:.5}
.hollow{fill:none;stroke:var(--bad);stroke-width:2.6}.curve{fill:none;stroke:var(--good);stroke-width:3;stroke-linejoin:round}.cut{stroke:var(--soft);stroke-dasharray:4 4}
.legend{display:flex;flex-wrap:wrap;gap:4px 18px;list-style:none;margin:0 0 10px;padding:0;color:var(--soft);font-size:.9rem}.legend li{display:flex;align-items:center;gap:6px}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600;font-size:.82rem;vertical-align:bottom}
td.when{white-space:nowrap}summary{cursor:pointer;color:var(--soft)}details[open] summary{margin-bottom:12px}
th.n,td.n{text-align:right;font-variant-numeric:tabular-nums}td.n{white-space:nowrap}td{min-width:4.5em}td:first-child:not(.n){min-width:9em}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child td{border-bottom:0}
.small{color:var(--soft);font-size:.88rem;margin:12px 0 0}
footer{color:var(--soft);font-size:.85rem;margin:28px 0 0}
@media print{body{background:#fff}main{padding:0}section,.tile{border-color:#bbb}}
"""
#: A table with a chart above it is folded from so many rows on.
_LONG = 14


def html(sheet: Sheet, language: str) -> str:
    """The whole page."""
    w = words(language)
    title = in_language(sheet.title, language)
    body = [
        f"<header><h1>{escape(title)}</h1>",
        f'<p class="days">{escape(days_in_words(sheet, language))}</p>',
        f'<p class="standing{"" if sheet.final else " open"}">{escape(standing_in_words(sheet, language))}</p></header>',
    ]
    if sheet.is_empty:
        body.append(f'<p class="remark">{escape(w["empty"])}</p>')
    else:
        body.append(_tiles(sheet, language))
    for remark in sheet.remarks:
        kind, said = escape(remark.kind), escape(in_language(remark.words, language))
        body.append(f'<p class="remark {kind}"><strong>{escape(w[remark.kind])}.</strong> {said}</p>')
    if not sheet.is_empty:
        body += [_section(sheet, table, language) for table in sheet.tables]
    as_of = instant_in_words(sheet.as_of, sheet.zone, language)
    made = w["made"].format(report=sheet.report, as_of=as_of, zone=sheet.zone)
    body.append(f"<footer>{escape(made)}</footer>")
    return (
        f'<!doctype html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(title)} · {sheet.first}–{sheet.last}</title>\n<style>{_CSS}</style>\n</head>\n"
        f"<body>\n{DEFS}\n<main>\n" + "\n".join(body) + "\n</main>\n</body>\n</html>\n"
    )


def _tiles(sheet: Sheet, language: str) -> str:
    tiles = (
        f'<div class="tile {escape(f.tone if f.value else "plain")}"><dt>{escape(in_language(f.label, language))}</dt>'
        f"<dd>{escape(spoken(f.value, f.kind, language, sheet.zone))}</dd></div>"
        for f in sheet.figures
    )
    return f'<dl class="tiles">{"".join(tiles)}</dl>' if sheet.figures else ""


def _section(sheet: Sheet, table: Table, language: str) -> str:
    figures = []
    for chart in sheet.charts:
        if chart.table == table.name and (drawn := drawing(chart, table, language, sheet.zone)):
            caption = escape(in_language(chart.title, language))
            told = "" if chart.title == table.title else f"<figcaption>{caption}</figcaption>"
            figures.append(f"<figure>{told}{legend(chart, table, language)}{drawn}</figure>")
    rows = _table(table, language, sheet.zone)
    if figures and len(table.rows) > _LONG:  # the chart says it; whoever wants the figures opens them
        rows = f"<details><summary>{escape(words(language)['table'])}</summary>{rows}</details>"
    return (
        f'<section id="{escape(table.name)}"><h2>{escape(in_language(table.title, language))}</h2>'
        + "".join(figures)
        + rows
        + "</section>"
    )


def _table(table: Table, language: str, zone: str) -> str:
    w = words(language)
    if not table.rows:
        return f'<p class="small">{escape(w["none"])}</p>'
    heads = "".join(
        f'<th scope="col"{_n(c.is_number)}>{escape(in_language(c.label, language))}</th>'
        for c in table.columns
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td{_n(c.is_number, c.kind)}>{escape(spoken(value, c.kind, language, zone))}</td>"
            for c, value in zip(table.columns, row, strict=True)
        )
        + "</tr>\n"
        for row in table.rows[: table.show]
    )
    below = []
    if len(table.rows) > table.show:
        below.append(w["more_html"].format(shown=table.show, n=len(table.rows)))
    if table.note is not None:
        below.append(in_language(table.note, language))
    small = "".join(f'<p class="small">{escape(line)}</p>' for line in below)
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table></div>{small}'


def _n(number: bool, kind: str = "") -> str:
    return ' class="n"' if number else ' class="when"' if kind in ("instant", "day") else ""

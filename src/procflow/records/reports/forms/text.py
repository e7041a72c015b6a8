"""A report for the terminal: the figures on top, then each table with its columns aligned."""

from __future__ import annotations

from procflow.records.reports.forms.cells import spoken
from procflow.records.reports.forms.words import days_in_words, standing_in_words, words
from procflow.records.reports.sheet import Column, Sheet, Table, in_language

_WIDEST = 44


def text(sheet: Sheet, language: str) -> str:
    """The whole report, lines with a newline each."""
    w = words(language)
    lines = [
        in_language(sheet.title, language),
        days_in_words(sheet, language),
        standing_in_words(sheet, language),
    ]
    lines += [f"{w[r.kind]}: {in_language(r.words, language)}" for r in sheet.remarks]
    if sheet.is_empty:
        return "\n".join([*lines, "", w["empty"]]) + "\n"
    lines.append("")
    for figure in sheet.figures:
        value = spoken(figure.value, figure.kind, language, sheet.zone)
        lines.append(f"{in_language(figure.label, language)}: {value}")
    for table in sheet.tables:
        lines += ["", in_language(table.title, language), *_table(table, language, sheet.zone)]
    return "\n".join(lines) + "\n"


def _table(table: Table, language: str, zone: str) -> list[str]:
    w = words(language)
    if not table.rows:
        return [f"  {w['none']}"]
    shown = [[in_language(column.label, language) for column in table.columns]]
    for row in table.rows[: table.show]:
        shown.append(
            [_cut(spoken(v, c.kind, language, zone), c) for v, c in zip(row, table.columns, strict=True)]
        )
    widths = [max(len(row[n]) for row in shown) for n in range(len(table.columns))]
    lines = []
    for place, words_of in enumerate(shown):
        cells = (
            cell.rjust(width) if column.is_number else cell.ljust(width)
            for cell, width, column in zip(words_of, widths, table.columns, strict=True)
        )
        lines.append(("  " + "  ".join(cells)).rstrip())
        if place == 0:
            lines.append("  " + "  ".join("─" * width for width in widths))
    if len(table.rows) > table.show:
        lines.append(f"  … {w['more'].format(n=len(table.rows) - table.show)}")
    if table.note is not None:
        lines.append(f"  {in_language(table.note, language)}")
    return lines


def _cut(cell: str, column: Column) -> str:
    return cell if len(cell) <= _WIDEST or column.is_number else cell[: _WIDEST - 1] + "…"

"""Charts of a report as inline SVG: figures stand beside the marks, tones differ in pattern and not only in colour,
and colours are variables of the page, so that light and dark both read.

It draws what a `Chart` names of its `Table`, and knows no report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from html import escape

from procflow.core.words import number_in_words
from procflow.records.reports.forms.cells import spoken
from procflow.records.reports.sheet import Chart, Column, Table, in_language, share

WIDTH = 800
_LABEL = 270  # where bars begin
_TAIL = 130  # what stands right of them
_ROW = 34
_BAR = 20
_MOST = 24
_TONES = ("plain", "good", "even", "bad")

#: Patterns beside colours: who sees no difference between two colours sees these.
DEFS = """<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>
<pattern id="hatch-bad" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" class="bad"/><line x1="0" y1="0" x2="0" y2="6" class="mark"/></pattern>
<pattern id="hatch-even" width="6" height="6" patternUnits="userSpaceOnUse"><rect width="6" height="6" class="even"/><circle cx="3" cy="3" r="1.1" class="dot"/></pattern>
</defs></svg>"""


def drawing(chart: Chart, table: Table, language: str, zone: str) -> str:
    """The `<svg>` of a chart; "" where its table is empty."""
    if not table.rows:
        return ""
    if chart.kind == "days":
        return _days(chart, table, language, zone)
    if chart.kind == "gap":
        return _gap(chart, table, language, zone)
    if chart.kind == "pareto":
        return _pareto(chart, table, language)
    return _bars(chart, table, language, zone)


def legend(chart: Chart, table: Table, language: str) -> str:
    """What the tones stand for; nothing where there is only one."""
    if len(chart.values) < 2 or chart.kind == "pareto":
        return ""
    tones = _tones(chart)
    items = []
    for name, tone in zip(chart.values, tones, strict=True):
        words = escape(in_language(table.column(name).label, language))
        if chart.kind == "gap":
            mark = _mark(10, 9, name == chart.values[0])
        else:
            mark = f'<rect x="2" y="3" width="16" height="12" rx="2" {_fill(tone)}/>'
        items.append(
            f'<li><svg width="20" height="18" aria-hidden="true">{mark}</svg>{words}</li>'
        )  # fmt: skip
    return f'<ul class="legend">{"".join(items)}</ul>'


def _tones(chart: Chart) -> Sequence[str]:
    return chart.tones or _TONES[: len(chart.values)]


def _fill(tone: str) -> str:
    return f'fill="url(#hatch-{tone})"' if tone in ("bad", "even") else f'class="{tone}"'


def _svg(height: float, title: str, inside: Iterable[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title, quote=True)}">'
        + "".join(inside)
        + "</svg>"
    )


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    named = f' class="{kind}"' if kind else ""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{named}>{escape(words)}</text>'


def _short(words: str, most: int = 32) -> str:
    return words if len(words) <= most else words[: most - 1] + "…"


def _summed(chart: Chart, table: Table, language: str, zone: str) -> list[tuple[str, list[Decimal]]]:
    """(label, values) of each row; rows with the same words are one, the largest first where it is one value."""
    column = table.column(chart.label)
    found: dict[str, list[Decimal]] = {}
    for label, values in zip(
        table.values(chart.label), zip(*map(table.values, chart.values), strict=True), strict=True
    ):
        words = spoken(label, column.kind, language, zone)
        old = found.setdefault(words, [Decimal()] * len(values))
        found[words] = [a + Decimal(b or 0) for a, b in zip(old, values, strict=True)]
    rows = list(found.items())
    return sorted(rows, key=lambda row: -row[1][0]) if chart.kind == "bars" else rows


def _bars(chart: Chart, table: Table, language: str, zone: str) -> str:
    rows = _summed(chart, table, language, zone)[:_MOST]
    kind = table.column(chart.values[0]).kind
    room = WIDTH - _LABEL - _TAIL
    most = max((sum(values) for _, values in rows), default=Decimal(1)) or Decimal(1)
    parts = []
    for place, (label, values) in enumerate(rows):
        top = place * _ROW + 6
        total = sum(values, Decimal())
        whole = total if chart.kind == "share" else most
        parts.append(_text(_LABEL - 12, top + 15, _short(label), anchor="end"))
        x = Decimal(_LABEL)
        if not total:
            parts.append(
                f'<line x1="{_LABEL}" x2="{_LABEL + room}" y1="{top + 10}" y2="{top + 10}" class="grid"/>'
            )
        for tone, value in zip(_tones(chart), values, strict=True):
            if not value:
                continue
            width = room * value / whole
            parts.append(
                f'<rect x="{x:.1f}" y="{top}" width="{max(width, Decimal(2)):.1f}" height="{_BAR}" rx="3" {_fill(tone)}/>'
            )
            said = spoken(_whole(value), kind, language, zone)
            if len(values) > 1 and width > 9 * len(said) + 8:
                parts.append(_plate(x + width / 2, top, said))
            x += width
        parts.append(
            _text(
                (_LABEL + room if chart.kind == "share" else float(x)) + 12,
                top + 15,
                _tail(chart, values, total, kind, language, zone),
                "tail",
            )
        )
    return _svg(len(rows) * _ROW + 8, in_language(chart.title, language), parts)


def _plate(x: Decimal, top: float, said: str) -> str:
    """Figures on a bar stand on a plate of the page's colour: readable on every tone and pattern."""
    width = 8 * len(said) + 8
    return (
        f'<rect x="{float(x) - width / 2:.1f}" y="{top + 3}" width="{width}" height="14" rx="7" class="plate"/>'
        + _text(float(x), top + 14, said, "on", "middle")
    )


def _tail(
    chart: Chart, values: Sequence[Decimal], total: Decimal, kind: str, language: str, zone: str
) -> str:
    if chart.kind != "share":
        return spoken(_whole(total), kind, language, zone)
    part = spoken(share(values[0], total), "share", language, zone)
    of = "af" if language == "da" else "of"
    return f"{part} ({of} {spoken(_whole(total), kind, language, zone)})" if total else "–"


def _whole(value: Decimal) -> int | Decimal:
    return int(value) if value == value.to_integral_value() else value


def _steps(most: Decimal) -> list[int]:
    """Whole marks from 0 to at least `most`, at most six: 1, 2, 5, 10, 20, 50 … apart."""
    apart = next(
        step * 10**power for power in range(12) for step in (1, 2, 5) if most <= 5 * step * 10**power
    )
    return list(range(0, -(-int(most) // apart) * apart + 1, apart))


def _days(chart: Chart, table: Table, language: str, zone: str) -> str:
    days: list[date] = table.values(chart.label)
    series = [[Decimal(value or 0) for value in table.values(name)] for name in chart.values]
    marks = _steps(max((max(values) for values in series), default=Decimal(1)) or Decimal(1))
    left, top, bottom, height = 44, 10, 34, 230
    high = Decimal(marks[-1] or 1)
    room, floor = WIDTH - left - 24, height - bottom
    parts = []
    for mark in marks:
        y = floor - (floor - top) * mark / high
        parts.append(f'<line x1="{left}" x2="{left + room}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(_text(left - 8, float(y) + 4, spoken(mark, "count", language, zone), "axis", "end"))
    slot = Decimal(room) / len(days)
    width = min(slot * Decimal("0.8") / len(series), Decimal(26))
    every = -(-len(days) * 46 // room)
    for place, day in enumerate(days):
        begin = left + slot * place + (slot - width * len(series)) / 2
        if place % every == 0:
            parts.append(
                _text(
                    float(left + slot * place + slot / 2),
                    height - 14,
                    f"{day.day}.{day.month}." if language == "da" else f"{day:%d %b}".lstrip("0"),
                    "axis",
                    "middle",
                )
            )
        for number, (values, tone) in enumerate(zip(series, _tones(chart), strict=True)):
            tall = (floor - top) * values[place] / high
            if tall:
                x, y = begin + width * number, floor - tall
                words = f"{day.isoformat()}: {spoken(_whole(values[place]), 'count', language, zone)}"
                parts.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width - 1, Decimal(1)):.1f}" height="{tall:.1f}" rx="2" {_fill(tone)}><title>{escape(words)}</title></rect>'
                )
    parts.append(f'<line x1="{left}" x2="{left + room}" y1="{floor}" y2="{floor}" class="axis-line"/>')
    return _svg(height, in_language(chart.title, language), parts)


def _mark(x: float, y: float, first: bool) -> str:
    """The first of two values is a full circle, the second a hollow diamond."""
    if first:
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6.5" class="good"/>'
    return f'<path d="M {x:.1f} {y - 7:.1f} l 7 7 l -7 7 l -7 -7 z" class="hollow"/>'


def _gap(chart: Chart, table: Table, language: str, zone: str) -> str:
    low, high = Decimal(chart.low or 0), Decimal(chart.high or 1)
    room = WIDTH - _LABEL - _TAIL

    def place_of(value: Decimal) -> float:
        return float(_LABEL + room * (value - low) / (high - low))

    rows = [row for row in table.records() if all(row[name] is not None for name in chart.values[:2])]
    rows = rows[:_MOST]
    height = len(rows) * _ROW + 34
    parts = []
    for mark in range(int(low), int(high) + 1):
        x = place_of(Decimal(mark))
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="4" y2="{height - 26}" class="grid"/>')
        parts.append(_text(x, height - 10, str(mark), "axis", "middle"))
    label: Column = table.column(chart.label)
    for number, row in enumerate(rows):
        y = number * _ROW + 20
        one, two = (Decimal(row[name]) for name in chart.values[:2])
        parts.append(
            _text(
                _LABEL - 14, y + 5, _short(spoken(row[chart.label], label.kind, language, zone)), anchor="end"
            )
        )
        parts.append(
            f'<line x1="{place_of(one):.1f}" x2="{place_of(two):.1f}" y1="{y}" y2="{y}" class="link"/>'
        )
        parts += [_mark(place_of(one), y, True), _mark(place_of(two), y, False)]
        parts.append(
            _text(
                _LABEL + room + 24,
                y + 5,
                spoken(one - two, "signed", language, zone),
                "tail strong" if one > two else "tail",
            )
        )
    return _svg(height, in_language(chart.title, language), parts)


def _pareto(chart: Chart, table: Table, language: str) -> str:
    """A line that rises from nothing to everything; `values` are the shares across and up, and the class."""
    across, up, kind = chart.values
    left, top, bottom, height = 60, 14, 46, 320
    room, floor = WIDTH - left - 150, height - bottom

    def at(x: Decimal, y: Decimal) -> tuple[float, float]:
        return float(left + room * x), float(floor - (floor - top) * y)

    parts = []
    for percent in (0, 20, 40, 60, 80, 100):
        x, y = at(Decimal(percent) / 100, Decimal(percent) / 100)
        parts.append(f'<line x1="{left}" x2="{left + room}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        parts.append(_text(left - 8, y + 4, f"{percent} %", "axis", "end"))
        parts.append(_text(x, floor + 18, f"{percent} %", "axis", "middle"))
    points = [(Decimal(), Decimal()), *((Decimal(r[across]), Decimal(r[up])) for r in table.records())]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))
    parts.append(f'<polyline points="{line}" class="curve"/>')
    classes: Mapping[str, tuple[Decimal, Decimal]] = {
        str(r[kind]): (Decimal(r[across]), Decimal(r[up])) for r in table.records()
    }
    for name, (x_share, y_share) in classes.items():
        x, y = at(x_share, y_share)
        said = ", ".join(number_in_words(round(part * 100), language) + " %" for part in (x_share, y_share))
        if y_share < 1:
            parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y:.1f}" y2="{floor}" class="cut"/>')
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5.5" class="bad"/>')
        parts.append(_text(x + 12, y + 16, f"{name}: {said}", "tail strong"))
    parts.append(
        _text(
            left + room / 2, height - 6, in_language(table.column(across).label, language), "axis", "middle"
        )
    )
    return _svg(height, in_language(chart.title, language), parts)

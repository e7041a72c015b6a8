"""The page of parameters names every parameter and mailbox of the organisation, with the value it has."""

import re
from pathlib import Path

import pytest

from procflow.core.hand_over import ANSWER_WITHIN
from procflow.core.organisation import NEVER_IN_FREE_TEXT
from procflow.core.values import plain
from procflow.records.reports.reader import PARAMETERS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/reference/parameters.md").read_text("utf-8")


@pytest.fixture
def organisation(shipped):
    return shipped.organisation


def _first_cells(*below):
    """The ids in the first column of the tables below these headings."""
    text = "".join(PAGE.split(f"## {heading}\n")[1].split("\n## ")[0] for heading in below)
    return {name for row in re.findall(r"^\| (`.*?) \|", text, re.M) for name in re.findall("`([^`]+)`", row)}


def test_the_page_names_exactly_the_parameters_there_are(organisation):
    assert _first_cells("Clocks", "Reports", "Names, numbers and phrases") == set(organisation.parameters)


def test_the_page_names_exactly_the_mailboxes_there_are(organisation):
    assert _first_cells("Mailboxes") == set(organisation.mailboxes)


def test_the_clocks_of_the_page_have_the_values_of_the_organisation(organisation):
    rows = re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", PAGE.split("## Clocks\n")[1].split("\n## ")[0], re.M)
    assert len(rows) >= 9
    assert dict(rows) == {name: plain(organisation.parameters[name]) for name, _ in rows}


def test_every_parameter_is_used_by_some_procedure_report_or_by_the_engine(organisation):
    procedures = "".join(path.read_text("utf-8") for path in (ROOT / "procedures").rglob("procedure.yaml"))
    unused = [
        name
        for name in organisation.parameters
        if name != NEVER_IN_FREE_TEXT
        and name not in (*PARAMETERS, ANSWER_WITHIN)
        and f"param('{name}')" not in procedures.replace('"', "'")
    ]
    assert unused == []


def test_reports_count_with_what_the_page_says(organisation):
    """The shipped organisation has every parameter that reports read."""
    assert set(PARAMETERS) <= set(organisation.parameters)

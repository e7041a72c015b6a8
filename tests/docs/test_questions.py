"""The part of docs/reference/parameters.md on the questions names only what there is."""

import re
from pathlib import Path

import pytest

from procflow.records.reports import REPORTS

ROOT = Path(__file__).parents[2]
PART = (ROOT / "docs/reference/parameters.md").read_text("utf-8").split("## Questions\n")[1].split("\n## ")[0]
ROWS = [
    [cell.strip() for cell in row.strip("|").split(" | ")] for row in re.findall(r"^\| Q\d.*$", PART, re.M)
]
NAMED = re.compile(
    r"(parameter|mailbox|table|role|calendar|report) `(\w+)`|(state|choice|decision|deadline) `(\w+)` of `(\w+)`"
)


def test_all_seventeen_questions_stand_there_with_every_cell_filled():
    assert [row[0] for row in ROWS] == [f"Q{n}" for n in range(1, 18)]
    assert all(len(row) == 5 and all(row) for row in ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_what_settles_a_question_is_there(shipped, row):
    named = NAMED.findall(row[2])
    assert named and NAMED.sub("", row[2]).strip(", ") == ""
    organisation = shipped.organisation
    there = {
        "parameter": organisation.parameters,
        "mailbox": organisation.mailboxes,
        "table": shipped.tables,
        "role": organisation.roles,
        "calendar": ("open", "closed"),
        "report": REPORTS,
    }
    for kind, name, part, inner, procedure in named:
        if kind:
            assert name in there[kind], name
        else:
            found = shipped.procedures[procedure]
            states = found.states
            parts = {
                "state": found.state,
                "choice": {choice for state in states for choice in state.choices_by_name},
                "decision": found.decision,
                "deadline": found.deadline,
            }
            assert inner in parts[part], inner


def test_a_parameter_that_settles_a_question_is_explained_above():
    above = (ROOT / "docs/reference/parameters.md").read_text("utf-8").split("## Questions\n")[0]
    for row in ROWS:
        for kind, name, *_ in NAMED.findall(row[2]):
            assert kind not in ("parameter", "mailbox") or f"`{name}`" in above

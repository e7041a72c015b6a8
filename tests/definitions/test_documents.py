"""The organisation, the types and the tables as they are built from their documents."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from procflow.core.organisation import Organisation
from procflow.core.procedure import Field
from procflow.core.tables import Table, lookup, table_from_json, table_to_json
from procflow.core.times import Span
from procflow.definitions.build_tables import build_table
from procflow.definitions.documents import build_organisation, build_types
from procflow.definitions.nodes import YMap
from procflow.definitions.reader import read
from procflow.definitions.schema import validate
from procflow.errors import Diagnostic

GOOD = Path(__file__).parent / "good"
HEAD = "organisation: o\ntimezone: Europe/Copenhagen\nlanguages: [da, en]\n"


def tree_of(text: str | bytes, kind: str) -> YMap:
    tree, problems = read(text, "f.yaml")
    assert tree is not None
    assert problems + validate(tree, kind, "f.yaml") == []
    return tree


def organisation_of(text: str | bytes) -> tuple[Organisation | None, list[Diagnostic]]:
    return build_organisation(tree_of(text, "organisation"), "f.yaml")


def good_organisation(text: str | bytes) -> Organisation:
    made, problems = organisation_of(text)
    assert problems == []
    assert made is not None
    return made


def types_of(text: str) -> tuple[dict[str, Field], list[Diagnostic]]:
    return build_types(tree_of(text, "types"), "f.yaml")


def table_of(text: str | bytes) -> tuple[Table | None, list[Diagnostic]]:
    return build_table(tree_of(text, "tables"), "f.yaml")


# the organisation


def test_a_pattern_of_what_is_never_written_down_is_looked_at() -> None:
    made, problems = organisation_of(HEAD + 'parameters:\n  never_in_free_text: "(epilepsi"\n')
    assert made is None
    assert [(p.code, p.line, p.column) for p in problems] == [("PF206", 5, 23)]


def test_the_organisation_of_the_language_page_is_built_whole() -> None:
    made = good_organisation((GOOD / "organisation.yaml").read_bytes())
    assert (made.name, made.zone, made.languages, made.stand_in) == (
        "prosam", "Europe/Copenhagen", ("da", "en"), ("mate", "lead"),
    )  # fmt: skip
    assert made.people["qaa"]["phone"] == "+4571999911"
    assert made.members["agent"] == ("qaa", "qll")
    assert made.role_name("lead", "da") == "Vagtleder"
    assert made.mailboxes["economy"] == "economy@prosam.example"
    assert Organisation.from_json(made.to_json()) == made


def test_public_holidays_are_computed_for_as_long_as_the_country_s_are_known() -> None:
    calendar = good_organisation((GOOD / "organisation.yaml").read_bytes()).calendar
    assert (calendar.first_year, calendar.last_year) == (2000, 2075)
    assert not calendar.is_open_day(date(2026, 5, 25))  # Whit Monday, by the holidays package
    assert not calendar.is_open_day(date(2026, 6, 5))  # closed by custom
    assert calendar.is_open_day(date(2026, 5, 11))


def test_without_a_calendar_it_is_always_open() -> None:
    calendar = good_organisation(HEAD).calendar
    assert calendar.is_open(datetime(2026, 5, 10, 2, tzinfo=UTC))


def test_parameters_are_typed_where_they_are_not_quoted() -> None:
    made = good_organisation(
        HEAD
        + """\
parameters:
  phone: "70228448"
  code: 0042
  gap: 60 minutes
  days: 4 working days
  quoted: "60 minutes"
  limit: 1500.50
  whole: 7
  live: true
  since: 2026-01-01
  word: NO
  at: next open day at 09:00
  nothing: null
"""
    )
    assert made.parameters == {
        "phone": "70228448",
        "code": "0042",
        "gap": Span(60, "minutes"),
        "days": Span(4, "working_days"),
        "quoted": "60 minutes",
        "limit": Decimal("1500.5"),
        "whole": 7,
        "live": True,
        "since": date(2026, 1, 1),
        "word": "NO",
        "at": "next open day at 09:00",
        "nothing": None,
    }
    assert Organisation.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("text", "code", "at", "hint"),
    [
        (HEAD.replace("Copenhagen", "Copenhagn"), "PF224", (2, 11), "did you mean `Europe/Copenhagen`?"),
        (HEAD + "calendar: {country: XX}\n", "PF224", (4, 21), ""),
        (HEAD + "calendar: {closed: [12-24, 02-30]}\n", "PF224", (4, 28), ""),
        (HEAD + 'calendar: {open: {mon-wed: "09:00-17:00", wed: "10:00-12:00"}}\n', "PF224", (4, 43), ""),
        (HEAD + 'calendar: {open: {mon: ["09:00-12:00", "11:00-17:00"]}}\n', "PF224", (4, 40), ""),
        (HEAD + 'calendar: {open: {mon: "17:00-09:00"}}\n', "PF224", (4, 24), ""),
        (
            HEAD + "roles: {agent: A}\npeople: {qaa: {name: A, roles: [agnet]}}\n",
            "PF315", (5, 33), "did you mean `agent`?",
        ),
        (
            HEAD + "roles: {agent: A}\npeople: {qaa: {name: A, roles: [agent], mate: qab}}\n",
            "PF315", (5, 47), "did you mean `qaa`?",
        ),
        (HEAD + "roles: {lead: L}\nstand_in: [mate, laed]\n", "PF315", (5, 18), "did you mean `lead`?"),
    ],
)  # fmt: skip
def test_a_fault_of_the_organisation_is_told_at_its_word(
    text: str, code: str, at: tuple[int, int], hint: str
) -> None:
    made, problems = organisation_of(text)
    assert made is None
    assert [(p.code, (p.line, p.column)) for p in problems] == [(code, at)]
    assert hint in problems[0].hint


def test_all_faults_of_an_organisation_are_told_at_once() -> None:
    _, problems = organisation_of(
        HEAD + "calendar: {closed: [02-30, 04-31]}\nroles: {a: A}\npeople: {q: {name: Q, roles: [b]}}\n"
    )
    assert [p.line for p in problems] == [4, 4, 6]


# types


def test_types_may_be_built_of_others_in_any_order() -> None:
    types, problems = types_of(
        "types:\n  long_number: {type: number_text, minLength: 8}\n  number_text: {type: string, pattern: '^[0-9]+$', pii: true}\n"
        "  list: {type: array, items: long_number}\n"
    )
    assert problems == []
    assert dict(types["long_number"].schema) == {"pattern": "^[0-9]+$", "minLength": 8}
    assert (types["long_number"].type, types["long_number"].pii) == ("string", True)
    items = types["list"].items
    assert items is not None
    assert dict(items.schema) == {"pattern": "^[0-9]+$", "minLength": 8}


def test_a_type_built_of_itself_is_told_with_the_ring() -> None:
    _, problems = types_of(
        "types:\n  a: {type: b}\n  b: {type: c}\n  c: {type: a}\n  d: {type: array, items: d}\n"
    )
    assert [(p.code, p.line) for p in problems] == [("PF223", 4), ("PF223", 5)]
    assert "a -> b -> c -> a" in problems[0].message


def test_a_type_cannot_be_called_like_a_built_in_one() -> None:
    _, problems = types_of("types: {string: {type: string}}\n")
    assert [(p.code, p.line, p.column) for p in problems] == [("PF223", 1, 9)]


# tables


def test_the_table_of_the_language_page_is_built_and_looked_up() -> None:
    table, problems = table_of((GOOD / "kc_codes.yaml").read_bytes())
    assert problems == []
    assert table is not None
    assert table.key_column == "code"
    row = lookup(table, "llk", date(2026, 6, 30))
    assert row is not None
    assert row["response"] == Span(4, "working_days")
    assert table_from_json(table_to_json(table)) == table


def test_rows_without_versions_always_hold() -> None:
    table, problems = table_of("tables: t\ncolumns: {kn: string, n: integer}\nrows: [{kn: 0042, n: 1}]\n")
    assert problems == []
    assert table is not None
    assert lookup(table, "0042", date(1999, 1, 1)) == {"kn": "0042", "n": 1}


TABLE = "tables: t\ncolumns: {code: {type: string, key: true}, n: integer, d: date}\n"


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        (TABLE + "rows:\n  - {code: a, m: 1}\n", "PF225", (4, 15)),
        (TABLE + "rows:\n  - {code: a, n: many}\n", "PF204", (4, 18)),
        (TABLE + "rows:\n  - {n: 1}\n", "PF226", (4, 5)),
        (TABLE + "rows:\n  - {code: a}\n  - {code: b}\n  - {code: ' A'}\n", "PF227", (6, 12)),
        (
            "tables: t\ncolumns: {a: {type: string, key: true}, b: {type: string, key: true}}\nrows: []\n",
            "PF226",
            (2, 41),
        ),
        (
            TABLE + "versions:\n  - {valid: {from: 2026-02-01, until: 2026-01-01}, rows: []}\n",
            "PF228",
            (4, 39),
        ),
        (
            TABLE
            + "versions:\n  - {valid: {from: 2026-01-01}, rows: []}\n  - {valid: {from: 2026-03-01, until: 2026-04-01}, rows: []}\n",
            "PF228",
            (5, 5),
        ),
        ("tables: t\ncolumns: {a: {type: sting}}\nrows: []\n", "PF200", (2, 21)),
    ],
)
def test_a_fault_of_a_table_is_told_at_its_word(text: str, code: str, at: tuple[int, int]) -> None:
    table, problems = table_of(text)
    assert table is None
    assert [(p.code, (p.line, p.column)) for p in problems] == [(code, at)]


def test_the_same_key_may_stand_in_two_versions() -> None:
    table, problems = table_of(
        TABLE
        + "versions:\n  - {valid: {from: 2026-01-01, until: 2026-06-30}, rows: [{code: a, n: 1}]}\n"
        + "  - {valid: {from: 2026-07-01}, rows: [{code: a, n: 2}]}\n"
    )
    assert problems == []
    assert table is not None
    found = [lookup(table, "a", day) for day in (date(2026, 6, 30), date(2026, 7, 1))]
    assert [row["n"] for row in found if row is not None] == [1, 2]


def test_a_parameter_with_a_point_that_may_mark_off_thousands_is_read_and_doubted() -> None:
    made, found = organisation_of(HEAD + 'parameters: {most: 15.000, told: "15.000", part: 0.125}\n')
    assert made is not None and (made.parameters["most"], made.parameters["told"]) == (15, "15.000")
    assert [(p.code, p.severity) for p in found] == [("PF212", "warning")]

"""Tables: the version of the day, its keys, and their canonical JSON."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from procflow.core.procedure import Field
from procflow.core.tables import (
    Table,
    Version,
    lookup,
    table_from_json,
    table_to_json,
)
from procflow.core.times import parse_time
from procflow.errors import EvaluationError

COLUMNS = (Field("code", "string"), Field("handler", "string"), Field("response", "duration"))
SPRING = Version(
    date(2026, 1, 1),
    date(2026, 6, 30),
    (
        {"code": "LLK", "handler": "KC", "response": parse_time("4 working days")},
        {"code": "ÆØ", "handler": "A"},
    ),
    (5, 5),
)
AUTUMN = Version(date(2026, 8, 1), None, ({"code": "LLK", "handler": "main"},))
KC = Table("kc_codes", None, COLUMNS, (SPRING, AUTUMN), "code", (1, 1))


@pytest.mark.parametrize(
    ("day", "handler"),
    [
        (date(2026, 1, 1), "KC"),
        (date(2026, 6, 30), "KC"),
        (date(2026, 8, 1), "main"),
        (date(2031, 1, 1), "main"),
    ],
)
def test_the_version_of_the_day_holds_from_its_first_to_its_last_day(day: date, handler: str) -> None:
    row = lookup(KC, "LLK", day)
    assert row is not None and row["handler"] == handler


@pytest.mark.parametrize("key", ["LLK", "llk", " LLK ", "Llk"])
def test_a_key_is_found_in_any_case_and_without_spaces_around_it(key: str) -> None:
    assert lookup(KC, key, date(2026, 5, 1)) is not None


def test_a_key_is_compared_in_one_unicode_form() -> None:
    table = Table("t", None, (Field("name", "string"),), (Version(None, None, ({"name": "Ålborg"},)),))
    assert lookup(table, "A\u030alborg", date(2026, 5, 1)) == {"name": "Ålborg"}


def test_a_key_that_no_row_has_gives_nothing_and_a_column_left_out_is_null() -> None:
    assert lookup(KC, "XXX", date(2026, 5, 1)) is None
    assert lookup(KC, None, date(2026, 5, 1)) is None
    assert lookup(KC, "", date(2026, 5, 1)) is None
    assert lookup(KC, "æø", date(2026, 5, 1)) == {"code": "ÆØ", "handler": "A", "response": None}


def test_a_number_is_a_key_by_its_digits() -> None:
    table = Table(
        "t",
        None,
        (Field("n", "number"), Field("to", "string")),
        (Version(None, None, ({"n": 5, "to": "x"},)),),
    )
    for key in (5, Decimal("5"), "5"):
        assert lookup(table, key, date(2026, 5, 1)) == {"n": 5, "to": "x"}


def test_asking_between_two_versions_names_the_gap() -> None:
    with pytest.raises(EvaluationError) as caught:
        lookup(KC, "LLK", date(2026, 7, 15))
    assert "2026-07-15" in caught.value.message
    assert "2026-06-30" in caught.value.message and "2026-08-01" in caught.value.message
    assert caught.value.facts["before"] == date(2026, 6, 30)
    assert caught.value.facts["after"] == date(2026, 8, 1)
    with pytest.raises(EvaluationError, match="the next begins on 2026-01-01"):
        lookup(KC, "LLK", date(2025, 12, 31))
    with pytest.raises(EvaluationError, match="it has none at all"):
        lookup(Table("t", None, COLUMNS, ()), "LLK", date(2026, 1, 1))


def test_the_first_row_with_a_key_holds() -> None:
    version = Version(None, None, ({"code": "A", "handler": "1"}, {"code": "a", "handler": "2"}))
    row = lookup(Table("t", None, COLUMNS, (version,), "code"), "a", date(2026, 1, 1))
    assert row is not None and row["handler"] == "1"


def test_a_table_comes_back_from_its_json_as_it_was() -> None:
    again = table_from_json(table_to_json(KC))
    assert again == KC
    assert table_to_json(again) == table_to_json(KC)
    assert lookup(again, "llk", date(2026, 5, 1)) == lookup(KC, "LLK", date(2026, 5, 1))

"""The values of expressions: numbers, people, equality and order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.arithmetic import combine, negative
from procflow.core.times import parse_time
from procflow.core.values import (
    Person,
    elapsed,
    equal,
    identity,
    kind,
    listed,
    number,
    order,
    plain,
    storable,
)
from procflow.errors import EvaluationError

NOW = datetime(2026, 5, 11, 8, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given_", "wanted"),
    [
        (3, 3),
        (Decimal("3.00"), 3),
        (Decimal("1.50"), Decimal("1.5")),
        (0.1, Decimal("0.1")),
        ("1e3", 1000),
        (-0.0, 0),
        (Decimal(10**33), 10**33),
        (Decimal("1e-40"), Decimal("1e-40")),
    ],
)
def test_a_number_is_normalised(given_: Any, wanted: Any) -> None:
    found = number(given_)
    assert found == wanted
    assert type(found) is type(wanted)
    assert str(found) == str(wanted)


@pytest.mark.parametrize(
    "wrong", [True, None, "x", [], float("nan"), float("inf"), 10**34, Decimal("1e999999999")]
)
def test_what_is_no_number_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(EvaluationError):
        number(wrong)


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**30), max_value=10**30, places=3))
def test_a_normalised_number_is_whole_exactly_when_it_is_an_int(x: Decimal) -> None:
    found = number(x)
    assert found == x
    assert isinstance(found, int) == (x == x.to_integral_value())


def test_a_person_is_frozen_and_equal_by_id() -> None:
    anna = Person({"id": "qaa", "name": "Anna Test"})
    assert anna == "qaa"
    assert anna == Person({"id": "qaa"})
    assert anna != "qbb"
    assert anna != Person({"id": "qbb", "name": "Anna Test"})
    assert anna["name"] == "Anna Test"
    assert anna.get("mail") is None
    assert {anna: 1}["qaa"] == 1
    with pytest.raises(AttributeError):
        anna.id = "qbb"


DIFFERENT: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    "",
    "1",
    "qaa",
    NOW,
    NOW.date(),
    parse_time("1 hour"),
    (),
    (1,),
    {},
]


def test_values_of_different_kinds_are_never_equal() -> None:
    for i, a in enumerate(DIFFERENT):
        for j, b in enumerate(DIFFERENT):
            assert equal(a, b) is (i == j), (a, b)


def test_equality_looks_inside_lists_and_objects_and_counts_what_it_saw() -> None:
    seen: list[int] = []
    assert equal({"a": [1, Person({"id": "x"})]}, {"a": (1.0 and 1, "x")}, seen.append)
    assert sum(seen) == 3
    assert not equal([1, True], [1, 1])
    assert not equal({"a": 1}, {"b": 1})


@pytest.mark.parametrize(
    ("a", "b", "wanted"),
    [
        (1, Decimal("1.5"), -1),
        ("Z", "Å", -1),
        (False, True, -1),
        (date(2026, 1, 1), date(2025, 1, 1), 1),
        (NOW, NOW + timedelta(microseconds=1), -1),
        (parse_time("60 minutes"), parse_time("1 hour"), 0),
    ],
)
def test_order(a: Any, b: Any, wanted: int) -> None:
    assert order(a, b) == wanted
    assert order(b, a) == -wanted


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, "1"), (True, 1), (NOW, NOW.date()), ((), ()), ({}, {}), (parse_time("1 day"), parse_time("2 days"))],
)
def test_what_has_no_order_is_refused(a: Any, b: Any) -> None:
    with pytest.raises(EvaluationError):
        order(a, b)


def test_values_as_text() -> None:
    assert [plain(x) for x in (Decimal("0.000000001"), 3, True, NOW, NOW.date(), Person({"id": "qaa"}))] == [
        "0.000000001", "3", "true", "2026-05-11T08:05:00Z", "2026-05-11", "qaa",
    ]  # fmt: skip
    assert plain(elapsed(timedelta(minutes=90))) == "90 minutes"
    with pytest.raises(EvaluationError, match="a list cannot be written as text"):
        plain([1])


def test_every_kind_has_a_word() -> None:
    words = [
        kind(x)
        for x in (None, True, 1, "a", NOW, NOW.date(), parse_time("1 hour"), Person({"id": "a"}), {}, [])
    ]
    assert len(set(words)) == 10
    assert not any("unknown" in word for word in words)


TWO_DAYS, FOUR_HOURS = parse_time("2 working days"), parse_time("4 hours")
ANNA = Person({"id": "qaa", "name": "Anna Test"})


@pytest.mark.parametrize(
    ("operator", "a", "b", "value"),
    [
        ("+", 1, 2, 3), ("-", 1, 2, -1), ("*", 3, 4, 12), ("/", 1, 4, Decimal("0.25")), ("/", 4, 2, 2),
        ("%", 7, 3, 1), ("%", -7, 3, -1), ("%", 7, -3, 1), ("%", -7, -3, -1), ("%", Decimal("7.5"), 2, Decimal("1.5")),
        ("%", 7, Decimal("2.5"), 2), ("%", Decimal("-7.5"), 2, Decimal("-1.5")),
        ("+", Decimal("0.1"), Decimal("0.2"), Decimal("0.3")), ("-", Decimal("0.5"), 1, Decimal("-0.5")),
        ("*", Decimal("1.5"), 2, 3), ("+", "a", "b", "ab"), ("+", (1,), [2], (1, 2)),
        ("-", date(2026, 5, 11), date(2026, 5, 1), 10), ("-", NOW, NOW - timedelta(hours=4), FOUR_HOURS),
        ("+", NOW, FOUR_HOURS, NOW + timedelta(hours=4)), ("+", FOUR_HOURS, NOW, NOW + timedelta(hours=4)),
        ("-", NOW, FOUR_HOURS, NOW - timedelta(hours=4)), ("+", FOUR_HOURS, FOUR_HOURS, parse_time("8 hours")),
        ("-", parse_time("8 hours"), FOUR_HOURS, FOUR_HOURS),
    ],
)  # fmt: skip
def test_two_values_are_reckoned_with(operator: str, a: Any, b: Any, value: Any) -> None:
    found = combine(operator, a, b, lambda cost: None)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize(
    ("operator", "a", "b", "why", "hint"),
    [
        ("+", "a", 1, "a text cannot be added to a number", "write string(…) around what is no text"),
        ("+", 1, "a", "a number cannot be added to a text", "write string(…) around what is no text"),
        ("+", 1, (1,), "a number cannot be added to a list", ""),
        ("*", "a", "b", "a text cannot be multiplied by a text", ""),
        ("/", True, 2, "a yes/no cannot be divided by a number", ""),
        ("%", NOW, 2, "an instant cannot be divided by a number", ""),
        ("-", "a", 1, "a number cannot be subtracted from a text", ""),
        ("-", date(2026, 5, 11), NOW, "an instant cannot be subtracted from a date", ""),
        ("/", 1, 0, "a number is divided by zero", ""),
        ("%", Decimal("1.5"), 0, "a number is divided by zero", ""),
        ("*", Decimal("1e6000"), Decimal("1e6000"), "the result does not fit into 34 digits", ""),
        ("+", datetime(9999, 12, 31, tzinfo=UTC), parse_time("48 hours"), "the instant lies outside the years 1 to 9999", ""),
        ("+", NOW, TWO_DAYS, "2 working days depends on the calendar, so it cannot be reckoned with here",
         'write add_time(instant, "2 working days")'),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_told_with_its_kinds(
    operator: str, a: Any, b: Any, why: str, hint: str
) -> None:
    with pytest.raises(EvaluationError) as told:
        combine(operator, a, b, lambda cost: None)
    assert (told.value.message, told.value.hint) == (why, hint)


def test_the_negative_of_a_value() -> None:
    assert (negative(3), negative(Decimal("1.5")), negative(Decimal("-0.5"))) == (
        -3,
        Decimal("-1.5"),
        Decimal("0.5"),
    )
    assert negative(FOUR_HOURS) == elapsed(timedelta(hours=-4))
    with pytest.raises(EvaluationError, match=r"^a text has no negative$"):
        negative("x")


@pytest.mark.parametrize(
    ("value", "word", "written"),
    [
        (True, "a yes/no", "true"), (False, "a yes/no", "false"), (3, "a number", "3"),
        (Decimal("1e-3"), "a number", "0.001"), (Decimal("1E+2"), "a number", "100"), ("x", "a text", "x"),
        (NOW, "an instant", "2026-05-11T08:05:00Z"), (date(2026, 5, 11), "a date", "2026-05-11"),
        (FOUR_HOURS, "a duration", "4 hours"), (ANNA, "a person", "qaa"),
        ({"id": 3}, "an object", "3"), ({"a": 1}, "an object", None), ((1,), "a list", None), (None, "nothing", None),
    ],
)  # fmt: skip
def test_the_kind_of_a_value_and_how_it_is_written(value: Any, word: str, written: str | None) -> None:
    assert value is None or kind(value) == word
    if written is None:
        with pytest.raises(EvaluationError, match="cannot be written as text"):
            plain(value)
    else:
        assert plain(value) == written


@pytest.mark.parametrize(
    ("a", "b", "why", "hint"),
    [
        (True, 1, "a yes/no and a number have no order", ""), ("1", 1, "a text and a number have no order", ""),
        (NOW, "x", "an instant and a text have no order", ""), ((1,), (2,), "a list and a list have no order", ""),
        (NOW, date(2026, 5, 11), "an instant cannot be compared with a date", "write date(…) around the instant to get its date"),
        (TWO_DAYS, FOUR_HOURS, "the durations 2 working days and 4 hours have no order: one of them depends on the calendar",
         "add them to an instant with add_time and compare the instants"),
    ],
)  # fmt: skip
def test_what_has_no_order_is_told_with_its_kinds(a: Any, b: Any, why: str, hint: str) -> None:
    with pytest.raises(EvaluationError) as told:
        order(a, b)
    assert (told.value.message, told.value.hint) == (why, hint)


def test_a_value_as_data_keeps_it() -> None:
    assert storable(ANNA) == "qaa" and storable({"role": "lead"}) == "lead"
    assert storable({"role": "lead", "other": 1}) == {"role": "lead", "other": 1}
    assert storable([ANNA, {"role": "lead"}, (1, [ANNA])]) == ("qaa", "lead", (1, ("qaa",)))
    assert storable({1: ANNA, "x": None}) == {"1": "qaa", "x": None}
    assert storable(NOW) is NOW and storable({"other": 1}) == {"other": 1}
    assert identity({"id": 7}) == 7 and identity({"a": 1}) == {"a": 1} and identity("x") == "x"
    assert listed((1, 2)) == (1, 2) and listed(None) == () and listed({"a": 1, "b": 2}) == ("a", "b")
    with pytest.raises(EvaluationError, match=r"^a number is not a list$"):
        listed(3)

"""The values of expressions: numbers, people, equality and order."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.times import parse_time
from procflow.core.values import Person, elapsed, equal, kind, number, order, plain
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

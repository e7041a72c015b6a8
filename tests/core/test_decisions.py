"""Decision tables: reading cells, and deciding."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core import procedure as p
from procflow.core.decisions import ANY, CellError, Hit, Miss, analyse, decide_table, holds, parse_cell
from procflow.core.fields import FieldContext
from procflow.core.procedure import Field
from procflow.core.times import parse_time

from .tables_at_hand import ABROAD, AGE, AMOUNT, DAY, HEALTH, MOMENT, NAME, WAIT, WHO, table


@pytest.mark.parametrize(
    ("field", "raw", "cell"),
    [
        (HEALTH, "ill", ("in", ("ill",))),
        (HEALTH, ["ill", "injured"], ("in", ("ill", "injured"))),
        (HEALTH, "!= well", ("cmp", "!=", "well")),
        (HEALTH, None, ("in", (None,))),
        (HEALTH, ["ill", None], ("in", ("ill", None))),
        (HEALTH, "!= null", ("cmp", "!=", None)),
        (AGE, "null", ("in", (None,))),
        (NAME, "null", ("in", ("null",))),
        (ABROAD, True, ("in", (True,))),
        (ABROAD, "nej", ("in", (False,))),
        (AGE, 5, ("in", (5,))),
        (AGE, "< 5", ("cmp", "<", 5)),
        (AGE, "<=5", ("cmp", "<=", 5)),
        (AGE, "> 5.5", ("cmp", ">", Decimal("5.5"))),
        (AGE, "== 5", ("in", (5,))),
        (AGE, "1..5", ("range", 1, 5)),
        (AGE, "-5..-1", ("range", -5, -1)),
        (AGE, ["1..5", 9, "> 20"], ("or", (("range", 1, 5), ("in", (9,)), ("cmp", ">", 20)))),
        (AMOUNT, "0.5 .. 1.500", ("range", Decimal("0.5"), Decimal("1.5"))),
        (AMOUNT, 0.1, ("in", (Decimal("0.1"),))),
        (DAY, ">= 2026-01-01", ("cmp", ">=", date(2026, 1, 1))),
        (DAY, "2026-01-01..2026-06-30", ("range", date(2026, 1, 1), date(2026, 6, 30))),
        (DAY, date(2026, 1, 1), ("in", (date(2026, 1, 1),))),
        (WAIT, "< 24 hours", ("cmp", "<", parse_time("24 hours"))),
        (WAIT, "4 working days", ("in", (parse_time("4 working days"),))),
        (NAME, "1..5", ("in", ("1..5",))),
        (NAME, "!= x y", ("cmp", "!=", "x y")),
        (WHO, "qaa", ("in", ("qaa",))),
    ],
)
def test_a_cell_is_read(field: Field, raw: Any, cell: Any) -> None:
    assert parse_cell(field, raw) == cell


@pytest.mark.parametrize(
    ("field", "raw", "says"),
    [
        (HEALTH, "il", "Did you mean “ill”"),
        (HEALTH, "< well", "have no order"),
        (ABROAD, "maybe", "yes or no"),
        (AGE, "5..1", "is empty"),
        (AGE, "..5", "needs two ends"),
        (AGE, "5..", "needs two ends"),
        (AGE, "1...5", "a number"),
        (AGE, "<", "a value is missing"),
        (AGE, "five", "a whole number"),
        (AGE, 5.5, "a whole number"),
        (AGE, [], "is empty"),
        (AGE, [[1]], "holds a list"),
        (DAY, "< 2026-02-30", "does not exist"),
        (DAY, "soon", "a date"),
        (WAIT, "< 4 working days", "depends on the calendar"),
        (NAME, "> x", "have no order"),
        (Field("tags", "array"), "x", "which a cell cannot compare"),
    ],
)
def test_a_cell_that_cannot_be_read_says_why_and_what_to_write(field: Field, raw: Any, says: str) -> None:
    with pytest.raises(CellError) as caught:
        parse_cell(field, raw)
    assert says in caught.value.message
    assert caught.value.hint


def test_a_cell_knows_the_people_when_it_is_told_them() -> None:
    context = FieldContext(person=lambda code: code if code == "qaa" else None, people=("qaa",))
    assert parse_cell(WHO, "QAA", context) == ("in", ("qaa",))
    with pytest.raises(CellError, match="nobody we know"):
        parse_cell(WHO, "qab", context)


@pytest.mark.parametrize(
    ("field", "raw", "yes", "no"),
    [
        (AGE, "< 5", [4, Decimal("4.9")], [5, 6, None]),
        (AGE, "<= 5", [5], [6, None]),
        (AGE, "> 5", [6], [5, None]),
        (AGE, ">= 5", [5], [4, None]),
        (AGE, "!= 5", [4, 6], [5, Decimal(5), None]),
        (AGE, "1..5", [1, 3, 5], [0, 6, None]),
        (AGE, None, [None], [0, 5]),
        (AGE, [None, 5], [None, 5], [4]),
        (AGE, "!= null", [0], [None]),
        (AGE, ["1..2", "> 8"], [1, 9], [5, 8, None]),
        (ABROAD, True, [True], [False, None, 1]),
        (DAY, "2026-01-01..2026-01-31", [date(2026, 1, 31)], [date(2026, 2, 1), None]),
        (WAIT, "60 minutes", [parse_time("1 hour")], [parse_time("1 working day"), None]),
        (HEALTH, ["ill", "injured"], ["ill"], ["well", None]),
    ],
)
def test_a_cell_holds_or_not_and_null_only_where_it_is_written(
    field: Field, raw: Any, yes: list[Any], no: list[Any]
) -> None:
    cell = parse_cell(field, raw)
    assert [value for value in yes if not holds(cell, value)] == []
    assert [value for value in no if holds(cell, value)] == []


def test_a_cell_that_is_left_out_holds_for_anything() -> None:
    assert holds(ANY, None) and holds(ANY, 5) and holds(ANY, "x")


TRAVEL = table(
    "first",
    (ABROAD, HEALTH),
    {"health": ["ill", "injured"], "gives": {"desk": "fga"}},
    {"abroad": True, "health": "unknown", "gives": {"desk": "fga"}},
    {"gives": {"desk": "travel_group"}},
)


@pytest.mark.parametrize(
    ("abroad", "health", "desk"),
    [
        (False, "ill", "fga"),
        (None, "injured", "fga"),
        (True, "unknown", "fga"),
        (False, "unknown", "travel_group"),
        (True, "well", "travel_group"),
        (None, None, "travel_group"),
    ],
)
def test_the_first_row_that_holds_decides(abroad: Any, health: Any, desk: str) -> None:
    answer = decide_table(TRAVEL, {"abroad": abroad, "health": health})
    assert isinstance(answer, Hit)
    assert answer.gives == {"desk": desk}
    assert [row.gives for row in answer.rows] == [{"desk": desk}], "the row that decided is told"
    assert analyse(TRAVEL) == []


def test_collect_gives_every_row_in_order_and_perhaps_none() -> None:
    many = table("collect", (AGE,), {"age": "< 10"}, {"age": "> 5"}, {"age": 7})
    assert decide_table(many, {"age": 7}) == Hit(({"row": 0}, {"row": 1}, {"row": 2}), many.rows)
    answer = decide_table(many, {"age": None})
    assert isinstance(answer, Hit) and answer.gives == ()
    assert analyse(many) == []


def test_unique_with_two_hits_is_refused_and_names_both_lines() -> None:
    twice = table("unique", (AGE,), {"age": "<= 5"}, {"age": ">= 5"})
    answer = decide_table(twice, {"age": 5})
    assert isinstance(answer, Miss) and answer.code == "several_rows"
    assert answer.lines == ((10, 3), (11, 3))
    assert "10, 11" in answer.words("en") and "10, 11" in answer.words("da")
    assert isinstance(decide_table(twice, {"age": 4}), Hit)


def test_no_hit_is_refused_and_names_the_inputs_but_not_their_values() -> None:
    for hit in ("first", "unique"):
        answer = decide_table(table(hit, (AGE, NAME), {"age": 5, "name": "x"}), {"age": 4, "name": "secret"})
        assert isinstance(answer, Miss) and answer.code == "no_row"
        assert "age, name" in answer.words("da")
        assert "secret" not in repr(answer)


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        ({"abroad": True}, "missing_input", "was not given health"),
        ({"abroad": True, "health": None, "helth": "ill"}, "unknown_input", "has no input helth"),
        ({"abroad": True, "helth": "ill"}, "unknown_input", "Did you mean “health”?"),
    ],
)
def test_inputs_must_be_named_rightly(given: dict[str, Any], code: str, says: str) -> None:
    answer = decide_table(TRAVEL, given)
    assert isinstance(answer, Miss) and answer.code == code
    assert says in answer.words("en")
    assert answer.words("da") != answer.words("en")


def test_a_refusal_names_the_table_what_was_given_wrongly_and_what_the_table_has() -> None:
    names, both = ("abroad", "health"), {"abroad": True, "health": "ill"}
    lines = ((10, 3), (11, 3))
    twice = table("unique", (ABROAD, HEALTH), {"abroad": True}, {"health": "ill"})
    assert [
        decide_table(TRAVEL, {**both, "helth": 1}),
        decide_table(TRAVEL, {**both, "zz": 1}),
        decide_table(TRAVEL, {"abroad": True}),
        decide_table(twice, {"abroad": False, "health": "well"}),
        decide_table(twice, both),
        decide_table(table("first", (ABROAD, AGE), {"age": "< 5"}), {"abroad": True, "age": "four"}),
    ] == [
        Miss("desk", "unknown_input", ("helth",), names, (), "health"),
        Miss("desk", "unknown_input", ("zz",), names),
        Miss("desk", "missing_input", ("health",), names),
        Miss("desk", "no_row", names, names),
        Miss("desk", "several_rows", names, names, lines),
        Miss("desk", "wrong_input", ("age",), ("abroad", "age")),
    ]


def test_the_words_of_a_refusal_are_whole_in_both_languages() -> None:
    unknown = Miss("desk", "unknown_input", ("helth",), ("abroad", "health"), (), "health")
    assert unknown.words("en") == (
        "the table desk has no input helth. It has: abroad, health. Did you mean “health”?"
    )
    assert unknown.words("da") == (
        "tabellen desk har ikke inddata helth. Den har: abroad, health. Mente du “health”?"
    )
    assert unknown.words("nb") == unknown.words("en")
    assert Miss("desk", "no_row").words("en") == (
        "no row of the table desk holds for -. Tell the owner of the procedure."
    )
    twice = Miss("desk", "several_rows", (), (), ((10, 3), (12, 3)))
    assert "(linje 10, 12)" in twice.words("da") and "(lines 10, 12)" in twice.words("en")


def test_a_value_of_another_kind_is_refused_where_order_is_asked() -> None:
    answer = decide_table(table("first", (AGE,), {"age": "< 5"}), {"age": "four"})
    assert isinstance(answer, Miss) and (answer.code, answer.inputs) == ("wrong_input", ("age",))


def test_a_stored_table_decides_as_the_one_that_was_read() -> None:
    mixed = table(
        "first", (AGE, AMOUNT, DAY, MOMENT, WAIT, HEALTH),
        {"age": ["1..5", 9], "amount": "< 0.5", "day": ">= 2026-01-01", "moment": "< 2026-01-01 10:00",
         "wait": "<= 24 hours", "health": [None, "ill"], "gives": {"n": Decimal("1.5"), "to": ("a", None)}},
    )  # fmt: skip
    again = p._load(p._dump(mixed))
    assert again == mixed
    values = {
        "age": 9, "amount": Decimal("0.4"), "day": date(2026, 1, 1), "wait": parse_time("3 hours"), "health": None,
        "moment": datetime(2025, 12, 31, tzinfo=UTC),
    }  # fmt: skip
    answer = decide_table(again, values)
    assert isinstance(answer, Hit) and answer.gives == {"n": Decimal("1.5"), "to": ("a", None)}

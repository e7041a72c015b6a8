"""Decision tables: reading cells, deciding, and finding what a table leaves open."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.core import procedure as p
from procflow.core.decisions import ANY, CellError, Hit, Miss, analyse, decide_table, holds, parse_cell
from procflow.core.fields import FieldContext
from procflow.core.procedure import Decision, Field, Row
from procflow.core.times import parse_time

AGE = Field("age", "integer")
AMOUNT = Field("amount", "number")
DAY = Field("day", "date")
MOMENT = Field("moment", "instant")
WAIT = Field("wait", "duration")
NAME = Field("name", "string")
ABROAD = Field("abroad", "boolean")
HEALTH = Field("health", "string", {"enum": ("well", "ill", "injured", "unknown")})
WHO = Field("who", "person")


def table(hit: str, inputs: tuple[Field, ...], *rows: Mapping[str, Any]) -> Decision:
    by_name = {item.name: item for item in inputs}
    built = []
    for n, row in enumerate(rows):
        cells = tuple((name, parse_cell(by_name[name], raw)) for name, raw in row.items() if name != "gives")
        built.append(Row(cells, row.get("gives", {"row": n}), (10 + n, 3)))
    return Decision("desk", hit, inputs, tuple(built), None, (1, 1))


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


def kinds(decision: Decision) -> list[str]:
    return [problem.kind for problem in analyse(decision)]


@pytest.mark.parametrize(
    ("inputs", "rows", "missing", "hint"),
    [
        ((ABROAD,), [{"abroad": True}], {"abroad": False}, "{abroad: false, "),
        ((HEALTH,), [{"health": "ill"}], {"health": "well"}, "{health: [well, injured, unknown], "),
        (
            (ABROAD, HEALTH),
            [{"abroad": True}, {"health": ["ill", "injured", "well"]}],
            {"abroad": False, "health": "unknown"},
            "{abroad: false, health: unknown, ",
        ),
        ((AGE,), [{"age": "< 5"}, {"age": "> 5"}], {"age": 5}, "{age: 5, "),
        ((AGE,), [{"age": "< 5"}, {"age": "> 8"}], {"age": 5}, '{age: "5..8", '),
        ((AGE,), [{"age": "0..10"}, {"age": "< 0"}], {"age": 11}, '{age: ">= 11", '),
        (
            (AMOUNT,),
            [{"amount": "<= 5"}, {"amount": ">= 6"}],
            {"amount": Decimal("5.5")},
            '{amount: "5..6", ',
        ),
        ((AMOUNT,), [{"amount": "<= 5"}], {"amount": 6}, '{amount: "> 5", '),
        (
            (DAY,),
            [{"day": "<= 2026-02-28"}, {"day": ">= 2026-03-02"}],
            {"day": date(2026, 3, 1)},
            "{day: 2026-03-01, ",
        ),
        ((NAME,), [{"name": "x"}], {"name": "other"}, '{name: "!= x", '),
        ((NAME,), [{"name": "!= x"}], {"name": "x"}, "{name: x, "),
        ((WHO,), [{"who": ["qaa", "qbb"]}], {"who": "other"}, "{gives: "),
        ((AGE,), [{"age": "!= null"}, {"age": 5}], None, ""),
        ((AGE,), [{"age": ["< 5", None]}, {"age": "> 5"}], {"age": 5}, "{age: 5, "),
        ((ABROAD,), [], {"abroad": True}, "{gives: "),
    ],
)
def test_a_gap_is_found_with_a_concrete_row_and_a_hint(
    inputs: tuple[Field, ...], rows: list[dict[str, Any]], missing: dict[str, Any] | None, hint: str
) -> None:
    decision = table("first", inputs, *rows)
    gaps = [problem for problem in analyse(decision) if problem.kind == "gap"]
    if missing is None:
        assert kinds(decision) == ["gap", "unreachable"]  # null is written, so null is looked at
        assert dict(gaps[0].missing) == {"age": None}
        return
    (gap,) = gaps
    assert dict(gap.missing) == missing
    assert gap.hint.startswith(f"add the row {hint}"), gap.hint
    assert isinstance(decide_table(decision, dict(gap.missing)), Miss)
    assert gap.at == (1, 1)


@pytest.mark.parametrize(
    ("inputs", "rows"),
    [
        ((ABROAD,), [{"abroad": True}, {"abroad": False}]),
        ((HEALTH,), [{"health": "!= ill"}, {"health": "ill"}]),
        ((AGE,), [{"age": "<= 5"}, {"age": ">= 6"}]),
        ((AMOUNT,), [{"amount": "<= 5"}, {"amount": "> 5"}]),
        ((DAY,), [{"day": "<= 2026-02-28"}, {"day": ">= 2026-03-01"}]),
        ((MOMENT,), [{"moment": "< 2026-01-01 10:00"}, {"moment": ">= 2026-01-01 10:00"}]),
        ((WAIT,), [{"wait": "<= 60 minutes"}, {"wait": "> 1 hour"}]),
        ((NAME,), [{"name": ["x", "y"]}, {}]),
        ((Field("n", "integer", {"minimum": 1, "maximum": 3}),), [{"n": 1}, {"n": [2, 3]}]),
        ((Field("n", "integer", {"exclusiveMinimum": 0}),), [{"n": "1..5"}, {"n": "> 5"}]),
        ((Field("n", "number", {"multipleOf": 0.5, "minimum": 0}),), [{"n": ["0", "0.5"]}, {"n": ">= 1"}]),
        ((Field("ok", "tick"),), [{"ok": True}]),
        ((Field("v", "string", {"const": "a"}),), [{"v": "a"}]),
    ],
)
def test_a_whole_table_has_no_gap(inputs: tuple[Field, ...], rows: list[dict[str, Any]]) -> None:
    assert [problem.kind for problem in analyse(table("first", inputs, *rows)) if problem.kind == "gap"] == []


@pytest.mark.parametrize(
    ("hit", "inputs", "rows", "hint"),
    [
        # open at both ends: no cell says it, so the row stands last and the order decides
        (
            "unique",
            (AMOUNT,),
            ["<= 5", ">= 6"],
            'write `hit: first` and add as the last row {amount: "5..6", ',
        ),
        ("unique", (AMOUNT,), ["< 5", "> 6"], 'add the row {amount: "5..6", '),
        ("unique", (NAME,), ["x", "y"], "write `hit: first` and add as the last row {gives: "),
        ("unique", (MOMENT,), ["< 2026-01-01 10:00"], 'add the row {moment: ">= 2026-01-01'),
        ("unique", (Field("k", "string", {"enum": tuple("abcdef")}),), ["c"], 'add the row {k: "!= c", '),
        ("first", (WAIT,), ["> 60 minutes"], 'add the row {wait: "<= 1 hour", '),
        # what the field itself leaves out is no part of what is missing
        ("first", (Field("n", "integer", {"maximum": 10}),), ["<= 6"], 'add the row {n: ">= 7", '),
        ("first", (Field("n", "integer", {"enum": (1, 2, 3)}),), ["1"], "add the row {n: [2, 3], "),
        (
            "first",
            (Field("n", "number", {"multipleOf": Decimal("0.5"), "minimum": 0, "maximum": 1}),),
            ["0", "1"],
            "add the row {n: 0.5, ",
        ),
        ("first", (WAIT,), [">= 0 minutes"], ""),
    ],
)
def test_the_row_to_add_is_written_as_wide_as_what_is_missing(
    hit: str, inputs: tuple[Field, ...], rows: list[Any], hint: str
) -> None:
    decision = table(hit, inputs, *({inputs[0].name: row} for row in rows))
    gaps = [problem.hint for problem in analyse(decision) if problem.kind == "gap"]
    assert [text[: len(hint)] for text in gaps] == ([hint] if hint else [])


def test_the_largest_box_that_is_missing_is_the_row_to_add() -> None:
    decision = table("first", (AGE, HEALTH), {"age": "< 5"}, {"age": "5..9", "health": "ill"})
    first, second = analyse(decision)
    assert first.hint == (
        'add the row {age: ">= 5", health: [well, injured, unknown], gives: {row: "..."}}, after line 11'
    )
    assert second.hint.startswith('add the row {age: ">= 10", health: ill, ')


def hinted(problem: Any) -> dict[str, Any]:
    """The row in a hint, read as YAML."""
    text = problem.hint[problem.hint.index("{") :].rpartition(", after line")
    return yaml.safe_load(text[0] or text[2])


def test_every_gap_is_named_once() -> None:
    decision = table("first", (AGE, ABROAD), {"age": "1..3", "abroad": True}, {"age": "5..9"})
    found = analyse(decision)
    assert [problem.kind for problem in found] == ["gap"] * len(found)
    closing = [Row((), {}, (1, 1))]
    assert analyse(Decision("desk", "first", decision.inputs, (*decision.rows, *closing))) == []
    assert len({problem.hint for problem in found}) == len(found)


def test_rows_that_both_hold_are_found_with_an_example() -> None:
    decision = table("unique", (AGE, ABROAD), {"age": "<= 5"}, {"age": "> 5"}, {"abroad": True, "age": 5})
    (overlap,) = analyse(decision)
    assert overlap.kind == "overlap"
    assert overlap.rows == ((10, 3), (12, 3)) and overlap.at == (12, 3)
    assert "the row on line 10" in overlap.message
    answer = decide_table(decision, dict(overlap.missing))
    assert isinstance(answer, Miss) and answer.code == "several_rows"


def test_a_row_that_is_never_reached_names_what_comes_first() -> None:
    decision = table("first", (AGE,), {"age": "< 5"}, {"age": ">= 5"}, {"age": 7}, {})
    assert [(x.kind, x.at) for x in analyse(decision)] == [("unreachable", (12, 3)), ("unreachable", (13, 3))]
    first, second = analyse(decision)
    assert "line 11 comes first" in first.message
    assert "line 10 or the row on line 11" in second.message


def test_a_row_that_is_never_reached_is_not_told_to_be_joined_as_well() -> None:
    rows = [{"age": "< 5", "gives": {"a": 1}}, {"age": "< 3", "gives": {"a": 1}}, {"gives": {"a": 2}}]
    assert kinds(table("first", (AGE,), *rows)) == ["unreachable"]


def test_a_row_that_fits_no_input_is_never_reached_in_any_kind_of_table() -> None:
    limited = Field("n", "integer", {"minimum": 1})
    for hit in ("first", "unique", "collect"):
        found = [x for x in analyse(table(hit, (limited,), {"n": "< 1"}, {"n": ">= 1"})) if x.kind != "gap"]
        assert [(x.kind, x.at) for x in found] == [("unreachable", (10, 3))]
        assert "no input that is possible" in found[0].message


def test_a_table_with_more_combinations_than_anyone_could_try_is_looked_through() -> None:
    inputs = tuple(Field(f"f{n}", "string") for n in range(20))
    rows = [{f"f{n}": f"x{n}"} for n in range(20)]
    (gap,) = analyse(table("first", inputs, *rows))
    assert gap.kind == "gap" and '{f0: "!= x0", f1: "!= x1"' in gap.hint
    assert isinstance(decide_table(table("first", inputs, *rows), dict(gap.missing)), Miss)
    assert {problem.kind for problem in analyse(table("unique", inputs, *rows))} == {"gap", "overlap"}
    assert analyse(table("first", inputs, *rows, {})) == []


def test_a_whole_table_of_two_hundred_rows_and_six_inputs_is_whole_and_a_hole_in_it_is_found() -> None:
    cells = [["<= 0", "1..10", "11..20", "21..30", "> 30"], ["< 5", "5..9", "10..14", "15..19", ">= 20"]]
    inputs = (AGE, Field("n", "integer"), AMOUNT, DAY, MOMENT, ABROAD)
    halves = [
        ["<= 0.5", "> 0.5"],
        ["< 2026-01-01", ">= 2026-01-01"],
        ["< 2026-01-01 10:00", ">= 2026-01-01 10:00"],
    ]
    names = [item.name for item in inputs]
    rows = [dict(zip(names, combo, strict=False)) for combo in itertools.product(*cells, *halves)]
    assert len(rows) == 200
    for hit in ("first", "unique"):
        assert analyse(table(hit, inputs, *rows)) == []
    gone = rows.pop(77)
    (gap,) = analyse(table("unique", inputs, *rows))
    row = hinted(gap)
    assert "abroad" not in row
    assert analyse(with_row(table("unique", inputs, *rows), "unique", row)) == []
    assert (row["age"], row["n"]) == (gone["age"], gone["n"])


def test_rows_that_meet_in_too_many_ways_are_not_claimed_to_be_looked_through() -> None:
    names = "abcdefgh"  # eight that stand in seven places: two of them stand in the same one
    inputs = tuple(Field(name, "integer", {"minimum": 1, "maximum": 7}) for name in names)
    rows = [{x: place, y: place} for place in range(1, 8) for x, y in itertools.combinations(names, 2)]
    (problem,) = analyse(table("first", inputs, *rows))
    assert problem.kind == "too_large" and "may be more gaps" in problem.message
    (problem,) = analyse(table("first", inputs, *rows, {}))
    assert problem.kind == "too_large" and "may be more rows that are never reached" in problem.message


def test_many_rows_and_inputs_are_no_trouble_where_cells_repeat() -> None:
    inputs = tuple(Field(f"f{n}", "boolean") for n in range(20))
    rows = [{"f0": True}, {"f19": False}, {}]
    assert analyse(table("first", inputs, *rows)) == []


_CELLS: dict[str, st.SearchStrategy[Any]] = {
    "age": st.one_of(
        st.integers(-2, 4),
        st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), st.integers(-2, 4)),
        st.builds(lambda a, n: f"{a}..{a + n}", st.integers(-2, 4), st.integers(0, 3)),
        st.none(),
    ),
    "amount": st.builds(
        "{} {}".format,
        st.sampled_from(["<", "<=", ">", ">=", "!=", "=="]),
        st.sampled_from(["0.5", "1", "1.5"]),
    ),
    "health": st.lists(st.sampled_from(["well", "ill", "injured", "unknown"]), min_size=1, max_size=3),
    "abroad": st.booleans(),
    "name": st.sampled_from(["x", "!= x", "y"]),
    "day": st.sampled_from(["< 2026-01-02", "2026-01-01..2026-01-03", ">= 2026-01-02", "2026-01-05"]),
    "moment": st.sampled_from(
        [
            "< 2026-01-01 10:00",
            "<= 2026-01-01 10:00",
            "> 2026-01-01 11:00",
            "2026-01-01 10:00..2026-01-01 11:00",
            ">= 2026-01-01 11:00",
            "!= 2026-01-01 11:00",
        ]
    ),
}
_FIELDS = {
    "age": AGE,
    "amount": AMOUNT,
    "health": HEALTH,
    "abroad": ABROAD,
    "name": NAME,
    "day": DAY,
    "moment": MOMENT,
}
_SAMPLES: dict[str, list[Any]] = {
    "age": list(range(-4, 10)),
    "amount": [Decimal(n) / 4 for n in range(-1, 9)],
    "health": ["well", "ill", "injured", "unknown"],
    "abroad": [True, False],
    "name": ["x", "y", "z"],
    "day": [date(2025, 12, 30) + timedelta(days=n) for n in range(9)],
    "moment": [datetime(2026, 1, 1, 9, tzinfo=UTC) + timedelta(minutes=30 * n) for n in range(7)],
}


@st.composite
def tables(draw: st.DrawFn) -> Decision:
    names = draw(st.lists(st.sampled_from(sorted(_FIELDS)), min_size=1, max_size=3, unique=True))
    row = st.fixed_dictionaries({}, optional={name: _CELLS[name] for name in names})
    rows = draw(st.lists(row, max_size=5))
    return table(
        draw(st.sampled_from(["first", "unique", "collect"])), tuple(_FIELDS[n] for n in names), *rows
    )


@settings(max_examples=300, deadline=None)
@given(decision=tables())
def test_what_is_found_is_what_deciding_every_sample_shows(decision: Decision) -> None:
    names = [item.name for item in decision.inputs]
    samples = {name: list(_SAMPLES[name]) for name in names}
    for row in decision.rows:
        for name, cell in row.cells:
            if cell == ("in", (None,)) and None not in samples[name]:
                samples[name].append(None)
    missed = twice = False
    hit: set[int] = set()
    for values in itertools.product(*samples.values()):
        answer = decide_table(decision, dict(zip(names, values, strict=True)))
        if isinstance(answer, Hit):
            hit.update(row.at[0] - 10 for row in answer.rows)
        else:
            missed |= answer.code == "no_row"
            twice |= answer.code == "several_rows"
            hit.update(line - 10 for line, _ in answer.lines)
    found = analyse(decision)
    assert "too_large" not in {x.kind for x in found}
    assert ("gap" in {x.kind for x in found}) == missed
    assert ("overlap" in {x.kind for x in found}) == twice
    assert {x.at[0] - 10 for x in found if x.kind == "unreachable"} == set(range(len(decision.rows))) - hit
    for problem in found:
        if problem.kind in ("gap", "overlap"):
            assert isinstance(decide_table(decision, dict(problem.missing)), Miss)


def with_row(decision: Decision, hit: str, row: Mapping[str, Any]) -> Decision:
    by_name = {item.name: item for item in decision.inputs}
    cells = tuple((name, parse_cell(by_name[name], raw)) for name, raw in row.items() if name != "gives")
    return Decision("desk", hit, decision.inputs, (*decision.rows, Row(cells, row["gives"], (99, 1))))


@settings(max_examples=200, deadline=None)
@given(decision=tables())
def test_the_row_of_a_hint_is_yaml_and_closes_its_gap_and_nothing_else(decision: Decision) -> None:
    before = [x for x in analyse(decision) if x.kind == "overlap"]
    for problem in analyse(decision):
        if problem.kind != "gap":
            continue
        exact = problem.hint.startswith("add the row")
        mended = with_row(decision, decision.hit if exact else "first", hinted(problem))
        answer = decide_table(mended, dict(problem.missing))
        assert isinstance(answer, Hit) and answer.rows[0].at == (99, 1)
        if decision.hit == "unique" and exact:
            assert len([x for x in analyse(mended) if x.kind == "overlap"]) == len(before)


@settings(max_examples=200, deadline=None)
@given(decision=tables())
def test_the_rows_of_all_hints_together_leave_nothing_open(decision: Decision) -> None:
    gaps = [problem for problem in analyse(decision) if problem.kind == "gap"]
    if len(gaps) >= 10 or decision.hit == "collect":
        return  # more may be open than are told at once
    mended = Decision("desk", "first", decision.inputs, decision.rows)
    for problem in gaps:
        mended = with_row(mended, "first", hinted(problem))
    assert [x.kind for x in analyse(mended) if x.kind == "gap"] == []


JOINS: list[tuple[str, list[tuple[dict[str, Any], str]], str]] = [
    ("first", [({"health": "ill"}, "a"), ({"health": "injured"}, "a"), ({}, "b")],
     "{health: [ill, injured], gives: {to: a}}"),
    ("first", [({"age": "< 5"}, "a"), ({"age": "5..9"}, "a"), ({}, "b")], '{age: "<= 9", gives: {to: a}}'),
    ("unique", [({"health": "ill"}, "a"), ({"health": ["well", "unknown"]}, "b"), ({"health": "injured"}, "a")],
     "{health: [ill, injured], gives: {to: a}}"),
    ("unique", [({"abroad": True, "age": "<= 5"}, "a"), ({"abroad": False}, "b"), ({"abroad": True, "age": "> 5"}, "a")],
     '{abroad: true, age: "!= null", gives: {to: a}}'),
    ("first", [({"health": "ill"}, "a"), ({"health": "well"}, "b"), ({}, "a")], "take it away"),
    ("collect", [({"health": "ill"}, "a"), ({"health": "injured"}, "a")], "{health: [ill, injured], gives: {to: a}}"),
    # an answer, or how often it is given, would change
    ("first", [({"health": "ill"}, "a"), ({"abroad": True}, "b"), ({"health": "injured"}, "a"), ({}, "c")], ""),
    ("first", [({"health": "ill"}, "a"), ({"abroad": True}, "a"), ({}, "b")], ""),
    ("first", [({"health": "ill"}, "a"), ({"abroad": True}, "b"), ({}, "a")], ""),
    # only the upper row could move: the order there tells the reader something
    ("first", [({"health": "ill"}, "a"), ({"health": ["well", "injured"], "abroad": True}, "b"),
               ({"health": "injured"}, "a")], ""),
    ("collect", [({"health": "ill"}, "a"), ({"health": ["well", "injured"], "abroad": True}, "b"),
                 ({"health": "injured"}, "a")], "line 12: {health: [ill, injured], gives: {to: a}}"),
    ("collect", [({"health": "injured"}, "a"), ({"health": ["well", "injured"], "abroad": True}, "b"),
                 ({"health": "ill"}, "a")], "line 10: {health: [ill, injured], gives: {to: a}}"),
    ("collect", [({"health": ["ill", "well"]}, "a"), ({"health": ["ill", "injured"]}, "a")], ""),
]  # fmt: skip


@pytest.mark.parametrize(("hit", "rows", "hint"), JOINS)
def test_rows_that_agree_and_could_be_one_are_told_with_the_joined_row(
    hit: str, rows: list[tuple[dict[str, Any], str]], hint: str
) -> None:
    decision = table(hit, (ABROAD, HEALTH, AGE), *({**cells, "gives": {"to": to}} for cells, to in rows))
    found = [problem for problem in analyse(decision) if problem.kind == "joinable"]
    assert [problem.hint.endswith(hint) for problem in found] == ([True] if hint else [])


def test_the_joined_row_stands_for_more_than_two() -> None:
    rows = [{"health": word, "gives": {"to": "a"}} for word in ("well", "ill", "injured", "unknown")]
    (problem,) = analyse(table("unique", (HEALTH,), *rows))
    assert (
        problem.hint
        == 'write instead, in the place of the row on line 10: {health: "!= null", gives: {to: a}}'
    )
    assert problem.rows == ((10, 3), (11, 3), (12, 3), (13, 3)) and problem.at == (11, 3)
    assert "the row on line 12" in problem.message


def test_what_a_joined_row_gives_is_written_out_and_a_yes_is_no_one() -> None:
    gives = {"to": "yes", "n": Decimal("1.5"), "days": ("a: b", None), "deep": {"x": True}}
    rows = [{"abroad": True, "gives": gives}, {"abroad": False, "gives": dict(reversed(gives.items()))}]
    (problem,) = analyse(table("unique", (ABROAD,), *rows))
    assert 'gives: {to: "yes", "n": 1.5, days: ["a: b", null], deep: {x: true}}' in problem.hint
    other = [{"abroad": True, "gives": {"n": 1}}, {"abroad": False, "gives": {"n": True}}]
    assert analyse(table("unique", (ABROAD,), *other)) == []


def test_a_row_that_is_told_about_stands_in_the_way_of_joining_others() -> None:
    rows = [
        Row((("age", ("in", (None,))),), {"to": "a"}, (10, 3)),
        Row((("abroad", ("in", (False,))),), {"to": "b"}, (11, 3)),
        Row((("abroad", ("in", (False,))),), {"to": "a"}, (12, 3)),  # never reached: told about, with line 11
        Row((), {"to": "a"}, (13, 3)),
    ]
    found = analyse(
        Decision("desk", "first", (Field("age", "integer"), Field("abroad", "boolean")), tuple(rows))
    )
    assert [problem.kind for problem in found] == ["unreachable"]  # line 10 is not the same as line 13


@settings(max_examples=400, deadline=None)
@given(decision=tables(), words=st.lists(st.sampled_from("ab"), min_size=5, max_size=5))
def test_a_joined_row_changes_no_answer(decision: Decision, words: list[str]) -> None:
    """Every value of a grid is answered as before, null too."""
    rows = [Row(r.cells, {"to": words[n]}, r.at) for n, r in enumerate(decision.rows)]
    decision = Decision("desk", decision.hit, decision.inputs, tuple(rows))
    by_name = {item.name: item for item in decision.inputs}
    places = {row.at: n for n, row in enumerate(rows)}
    for problem in analyse(decision):
        if problem.kind != "joinable":
            continue
        of = [places[at] for at in problem.rows]
        mended: list[Row | None] = list(rows)
        if problem.hint == "take it away":
            mended[places[problem.at]] = None
        else:
            joined = yaml.safe_load(problem.hint[problem.hint.index("{") :])
            line = int(problem.hint.partition("line ")[2].partition(":")[0])
            cells = [
                (name, parse_cell(by_name[name], raw)) for name, raw in joined.items() if name != "gives"
            ]
            for n in of:
                mended[n] = None
            mended[places[(line, 3)]] = Row(tuple(cells), joined["gives"], (line, 3))
        kept = tuple(row for row in mended if row is not None)
        after = Decision("desk", decision.hit, decision.inputs, kept)
        for values in itertools.product(*(_SAMPLES[name] + [None] for name in by_name)):
            asked = dict(zip(by_name, values, strict=True))
            assert _answer(decision, asked) == _answer(after, asked)


def _answer(decision: Decision, asked: dict[str, Any]) -> Any:
    answer = decide_table(decision, asked)
    return answer.gives if isinstance(answer, Hit) else answer.code

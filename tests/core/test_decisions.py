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
        ((AMOUNT,), [{"amount": "<= 5"}, {"amount": ">= 6"}], {"amount": Decimal("5.5")}, "{amount: 5.5, "),
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


def test_a_row_that_fits_no_input_is_never_reached_in_any_kind_of_table() -> None:
    limited = Field("n", "integer", {"minimum": 1})
    for hit in ("first", "unique", "collect"):
        found = [x for x in analyse(table(hit, (limited,), {"n": "< 1"}, {"n": ">= 1"})) if x.kind != "gap"]
        assert [(x.kind, x.at) for x in found] == [("unreachable", (10, 3))]
        assert "no input that is possible" in found[0].message


def test_a_table_that_is_too_large_claims_nothing() -> None:
    inputs = tuple(Field(f"f{n}", "string") for n in range(20))
    rows = [{f"f{n}": f"x{n}"} for n in range(20)]
    (problem,) = analyse(table("unique", inputs, *rows))
    assert problem.kind == "too_large"


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
}
_FIELDS = {"age": AGE, "amount": AMOUNT, "health": HEALTH, "abroad": ABROAD, "name": NAME, "day": DAY}
_SAMPLES: dict[str, list[Any]] = {
    "age": list(range(-4, 10)),
    "amount": [Decimal(n) / 4 for n in range(-1, 9)],
    "health": ["well", "ill", "injured", "unknown"],
    "abroad": [True, False],
    "name": ["x", "y", "z"],
    "day": [date(2025, 12, 30) + timedelta(days=n) for n in range(9)],
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
    assert ("gap" in {x.kind for x in found}) == missed
    assert ("overlap" in {x.kind for x in found}) == twice
    assert {x.at[0] - 10 for x in found if x.kind == "unreachable"} == set(range(len(decision.rows))) - hit
    for problem in found:
        if problem.kind in ("gap", "overlap"):
            assert isinstance(decide_table(decision, dict(problem.missing)), Miss)


@settings(max_examples=200, deadline=None)
@given(decision=tables())
def test_the_row_of_a_hint_is_yaml_and_closes_its_gap_and_nothing_else(decision: Decision) -> None:
    before = [x for x in analyse(decision) if x.kind == "overlap"]
    by_name = {item.name: item for item in decision.inputs}
    for problem in analyse(decision):
        if problem.kind != "gap":
            continue
        row = yaml.safe_load(problem.hint.removeprefix("add the row "))
        cells = tuple((name, parse_cell(by_name[name], raw)) for name, raw in row.items() if name != "gives")
        mended = Decision(
            "desk", decision.hit, decision.inputs, (*decision.rows, Row(cells, row["gives"], (99, 1)))
        )
        answer = decide_table(mended, dict(problem.missing))
        assert isinstance(answer, Hit) and answer.rows[0].at == (99, 1)
        if decision.hit == "unique":
            assert len([x for x in analyse(mended) if x.kind == "overlap"]) == len(before)

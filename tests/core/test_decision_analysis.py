"""Decision tables: finding what a table leaves open, and which of its rows never decide."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from procflow.core.decisions import Hit, Miss, analyse, decide_table, parse_cell
from procflow.core.procedure import Decision, Field, Row

from .tables_at_hand import ABROAD, AGE, AMOUNT, DAY, HEALTH, MOMENT, NAME, SAMPLES, WAIT, WHO, table, tables


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
    assert "is never reached: " in first.message


def test_a_row_that_is_reached_by_what_is_not_set_alone_says_so() -> None:
    decision = table("first", (AGE, ABROAD), {"age": "< 5"}, {"age": ">= 5"}, {})
    (problem,) = analyse(decision)
    assert "is reached only where age is not set: else the row on line 10 or" in problem.message
    assert problem.hint.startswith("write age: null if that is meant")
    assert decide_table(decision, {"age": None, "abroad": True}) == Hit({"row": 2}, (decision.rows[2],))


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


@settings(max_examples=300, deadline=None)
@given(decision=tables())
def test_what_is_found_is_what_deciding_every_sample_shows(decision: Decision) -> None:
    names = [item.name for item in decision.inputs]
    samples = {name: list(SAMPLES[name]) for name in names}
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

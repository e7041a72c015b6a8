"""Decision tables: rows that agree and could be one."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from procflow.core.decisions import Hit, analyse, decide_table, parse_cell
from procflow.core.procedure import Decision, Field, Row

from .tables_at_hand import ABROAD, AGE, HEALTH, SAMPLES, table, tables

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


def test_a_join_changes_no_answer_where_another_is_not_made() -> None:
    """Were the two b one, nothing would stand between the two a: but who joins these alone leaves a b there."""
    rows = [{"health": word, "gives": {"to": to}} for word in ("ill", "well") for to in ("b", "a")]
    hints = [problem.hint.partition(":")[0] for problem in analyse(table("collect", (HEALTH,), *rows))]
    assert hints == [f"write instead, in the place of the row on line {line}" for line in (10, 13)]


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
        for values in itertools.product(*(SAMPLES[name] + [None] for name in by_name)):
            asked = dict(zip(by_name, values, strict=True))
            assert _answer(decision, asked) == _answer(after, asked)


def _answer(decision: Decision, asked: dict[str, Any]) -> Any:
    answer = decide_table(decision, asked)
    return answer.gives if isinstance(answer, Hit) else answer.code

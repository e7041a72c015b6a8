"""Input checked against field types: lists, objects and files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.field_problems import Wrong
from procflow.core.field_types import MAX_DEPTH, any_value
from procflow.core.fields import (
    check_value,
)

from .fields_at_hand import ADDRESS, CONTEXT, PHONES, codes, field, taken


@pytest.mark.parametrize(
    "raw",
    [
        ["71999901", "+4571999902"],
        ("71999901", "71999902"),
        "71 99 99 01, 71 99 99 02",
        '["71999901", "71999902"]',
        [71999901, 71999902],
    ],
)
def test_a_list_is_taken_in_every_form(raw: Any) -> None:
    assert taken(PHONES, raw) == ("+4571999901", "+4571999902")


def test_one_value_alone_is_a_list_of_one() -> None:
    assert taken(PHONES, "71999901") == ("+4571999901",)
    assert taken(PHONES, 71999901) == ("+4571999901",)


def test_every_wrong_item_is_named_by_its_place() -> None:
    _, problems = check_value(PHONES, ["71999901", "x", None], CONTEXT)
    assert [(p.path, p.code) for p in problems] == [("phones[1]", "phone_letters"), ("phones[2]", "missing")]
    assert codes(PHONES, ["71999901"] * 3) == ["max_items"]
    assert codes(field("array", items=field("string"), minItems=2), "a") == ["min_items"]
    assert codes(field("array", items=field("number"), uniqueItems=True), [1, "1.0"]) == ["unique_items"]
    assert taken(field("array", uniqueItems=True), [1, True, "1"]) == (1, True, "1")
    assert codes(field("array", uniqueItems=True), [{"a": [1]}, {"a": [1]}]) == ["unique_items"]


def test_a_list_has_a_greatest_length_and_names_few_of_many_faults() -> None:
    assert codes(field("array"), ["x"] * 10_001) == ["max_items"]
    found = codes(field("array", items=field("integer")), ["x"] * 9_000)
    assert found[-1] == "more_problems" and len(found) == 21


def test_lists_of_numbers_may_stand_between_semicolons() -> None:
    numbers = field("array", items=field("number"))
    assert taken(numbers, "1,5; 2,5") == (Decimal("1.5"), Decimal("2.5"))
    assert taken(numbers, "1, 2") == (1, 2)


def test_an_object_is_checked_part_by_part() -> None:
    assert taken(ADDRESS, {"street": "Nygade 1"}) == {"street": "Nygade 1", "zip": None}
    assert taken(ADDRESS, '{"street": "Nygade 1", "zip": "8000"}') == {"street": "Nygade 1", "zip": "8000"}
    _, problems = check_value(ADDRESS, {"zip": "80", "stret": "x"}, CONTEXT)
    assert [(p.path, p.code) for p in problems] == [
        ("address.street", "missing"),
        ("address.zip", "pattern"),
        ("address.stret", "unknown_field"),
    ]
    assert problems[2].facts["nearest"] == "street"


def test_hidden_characters_are_found_inside_lists_and_objects_too() -> None:
    assert codes(field("object"), {"a": ["x\x00"]}) == ["nul"]
    assert codes(ADDRESS, '{"street": "a\\u0000"}') == ["nul"]
    deep: Any = "x"
    for _ in range(40):
        deep = [deep]
    assert codes(field("array"), deep) == ["too_deep"]


IMAGE = {"hash": "ab12", "name": "mette.PNG", "type": "image/png", "size": 10}


@pytest.mark.parametrize(
    "accept", [("image/*",), ("IMAGE/PNG",), (".png",), ("application/pdf", "image/png"), ()]
)
def test_a_stored_file_of_an_accepted_kind_is_taken(accept: tuple[str, ...]) -> None:
    assert taken(field("file", accept=accept), IMAGE) == IMAGE


@pytest.mark.parametrize("accept", [("image/jpeg",), ("application/*",), (".jpg",), ("image",)])
def test_a_file_of_another_kind_is_refused(accept: tuple[str, ...]) -> None:
    assert codes(field("file", accept=accept), IMAGE) == ["file_type"]


def test_any_value_of_the_language_comes_out_clean_and_no_other_does() -> None:
    winter = datetime(2026, 1, 1, 12, tzinfo=timezone(timedelta(hours=1)))
    given_ = {" a ": ["x", {"b": 1.5}], 3: winter, "d": date(2026, 1, 1), "n": None, "y": True}
    found = any_value(given_)
    assert found == {
        " a ": ("x", {"b": Decimal("1.5")}), "3": winter, "d": date(2026, 1, 1), "n": None, "y": True,
    }  # fmt: skip
    assert found["3"].tzinfo is UTC and found["3"].hour == 11
    assert any_value(datetime(2026, 1, 1, 12)).tzinfo is UTC, "an instant without a zone is in UTC"
    with pytest.raises(Wrong) as wrong:
        any_value({1})
    assert (wrong.value.code, wrong.value.facts) == ("wrong_type", {"expected": ""})
    for deeper, code in (
        (any_list(MAX_DEPTH), ""),
        (any_list(MAX_DEPTH + 1), "too_deep"),
        (any_map(MAX_DEPTH + 1), "too_deep"),
    ):
        try:
            any_value(deeper)
        except Wrong as why:
            assert why.code == code
        else:
            assert code == ""


def any_list(depth: int) -> Any:
    return [any_list(depth - 1)] if depth else 1


def any_map(depth: int) -> Any:
    return {"x": any_map(depth - 1)} if depth else 1


@pytest.mark.parametrize(
    ("type", "raw", "code", "expected"),
    [
        ("boolean", 3, "wrong_type", "boolean"), ("plain_text", 3, "wrong_type", "plain_text"),
        ("number", True, "wrong_type", "number"), ("integer", 1.5, "wrong_type", "integer"), ("string", [], "wrong_type", "string"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_told_what_is_expected(
    type: str, raw: Any, code: str, expected: str
) -> None:
    _, (problem,) = check_value(field(type), raw, CONTEXT)
    assert (problem.code, problem.facts["expected"]) == (code, expected)


def test_a_set_is_taken_as_a_list_in_its_order() -> None:
    assert taken(field("array"), {"b", "a", "c"}) == ("a", "b", "c")
    assert taken(field("array", items=field("string")), frozenset({"10", "9"})) == ("10", "9")

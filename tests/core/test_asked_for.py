"""What a choice asks for: all of it is checked at once, and what is left out, defaulted or not known."""

from __future__ import annotations

from typing import Any

import pytest

from procflow.core.fields import (
    check_input,
)
from procflow.core.procedure import Ask, Field

from .fields_at_hand import CONTEXT, PHONES, field


def ask(declared: Field, *, stored: bool = True, optional: bool = False) -> Ask:
    return Ask(declared, stored, optional)


ASKS = (
    ask(field("string", "kn", pattern="^[0-9]{4,10}$")),
    ask(field("string", "first_name")),
    ask(PHONES),
    ask(field("email", "email"), optional=True),
)


GOOD = {"kn": "104233", "first_name": "Mette", "phones": ["71999901"]}


def test_good_input_becomes_values_by_name() -> None:
    values, problems = check_input(ASKS, GOOD, CONTEXT)
    assert problems == ()
    assert values == {"kn": "104233", "first_name": "Mette", "phones": ("+4571999901",)}


def test_all_problems_come_at_once_in_the_order_asked_and_good_values_are_kept() -> None:
    values, problems = check_input(
        ASKS, {"kn": "x", "first_nam": "Mette", "phones": "71999901", "email": "m"}, CONTEXT
    )
    assert values == {"phones": ("+4571999901",)}
    assert [(p.name, p.code) for p in problems] == [
        ("kn", "pattern"), ("first_name", "missing"), ("email", "wrong_type"), ("first_nam", "unknown_field"),
    ]  # fmt: skip
    assert problems[-1].facts["nearest"] == "first_name"


@pytest.mark.parametrize("nothing", [None, "", "  ", "\u200b", [], "[]", " , "])
def test_nothing_given_is_missing_where_it_must_be_given(nothing: Any) -> None:
    _, problems = check_input((ask(PHONES),), {"phones": nothing}, CONTEXT)
    assert [p.code for p in problems] == ["missing"]


def test_nothing_given_is_no_problem_where_it_may_be_left_out() -> None:
    optional = (ask(field("email", "email"), optional=True), ask(PHONES, optional=True))
    assert check_input(optional, {"email": " "}, CONTEXT) == ({}, ())
    assert check_input(optional, {"phones": []}, CONTEXT) == ({"phones": ()}, ())  # the list is emptied
    empty_is_fine = ask(field("array", "phones", items=field("phone"), minItems=0))
    assert check_input((empty_is_fine,), {"phones": []}, CONTEXT) == ({"phones": ()}, ())


def test_a_text_that_normalising_leaves_empty_is_missing() -> None:
    _, problems = check_input((ask(field("string", "kn", normalise=("digits",))),), {"kn": "abc"}, CONTEXT)
    assert [p.code for p in problems] == ["missing"]


def test_a_no_is_an_answer() -> None:
    assert check_input((ask(field("boolean", "ill")),), {"ill": False}, CONTEXT) == ({"ill": False}, ())


def test_a_default_stands_in_except_for_data_that_need_not_be_given() -> None:
    days = field("integer", "days", default="5")
    assert check_input((ask(days),), {}, CONTEXT) == ({"days": 5}, ())
    assert check_input((ask(days, stored=False, optional=True),), {}, CONTEXT) == ({"days": 5}, ())
    assert check_input((ask(days, optional=True),), {}, CONTEXT) == ({}, ())
    assert check_input((ask(days),), {"days": 6}, CONTEXT) == ({"days": 6}, ())
    assert check_input((ask(days),), {}, CONTEXT, {"days": 7}) == ({"days": 7}, ())
    worked_out = field("integer", "days", default=object())  # a template, which only the step can fill
    assert [p.code for p in check_input((ask(worked_out),), {}, CONTEXT)[1]] == ["missing"]


def test_a_value_typed_as_a_name_is_not_repeated() -> None:
    _, problems = check_input((), {"010190-1234": "x", "kn104233": "y", "a b": "z"}, CONTEXT)
    assert [p.name for p in problems] == ["?", "?", "?"]

"""What is said of a field and of what is wrong with an entry: in both languages, and never the entry itself."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procflow.core.field_problems import WORDS
from procflow.core.fields import (
    TYPES,
    FieldProblem,
    check_value,
    words_for_field,
)
from procflow.core.procedure import Field

from .fields_at_hand import ADDRESS, CONTEXT, field


@pytest.mark.parametrize("type", TYPES)
@given(raw=st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.lists(st.text(), max_size=3)))
def test_any_input_is_a_value_or_a_problem_and_a_value_stays_the_same(type: str, raw: Any) -> None:
    declared = field(type, minLength=2)
    value, problems = check_value(declared, raw, CONTEXT)
    for problem in problems:
        assert problem.code in WORDS
        assert json.dumps(problem.words("da") + problem.words("en"))
    if not problems:
        assert check_value(declared, value, CONTEXT) == (value, ())


@given(secret=st.text(min_size=6, alphabet="qxzQXZ~§"))
def test_no_problem_repeats_what_was_entered(secret: str) -> None:
    narrow: dict[str, Any] = {"minLength": 200, "pattern": "^0$", "enum": ["0"], "format": "uuid"}
    for type in TYPES:
        _, problems = check_value(field(type, **narrow), secret, CONTEXT)
        assert problems or type == "array"
        assert secret not in repr(problems)
        assert not any(secret in p.words(language) for p in problems for language in ("da", "en"))


def test_every_code_has_words_in_both_languages() -> None:
    facts = dict.fromkeys(
        ("expected", "limit", "length", "allowed", "pattern", "format", "accept", "first", "second"), "x"
    )
    for code, words in WORDS.items():
        assert set(words) == {"da", "en"}
        for language in words:
            assert FieldProblem("f", "f", code, facts).words(language).startswith("f: ")


@pytest.mark.parametrize(
    ("declared", "da", "en"),
    [
        (
            field("phone"),
            "8 cifre eller +45..., for eksempel +45 71 99 99 01",
            "8 digits or +45..., for example +45 71 99 99 01",
        ),
        (field("string", enum=["A", "B"]), "en af: A, B", "one of: A, B"),
        (
            field("plain_text", minLength=10),
            "dine egne ord, mindst 10 tegn",
            "your own words, at least 10 characters",
        ),
        (
            field("integer", minimum=1, maximum=5),
            "et helt tal, for eksempel 12, fra 1 til 5",
            "a whole number, for example 12, from 1 to 5",
        ),
        (field("file", accept=("image/*",)), "en fil (image/*)", "a file (image/*)"),
        (
            field("array", items=field("boolean"), maxItems=3),
            "en eller flere, adskilt af komma: ja eller nej, højst 3 af dem",
            "one or more, separated by commas: yes or no, at most 3 of them",
        ),
        (ADDRESS, "navngivne værdier: street, zip", "named values: street, zip"),
        (field("string", const="x"), "x", "x"),
        (field("string", minLength=4, maxLength=4), "tekst, 4 tegn", "text, 4 characters"),
        (field("string", minLength=1, maxLength=4), "tekst, 1 til 4 tegn", "text, 1 to 4 characters"),
        (field("string", minLength=1), "tekst, mindst 1 tegn", "text, at least 1 character"),
        (field("string", maxLength=4), "tekst, højst 4 tegn", "text, at most 4 characters"),
        (
            field("number", exclusiveMinimum=1),
            "et tal, for eksempel 12 eller 12,5, mere end 1",
            "a number, for example 12 or 12.5, more than 1",
        ),
        (
            field("number", exclusiveMaximum=9, multipleOf=Decimal("0.25")),
            "et tal, for eksempel 12 eller 12,5, mindre end 9, i trin på 0,25",
            "a number, for example 12 or 12.5, less than 9, in steps of 0.25",
        ),
        (
            field("array", items=field("boolean"), minItems=2),
            "en eller flere, adskilt af komma: ja eller nej, mindst 2 af dem",
            "one or more, separated by commas: yes or no, at least 2 of them",
        ),
        (
            field("string", pattern="^[0-9]{4,8}$"),
            "4 til 8 cifre, for eksempel 1234",
            "4 to 8 digits, for example 1234",
        ),
    ],
)
def test_what_is_expected_is_said_in_both_languages(declared: Field, da: str, en: str) -> None:
    assert words_for_field(declared, "da") == da
    assert words_for_field(declared, "en") == en


@pytest.mark.parametrize("type", TYPES)
def test_every_type_says_what_it_expects(type: str) -> None:
    assert words_for_field(field(type), "da") != words_for_field(field(type), "en")


def test_a_limit_is_written_with_the_sign_of_the_language() -> None:
    (wrong,) = check_value(field("number", minimum=Decimal("0.5")), "0,25", CONTEXT)[1]
    assert "0,5" in wrong.words("da") and "0.5" not in wrong.words("da")
    assert "0.5" in wrong.words("en")

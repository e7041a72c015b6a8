"""The page on expressions says what the code does."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from procflow.core.arithmetic import MAX_LIST, MAX_TEXT
from procflow.core.expression_functions import LIBRARY
from procflow.core.expressions import MAX_STEPS, evaluate
from procflow.core.patterns import MAX_PATTERN
from procflow.core.values import DIGITS, equal
from procflow.definitions.functions import FUNCTIONS
from procflow.definitions.parse import MAX_DEPTH, MAX_SOURCE, parse_expression

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "expressions.md").read_text(encoding="utf-8")
EXAMPLES = [
    (text.replace("\\|", "|"), value)
    for text, value in re.findall(r"^\| `(.+)` \| `(.+)` \|$", PAGE.partition("## Examples")[2], re.MULTILINE)
]


class Nothing:
    zone = "Europe/Copenhagen"

    def name(self, name: str) -> Any:
        raise KeyError(name)

    def call(self, function: str, args: Sequence[Any]) -> Any:
        raise AssertionError(function)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 15


@pytest.mark.parametrize(("text", "wanted"), EXAMPLES)
def test_each_example_has_its_value(text: str, wanted: str) -> None:
    expected = evaluate(parse_expression(wanted), Nothing())
    found = evaluate(parse_expression(text), Nothing())
    assert equal(found, expected)


@pytest.mark.parametrize("name", [*LIBRARY, *FUNCTIONS])
def test_each_function_stands_on_the_page(name: str) -> None:
    assert re.search(rf"`(?:[^`\n]*[^\w`])?{re.escape(name)}(?:\(|`)", PAGE)


def test_each_limit_stands_on_the_page() -> None:
    table = PAGE.partition("## Limits")[2].partition("## ")[0].replace(" ", "")
    for limit in (MAX_SOURCE, MAX_DEPTH, MAX_STEPS, MAX_TEXT, MAX_LIST, DIGITS, MAX_PATTERN):
        assert re.search(rf"\|{limit}(\D|$)", table), limit

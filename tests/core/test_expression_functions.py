"""What the functions of expressions give, and what each says of what it does not take: a kind, and never the value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from procflow.core.expressions import evaluate
from procflow.core.times import Span
from procflow.definitions.parse import parse_expression
from procflow.errors import EvaluationError


class Now:
    """A scope that knows the time and nothing else."""

    zone = "Europe/Copenhagen"

    def name(self, name: str) -> Any:
        return {"now": datetime(2026, 5, 11, 8, 5, tzinfo=UTC)}[name]

    def call(self, function: str, args: Any) -> Any:
        raise AssertionError(function)


def value(text: str) -> Any:
    return evaluate(parse_expression(text), Now())


GIVES: list[tuple[str, Any]] = [
    ('int("12")', 12),
    ("int(1.9)", 1),
    ("int(-1.9)", -1),
    ('double("1.5e2")', 150),
    ('bool("true")', True),
    ('bool("True")', True),
    ('bool("TRUE")', True),
    ('bool("t")', True),
    ('bool("1")', True),
    ('bool("false")', False),
    ('bool("False")', False),
    ('bool("FALSE")', False),
    ('bool("f")', False),
    ('bool("0")', False),
    ("timestamp(0)", datetime(1970, 1, 1, 0, 0, tzinfo=UTC)),
    ('timestamp("2026-05-11 10:05")', datetime(2026, 5, 11, 8, 5, tzinfo=UTC)),
    ('date("2026-05-11")', date(2026, 5, 11)),
    ('date(now, "-11:00")', date(2026, 5, 10)),
    ('"abc".charAt(1)', "b"),
    ('"abc".charAt(3)', ""),
    ('"abc".substring(1)', "bc"),
    ('"abc".substring(0, 2)', "ab"),
    ('"abcb".indexOf("b")', 1),
    ('"abcb".indexOf("b", 2)', 3),
    ('"abcb".lastIndexOf("b")', 3),
    ('"abcb".lastIndexOf("b", 2)', 1),
    ("math.sign(-2)", -1),
    ("math.round(2.5)", 3),
    ("math.round(-2.5)", -3),
    ("math.floor(2.5)", 2),
    ("math.ceil(2.5)", 3),
    ("math.abs(-2)", 2),
    ("math.trunc(-2.5)", -2),
    ("math.greatest(1, 2.5)", Decimal("2.5")),
    ("math.least(1, 2.5)", 1),
    ("math.least([3, 2])", 2),
    ('duration("60 minutes")', Span(amount=60, unit="minutes")),
    ('duration("1h30m")', Span(amount=90, unit="minutes")),
    ('"a".upper()', "A"),
    ('"A".lower()', "a"),
    ('" a ".trim()', "a"),
    ('"a,b".split(",")', ("a", "b")),
    ('["a", "b"].join("-")', "a-b"),
    ('"aab".replace("a", "c")', "ccb"),
    ('"aab".replace("a", "c", 1)', "cab"),
]
SAYS = [
    ('int("x")', 'this text is not a whole number', ''),
    ('int(true)', 'a yes/no is not a whole number', ''),
    ('double("x")', 'this text is not a number', ''),
    ('double(false)', 'a yes/no is not a number', ''),
    ('bool("yes")', 'this text is not a yes/no', ''),
    ('bool(1)', 'this number is not a yes/no', ''),
    ('timestamp(99999999999999)', 'the instant lies outside the years 1 to 9999', ''),
    ('timestamp("x")', 'this text is not an instant', 'write it as 2026-05-11T10:05:00Z or 2026-05-11 10:05'),
    ('timestamp(true)', 'timestamp wants a text, not a yes/no', ''),
    ('date("2026-13-11")', 'this text is not a date', 'write it as 2026-05-11'),
    ('date(1)', 'date wants a text, not a number', ''),
    ('date(now, "No/Where")', 'this time zone is not known', 'write one such as Europe/Copenhagen'),
    ('date(now, "+25:00")', 'this time zone is not known', 'write one such as Europe/Copenhagen'),
    ('date(now, 1)', 'date wants a text, not a number', ''),
    ('"abc".charAt(4)', 'charAt 4 of a text of 3 characters', ''),
    ('"abc".charAt(-1)', 'charAt -1 of a text of 3 characters', ''),
    ('"abc".charAt("x")', 'charAt wants a whole number, not this text', ''),
    ('charAt(1, 1)', 'this is written x.charAt(…)', ''),
    ('"abc".substring(2, 1)', 'substring from 2 to 1 of a text of 3 characters', ''),
    ('"abc".substring("x")', 'substring wants a whole number, not this text', ''),
    ('"abc".substring(0, true)', 'substring wants a whole number, not a yes/no', ''),
    ('substring(1, 1)', 'this is written x.substring(…)', ''),
    ('"abcb".indexOf("b", 5)', 'indexOf from 5 of a text of 4 characters', ''),
    ('"abcb".indexOf(1)', 'indexOf wants a text, not a number', ''),
    ('"abcb".indexOf("b", "x")', 'indexOf wants a whole number, not this text', ''),
    ('"abcb".lastIndexOf("b", 5)', 'lastIndexOf from 5 of a text of 4 characters', ''),
    ('"abcb".lastIndexOf(1)', 'lastIndexOf wants a text, not a number', ''),
    ('"abcb".lastIndexOf("b", "x")', 'lastIndexOf wants a whole number, not this text', ''),
    ('indexOf(1, "x")', 'this is written x.indexOf(…)', ''),
    ('lastIndexOf(1, "x")', 'this is written x.lastIndexOf(…)', ''),
    ('math.sign("x")', 'sign wants a number, not a text', ''),
    ('math.round("x")', 'round wants a number, not a text', ''),
    ('math.abs("x")', 'abs wants a number, not a text', ''),
    ('math.greatest("x", 1)', 'a number and a text have no order', ''),
    ('duration("x")', 'this text is not a duration', 'write it as 60 minutes or 1h30m'),
    ('duration(1)', 'duration wants a text, not a number', ''),
    ('size(1)', 'a number has no size', ''),
    ('upper(1)', 'this is written x.upper(…)', ''),
    ('trim(1)', 'this is written x.trim(…)', ''),
    ('"a,b".split(1)', 'split wants a text, not a number', ''),
    ('["a", 1].join("-")', 'join wants a text, not a number', ''),
    ('"aab".replace(1, "c")', 'replace wants a text, not a number', ''),
    ('"a".startsWith(1)', 'startsWith wants a text, not a number', ''),
    ('"a".endsWith(1)', 'endsWith wants a text, not a number', ''),
    ('"a".contains(1)', 'contains wants a text, not a number', ''),
    ('"a".matches(1)', 'matches wants a text, not a number', ''),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), GIVES, ids=[text for text, _ in GIVES])
def test_a_function_gives(text: str, wanted: Any) -> None:
    found = value(text)
    assert found == wanted and type(found) is type(wanted)


@pytest.mark.parametrize(("text", "message", "hint"), SAYS, ids=[text for text, _, _ in SAYS])
def test_a_function_says_what_it_wants(text: str, message: str, hint: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(text)
    assert (caught.value.message, caught.value.hint) == (f"{text}: {message}", hint)

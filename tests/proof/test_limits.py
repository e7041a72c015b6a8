"""What a field takes is known beforehand: from where to where it goes, how long it is, and what it can never be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from procflow.core.procedure import Field
from procflow.definitions.parse import parse_expression
from procflow.proof.limits import is_narrow, limits_of, sized, sizes_of, takes
from procflow.proof.orders import EQUAL, GREATER, LESS, constant

ONE = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent, ask: [value], optional: [other]}]
data:
  value: {%s}
  other: {%s}
initial: open
states:
  open: {task: {role: agent}, choices: {change: {ask: [value], optional: [other]}, copy: {set: {other: "${value}"}}, finish: {to: finished}}}
  finished: {final: true, outcome: finished}
promises:
  kept: {says: {en: It is kept., da: Det holder.}, never: '%s'}
"""
WHOLE = "type: integer, minimum: 1, maximum: 5"


@pytest.mark.parametrize(
    ("field", "never", "is_proved"),
    [
        (WHOLE, "value > 5", True),
        (WHOLE, "value > 4", False),
        (WHOLE, "value < 1", True),
        (WHOLE, "value < 2", False),
        (WHOLE, "other > 5", True),
        (WHOLE, "other == 6", True),
        (WHOLE, "value < other && other < value", True),
        (WHOLE, "value > other && other >= 5", True),
        (WHOLE, "value > other && other >= 4", False),
        # what has no value is different from everything
        ("type: integer, const: 1", "value != 1", True),
        ("type: integer, const: 1", "other != 1", False),
        ("type: integer, const: 1", "!(other == 1)", False),
        ("type: integer, const: 1", "!(value == 1)", True),
        ("type: integer, const: 1", "value != other", False),
        ("type: integer, const: 1", "other != null && value != other", True),
        ("type: integer, const: 1", "!(value == other)", False),
        (WHOLE, "other != 7 && other == null", False),
        (WHOLE, "!(other <= 5)", False),
        ("type: number, exclusiveMaximum: 2", "value >= 2", True),
        ("type: number, exclusiveMaximum: 2", "value >= 1.9", False),
        ("type: integer, multipleOf: 5", "value == 7", True),
        ("type: integer, multipleOf: 5", "value == 10", False),
        ("type: date, minimum: 2026-01-01", 'value < date("2025-12-31")', True),
        ("type: date, minimum: 2026-01-01", 'value <= date("2026-01-01")', False),
        ('type: string, pattern: "^[0-9]+$"', 'value == "abc"', True),
        ('type: string, pattern: "^[0-9]+$"', 'value == "12"', False),
        ('type: string, pattern: "^[0-9]+$"', 'value != "abc"', False),
        ("type: string, normalise: [upper], maxLength: 9", 'value == "abc"', True),
        ("type: string, minLength: 3", "value.size() < 3", True),
        ("type: string, maxLength: 8", "value.size() > 7", False),
        ("type: array, items: {type: string}, minItems: 2", "value.size() < 2", True),
        ("type: array, items: {type: string}, minItems: 2", "other.size() < 2", False),
        ("type: array, items: {type: string}, maxItems: 4", "other.size() > 4", True),
        ("type: array, items: {type: string}, maxItems: 4", "value.size() < 0", True),
    ],
)
def test_a_field_never_holds_what_it_does_not_take(
    field: str, never: str, is_proved: bool, verdicts: Any
) -> None:
    assert (verdicts(ONE % (field, field, never))["kept"] == "proved") is is_proved


@pytest.mark.parametrize(
    ("type_", "schema", "limits"),
    [
        ("integer", {"minimum": 1, "maximum": 5}, {(1, GREATER | EQUAL), (5, LESS | EQUAL)}),
        ("number", {"exclusiveMinimum": 1, "exclusiveMaximum": 5}, {(1, GREATER), (5, LESS)}),
        ("string", {"const": "x"}, {("x", EQUAL)}),
        ("string", {"const": None}, set()),
        ("string", {"minimum": "x", "minLength": 3}, set()),
        ("date", {"minimum": "2026-01-01"}, {(date(2026, 1, 1), GREATER | EQUAL)}),
        ("date", {"minimum": "soon"}, set()),
        ("array", {"minItems": 2}, set()),
    ],
)
def test_from_where_to_where_a_field_goes(type_: str, schema: dict[str, Any], limits: set[Any]) -> None:
    field = Field("x", type_, schema)
    assert set(limits_of(field)) == {(constant(value), mask) for value, mask in limits}
    assert is_narrow(field) is (type_ != "array")
    assert not is_narrow(Field("x", type_)) and takes(Field("x", type_), "anything")


@pytest.mark.parametrize(
    ("type_", "schema", "taken", "not_taken"),
    [
        ("integer", {"minimum": 1}, [1, 7, None], [0, -1]),
        ("integer", {"multipleOf": 5}, [5, 10], [7]),
        ("string", {"pattern": "^[0-9]+$"}, ["12"], ["abc", ""]),
        ("string", {"maxLength": 2}, ["ab"], ["abc"]),
        ("boolean", {"const": True}, [True], [False]),
        ("date", {"maximum": "2026-01-01"}, [date(2026, 1, 1)], [date(2026, 1, 2)]),
        ("person", {"pattern": "^q"}, ["ann", "qaa"], []),
    ],
)
def test_what_a_field_takes(
    type_: str, schema: dict[str, Any], taken: list[Any], not_taken: list[Any]
) -> None:
    field, other = Field("x", type_, schema), Field("x", type_, {"enum": ["never"]})
    for value in taken:
        assert takes(field, value)
    for value in not_taken:
        assert not takes(field, value)
    if type_ == "string":
        assert takes(field, taken[0]) and not takes(other, taken[0]), "each field by itself"


@pytest.mark.parametrize(
    ("type_", "schema", "anyway", "where_set"),
    [
        ("array", {}, [(0, GREATER | EQUAL)], [(1, GREATER | EQUAL)]),
        ("array", {"minItems": 2, "maxItems": 4}, [(0, GREATER | EQUAL), (4, LESS | EQUAL)],
         [(2, GREATER | EQUAL), (4, LESS | EQUAL)]),
        ("string", {}, [(0, GREATER | EQUAL)], [(0, GREATER | EQUAL)]),
        ("string", {"minLength": 3, "maxLength": 8}, [(0, GREATER | EQUAL), (8, LESS | EQUAL)],
         [(3, GREATER | EQUAL), (8, LESS | EQUAL)]),
    ],
)  # fmt: skip
def test_how_large_the_values_of_a_field_are(type_: str, schema: Any, anyway: Any, where_set: Any) -> None:
    sizes = sizes_of(Field("x", type_, schema))
    assert sizes == tuple(tuple((constant(n), mask) for n, mask in each) for each in (anyway, where_set))


def test_the_field_whose_size_is_asked_for() -> None:
    of = {
        text: sized(parse_expression(text).node)
        for text in ("x.size()", "size(x)", "x.y.size()", "x", "x.trim()")
    }
    assert of == {"x.size()": "x", "size(x)": "x", "x.y.size()": "", "x": "", "x.trim()": ""}


STEP = """
procedure: errand
title: {en: Errand, da: Ærinde}
owner: lead
starts: [{by: agent%s}]
data: {rounds: {type: integer, default: 1, maximum: %s}, kn: {type: string}}
initial: open
states:
  open:
    task: {role: agent}
    choices: {stop: {to: finished}}
    after: {2 days: {set: {rounds: "${rounds + 1}"}, to: finished}}
  finished: {final: true, outcome: finished}
promises:
  it_ends: {says: {en: It ends., da: Den ender.}, after: 'state("open")', eventually: closed()}
"""


@pytest.mark.parametrize(
    ("asked", "most", "is_proved"), [(", ask: [kn]", 2, True), (", ask: [kn]", 1, False), ("", 2, False)]
)
def test_a_step_by_time_that_sets_what_does_not_fit_leads_nowhere(
    asked: str, most: int, is_proved: bool, verdicts: Any
) -> None:
    """It is refused, and a person has to look; so what waits for it waits for ever. What is given may be the most."""
    assert (verdicts(STEP % (asked, most))["it_ends"] == "proved") is is_proved

"""Fields, and what becomes of what is entered into them, for the tests of fields."""

from __future__ import annotations

from typing import Any

from procflow.core.fields import (
    FieldContext,
    check_value,
)
from procflow.core.procedure import Field

PEOPLE = ("qaa", "qbb", "qpp")


CONTEXT = FieldContext(
    zone="Europe/Copenhagen",
    languages=("da", "en"),
    person=lambda code: code if code in PEOPLE else None,
    people=PEOPLE,
    roles=("agent", "policy_dept"),
)


def field(type: str, name: str = "it", **more: Any) -> Field:
    own = {key: more.pop(key) for key in tuple(more) if key in Field.__struct_fields__}
    return Field(name, type, more, **own)


def taken(declared: Field, raw: Any) -> Any:
    value, problems = check_value(declared, raw, CONTEXT)
    assert problems == ()
    return value


def codes(declared: Field, raw: Any) -> list[str]:
    value, problems = check_value(declared, raw, CONTEXT)
    assert problems, f"{raw!r:.60} was taken as {value!r:.60}"
    assert value is None
    for problem in problems:
        assert problem.words("da") != problem.words("en")
    return [problem.code for problem in problems]


PHONES = field("array", "phones", items=field("phone", "phone"), maxItems=2)


ADDRESS = field(
    "object",
    "address",
    properties=(field("string", "street"), field("string", "zip", pattern="^[0-9]{4}$")),
    required=("street",),
)

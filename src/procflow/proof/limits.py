"""What the schema of a field says of its values: from where to where they go, and whether one can be among them.

A field never holds a value that its schema does not take: what is entered and what is set is checked. It must not know
what is known of a case.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from procflow.core.expressions import Call, Name, Node
from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field
from procflow.core.values import equal, is_number
from procflow.errors import EvaluationError
from procflow.proof import orders
from procflow.proof.orders import EQUAL, GREATER, LESS, Facts, Term

#: (a constant, how values compare with it)
Limits = tuple[tuple[Term, int], ...]

_BOUNDS = {
    "minimum": GREATER | EQUAL,
    "maximum": LESS | EQUAL,
    "exclusiveMinimum": GREATER,
    "exclusiveMaximum": LESS,
    "const": EQUAL,
}
#: Types of which a written value can be checked without knowing the organisation.
_PLAIN = frozenset({"string", "integer", "number", "boolean", "email", "phone", "date"})
_ANYWHERE = FieldContext()


def limits_of(field: Field) -> Limits:
    """From where to where the values of a field go."""
    found = []
    for keyword, mask in _BOUNDS.items():
        if keyword in field.schema:
            value = _read(field, field.schema[keyword])
            if (
                is_number(value)
                or isinstance(value, date | datetime)
                or (mask == EQUAL and value is not None)
            ):
                found.append((orders.constant(value), mask))
    return tuple(found)


def sizes_of(field: Field) -> tuple[Limits, Limits]:
    """How large values of a field are: (as far as it may be unset, where it is set). An unset list is empty."""
    word = "Items" if field.type == "array" else "Length"
    least, most = field.schema.get(f"min{word}"), field.schema.get(f"max{word}")
    anyway: list[tuple[Term, int]] = [(orders.constant(0), GREATER | EQUAL)]
    if isinstance(most, int):
        anyway.append((orders.constant(most), LESS | EQUAL))
    if not isinstance(least, int):
        least = 1 if field.type == "array" else 0
    return tuple(anyway), ((orders.constant(least), GREATER | EQUAL), *anyway[1:])


def takes(field: Field, value: Any) -> bool:
    """Whether a value that is written out can be one of the field's; True where that cannot be said."""
    if value is None or field.type not in _PLAIN or not field.schema:
        return True
    return _takes(_Same(field), type(value).__name__, value)


class _Same:
    """A field, for it is not hashable: the same one is the same key."""

    __slots__ = ("field",)

    def __init__(self, field: Field) -> None:
        self.field = field

    def __hash__(self) -> int:
        return id(self.field)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.field is self.field


@lru_cache(maxsize=4_000)
def _takes(same: _Same, kind: str, value: Any) -> bool:
    try:
        found, problems = check_value(same.field, value, _ANYWHERE)
    except EvaluationError:  # a pattern that is not understood
        return True
    return not problems and equal(found, value)


def _read(field: Field, raw: Any) -> Any:
    """A constant of a schema as a value of the field's type; None where it is none."""
    found, problems = check_value(replace(field, schema={}, normalise=()), raw, _ANYWHERE)
    return None if problems else found


def is_narrow(field: Field) -> bool:
    """Whether anything is known of its values beforehand."""
    return bool(field.schema) and (field.type in _PLAIN or bool(limits_of(field)))


def sized(node: Node) -> str:
    """The field whose size a node asks for; "" for any other."""
    if isinstance(node, Call) and node.function == "size" and len(node.given) == 1:
        of = node.given[0]
        return of.name if isinstance(of, Name) else ""
    return ""


def within(facts: Facts, limits: Mapping[Term, Limits]) -> Facts:
    """The facts, with what limits say of their terms; as they are where that contradicts them."""
    tight = facts
    for term, found in limits.items():
        for constant, mask in found:
            tight = orders.added(tight, term, constant, mask)
    return facts if orders.closed(tight) is None else tight

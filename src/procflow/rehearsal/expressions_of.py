"""Every expression inside a compiled procedure. It must not know what is done with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct

from procflow.core.expressions import Expression, Template


def expressions_of(value: Any) -> Iterator[Expression]:
    """Every expression of a procedure, or of a part of it."""
    if isinstance(value, Expression):
        yield value
    elif isinstance(value, Template):
        yield from (part for part in value.parts if isinstance(part, Expression))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from expressions_of(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from expressions_of(item)
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from expressions_of(getattr(value, name))

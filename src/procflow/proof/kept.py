"""A text as a field keeps it: by whom a person's code means, and with what `normalise` makes of it, before it is compared.

It must not know what is compared.
"""

from __future__ import annotations

from typing import Any

from procflow.core.expressions import Name, Node
from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field, Procedure
from procflow.core.step import field_context
from procflow.proof.domains import OPAQUE

#: Types that write a text in their own way.
_WRITTEN = frozenset({"person", "phone", "email", "plain_text"})


def as_kept(field: Field, value: Any, standing: Any) -> Any:
    """A value that is set, as the engine stores it; OPAQUE where the field does not take it."""
    texts = isinstance(value, str) or (
        isinstance(value, tuple) and bool(value) and all(isinstance(item, str) for item in value)
    )
    if not texts or not _changes(field):
        return value
    known = getattr(standing, "organisation", None) is not None
    kept, wrong = check_value(field, value, field_context(standing) if known else FieldContext())
    return OPAQUE if wrong else kept


def stays_equal(field: Field, node: Node, procedure: Procedure) -> bool:
    """Whether a field that is set to a value is equal to it afterwards."""
    source = procedure.fields.get(node.name) if isinstance(node, Name) else None
    if source is not None and _changes(field):
        return source.type == field.type and source.normalise == field.normalise
    return not field.normalise


def _changes(field: Field) -> bool:
    inner = field.items
    return bool(field.normalise) or field.type in _WRITTEN or (inner is not None and _changes(inner))

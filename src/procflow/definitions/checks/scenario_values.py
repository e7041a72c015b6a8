"""What a scenario enters, and what it expects of a case's data: values that the fields take.

A value that a field does not take is refused where it is entered, and never stands in the data. It must not know steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from procflow.core.fields import FieldContext, check_value
from procflow.core.procedure import Field
from procflow.definitions.building import is_null, place, written
from procflow.definitions.checks.finding import Findings
from procflow.definitions.nodes import At, YList, YMap
from procflow.errors import EvaluationError

#: Kinds of values of which an `expect` has to write the whole one as the field takes it.
_WHOLE = frozenset({"boolean", "date", "integer", "number"})
_REFUSED = "correct it; what shall be refused stands under `refused:`"
_HINT = "the field takes no other value, so the case never has it"


def entered(fields: Sequence[Field], node: Any, out: Findings) -> None:
    """Look at what is entered for a field; of several of one name one has to take it."""
    found = [next(_refused(field, node), None) for field in fields]
    if found and all(found):
        at, words = found[0] or (place(node), "")
        out.add(at, "PF204", words, _REFUSED)


def expected(field: Field, node: Any, out: Findings) -> None:
    """Look at what a field of the case is expected to be."""
    for at, words in _never(field, node):
        out.add(at, "PF204", words, _HINT)


def _refused(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    """(place, words) of each part of a value that the field does not take."""
    if is_null(node) or field.type in ("evidence", "file"):
        return
    parts = list(_parts(field, node))
    if parts or _holds_files(field):
        for part, inner in parts:
            yield from _refused(part, inner)
    else:
        yield from _wrong(field, node)


def _never(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    """As `_refused`, for what is compared: only keys that are given count, and texts may be a part."""
    parts = list(_parts(field, node))
    for part, inner in parts:
        yield from _never(part, inner)
    if not parts and not is_null(node) and ("enum" in field.schema or field.type in _WHOLE):
        yield from _wrong(field, node)


def _parts(field: Field, node: Any) -> Iterator[tuple[Field, Any]]:
    if isinstance(node, YList) and field.items is not None:
        yield from ((field.items, item) for item in node)
    elif isinstance(node, YMap):
        yield from ((part, node[part.name]) for part in field.properties if part.name in node)


def _holds_files(field: Field) -> bool:
    inner = (*field.properties, *([field.items] if field.items is not None else []))
    return field.type == "file" or any(map(_holds_files, inner))


def _wrong(field: Field, node: Any) -> Iterator[tuple[At, str]]:
    raw = written(field, node)
    if field.type == "tick" and raw is False:
        return  # it is left empty
    try:
        _, wrong = check_value(field, raw, FieldContext())
    except EvaluationError:
        return  # a pattern that is not understood is told where it stands
    for problem in wrong[:1]:
        yield place(node), problem.words("en")
